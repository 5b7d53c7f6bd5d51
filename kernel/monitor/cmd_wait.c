/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_wait.c: waiting for what a guest does: for programs and scripts. */
#include "kernel/clock.h"
#include "kernel/config.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/output.h"

enum {
	WAIT_SECONDS = 60,
	WAIT_SECONDS_MAX = 86400,
	WAIT_LOOK_US = 10000,
	WAIT_TEXT_BYTES = 256, /* longest text, less one */
	WAIT_CHUNK_BYTES = 512,
	WAIT_CHUNKS = 16, /* looked through in one step */
};

/* Where the last wait for a text found it: the next one goes on behind that. */
static uint64_t read_up_to[CONFIG_GUESTS_MAX];

/* What run->at[] is for. */
enum { AT_BEGUN, AT_DEADLINE_US, AT_CONSOLE };

static bool find_text(const uint8_t *bytes, size_t length, const char *text, size_t *behind)
{
	size_t wanted = strlen(text);

	for (size_t at = 0; at + wanted <= length; at++) {
		if (memcmp(&bytes[at], text, wanted) == 0) {
			*behind = at + wanted;
			return true;
		}
	}
	return false;
}

/* Looks on at @position, which ends behind the text or, at the end of what there is, before what may be its start. */
static bool look_for(const struct partition *partition, const char *text, uint64_t *position)
{
	uint8_t bytes[WAIT_CHUNK_BYTES];

	for (uint32_t i = 0; i < WAIT_CHUNKS; i++) {
		uint64_t next = *position;
		uint64_t lost = 0;
		size_t behind = 0;
		size_t length = console_ring_get(partition_console(partition), &next, bytes,
						 sizeof(bytes), &lost);

		if (find_text(bytes, length, text, &behind)) {
			*position = next - length + behind;
			return true;
		}
		*position = next - min_u64(length, strlen(text) - 1);
		if (length < sizeof(bytes)) {
			return false;
		}
	}
	return false;
}

static uint64_t *read_place(const struct partition *partition)
{
	uint32_t index = 0;

	while (index + 1 < partition_count() && partition_at(index) != partition) {
		index++;
	}
	return &read_up_to[index];
}

static bool has_text(struct command_run *run, const struct partition *partition, const char *text)
{
	/* What it printed before it was started last is another life's. */
	run->at[AT_CONSOLE] = max_u64(run->at[AT_CONSOLE], partition_console_start(partition));
	if (!look_for(partition, text, &run->at[AT_CONSOLE])) {
		return false;
	}
	*read_place(partition) = run->at[AT_CONSOLE];
	output_format("%s: printed \"", partition_name(partition));
	output_foreign(text, strlen(text));
	output_text("\"\n");
	return true;
}

static bool has_state(const struct partition *partition, const char *word)
{
	if (strcmp(partition_state_text(partition_state(partition)), word) != 0) {
		return false;
	}
	output_format("%s: %s\n", partition_name(partition), word);
	return true;
}

static bool is_state(const char *word)
{
	for (unsigned state = 0; state < PARTITION_STATE_COUNT; state++) {
		if (strcmp(partition_state_text((enum partition_state)state), word) == 0) {
			return true;
		}
	}
	return false;
}

/* Whether it makes sense; if not, that was said. */
static bool begin(struct command_run *run, const struct partition *partition, const char *text)
{
	const char *timeout = command_option(run, "--timeout");
	uint64_t seconds = WAIT_SECONDS;

	if ((run->argc > 1) == (text != NULL) || (text != NULL && text[0] == '\0')) {
		command_fail(run, COMMAND_USAGE,
			     "one of the two is needed: a state, or --text and what it prints");
		return false;
	}
	if (text != NULL && strlen(text) >= WAIT_TEXT_BYTES) {
		command_fail(run, COMMAND_USAGE, "the text has more than %d characters",
			     WAIT_TEXT_BYTES - 1);
		return false;
	}
	if (text == NULL && !is_state(run->argv[1])) {
		command_fail(run, COMMAND_USAGE,
			     "there is no state \"%s\"; there is: off, waiting, starting, running, "
			     "paused, ending, stopped",
			     run->argv[1]);
		return false;
	}
	if (timeout != NULL &&
	    !command_number(run, "--timeout", timeout, WAIT_SECONDS_MAX, &seconds)) {
		return false;
	}
	run->at[AT_BEGUN] = 1;
	run->at[AT_DEADLINE_US] = clock_us() + seconds * 1000000;
	run->at[AT_CONSOLE] = command_option(run, "--new") != NULL
				      ? partition_console(partition)->written
				      : *read_place(partition);
	return true;
}

static bool guest_wait(struct command_run *run)
{
	const struct partition *partition = guest_from_argument(run, run->argv[0]);
	const char *text = command_option(run, "--text");

	if (partition == NULL || (run->at[AT_BEGUN] == 0 && !begin(run, partition, text))) {
		return true;
	}
	if (text != NULL ? has_text(run, partition, text) : has_state(partition, run->argv[1])) {
		return true;
	}
	if (clock_us() >= run->at[AT_DEADLINE_US]) {
		return command_fail(run, COMMAND_TIMEOUT, "in vain: %s is %s", run->argv[0],
				    partition_state_text(partition_state(partition)));
	}
	run->wake_us = clock_us() + WAIT_LOOK_US;
	return false;
}

/* clang-format off */
static const struct command wait_commands[] = {
	{ "guest wait", "NAME [STATE] [--text TEXT] [--new] [--timeout SECONDS]",
	  "for a state, or for a text on its console (--new: from now on); 60 s",
	  "guest wait linux --text \"login:\" --timeout 120", 0, guest_wait },
};
/* clang-format on */

const struct command_group command_group_wait = { "Waiting", wait_commands,
						  ARRAY_COUNT(wait_commands) };
