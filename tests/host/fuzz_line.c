/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_line.c: any bytes at all through the line editor and the command parser. */
#include "kernel/monitor/line.h"

#include "kernel/lib/string.h"

#include "kernel/monitor/command.c"

static const struct command rows[] = {
	{ "guest list", "", "", "", 0, 0, NULL },
	{ "guest console", "NAME", "", "", 1, 1, NULL },
	{ "exits", "[NAME]", "", "", 0, 1, NULL },
	{ "exits reset", "", "", "", 0, 0, NULL },
};
static const struct command_group group = { "Rows", rows, ARRAY_COUNT(rows) };
const struct command_group *const command_groups[] = { &group };
const size_t command_group_count = 1;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t column;

static void require(bool holds)
{
	if (!holds) {
		__builtin_trap();
	}
}

/* The terminal of test_line.c in short: what is echoed stays on the row, left of the last column. */
static void echo(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\r') {
			column = 0;
		} else if (text[i] == '\b') {
			require(column > 0);
			column--;
		} else if (text[i] != '\n' && text[i] != '\a') {
			require(text[i] >= ' ' && text[i] <= '~');
			column++;
			require(column <= LINE_COLUMNS);
		}
	}
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct line line;

	memset(&line, 0, sizeof(line));
	line.prompt = "muntin> ";
	line.echo = echo;
	column = 0;
	line_start(&line);
	for (size_t i = 0; i < size; i++) {
		enum line_event event = line_feed(&line, data[i]);

		require(line.cursor <= line.length && line.length == strlen(line.text));
		if (event == LINE_EDITING) {
			require(column <= LINE_COLUMNS);
			continue;
		}
		if (event == LINE_ENTERED) {
			parse(line.text);
		}
		line_start(&line);
	}
	return 0;
}
