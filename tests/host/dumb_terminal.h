/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dumb_terminal.h: a terminal of 80 columns and 24 rows that knows CR, LF, BS and BEL, for tests by what is seen.
 *
 * A character in the last column wraps at once, as on the plainest terminals; others hold it back until
 * the next character comes. An editor that never writes there looks the same on both.
 */
#pragma once

#include <stdint.h>
#include <string.h>

enum { TERMINAL_COLUMNS = 80, TERMINAL_ROWS = 24 };

static struct {
	char rows[TERMINAL_ROWS][TERMINAL_COLUMNS + 1];
	size_t row;
	size_t column;
	uint32_t wraps;
	uint32_t bells;
	uint32_t strange; /* bytes it does not know, backspaces at the margin */
	uint32_t line_feeds;
	size_t bytes;
} terminal;

static inline void terminal_blank_row(size_t row)
{
	memset(terminal.rows[row], ' ', TERMINAL_COLUMNS);
	terminal.rows[row][TERMINAL_COLUMNS] = '\0';
}

static inline void terminal_clear(void)
{
	memset(&terminal, 0, sizeof(terminal));
	for (size_t i = 0; i < TERMINAL_ROWS; i++) {
		terminal_blank_row(i);
	}
}

static inline void terminal_next_row(void)
{
	if (terminal.row + 1 < TERMINAL_ROWS) {
		terminal.row++;
		return;
	}
	memmove(terminal.rows[0], terminal.rows[1],
		sizeof(terminal.rows) - sizeof(terminal.rows[0]));
	terminal_blank_row(TERMINAL_ROWS - 1);
}

static inline void terminal_character(char c)
{
	terminal.rows[terminal.row][terminal.column++] = c;
	if (terminal.column == TERMINAL_COLUMNS) {
		terminal.wraps++;
		terminal.column = 0;
		terminal_next_row();
	}
}

static inline void terminal_byte(char c)
{
	terminal.bytes++;
	if (c == '\r') {
		terminal.column = 0;
	} else if (c == '\n') {
		terminal.line_feeds++;
		terminal_next_row();
	} else if (c == '\a') {
		terminal.bells++;
	} else if (c == '\b' && terminal.column > 0) {
		terminal.column--;
	} else if (c >= ' ' && c <= '~') {
		terminal_character(c);
	} else {
		terminal.strange++;
	}
}

/* A line_echo_fn. */
static inline void terminal_echo(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		terminal_byte(text[i]);
	}
}

/* Return: whether the row @back above the cursor's shows @text and nothing behind it. */
static inline int terminal_shows(size_t back, const char *text)
{
	const char *row = terminal.rows[terminal.row - back];
	size_t length = strlen(text);

	return length <= TERMINAL_COLUMNS && memcmp(row, text, length) == 0 &&
	       strspn(&row[length], " ") == TERMINAL_COLUMNS - length;
}
