/* SPDX-License-Identifier: Apache-2.0 */
/* line_typing.h: a line editor with a history on a dumb terminal: keys in, assertions on what is seen. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/monitor/line.h"
#include "tests/host/dumb_terminal.h"

enum { PROMPT = 8, HISTORY_BYTES = 256 };

static char kept[HISTORY_BYTES];
static struct history history;
static struct line line;

static inline void start_line(void)
{
	memset(&line, 0, sizeof(line));
	terminal_clear();
	history_init(&history, kept, sizeof(kept));
	line.prompt = "muntin> ";
	line.echo = terminal_echo;
	line.history = &history;
	line_start(&line);
}

/* The set-up of each test. */
static inline int start(void **state)
{
	(void)state;
	start_line();
	return 0;
}

static inline enum line_event press(const char *keys)
{
	enum line_event event = LINE_EDITING;

	for (; *keys != '\0'; keys++) {
		event = line_feed(&line, (uint8_t)*keys);
	}
	return event;
}

/* Enters @text as the monitor would, and begins the next line. */
static inline void enter(const char *text)
{
	press(text);
	assert_int_equal(press("\r"), LINE_ENTERED);
	history_add(&history, line.text);
	line_start(&line);
}

/* The cursor's row shows @head and what fits of the text, the cursor stands where the next key goes, nothing wrapped. */
static inline void assert_view(const char *head)
{
	char row[TERMINAL_COLUMNS + 1] = "";
	size_t width = LINE_COLUMNS - strlen(head);

	assert_int_equal(line.length, strlen(line.text));
	assert_in_range(line.cursor, line.first, line.first + width);
	assert_true(line.first <= line.length);
	strcpy(row, head);
	strncat(row, &line.text[line.first], width);
	if (!terminal_shows(0, row)) {
		fail_msg("the row shows\n%s|\nnot\n%s", terminal.rows[terminal.row], row);
	}
	assert_int_equal(terminal.column, strlen(head) + line.cursor - line.first);
	assert_int_equal(terminal.wraps, 0);
	assert_int_equal(terminal.strange, 0);
}

/* The same of a short line with this text and the cursor before this character of it. */
static inline void assert_row(const char *head, const char *text, size_t cursor)
{
	assert_string_equal(line.text, text);
	assert_int_equal(line.cursor, cursor);
	assert_int_equal(line.first, 0);
	assert_view(head);
}

static inline void assert_shown(const char *text, size_t cursor)
{
	assert_row("muntin> ", text, cursor);
}

/* The lines kept are those of @lines, newest first, separated by newlines. */
static inline void assert_kept(const char *lines)
{
	char all[HISTORY_BYTES * 2] = "";
	char text[LINE_BYTES];
	size_t at = 0;

	while ((at = history_older(&history, at)) != 0) {
		size_t length = history_read(&history, at, text, sizeof(text));

		assert_int_equal(length, strlen(text));
		strcat(all, text);
		strcat(all, "\n");
	}
	assert_string_equal(all, lines);
}

/* What Tab is answered, and how often it was shown. */
static struct line_completion answer;
static uint32_t lists;

static inline void answer_tab(struct line_completion *completion)
{
	completion->count = answer.count;
	completion->replaces = answer.replaces;
	strcpy(completion->word, answer.word);
	if (completion->list != NULL) {
		lists++;
		completion->list("one  two\r\n", 10);
	}
}
