/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_power.c: the commands that end the machine's run, and how long it has lasted. */
#include "kernel/clock.h"
#include "kernel/lib/keep.h"
#include "kernel/lib/log.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/view.h"
#include "kernel/monitor/view_time.h"
#include "kernel/monitor/wire.h"
#include "kernel/partition.h"
#include "kernel/power.h"

/*
 * The last words have to be on the line before the machine is gone. The first step writes them; the second comes when
 * nearly all of that has been sent, and waits for the rest.
 */
static bool said(struct command_run *run, const char *words)
{
	if (run->at[0]++ == 0) {
		output_format("%s\n", words);
		return false;
	}
	wire_flush(WIRE_TRANSMIT_BYTES);
	return true;
}

static bool reboot(struct command_run *run)
{
	bool cold = command_option(run, "--cold") != NULL;
	bool warm = command_option(run, "--warm") != NULL;

	if (cold && warm) {
		return command_fail(run, COMMAND_USAGE, "--cold or --warm, not both");
	}
	if (!said(run, "rebooting")) {
		return false;
	}
	power_reset_as(cold ? POWER_COLD : warm ? POWER_WARM : POWER_RESET);
}

static bool poweroff(struct command_run *run)
{
	if (power_off_way() == NULL) {
		return command_fail(run, COMMAND_FAILED, "this machine has no ACPI S5");
	}
	if (!said(run, "switching off")) {
		return false;
	}
	log_info("poweroff: %s", power_off_way());
	power_off();
	return command_fail(run, COMMAND_FAILED,
			    "%s did not switch the machine off; everything goes on",
			    power_off_way());
}

static bool uptime(struct command_run *run)
{
	uint64_t us = clock_us();
	uint64_t since = (uint64_t)partitions.epoch_seconds;

	(void)run;
	view_object(NULL);
	view_duration("up", us);
	view_number("up_us", 0, us);
	view_date("since", since);
	view_number("run", 0, keep_run());
	return true;
}

/* clang-format off */
static const struct command power_commands[] = {
	{ "reboot", "[--cold] [--warm]", "reset the machine and with it every guest, at once",
	  "reboot --warm", 0, reboot },
	{ "poweroff", "", "switch the machine off and with it every guest, at once", "", 0, poweroff },
	{ "uptime", "", "how long Muntin has been running", "", COMMAND_JSON, uptime },
};
/* clang-format on */

const struct command_group command_group_power = { "Power", power_commands,
						   ARRAY_COUNT(power_commands) };
