/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_console.c: commands about guests' consoles. */
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/console.h"
#include "kernel/monitor/console_text.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/runner.h"
#include "kernel/monitor/view.h"
#include "kernel/monitor/wire.h"

enum {
	LOG_LINES = 20, /* unless asked otherwise */
	LOG_LINES_A_STEP =
		15, /* each of CONSOLE_TEXT_COLUMNS, of which JSON may make two characters */
	LOG_FOLLOW_US = 20000,      /* how often a console is looked at */
	LOG_PATIENCE_US = 100000,   /* for the end of a line */
	SEND_PATIENCE_US = 5000000, /* for a guest that does not read */
	SEND_AGAIN_US = 10000,
};

_Static_assert(LOG_LINES_A_STEP *(2 * CONSOLE_TEXT_COLUMNS + 8) <= COMMAND_STEP_BYTES, "a step");

static bool guest_console(struct command_run *run)
{
	struct partition *partition = guest_from_argument(run, run->argv[0]);

	if (partition != NULL) {
		console_attach(partition);
		runner_drop_rest();
	}
	return true;
}

/* --- guest log */

/* What run->at[] is to `guest log`. */
enum { LOG_BEGUN, LOG_AT, LOG_END, LOG_OPEN_US, LOG_MIDDLE };

static bool log_begin(struct command_run *run, const struct console_ring *ring)
{
	const char *text = command_option(run, "-n");
	uint64_t count = LOG_LINES;

	if (text != NULL &&
	    !command_number(run, "a number of lines", text, CONSOLE_RING_BYTES, &count)) {
		return false;
	}
	run->at[LOG_BEGUN] = 1;
	run->at[LOG_AT] = console_ring_last_lines(ring, count);
	run->at[LOG_END] = UINT64_MAX;
	if (command_option(run, "-f") == NULL) {
		run->at[LOG_END] = ring->written;
	} else {
		runner_no_pager();
	}
	view_list(NULL);
	return true;
}

/* Whether what there is of a line is not shown yet, because its end may come. */
static bool log_waits(struct command_run *run, const struct console_piece *piece)
{
	if (piece->end != CONSOLE_END_OPEN || run->at[LOG_END] != UINT64_MAX) {
		return false;
	}
	if (run->at[LOG_OPEN_US] == 0) {
		run->at[LOG_OPEN_US] = clock_us();
	}
	return clock_us() - run->at[LOG_OPEN_US] < LOG_PATIENCE_US;
}

/* Return: whether there was a line, or a piece of one. */
static bool log_line(struct command_run *run, const struct console_ring *ring)
{
	uint8_t bytes[CONSOLE_TEXT_COLUMNS + CONSOLE_TEXT_ENDING];
	char text[CONSOLE_TEXT_COLUMNS];
	uint64_t end = run->at[LOG_AT];
	uint64_t lost = 0;
	size_t count = console_ring_get(ring, &end, bytes, sizeof(bytes), &lost);
	uint64_t from = end - count;

	if (lost > 0) {
		view_format(NULL, 0, "[... %lu bytes lost]", lost);
	}
	run->at[LOG_AT] = from;
	count = from < run->at[LOG_END] ? min_u64(count, run->at[LOG_END] - from) : 0;
	struct console_piece piece = console_text_next(bytes, count, text, sizeof(text));
	if (piece.taken == 0 || log_waits(run, &piece)) {
		return false;
	}
	bool only_ends = run->at[LOG_MIDDLE] && piece.length == 0;
	if (!only_ends) {
		view_bytes(NULL, 0, text, piece.length);
	}
	run->at[LOG_AT] += piece.taken;
	run->at[LOG_OPEN_US] = 0;
	run->at[LOG_MIDDLE] = piece.end != CONSOLE_END_LINE;
	return true;
}

static bool guest_log(struct command_run *run)
{
	const struct partition *partition = guest_from_argument(run, run->argv[0]);

	if (partition == NULL) {
		return true;
	}
	bool debug = command_option(run, "--debug") != NULL;
	const struct console_ring *ring =
		debug ? partition_debug(partition) : partition_console(partition);
	if (ring == NULL) {
		return command_fail(run, COMMAND_FAILED,
				    "%s has no debug port: write debugcon = yes in its section",
				    run->argv[0]);
	}
	if (!run->at[LOG_BEGUN] && !log_begin(run, ring)) {
		return true;
	}
	for (uint32_t i = 0; i < LOG_LINES_A_STEP; i++) {
		if (!log_line(run, ring)) {
			run->wake_us = clock_us() + LOG_FOLLOW_US;
			return run->at[LOG_END] != UINT64_MAX;
		}
	}
	return false;
}

/* --- guest send, guest break */

static uint32_t hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	for (uint32_t i = 0; i < sizeof(digits) - 1; i++) {
		if (c == digits[i]) {
			return i % 16;
		}
	}
	return 16;
}

/* The byte that the escape behind a backslash at *@text means. Return: whether there is one; *@text moves behind it. */
static bool unescape(const char **text, uint8_t *byte)
{
	static const char letters[] = "rnte\\";
	static const uint8_t meanings[] = { '\r', '\n', '\t', 0x1B, '\\' };
	const char *at = *text;

	if (*at == 'x' && hex_digit(at[1]) < 16 && hex_digit(at[2]) < 16) {
		*byte = (uint8_t)(hex_digit(at[1]) << 4 | hex_digit(at[2]));
		*text += 3;
		return true;
	}
	for (uint32_t i = 0; i < sizeof(meanings); i++) {
		if (*at == letters[i]) {
			*byte = meanings[i];
			*text += 1;
			return true;
		}
	}
	return false;
}

