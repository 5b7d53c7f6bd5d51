/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_trace.c: the commands that write a guest's exits down one by one, and show them. */
#include "kernel/clock.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/trace_text.h"
#include "kernel/monitor/view.h"
#include "kernel/partition_records.h"

/* What the step remembers: names for run->at[]. */
enum { AT_STARTED, AT_VCPU, AT_NEXT, AT_END, AT_COUNT };

enum { ROWS_A_STEP = 24, SHOWN = 20 };

static void view_entry(uint32_t vcpu, const struct trace_entry *entry)
{
	char text[TRACE_TEXT_BYTES];

	view_object(NULL);
	view_number("time_us", 10, clock_us_at(entry->tsc));
	view_number("vcpu", 4, vcpu);
	view_text("reason", -14, exit_slot_name(entry->exit.slot));
	view_hex("rip", 18, entry->rip);
	view_number("ns", 5, clock_ticks_ns(entry->ticks));
	trace_text_done(entry, text);
	view_text("done", -7, text);
	trace_text_detail(entry, text);
	view_text("detail", 0, text);
	view_object_end();
}

/* Begins with the last AT_COUNT that there are now; later ones are not shown. */
static void begin_vcpu(struct command_run *run, const struct trace *trace)
{
	uint64_t end = trace_written(trace);

	run->at[AT_END] = end;
	run->at[AT_NEXT] = end - min_u64(end, run->at[AT_COUNT]);
}

static void step_entries(struct command_run *run, const struct partition *partition)
{
	uint32_t vcpu = (uint32_t)run->at[AT_VCPU];
	const struct trace *trace = partition_trace(partition, vcpu);
	struct trace_entry entry;

	if (run->at[AT_END] == 0) {
		begin_vcpu(run, trace);
	}
	for (uint32_t i = 0; i < ROWS_A_STEP && run->at[AT_NEXT] < run->at[AT_END]; i++) {
		/* Those that were overwritten meanwhile are gone. */
		if (trace_read(trace, run->at[AT_NEXT]++, &entry)) {
			view_entry(vcpu, &entry);
		}
	}
	if (run->at[AT_NEXT] == run->at[AT_END]) {
		run->at[AT_END] = 0;
		run->at[AT_VCPU]++;
	}
}

static bool begin_show(struct command_run *run, const struct partition *partition)
{
	const char *count = command_option(run, "-n");

	run->at[AT_COUNT] = SHOWN;
	if (count != NULL &&
	    !command_number(run, "COUNT", count, TRACE_READABLE, &run->at[AT_COUNT])) {
		return false;
	}
	view_object(NULL);
	view_text("guest", 0, partition_name(partition));
	view_bool("traced", 0, partition_is_traced(partition));
	view_list("exits");
	return true;
}

static bool trace_show(struct command_run *run)
{
	const struct partition *partition = guest_from_argument(run, run->argv[0]);

	if (partition == NULL || (run->at[AT_STARTED]++ == 0 && !begin_show(run, partition))) {
		return true;
	}
	if (run->at[AT_VCPU] >= partition_vcpu_count(partition)) {
		return true;
	}
	step_entries(run, partition);
	return false;
}

static bool set_traced(struct command_run *run, bool on)
{
	struct partition *partition = guest_from_argument(run, run->argv[0]);

	if (partition != NULL) {
		partition_set_traced(partition, on);
		output_format("%s: exits are %s\n", partition_name(partition),
			      on ? "traced" : "no longer traced");
	}
	return true;
}

static bool trace_on(struct command_run *run)
{
	return set_traced(run, true);
}

static bool trace_off(struct command_run *run)
{
	return set_traced(run, false);
}

/* clang-format off */
static const struct command trace_commands[] = {
	{ "trace on", "NAME", "keep a guest's last exits, one by one",
	  "trace on linux", 0, trace_on },
	{ "trace off", "NAME", "cease to; what there is can be shown",
	  "trace off linux", 0, trace_off },
	{ "trace show", "NAME [-n COUNT]", "the last exits of each processor",
	  "trace show linux -n 50", COMMAND_JSON, trace_show },
};
/* clang-format on */

const struct command_group command_group_trace = { "Trace", trace_commands,
						   ARRAY_COUNT(trace_commands) };
