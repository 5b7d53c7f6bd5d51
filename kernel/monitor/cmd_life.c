/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_life.c: commands that change what a guest does. */
#include "kernel/monitor/cmd_guest.h"

#include "kernel/monitor/output.h"

/* What a command asks of a guest, and what it says. */
struct act {
	enum status (*perform)(struct partition *partition);
	const char *done;
	const char *needs; /* states in which it can be done, in words */
};

static const struct act act_start = { partition_start, "starting", "off or stopped" };
static const struct act act_halt = { partition_halt, "ending", "starting, running or paused" };
static const struct act act_button = { partition_power_button,
				       "its power button is pressed; with --force it ends at once",
				       "running" };
static const struct act act_reset = { partition_reset, "starting again",
				      "starting, running or paused" };
static const struct act act_pause = { partition_pause, "paused", "running" };
static const struct act act_resume = { partition_resume, "running", "paused" };
static const struct act act_nmi = { partition_nmi, "got an NMI", "running" };

static bool act_on(struct command_run *run, const struct act *act)
{
	const char *name = run->argv[0];
	struct partition *partition = guest_from_argument(run, name);

	if (partition == NULL) {
		return true;
	}
	/* The state before: what it is told to do may have changed it when the answer is printed. */
	const char *state = partition_state_text(partition_state(partition));
	if (act->perform(partition) != OK) {
		return command_fail(run, COMMAND_FAILED, "%s is %s; this needs one that is %s",
				    name, state, act->needs);
	}
	output_format("%s: %s\n", name, act->done);
	return true;
}

static bool guest_start(struct command_run *run)
{
	return act_on(run, &act_start);
}

static bool guest_stop(struct command_run *run)
{
	return act_on(run, command_option(run, "--force") != NULL ? &act_halt : &act_button);
}

static bool guest_reset(struct command_run *run)
{
	return act_on(run, &act_reset);
}

static bool guest_pause(struct command_run *run)
{
	return act_on(run, &act_pause);
}

static bool guest_resume(struct command_run *run)
{
	return act_on(run, &act_resume);
}

static bool guest_nmi(struct command_run *run)
{
	return act_on(run, &act_nmi);
}

/* clang-format off */
static const struct command life_commands[] = {
	{ "guest start", "NAME", "start a guest that is off or was stopped",
	  "guest start linux", 0, guest_start },
	{ "guest stop", "NAME [--force]", "press a guest's power button; --force: end it at once",
	  "guest stop linux --force", 0, guest_stop },
	{ "guest reset", "NAME", "end a guest at once and start it again",
	  "guest reset linux", 0, guest_reset },
	{ "guest pause", "NAME", "hold a guest's processors; its clocks run on",
	  "guest pause linux", 0, guest_pause },
	{ "guest resume", "NAME", "let a paused guest go on",
	  "guest resume linux", 0, guest_resume },
	{ "guest nmi", "NAME", "give a guest's first processor an NMI",
	  "guest nmi linux", 0, guest_nmi },
};
/* clang-format on */

const struct command_group command_group_life = { "Lives", life_commands,
						  ARRAY_COUNT(life_commands) };
