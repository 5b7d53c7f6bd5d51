/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition.c: the life of a guest: start, pause, resume, and its end, whoever wants it.
 *
 * Its state is changed by compare-and-exchange: of several that want to end a guest the first one wins. From
 * PARTITION_ENDING on only the monitor's processor goes on with it, in partitions_poll().
 */
#include "kernel/partition.h"

#include "kernel/clock.h"
#include "kernel/housekeeper.h"
#include "kernel/lib/format.h"
#include "kernel/lib/log.h"
#include "kernel/processors.h"

/* A processor that is called obeys within microseconds; one that loads a large guest is busy for seconds. */
#define ENDING_LATE_NS ((uint64_t)30000000000)

/* What a guest does to itself, a crash or a reboot, starts it no more often than this. */
#define RESTART_NS ((uint64_t)1000000000)

bool partition_change(struct partition *partition, enum partition_state from,
		      enum partition_state to)
{
	return partition_state_follows(from, to) &&
	       __atomic_compare_exchange_n(&partition->state, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static void call_all(struct partition *partition, enum vcpu_request request)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		vcpu_call(partition->vcpus[i], request);
	}
}

/* Whether the caller is the one who ends it; then it says so with finish_end(). @from: what it was. */
static bool begin_end(struct partition *partition, enum partition_state *from)
{
	*from = __atomic_load_n(&partition->state, __ATOMIC_ACQUIRE);
	/* Others may pause and resume it meanwhile. */
	while (partition_state_follows(*from, PARTITION_ENDING)) {
		if (partition_change(partition, *from, PARTITION_ENDING)) {
			return true;
		}
		*from = __atomic_load_n(&partition->state, __ATOMIC_ACQUIRE);
	}
	return false;
}

static void finish_end(struct partition *partition, enum partition_state after)
{
	partition->after = after;
	call_all(partition, VCPU_REQUEST_STOP);
	housekeeper_wake();
}

/* A guest that ends at once whenever it is started must not keep the monitor busy with its starts. */
static void start_later(struct partition *partition)
{
	partition->not_before = partition->started + RESTART_NS;
}

void partition_stop(struct partition *partition, const char *fmt, ...)
{
	enum partition_state from;
	va_list args;

	if (!begin_end(partition, &from)) {
		return;
	}
	va_start(args, fmt);
	format_v(partition->why, sizeof(partition->why), fmt, args);
	va_end(args);
	bool again = from != PARTITION_STARTING &&
		     partition->restarts < partition->config->crash_restarts;
	if (again) {
		partition->restarts++;
		start_later(partition);
		log_error("%s: crashed: %s; restart %u since it was started",
			  partition->config->name, partition->why, partition->restarts);
	} else {
		log_error("%s: stopped: %s", partition->config->name, partition->why);
	}
	finish_end(partition, again ? PARTITION_WAITING : PARTITION_STOPPED);
}

static const char *stays_off(const struct partition *partition)
{
	return partition->config->reboot_restarts ? "" : ", and stays off";
}

static void finish_own_end(struct partition *partition, enum vplatform_action action)
{
	bool again = action == VPLATFORM_RESET && partition->config->reboot_restarts;

	start_later(partition);
	finish_end(partition, again ? PARTITION_WAITING : PARTITION_OFF);
}

void partition_end(struct partition *partition, enum vplatform_action action)
{
	enum partition_state from;

	if (!begin_end(partition, &from)) {
		return;
	}
	partition->why[0] = '\0';
	if (action == VPLATFORM_RESET) {
		log_info("%s: resets itself%s", partition->config->name, stays_off(partition));
	} else {
		log_info("%s: powered itself off", partition->config->name);
	}
	finish_own_end(partition, action);
}

void partition_triple_fault(struct partition *partition, uint32_t vcpu, uint64_t rip,
			    uint64_t cs_base)
{
	enum partition_state from;

	if (!begin_end(partition, &from)) {
		return;
	}
	format(partition->why, sizeof(partition->why),
	       "processor %u triple-faulted at RIP 0x%lx (CS base 0x%lx)", vcpu, rip, cs_base);
	log_error("%s: resets itself: %s%s", partition->config->name, partition->why,
		  stays_off(partition));
	finish_own_end(partition, VPLATFORM_RESET);
}

/* Its start is due, because the operator wants it. */
static void want_start(struct partition *partition)
{
	partition->why[0] = '\0';
	partition->why_waits = false;
	partition->not_before = 0;
	partition->restarts = 0;
}

/* Off, or started: in whatever state it is. Nobody else leads a guest out of the states that are left behind begin_end(). */
static void end_and_be(struct partition *partition, enum partition_state after)
{
	enum partition_state from;

	if (begin_end(partition, &from)) {
		want_start(partition);
		finish_end(partition, after);
	} else if (from == PARTITION_ENDING) {
		partition->wish = after;
	} else {
		want_start(partition);
		partition_change(partition, from, after);
	}
}

enum status partition_start(struct partition *partition)
{
	if (!partition_state_allows(partition->state, PARTITION_ACT_START)) {
		return E_INVALID;
	}
	end_and_be(partition, PARTITION_WAITING);
	return OK;
}

