/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_exits.c: the command that shows what made guests exit. */
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"

/* What the step remembers: names for run->at[]. */
enum { AT_STARTED, AT_GUEST, AT_VCPU };

/* Only its owner writes a count; a load of 64 bits is never torn. */
static uint64_t count_read(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

/* One virtual processor: at most EXIT_REASON_COUNT + 4 lines. */
static void say_vcpu(const struct partition *partition, uint32_t vcpu)
{
	const struct vcpu_counts *counts = partition_counts(partition, vcpu);
	const char *name = partition_name(partition);
	uint32_t cpu = partition_vcpu_cpu(partition, vcpu);
	const struct {
		const char *name;
		uint64_t count;
	} others[] = {
		{ "ipis", count_read(&counts->ipis) },
		{ "denied_msrs", count_read(&counts->denied_msrs) },
		{ "denied_ports", count_read(&counts->denied_ports) },
		{ "denied_addresses", count_read(&counts->denied_addresses) },
	};
	uint64_t total = 0;

	for (uint32_t i = 0; i < EXIT_REASON_COUNT; i++) {
		uint64_t count = count_read(&counts->exits[i]);

		/* The total is of what was printed: the counts go on meanwhile. */
		total += count;
		if (count > 0) {
			output_format("%s vcpu%u cpu%u %s %lu\n", name, vcpu, cpu,
				      exit_reason_name(i), count);
		}
	}
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		output_format("%s vcpu%u cpu%u %s %lu\n", name, vcpu, cpu, others[i].name,
			      others[i].count);
	}
	output_format("%s vcpu%u cpu%u total %lu\n", name, vcpu, cpu, total);
}

/* When: two outputs make a rate. */
static void say_time(void)
{
	uint64_t us = clock_us();

	output_format("time %lu.%06lu s\n", us / 1000000, us % 1000000);
}

static bool exits(struct command_run *run)
{
	const char *wanted = run->argc > 0 ? run->argv[0] : NULL;
	uint32_t index = (uint32_t)run->at[AT_GUEST];

	if (run->at[AT_STARTED]++ == 0) {
		if (wanted != NULL && guest_from_argument(run, wanted) == NULL) {
			return true;
		}
		say_time();
	}
	if (index >= partition_count()) {
		return true;
	}
	const struct partition *partition = partition_at(index);
	bool skip = wanted != NULL && strcmp(wanted, partition_name(partition)) != 0;
	if (!skip && run->at[AT_VCPU] < partition_vcpu_count(partition)) {
		say_vcpu(partition, (uint32_t)run->at[AT_VCPU]++);
		return false;
	}
	run->at[AT_VCPU] = 0;
	run->at[AT_GUEST]++;
	return false;
}

/* clang-format off */
static const struct command exits_commands[] = {
	{ "exits", "[NAME]",
	  "VM exits by reason",
	  "exits linux", 0, exits },
};
/* clang-format on */

const struct command_group command_group_exits = { "Exits", exits_commands,
						   ARRAY_COUNT(exits_commands) };