/* Bytes to be typed; never more than the line they stood in has characters, and a CR. */
struct typed {
	uint8_t bytes[LINE_BYTES + 1];
	size_t length;
};

static bool add_word(struct typed *typed, const char *word)
{
	while (*word != '\0') {
		uint8_t byte = (uint8_t)*word++;

		if (byte == '\\' && !unescape(&word, &byte)) {
			return false;
		}
		typed->bytes[typed->length++] = byte;
	}
	return true;
}

/* Return: whether the words behind the name could be read; if not, that was said. */
static bool read_words(struct command_run *run, struct typed *typed)
{
	for (uint32_t i = 1; i < run->argc; i++) {
		if (i > 1) {
			typed->bytes[typed->length++] = ' ';
		}
		if (!add_word(typed, run->argv[i])) {
			command_fail(run, COMMAND_USAGE,
				     "\"%s\": a backslash is followed by r, n, t, e, xHH or \\",
				     run->argv[i]);
			return false;
		}
	}
	if (command_option(run, "--raw") == NULL) {
		typed->bytes[typed->length++] = '\r';
	}
	return true;
}

static bool listens(const struct partition *partition)
{
	enum partition_state state = partition_state(partition);

	return state == PARTITION_STARTING || state == PARTITION_RUNNING ||
	       state == PARTITION_PAUSED;
}

/* at[0]: bytes taken so far; at[1]: when patience ends. */
static bool guest_send(struct command_run *run)
{
	struct partition *partition = guest_from_argument(run, run->argv[0]);
	struct typed typed = { .length = 0 };

	if (partition == NULL || !read_words(run, &typed)) {
		return true;
	}
	if (!listens(partition)) {
		return command_fail(run, COMMAND_FAILED, "%s is %s: it took %lu of %zu bytes",
				    run->argv[0], partition_state_text(partition_state(partition)),
				    run->at[0], typed.length);
	}
	if (!console_typed_waits(partition)) { /* those keys come first */
		run->at[0] += partition_console_input(partition, &typed.bytes[run->at[0]],
						      typed.length - run->at[0]);
	}
	if (run->at[0] == typed.length) {
		output_format("%s: %zu bytes typed\n", run->argv[0], typed.length);
		return true;
	}
	uint64_t now = clock_us();
	run->at[1] = run->at[1] == 0 ? now + SEND_PATIENCE_US : run->at[1];
	run->wake_us = now + SEND_AGAIN_US;
	return now >= run->at[1] &&
	       command_fail(run, COMMAND_TIMEOUT, "%s does not read: it took %lu of %zu bytes",
			    run->argv[0], run->at[0], typed.length);
}

static bool guest_break(struct command_run *run)
{
	struct partition *partition = guest_from_argument(run, run->argv[0]);

	if (partition == NULL) {
		return true;
	}
	if (!partition_console_break(partition)) {
		return command_fail(run, COMMAND_FAILED,
				    "%s, which is %s, does not take a BREAK now", run->argv[0],
				    partition_state_text(partition_state(partition)));
	}
	output_format("%s: BREAK sent\n", run->argv[0]);
	return true;
}

/* --- console */

static void view_line(void)
{
	struct wire_losses losses = wire_losses();
	struct wire_answers answers = wire_answers();

	view_object(NULL);
	view_number("lost_out_bytes", 0, losses.written);
	view_number("lost_in_bytes", 0, losses.received);
	view_number("last_answer_us", 0, answers.last_us);
	view_number("slowest_answer_us", 0, answers.most_us);
	view_list("guests");
}

static void view_console(uint32_t index)
{
	struct console_counts counts = console_counts(partition_at(index));

	view_object(NULL);
	view_number("number", 6, index + 1);
	view_text("name", -31, partition_name(partition_at(index)));
	view_number("written_bytes", 13, counts.written);
	view_number("unread_bytes", 12, counts.unread);
	view_number("lost_bytes", 0, counts.lost);
	view_object_end();
}

static bool console_command(struct command_run *run)
{
	bool all = command_option(run, "--all") != NULL;
	bool plain = command_option(run, "--plain") != NULL;

	if (plain && !all) {
		return command_fail(run, COMMAND_USAGE, "--plain goes with --all");
	}
	if (all && run->json) {
		return command_fail(run, COMMAND_USAGE,
				    "--all has no --json: guest log NAME -f has");
	}
	if (all) {
		console_attach_all(plain);
		runner_drop_rest();
		return true;
	}
	view_line();
	for (uint32_t i = 0; i < partition_count(); i++) {
		view_console(i);
	}
	return true;
}

/* clang-format off */
static const struct command console_commands[] = {
	{ "guest console", "NAME", "put the line on a guest's console; Ctrl-] returns",
	  "guest console linux", COMMAND_CONSOLE, guest_console },
	{ "guest log", "NAME [-n COUNT] [-f] [--debug]",
	  "the last lines of its console; -f: go on; --debug: its debug port",
	  "guest log linux -n 100", COMMAND_JSON | COMMAND_CONSOLE, guest_log },
	{ "guest send", "NAME [--raw] TEXT...",
	  "type TEXT and Enter at a guest; --raw: no Enter; \\r \\n \\t \\e \\xHH",
	  "guest send linux uname -a", 0, guest_send },
	{ "guest break", "NAME", "send a BREAK to a guest's COM1",
	  "guest break linux", 0, guest_break },
	{ "console", "[--all] [--plain]", "bytes of consoles; --all: show all guests', line by line",
	  "console --all", COMMAND_JSON | COMMAND_CONSOLE, console_command },
};
/* clang-format on */

const struct command_group command_group_console = { "Consoles", console_commands,
						     ARRAY_COUNT(console_commands) };
