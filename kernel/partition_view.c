/* SPDX-License-Identifier: Apache-2.0 */
/* partition_view.c: guests as those see them who only look at them. */
#include "kernel/partition_view.h"

#include "kernel/lib/string.h"
#include "kernel/partition.h"

uint32_t partition_count(void)
{
	return partitions.count;
}

struct partition *partition_at(uint32_t index)
{
	return partitions.all[index];
}

struct partition *partition_find(const char *name)
{
	for (uint32_t i = 0; i < partitions.count; i++) {
		if (strcmp(partitions.all[i]->config->name, name) == 0) {
			return partitions.all[i];
		}
	}
	return NULL;
}

const char *partition_name(const struct partition *partition)
{
	return partition->config->name;
}

enum partition_state partition_state(const struct partition *partition)
{
	return partition->state;
}

const char *partition_why(const struct partition *partition)
{
	return partition->why;
}

uint32_t partition_restarts(const struct partition *partition)
{
	return partition->restarts;
}

struct partition *partition_blocked_by(const struct partition *partition)
{
	for (uint32_t i = 0; i < partitions.count; i++) {
		bool needed = (partition->config->depends >> i & 1) != 0;

		if (needed && partitions.all[i]->state != PARTITION_RUNNING) {
			return partitions.all[i];
		}
	}
	return NULL;
}

uint64_t partition_memory_bytes(const struct partition *partition)
{
	return partition->config->memory_bytes;
}

uint32_t partition_vcpu_count(const struct partition *partition)
{
	return partition->vcpu_count;
}

enum vcpu_state partition_vcpu_state(const struct partition *partition, uint32_t vcpu)
{
	return partition->vcpus[vcpu]->state;
}

uint32_t partition_vcpu_cpu(const struct partition *partition, uint32_t vcpu)
{
	return partition->vcpus[vcpu]->cpu->index;
}

const struct vcpu_counts *partition_counts(const struct partition *partition, uint32_t vcpu)
{
	return &partition->vcpus[vcpu]->counts;
}

const struct console_ring *partition_console(const struct partition *partition)
{
	return &partition->console;
}

const struct console_ring *partition_debug(const struct partition *partition)
{
	return partition->debug;
}

uint64_t partition_console_start(const struct partition *partition)
{
	bool between =
		partition->state == PARTITION_ENDING || partition->state == PARTITION_WAITING;

	return between ? partition->console.written : partition->console_start;
}

size_t partition_console_input(struct partition *partition, const uint8_t *bytes, size_t length)
{
	if (partition->state == PARTITION_STARTING) {
		return 0; /* its board is being reset: the keys wait */
	}
	if (partition->state != PARTITION_RUNNING && partition->state != PARTITION_PAUSED) {
		return length; /* nobody listens: as on a line with no machine at its end */
	}
	spinlock_acquire(&partition->device_lock);
	size_t taken = vplatform_console_input(&partition->board, bytes, length);
	spinlock_release(&partition->device_lock);
	return taken;
}

bool partition_console_break(struct partition *partition)
{
	if (partition->state != PARTITION_RUNNING && partition->state != PARTITION_PAUSED) {
		return false;
	}
	spinlock_acquire(&partition->device_lock);
	bool taken = vplatform_console_break(&partition->board);
	spinlock_release(&partition->device_lock);
	return taken;
}