enum status partition_halt(struct partition *partition)
{
	if (!partition_state_allows(partition->state, PARTITION_ACT_HALT)) {
		return E_INVALID;
	}
	end_and_be(partition, PARTITION_OFF);
	return OK;
}

enum status partition_reset(struct partition *partition)
{
	end_and_be(partition, PARTITION_WAITING);
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
	if (!partition_state_allows(partition->state, PARTITION_ACT_NMI)) {
		return E_INVALID;
	}
	vcpu_call(partition->vcpus[0], VCPU_REQUEST_NMI);
	return OK;
}

enum status partition_power_button(struct partition *partition)
{
	if (partition_change(partition, PARTITION_WAITING, PARTITION_OFF)) {
		return OK;
	}
	if (!partition_state_allows(partition->state, PARTITION_ACT_BUTTON)) {
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

/* What it is now that its processors are parked: what its end was for, unless the operator has said more since. */
static void leave_ending(struct partition *partition)
{
	enum partition_state to = partition->after;
	bool crashed = to == PARTITION_STOPPED;

	if (partition->wish == PARTITION_WAITING ||
	    (partition->wish == PARTITION_OFF && !crashed)) {
		to = partition->wish;
		want_start(partition);
	}
	partition->wish = PARTITION_ENDING;
	partition->ending_since = 0;
	partition->ending_late = false;
	partition_change(partition, PARTITION_ENDING, to);
	if (to == PARTITION_OFF) {
		log_info("%s: off", partition->config->name);
	}
}

static void poll_ending(struct partition *partition, uint64_t now)
{
	if (all_parked(partition)) {
		leave_ending(partition);
		return;
	}
	if (partition->ending_since == 0) {
		partition->ending_since = now;
	}
	if (now - partition->ending_since > ENDING_LATE_NS && !partition->ending_late) {
		partition->ending_late = true;
		log_error("%s: a processor does not obey", partition->config->name);
	}
}

static bool may_start(const struct partition *partition, uint64_t now)
{
	return now >= partition->not_before && partition_blocked_by(partition) == NULL;
}

/* After a crash or a triple fault that stays what is said. */
static void say_why_waiting(struct partition *partition)
{
	const struct partition *by = partition_blocked_by(partition);

	if (partition->why[0] == '\0' && by != NULL) {
		partition->why_waits = true;
		format(partition->why, sizeof(partition->why), "waits until %s runs",
		       partition_name(by));
	}
}

static void poll_waiting(struct partition *partition, uint64_t now)
{
	if (!may_start(partition, now)) {
		say_why_waiting(partition);
		return;
	}
	partition_change(partition, PARTITION_WAITING, PARTITION_STARTING);
	if (partition->why_waits) {
		partition->why[0] = '\0';
		partition->why_waits = false;
	}
	partition->started = now;
	partition->console_start = partition->console.written;
	partition->brought_back = 0;
	partition_launch_begin(partition);
	partition_rom_map(partition);
}

/*
 * Every start begins with a reset of its processors: no interrupt that an earlier guest left pending survives it. That
 * takes 10 ms each: one a round, so that the monitor gets its turn in between.
 */
static void poll_starting(struct partition *partition)
{
	if (partition->brought_back == partition->vcpu_count) {
		return; /* its first processor loads it */
	}
	struct cpu *cpu = partition->vcpus[partition->brought_back]->cpu;
	enum status status = processor_bring_back(cpu);
	if (status != OK) {
		partition_stop(partition, "processor %u does not start again: %s", cpu->index,
			       status_text(status));
	} else if (++partition->brought_back == partition->vcpu_count) {
		vcpu_call(partition->vcpus[0], VCPU_REQUEST_START);
	}
}

static uint64_t poll_board(struct partition *partition, uint64_t now)
{
	spinlock_acquire(&partition->device_lock);
	uint64_t next = vplatform_poll(&partition->board, now);
	spinlock_release(&partition->device_lock);
	return next;
}

/* Return: when it wants to be looked at again, clock_ns(). */
static uint64_t poll(struct partition *partition, uint64_t now)
{
	if (partition->state == PARTITION_RUNNING) {
		return poll_board(partition, now);
	}
	if (partition->state == PARTITION_ENDING) {
		poll_ending(partition, now);
	}
	if (partition->state == PARTITION_WAITING) {
		poll_waiting(partition, now);
	}
	if (partition->state == PARTITION_STARTING) {
		poll_starting(partition);
		return partition->brought_back < partition->vcpu_count ? now : VDEV_NEVER;
	}
	return VDEV_NEVER;
}

uint64_t partitions_poll(uint64_t now)
{
	uint64_t next = VDEV_NEVER;

	for (uint32_t i = 0; i < partitions.count; i++) {
		next = min_u64(next, poll(partitions.all[i], now));
	}
	return next;
}

bool partitions_settled(void)
{
	uint64_t now = clock_ns();

	for (uint32_t i = 0; i < partitions.count; i++) {
		enum partition_state state = partitions.all[i]->state;

		if (state == PARTITION_STARTING || state == PARTITION_ENDING ||
		    (state == PARTITION_WAITING && may_start(partitions.all[i], now))) {
			return false;
		}
	}
	return true;
}

struct vcpu *partition_vcpu(const struct partition *partition, uint32_t index)
{
	return partition->vcpus[index];
}
