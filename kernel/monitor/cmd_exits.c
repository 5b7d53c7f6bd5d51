/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_exits.c: the commands that show what made guests exit, and what it cost. */
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/vcpu_pick.h"
#include "kernel/monitor/view.h"
#include "kernel/partition_records.h"

/* What the step remembers: names for run->at[]. */
enum { AT_PHASE, AT_VCPU, AT_SLOT };
enum { PHASE_START, PHASE_VCPUS, PHASE_REASONS };

/* As many as surely fit into a step, whatever their numbers. */
enum { ROWS_A_STEP = 24 };

#define US_PER_SECOND ((uint64_t)1000000)

/* What was counted since the last `exits reset`; times in ns. */
struct tally {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	uint64_t last_tsc; /* 0: never */
};

/* Only its owner writes a count; a load of 64 bits is never torn. */
static uint64_t read_count(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

static struct tally tally_slot(const struct vcpu_pick *pick, uint32_t slot)
{
	const struct exit_count *now = &partition_counts(pick->partition, pick->vcpu)->exits[slot];
	const struct exit_count *base =
		&partition_counts_base(pick->partition, pick->vcpu)->counts.exits[slot];

	return (struct tally){
		.count = read_count(&now->count) - base->count,
		.sum_ns = clock_ticks_ns(read_count(&now->ticks) - base->ticks),
		.max_ns = clock_ticks_ns(read_count(&now->ticks_max)),
		.last_tsc = read_count(&now->last_tsc),
	};
}

/* All reasons, writes of the ICR apart; but the last exit is the last of all. */
static struct tally tally_all(const struct vcpu_pick *pick)
{
	struct tally all = { 0 };

	for (uint32_t slot = 0; slot < EXIT_SLOT_COUNT; slot++) {
		struct tally one = tally_slot(pick, slot);

		all.last_tsc = max_u64(all.last_tsc, one.last_tsc);
		all.sum_ns += one.sum_ns;
		all.count += slot == EXIT_SLOT_IPI ? 0 : one.count;
	}
	return all;
}

static uint64_t counted_us(const struct vcpu_pick *pick)
{
	uint64_t since = partition_counts_base(pick->partition, pick->vcpu)->us;

	return max_u64(clock_us() - since, 1);
}

/* @value * @factor / @us, without a product that does not fit. */
static uint64_t scale(uint64_t value, uint64_t factor, uint64_t us)
{
	return value > UINT64_MAX / factor ? value / us * factor : value * factor / us;
}

/* @count in @us, for a second, in thousandths. */
static uint64_t rate(uint64_t count, uint64_t us)
{
	return scale(count, 1000 * US_PER_SECOND, us);
}

/* @ns of @us, in thousandths of a percent. */
static uint64_t share(uint64_t ns, uint64_t us)
{
	return scale(ns, 100, us);
}

static uint64_t refusals(const struct vcpu_pick *pick)
{
	const struct vcpu_counts *now = partition_counts(pick->partition, pick->vcpu);
	const struct vcpu_counts *base =
		&partition_counts_base(pick->partition, pick->vcpu)->counts;

	return read_count(&now->denied_msrs) - base->denied_msrs + read_count(&now->denied_ports) -
	       base->denied_ports + read_count(&now->denied_addresses) - base->denied_addresses;
}

static void view_name(const struct vcpu_pick *pick)
{
	view_text("guest", -8, partition_name(pick->partition));
	view_number("vcpu", 4, pick->vcpu);
}

static void view_quiet(uint64_t last_tsc)
{
	uint64_t now = clock_us();

	if (last_tsc == 0) {
		view_none("quiet_ms", 0);
		return;
	}
	view_number("quiet_ms", 0, (now - min_u64(clock_us_at(last_tsc), now)) / 1000);
}

static void view_vcpu(const struct vcpu_pick *pick)
{
	struct tally all = tally_all(pick);
	uint64_t us = counted_us(pick);

	view_object(NULL);
	view_name(pick);
	view_number("total", 8, all.count);
	view_thousandths("rate", 8, rate(all.count, us));
	view_number("sum_us", 8, all.sum_ns / 1000);
	view_thousandths("share", 6, share(all.sum_ns, us));
	view_number("ipis", 6, tally_slot(pick, EXIT_SLOT_IPI).count);
	view_number("denied", 6, refusals(pick));
	view_number("over_ms", 8, us / 1000);
	view_quiet(all.last_tsc);
	view_object_end();
}

static void view_reason(const struct vcpu_pick *pick, uint32_t slot)
{
	struct tally tally = tally_slot(pick, slot);
	uint64_t us = counted_us(pick);

	view_object(NULL);
	view_name(pick);
	view_text("reason", -23, exit_slot_name(slot));
	view_number("count", 8, tally.count);
	view_thousandths("rate", 8, rate(tally.count, us));
	view_number("sum_us", 8, tally.sum_ns / 1000);
	view_thousandths("max_us", 7, tally.max_ns);
	view_thousandths("share", 0, share(tally.sum_ns, us));
	view_object_end();
}

/* The reasons that occurred, some of them a step. Return: whether there are more. */
static bool view_reasons(const struct vcpu_pick *pick, uint64_t *slot)
{
	for (uint32_t rows = 0; rows < ROWS_A_STEP && *slot < EXIT_SLOT_COUNT; (*slot)++) {
		if (tally_slot(pick, (uint32_t)*slot).count > 0) {
			view_reason(pick, (uint32_t)*slot);
			rows++;
		}
	}
	return *slot < EXIT_SLOT_COUNT;
}

static bool step_reasons(struct command_run *run, const char *name)
{
	struct vcpu_pick pick;

	if (!vcpu_pick(name, run->at[AT_VCPU], &pick)) {
		return true;
	}
	if (!view_reasons(&pick, &run->at[AT_SLOT])) {
		run->at[AT_SLOT] = 0;
		run->at[AT_VCPU]++;
	}
	return false;
}

static void step_vcpus(struct command_run *run, const char *name)
{
	if (!vcpu_pick_some(name, &run->at[AT_VCPU], view_vcpu)) {
		view_list_end();
		view_list("reasons");
		run->at[AT_PHASE] = PHASE_REASONS;
		run->at[AT_VCPU] = 0;
	}
}

static bool exits(struct command_run *run)
{
	const char *name = run->argc > 0 ? run->argv[0] : NULL;

	switch (run->at[AT_PHASE]) {
	case PHASE_START:
		if (name != NULL && guest_from_argument(run, name) == NULL) {
			return true;
		}
		view_object(NULL);
		view_number("time_us", 0, clock_us());
		view_list("vcpus");
		run->at[AT_PHASE] = PHASE_VCPUS;
		return false;
	case PHASE_VCPUS:
		step_vcpus(run, name);
		return false;
	default:
		return step_reasons(run, name);
	}
}

static void reset(struct partition *partition)
{
	for (uint32_t i = 0; i < partition_vcpu_count(partition); i++) {
		struct vcpu_counts_base *base = partition_counts_base(partition, i);

		base->us = clock_us();
		memcpy(&base->counts, partition_counts(partition, i), sizeof(base->counts));
	}
	partition_exit_time_forget(partition);
	output_format("%s: exits are counted from now on\n", partition_name(partition));
}

static bool exits_reset(struct command_run *run)
{
	if (run->argc > 0) {
		struct partition *partition = guest_from_argument(run, run->argv[0]);

		if (partition != NULL) {
			reset(partition);
		}
		return true;
	}
	for (uint32_t i = 0; i < partition_count(); i++) {
		reset(partition_at(i));
	}
	return true;
}

/* clang-format off */
static const struct command exits_commands[] = {
	{ "exits", "[NAME]",
	  "VM exits by reason: how many, how long",
	  "exits linux", COMMAND_JSON, exits },
	{ "exits reset", "[NAME]", "count VM exits anew",
	  "exits reset linux", 0, exits_reset },
};
/* clang-format on */

const struct command_group command_group_exits = { "Exits", exits_commands,
						   ARRAY_COUNT(exits_commands) };
