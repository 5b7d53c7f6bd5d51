/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_system.c: which Muntin this is, and the command that repeats others. */
#include "kernel/monitor/cmd_system.h"

#include "kernel/inspect.h"
#include "kernel/lib/format.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/runner.h"
#include "kernel/monitor/view.h"

static const struct monitor_setup *the_setup;

void cmd_system_start(const struct monitor_setup *setup)
{
	the_setup = setup;
}

static bool version(struct command_run *run)
{
	(void)run;
	view_object(NULL);
	view_text("version", 0, the_setup->version);
	view_format("config", 0, "%08x", config_hash());
	return true;
}

static bool watch(struct command_run *run)
{
	char line[LINE_BYTES];
	uint64_t interval_us = 2000000;
	size_t used = 0;

	if (!runner_interval(run, &interval_us)) {
		return true;
	}
	for (uint32_t i = 0; i < run->argc; i++) {
		used += format(&line[used], sizeof(line) - used, "\"%s\" ", run->argv[i]);
		if (used >= sizeof(line)) {
			return command_fail(run, COMMAND_USAGE,
					    "the command is too long to be watched");
		}
	}
	if (!runner_repeat(line, interval_us)) {
		return command_fail(run, COMMAND_FAILED, "watch cannot watch itself");
	}
	return true;
}

/* clang-format off */
static const struct command system_commands[] = {
	{ "version", "", "which Muntin this is, and the CRC-32 of muntin.conf",
	  "", COMMAND_JSON | COMMAND_ALWAYS, version },
	{ "watch", "[-n SECONDS] COMMAND...", "run a command again and again, until ^C",
	  "watch -n 1 guest list", COMMAND_NO_PAGER, watch },
};
/* clang-format on */

const struct command_group command_group_system = { "System", system_commands,
						    ARRAY_COUNT(system_commands) };
