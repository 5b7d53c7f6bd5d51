/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_line.c: any bytes at all through the line editor with history and completion, watched on a dumb
 * terminal, and what is entered through the command parser.
 */
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/complete.h"
#include "kernel/monitor/line.h"
#include "tests/host/dumb_terminal.h"

/* clang-format off */
static const struct command rows[] = {
	{ "guest list", "", "", "", COMMAND_JSON, NULL },
	{ "guest console", "NAME", "", "", 0, NULL },
	{ "guest send", "NAME TEXT...", "", "", 0, NULL },
	{ "exits", "[NAME] [--all] [-n COUNT]", "", "", COMMAND_JSON, NULL },
	{ "exits reset", "", "", "", 0, NULL },
	{ "help", "[COMMAND...]", "", "", 0, NULL },
	{ "run", "COMMAND [on|off|NAME]", "", "", 0, NULL },
};
/* clang-format on */
static const struct command_group group = { "Rows", rows, ARRAY_COUNT(rows) };
const struct command_group *const command_groups[] = { &group };
const size_t command_group_count = 1;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small enough that lines push each other out, and one that holds the longest line. */
static const size_t history_sizes[] = { 1, 7, 64, 4096 };

static char kept[4096];
static struct history history;
static struct line line;

static void require(bool holds)
{
	if (!holds) {
		__builtin_trap();
	}
}

static bool name_at(uint32_t index, char *text, size_t size)
{
	static const char *const names[] = { "linux", "a guest", "a;b", "list" };

	require(size == COMPLETE_WORD_BYTES);
	if (index >= ARRAY_COUNT(names)) {
		return false;
	}
	memcpy(text, names[index], strlen(names[index]) + 1);
	return true;
}

static const struct complete_kind kinds[] = { { "NAME", name_at } };

static void tab(struct line_completion *completion)
{
	require(completion->length <= line.length && completion->count == 0);
	complete(kinds, ARRAY_COUNT(kinds), completion);
	require(completion->replaces <= completion->length);
	require(strlen(completion->word) < LINE_WORD_BYTES);
}

static void parse(const char *text)
{
	static struct command_run run;

	memset(&run, 0, sizeof(run));
	memcpy(run.text, text, strlen(text) + 1);
	if (command_split(&run) != OK) {
		return;
	}
	uint32_t words = run.argc;
	const struct command *found = command_find(&run);
	require(run.argc <= words && words <= COMMAND_WORDS_MAX);
	require(found == NULL || run.argc < words);
	for (uint32_t i = 0; i < run.argc; i++) {
		require(strlen(run.argv[i]) < LINE_BYTES);
	}
	command_nearest(&run);
}

/* The row is prompt or search, and the text in view behind it; nothing ever wrapped. */
static void check_screen(void)
{
	char row[TERMINAL_COLUMNS + 1] = "muntin> ";
	size_t head = 8;

	if (line.searching) {
		head = strlen(line.pattern) + 12;
		require(strlen(line.pattern) < LINE_PATTERN_BYTES);
		memcpy(row, "(search '", 9);
		memcpy(&row[9], line.pattern, strlen(line.pattern));
		memcpy(&row[head - 3], "') ", 4);
	}
	require(line.first <= line.length && line.cursor >= line.first);
	strncat(row, &line.text[line.first], LINE_COLUMNS - head);
	require(terminal_shows(0, line.quiet ? "muntin> " : row));
	require(terminal.column == (line.quiet ? 8 : head + line.cursor - line.first));
	require(terminal.wraps == 0 && terminal.strange == 0);
}

static void check(void)
{
	require(line.cursor <= line.length && line.length == strlen(line.text));
	require(line.length < LINE_BYTES && history.used <= history.size);
	require(line.recall <= history.used);
	check_screen();
}

static void end_line(enum line_event event)
{
	require(line.recall == 0 && !line.searching);
	if (event == LINE_ENTERED) {
		parse(line.text);
		history_add(&history, line.text);
	}
	line_start(&line);
}

/* The first byte says how much history there is, and whether the line is quiet, or locked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how = size > 0 ? data[0] : 0;

	memset(&line, 0, sizeof(line));
	terminal_clear();
	history_init(&history, kept, history_sizes[how % 4]);
	line.prompt = "muntin> ";
	line.echo = terminal_echo;
	line.history = &history;
	line.complete = tab;
	line.quiet = (how & 0x80) != 0;
	line.locked = (how & 0x08) != 0;
	line_start(&line);
	for (size_t i = 1; i < size; i++) {
		enum line_event event = line_feed(&line, data[i]);

		if (event != LINE_EDITING) {
			end_line(event);
		} else if (data[i] == 0xFE) {
			/* As when a message of the log is shown above the line. */
			line_hide(&line);
			require(terminal_shows(0, ""));
			line_draw(&line);
		}
		check();
	}
	return 0;
}
