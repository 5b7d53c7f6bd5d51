/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_life.c: commands that change what a guest does. */
#include "kernel/monitor/cmd_guest.h"

#include "kernel/lib/format.h"
#include "kernel/monitor/output.h"
#include "kernel/partition_launch.h"

enum { STATES_BYTES = 80 };

/* What a command asks of a guest, and what it says when that is begun. */
struct act {
	enum partition_act what;
	enum status (*perform)(struct partition *partition);
	const char *done;
};

static const struct act act_start = { PARTITION_ACT_START, partition_start, "starting" };
static const struct act act_halt = { PARTITION_ACT_HALT, partition_halt, "ending" };
static const struct act act_button = {
	PARTITION_ACT_BUTTON, partition_power_button,
	"its power button is pressed; with --force it ends at once"
};
static const struct act act_reset = { PARTITION_ACT_RESET, partition_reset, "starting again" };
static const struct act act_pause = { PARTITION_ACT_PAUSE, partition_pause, "paused" };
static const struct act act_resume = { PARTITION_ACT_RESUME, partition_resume, "running" };
static const struct act act_nmi = { PARTITION_ACT_NMI, partition_nmi, "got an NMI" };

/* "off, ending or stopped" */
static void list_states(enum partition_act what, char *text, size_t size)
{
	uint32_t left = 0;
	size_t used = 0;

	for (unsigned state = 0; state < PARTITION_STATE_COUNT; state++) {
		left += partition_state_allows((enum partition_state)state, what) ? 1 : 0;
	}
	text[0] = '\0';
	for (unsigned state = 0; state < PARTITION_STATE_COUNT && used < size; state++) {
		if (partition_state_allows((enum partition_state)state, what)) {
			left--;
			used += format(text + used, size - used, "%s%s",
				       partition_state_text((enum partition_state)state),
				       left > 1    ? ", "
				       : left == 1 ? " or "
						   : "");
		}
	}
}

static bool refuse(struct command_run *run, enum partition_state state, enum partition_act what)
{
	char states[STATES_BYTES];

	list_states(what, states, sizeof(states));
	return command_fail(run, COMMAND_FAILED, "%s is %s; this needs one that is %s",
			    run->argv[0], partition_state_text(state), states);
}

/* What is begun may have to wait, or be over already. */
static void say_done(const struct partition *partition, const char *done)
{
	const struct partition *by = partition_blocked_by(partition);
	const char *name = partition_name(partition);

	switch (partition_state(partition)) {
	case PARTITION_OFF:
		output_format("%s: off\n", name);
		break;
	case PARTITION_WAITING:
		if (by != NULL) {
			output_format("%s: waits until %s runs, which is %s\n", name,
				      partition_name(by),
				      partition_state_text(partition_state(by)));
			break;
		}
		/* fall through */
	default:
		output_format("%s: %s\n", name, done);
	}
}

static bool act_on(struct command_run *run, const struct act *act)
{
	struct partition *partition = guest_from_argument(run, run->argv[0]);

	if (partition == NULL) {
		return true;
	}
	/* The state before: what it is told to do may have changed it when the answer is printed. */
	enum partition_state state = partition_state(partition);
	if (act->perform(partition) != OK) {
		return refuse(run, state, act->what);
	}
	say_done(partition, act->done);
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

static bool guest_relaunch(struct command_run *run)
{
	struct partition *partition = guest_from_argument(run, run->argv[0]);
	struct partition_relaunch wish = {
		.kernel = command_option(run, "--kernel"),
		.initrd = command_option(run, "--initrd"),
		.cmdline = command_option(run, "--cmdline"),
	};
	char why[PARTITION_REFUSAL_BYTES];

	if (partition == NULL) {
		return true;
	}
	if (partition_relaunch(partition, &wish, why) != OK) {
		return command_fail(run, COMMAND_FAILED, "%s is left as it is: %s", run->argv[0],
				    why);
	}
	say_done(partition, "starting again");
	return true;
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
	{ "guest start", "NAME", "start a guest, once the guests run that it depends on",
	  "guest start linux", 0, guest_start },
	{ "guest stop", "NAME [--force]", "press a guest's power button; --force: end it at once",
	  "guest stop linux --force", 0, guest_stop },
	{ "guest reset", "NAME", "end a guest at once and start it again",
	  "guest reset linux", 0, guest_reset },
	{ "guest relaunch", "NAME [--kernel IMAGE] [--initrd IMAGE] [--cmdline TEXT]",
	  "reset a guest with other images of the config; without options its own",
	  "guest relaunch linux --kernel rescue --cmdline \"console=ttyS0 single\"", 0, guest_relaunch },
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
