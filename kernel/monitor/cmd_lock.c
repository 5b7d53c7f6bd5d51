/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_lock.c: the commands that lock and unlock the monitor. */
#include "kernel/monitor/cmd_lock.h"

#include "kernel/clock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/sha256.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/lock.h"
#include "kernel/monitor/output.h"

/*
 * Of a step: as long as the consoles may wait. A fixed number of iterations would be 100 times as long on an emulator as on
 * a server; so few at once that also there the time is kept.
 */
enum { SLICE_US = 2000, ITERATIONS_AT_ONCE = 4 };

static bool lock_step(struct command_run *run)
{
	if (!lock_present()) {
		return command_fail(run, COMMAND_FAILED,
				    "no password is set: put the line that tools/muntin-passwd "
				    "prints below [monitor] in muntin.conf");
	}
	lock_now();
	output_text("locked\n");
	return true;
}

static uint64_t seconds_of(uint64_t us)
{
	return (us + 999999) / 1000000;
}

static bool say_answer(struct command_run *run, enum lock_answer answer, uint32_t wrong)
{
	uint64_t wait = seconds_of(lock_wait_us(clock_us()));

	switch (answer) {
	case LOCK_TOO_EARLY:
		return command_fail(run, COMMAND_LOCKED,
				    "not looked at: the next try counts in %lu s", wait);
	case LOCK_WRONG:
		log_warning("monitor: wrong password, %u in a row", lock_wrong_tries());
		return command_fail(run, COMMAND_LOCKED,
				    "wrong password; the next try counts in %lu s", wait);
	case LOCK_OPENED:
		output_text("unlocked\n");
		if (wrong > 1) {
			output_format("%u wrong tries before\n", wrong - 1);
		}
		return true;
	case LOCK_CHECKING:
		break;
	}
	return false;
}

/* at[0]: whether the try is under way. */
static bool check(struct command_run *run)
{
	uint64_t from = clock_us();
	enum lock_answer answer = LOCK_CHECKING;
	uint32_t wrong = lock_wrong_tries();

	if (run->at[0] == 0) {
		answer = lock_try(run->argv[0], strlen(run->argv[0]), from);
		wipe(run->text, sizeof(run->text));
		run->at[0] = 1;
	}
	while (answer == LOCK_CHECKING && clock_us() - from < SLICE_US) {
		answer = lock_try_step(ITERATIONS_AT_ONCE, clock_us());
	}
	return say_answer(run, answer, wrong);
}

static bool unlock_step(struct command_run *run)
{
	if (!lock_present()) {
		output_text("no password is set: the monitor is never locked\n");
		return true;
	}
	if (run->at[0] == 0 && !lock_locked()) {
		wipe(run->text, sizeof(run->text));
		output_text("it is not locked\n");
		return true;
	}
	if (run->at[0] == 0 && run->argc == 0) {
		lock_ask(true);
		return true;
	}
	return check(run);
}

/* clang-format off */
static const struct command lock_commands[] = {
	{ "lock", "", "ask for the password from now on", "", COMMAND_ALWAYS, lock_step },
	{ "unlock", "[PASSWORD]", "open the monitor; without PASSWORD it is asked for, unseen",
	  "unlock", COMMAND_ALWAYS, unlock_step },
};
/* clang-format on */

/* Return: how many characters @line has without its double quotes: no password has one. */
static size_t drop_quotes(char *line)
{
	size_t length = 0;

	for (size_t i = 0; line[i] != '\0'; i++) {
		line[length] = line[i];
		length += line[i] != '"' ? 1 : 0;
	}
	return length;
}

void cmd_lock_line(char line[LINE_BYTES])
{
	static const char before[] = "unlock \"";
	size_t at = sizeof(before) - 1;
	/* What does not fit is no password either. */
	size_t length = min_u64(drop_quotes(line), LINE_BYTES - at - 2);

	memmove(&line[at], line, length);
	memcpy(line, before, at);
	line[at + length] = '"';
	line[at + length + 1] = '\0';
}

bool cmd_lock_secret(const char *line)
{
	static const char word[] = "unlock ";

	/* Wherever it stands: behind a tag, behind a semicolon, or only in a text. */
	for (; *line != '\0'; line++) {
		if (strncmp(line, word, sizeof(word) - 1) == 0) {
			return true;
		}
	}
	return false;
}

const struct command_group command_group_lock = { "Lock", lock_commands,
						  ARRAY_COUNT(lock_commands) };
