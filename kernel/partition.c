/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition.c: the life of a guest: start, pause, resume, and its end, whoever wants it.
 *
 * Its state is changed by compare-and-exchange: of several that want to end a guest the first one wins. From
 * PARTITION_ENDING on only the monitor's processor goes on with it, in partitions_poll().
 */
#include "kernel/partition.h"

#include "kernel/housekeeper.h"
#include "kernel/lib/format.h"
#include "kernel/lib/log.h"
#include "kernel/processors.h"

/* A processor that is called obeys within microseconds; one that loads a large guest is busy for seconds. */
#define ENDING_LATE_NS ((uint64_t)30000000000)

bool partition_change(struct partition *partition, enum partition_state from,
		      enum partition_state to)
{
	return __atomic_compare_exchange_n(&partition->state, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static void call_all(struct partition *partition, enum vcpu_request request)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		vcpu_call(partition->vcpus[i], request);
	}
}

/* Whether the caller is the one who ends it; then it says so with finish_end(). */
static bool begin_end(struct partition *partition)
{
	return partition_change(partition, PARTITION_STARTING, PARTITION_ENDING) ||
	       partition_change(partition, PARTITION_RUNNING, PARTITION_ENDING) ||
	       partition_change(partition, PARTITION_PAUSED, PARTITION_ENDING);
}

static void finish_end(struct partition *partition, enum partition_state after)
{
	partition->after = after;
	call_all(partition, VCPU_REQUEST_STOP);
	housekeeper_wake();
}

void partition_stop(struct partition *partition, const char *fmt, ...)
{
	va_list args;

	if (!begin_end(partition)) {
		return;
	}
	va_start(args, fmt);
	format_v(partition->why, sizeof(partition->why), fmt, args);
	va_end(args);
	log_error("%s: stopped: %s", partition->config->name, partition->why);
	finish_end(partition, PARTITION_STOPPED);
}

void partition_end(struct partition *partition, enum vplatform_action action)
{
	if (!begin_end(partition)) {
		return;
	}
	bool again = action == VPLATFORM_RESET;
	log_info("%s: %s", partition->config->name, again ? "resets itself" : "powered itself off");
	finish_end(partition, again ? PARTITION_STARTING : PARTITION_OFF);
}

enum status partition_halt(struct partition *partition)
{
	if (!begin_end(partition)) {
		return E_INVALID;
	}
	finish_end(partition, PARTITION_OFF);
	return OK;
}

enum status partition_reset(struct partition *partition)
{
	if (!begin_end(partition)) {
		return E_INVALID;
	}
	finish_end(partition, PARTITION_STARTING);
	return OK;
}

/* Every start begins with a reset of its processors: no interrupt that an earlier guest left pending survives it. */
static void launch(struct partition *partition)
{
	partition->why[0] = '\0';
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		struct vcpu *vcpu = partition->vcpus[i];
		enum status status = processor_bring_back(vcpu->cpu);

		if (status != OK) {
			partition_stop(partition, "processor %u does not start again: %s",
				       vcpu->cpu->index, status_text(status));
			return;
		}
	}
	vcpu_call(partition->vcpus[0], VCPU_REQUEST_START);
}

enum status partition_start(struct partition *partition)
{
	if (!partition_change(partition, PARTITION_OFF, PARTITION_STARTING) &&
	    !partition_change(partition, PARTITION_STOPPED, PARTITION_STARTING)) {
		return E_INVALID;
	}
	launch(partition);
	return OK;
}

enum status partition_pause(struct partition *partition)
{
	if (!partition_change(partition, PARTITION_RUNNING, PARTITION_PAUSED)) {
		return E_INVALID;
	}
	call_all(partition, VCPU_REQUEST_PAUSE);
	return OK;
}

enum status partition_resume(struct partition *partition)
{
	if (!partition_change(partition, PARTITION_PAUSED, PARTITION_RUNNING)) {
		return E_INVALID;
	}
	call_all(partition, VCPU_REQUEST_RESUME);
	return OK;
}

enum status partition_nmi(struct partition *partition)
{
	if (partition->state != PARTITION_RUNNING) {
		return E_INVALID;
	}
	vcpu_call(partition->vcpus[0], VCPU_REQUEST_NMI);
	return OK;
}

enum status partition_power_button(struct partition *partition)
{
	if (partition->state != PARTITION_RUNNING) {
		return E_INVALID;
	}
	spinlock_acquire(&partition->device_lock);
	vplatform_power_button(&partition->board);
	spinlock_release(&partition->device_lock);
	return OK;
}

void partitions_autostart(void)
{
	for (uint32_t i = 0; i < partitions.count; i++) {
		if (partitions.all[i]->config->autostart) {
			partition_start(partitions.all[i]);
		}
	}
}

static bool all_parked(const struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		if (!vcpu_parked(partition->vcpus[i])) {
			return false;
		}
	}
	return true;
}

static void poll_ending(struct partition *partition, uint64_t now)
{
	if (!all_parked(partition)) {
		if (partition->ending_since == 0) {
			partition->ending_since = now;
		}
		if (now - partition->ending_since > ENDING_LATE_NS && !partition->ending_late) {
			partition->ending_late = true;
			log_error("%s: a processor does not obey", partition->config->name);
		}
		return;
	}
	partition->ending_since = 0;
	partition->ending_late = false;
	enum partition_state after = partition->after;
	partition_change(partition, PARTITION_ENDING, after);
	if (after == PARTITION_STARTING) {
		launch(partition);
	} else if (after == PARTITION_OFF) {
		log_info("%s: off", partition->config->name);
	}
}

static uint64_t poll_board(struct partition *partition, uint64_t now)
{
	spinlock_acquire(&partition->device_lock);
	uint64_t next = vplatform_poll(&partition->board, now);
	spinlock_release(&partition->device_lock);
	return next;
}

uint64_t partitions_poll(uint64_t now)
{
	uint64_t next = VDEV_NEVER;

	for (uint32_t i = 0; i < partitions.count; i++) {
		struct partition *partition = partitions.all[i];

		if (partition->state == PARTITION_RUNNING) {
			next = min_u64(next, poll_board(partition, now));
		} else if (partition->state == PARTITION_ENDING) {
			poll_ending(partition, now);
		}
	}
	return next;
}

struct vcpu *partition_vcpu(const struct partition *partition, uint32_t index)
{
	return partition->vcpus[index];
}
