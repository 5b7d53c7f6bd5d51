/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_time.c: the command that tells the time. */
#include "arch/cpu/tsc.h"
#include "kernel/clock.h"
#include "kernel/inspect.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/view.h"
#include "kernel/partition.h"
#include "kernel/vdev/vrtc_date.h"

enum { US_PER_SECOND = 1000000 };

static bool show_time(struct command_run *run)
{
	uint64_t us = clock_us();
	int64_t now = partitions.epoch_seconds + (int64_t)(us / US_PER_SECOND);
	struct vrtc_date date = vrtc_date_from_seconds(now);

	(void)run;
	view_object(NULL);
	view_format("utc", 0, "%04u-%02u-%02uT%02u:%02u:%02uZ", date.year, date.month, date.day,
		    date.hour, date.minute, date.second);
	view_number("unix_seconds", 0, (uint64_t)now);
	/* Without a clock of firmware's the year is 1970. */
	view_text("utc_source", 0, inspect_boot()->epoch_seconds != 0 ? "firmware" : "none");
	view_number("uptime_us", 0, us);
	view_number("tsc_hz", 0, clock_hz());
	view_text("tsc_source", 0, tsc_source());
	return true;
}

/* clang-format off */
static const struct command time_commands[] = {
	{ "time", "", "date, time since the start, and their clocks", "", COMMAND_JSON,
	  show_time },
};
/* clang-format on */

const struct command_group command_group_time = { "Time", time_commands,
						  ARRAY_COUNT(time_commands) };
