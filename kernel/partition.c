/* SPDX-License-Identifier: Apache-2.0 */
/* partition.c: starting, stopping and driving guests. */
#include "kernel/partition.h"

#include "kernel/lib/format.h"
#include "kernel/lib/log.h"
#include "kernel/housekeeper.h"

void partitions_autostart(void)
{
	for (uint32_t i = 0; i < partitions.count; i++) {
		if (partitions.all[i]->config->autostart) {
			vcpu_call(partitions.all[i]->vcpus[0], VCPU_REQUEST_START);
		}
	}
}

/* Every processor but this one is called; this one has its requests seen before its next entry. */
static void park_all(struct partition *partition, enum partition_state state)
{
	partition->state = state;
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		vcpu_call(partition->vcpus[i], VCPU_REQUEST_STOP);
	}
}

void partition_stop(struct partition *partition, const char *fmt, ...)
{
	va_list args;

	if (__atomic_exchange_n(&partition->ending, true, __ATOMIC_SEQ_CST)) {
		return;
	}
	va_start(args, fmt);
	format_v(partition->why, sizeof(partition->why), fmt, args);
	va_end(args);
	log_error("%s: stopped: %s", partition->config->name, partition->why);
	park_all(partition, PARTITION_STOPPED);
	housekeeper_wake();
}

void partition_end(struct partition *partition, enum vplatform_action action)
{
	if (action == VPLATFORM_RESET) {
		partition_stop(partition, "it asked for a reset");
		return;
	}
	if (__atomic_exchange_n(&partition->ending, true, __ATOMIC_SEQ_CST)) {
		return;
	}
	log_info("%s: powered itself off", partition->config->name);
	park_all(partition, PARTITION_OFF);
	housekeeper_wake();
}

uint64_t partitions_poll(uint64_t now)
{
	uint64_t next = VDEV_NEVER;

	for (uint32_t i = 0; i < partitions.count; i++) {
		struct partition *partition = partitions.all[i];

		if (partition->state != PARTITION_RUNNING) {
			continue;
		}
		spinlock_acquire(&partition->device_lock);
		next = min_u64(next, vplatform_poll(&partition->board, now));
		spinlock_release(&partition->device_lock);
	}
	return next;
}

struct vcpu *partition_vcpu(const struct partition *partition, uint32_t index)
{
	return partition->vcpus[index];
}
