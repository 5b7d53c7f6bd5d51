/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_log.c: the command that shows the log. */
#include "kernel/lib/log.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/log_view.h"
#include "kernel/monitor/output.h"

/* at[0]: position in the log; at[1]: bytes shown. */
static bool log_show(struct command_run *run)
{
	char lines[LOG_VIEW_BYTES];
	size_t length = log_view_read(&run->at[0], lines);

	output_foreign(lines, length);
	log_view_seen(run->at[0]);
	run->at[1] += length;
	/* A log that grows as fast as it is shown has no end. */
	return length == 0 || run->at[1] >= LOG_BYTES;
}

static const struct command log_commands[] = {
	{ "log", "", "the hypervisor's messages, oldest first", "", 0, log_show },
};

const struct command_group command_group_log = { "Log", log_commands, ARRAY_COUNT(log_commands) };
