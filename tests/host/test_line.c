/* SPDX-License-Identifier: Apache-2.0 */
/* test_line.c: tests of the line editor, by what a terminal shows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/monitor/line.h"

/* A terminal of 80 columns that knows CR, LF, BS and BEL, and fails on anything else. */
enum { COLUMNS = 80 };

static struct {
	char row[COLUMNS + 1];
	size_t column;
	uint32_t rows;
	uint32_t bells;
	size_t bytes;
} screen;

static void screen_new_row(void)
{
	memset(screen.row, ' ', COLUMNS);
	screen.row[COLUMNS] = '\0';
}

static void screen_show(char c)
{
	if (c == '\r') {
		screen.column = 0;
	} else if (c == '\n') {
		screen.rows++;
		screen_new_row();
	} else if (c == '\b') {
		assert_true(screen.column > 0);
		screen.column--;
	} else if (c == '\a') {
		screen.bells++;
	} else {
		assert_in_range(c, ' ', '~');
		/* A character in the last column would make many terminals wrap. */
		assert_true(screen.column < COLUMNS - 1);
		screen.row[screen.column++] = c;
	}
}

static void echo(const char *text, size_t length)
{
	screen.bytes += length;
	for (size_t i = 0; i < length; i++) {
		screen_show(text[i]);
	}
}

static struct line line;

static int start(void **state)
{
	(void)state;
	memset(&screen, 0, sizeof(screen));
	memset(&line, 0, sizeof(line));
	screen_new_row();
	line.prompt = "muntin> ";
	line.echo = echo;
	line_start(&line);
	return 0;
}

static enum line_event press(const char *keys)
{
	enum line_event event = LINE_EDITING;

	for (; *keys != '\0'; keys++) {
		event = line_feed(&line, (uint8_t)*keys);
	}
	return event;
}

/* What the row shows is prompt and text, and the cursor stands where the next key goes. */
static void assert_shown(const char *text, size_t cursor)
{
	char row[COLUMNS + 1];

	assert_string_equal(line.text, text);
	memset(row, ' ', COLUMNS);
	row[COLUMNS] = '\0';
	memcpy(row, "muntin> ", 8);
	memcpy(&row[8], text, strlen(text));
	assert_string_equal(screen.row, row);
	assert_int_equal(screen.column, 8 + cursor);
}

static void typed_characters_are_shown_and_kept(void **state)
{
	(void)state;
	assert_int_equal(press("guest list"), LINE_EDITING);
	assert_shown("guest list", 10);
}

static void backspace_and_del_take_the_last_character(void **state)
{
	(void)state;
	press("abc\b");
	assert_shown("ab", 2);
	press("\x7f");
	assert_shown("a", 1);
	press("\b\b\b");
	assert_shown("", 0);
}

static void cursor_keys_move_and_insert_in_the_middle(void **state)
{
	(void)state;
	press("acd\x1b[D\x1b[Db");
	assert_shown("abcd", 2);
	press("\x1bOC!");
	assert_shown("abc!d", 4);
	press("\x1b[C\x1b[C\x1b[C");
	assert_shown("abc!d", 5);
}

static void home_and_end_are_known_in_every_dialect(void **state)
{
	static const char *const homes[] = { "\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~", "\x01" };
	static const char *const ends[] = { "\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~", "\x05" };

	(void)state;
	press("abc");
	for (size_t i = 0; i < 5; i++) {
		press(homes[i]);
		assert_shown("abc", 0);
		press(ends[i]);
		assert_shown("abc", 3);
	}
}

static void keys_that_delete_show_what_is_left(void **state)
{
	(void)state;
	press("one two three\x17");
	assert_shown("one two ", 8);
	press("\x17");
	assert_shown("one ", 4);
	press("\x01\x1b[3~");
	assert_shown("ne ", 0);
	press("\x06\x0b");
	assert_shown("n", 1);
	press("\x15");
	assert_shown("", 0);
}

static void cr_lf_and_crlf_each_end_a_line_once(void **state)
{
	static const char *const ends[] = { "\r", "\n", "\r\n" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *keys = ends[i];
		uint32_t entered = 0;

		press("x");
		for (; *keys != '\0'; keys++) {
			if (line_feed(&line, (uint8_t)*keys) == LINE_ENTERED) {
				assert_string_equal(line.text, "x");
				entered++;
				line_start(&line);
			}
		}
		assert_int_equal(entered, 1);
		assert_shown("", 0);
	}
	assert_int_equal(screen.rows, 3);
}

static void two_cr_are_two_lines(void **state)
{
	(void)state;
	assert_int_equal(press("\r"), LINE_ENTERED);
	line_start(&line);
	assert_int_equal(press("\r"), LINE_ENTERED);
}

static void lf_after_another_key_is_a_line_of_its_own(void **state)
{
	(void)state;
	press("\r");
	line_start(&line);
	press("a");
	assert_int_equal(press("\n"), LINE_ENTERED);
}

static void control_c_abandons_the_line(void **state)
{
	(void)state;
	assert_int_equal(press("reboot\x03"), LINE_ABANDONED);
	line_start(&line);
	assert_shown("", 0);
}

static void control_c_at_the_edge_does_not_wrap(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 71; i++) {
		line_feed(&line, 'x');
	}
	assert_int_equal(press("\x03"), LINE_ABANDONED);
	assert_int_equal(screen.rows, 1);
}

static void lone_escape_does_not_eat_the_enter(void **state)
{
	(void)state;
	assert_int_equal(press("a\x1b\r"), LINE_ENTERED);
	line_start(&line);
	assert_int_equal(press("a\x1b[\r"), LINE_ENTERED);
	line_start(&line);
	assert_int_equal(press("a\x1b[12;\r"), LINE_ENTERED);
}

static void unknown_sequences_and_bytes_do_nothing(void **state)
{
	(void)state;
	press("a\x1b[A\x1b[99999999999999999999~\x1b[1;5Q\x1bOP\x1bx\x80\xff\x02\x06\x10");
	line_feed(&line, 0);
	assert_shown("a", 1);
}

static void line_that_is_full_rings_once_and_is_not_obeyed(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		line_feed(&line, 'x');
	}
	assert_int_equal(line.length, LINE_BYTES - 1);
	assert_int_equal(screen.bells, 1);
	assert_int_equal(press("\r"), LINE_TOO_LONG);
}

static void line_that_was_full_is_obeyed_once_it_was_shortened(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		line_feed(&line, 'x');
	}
	assert_int_equal(press("\x15ok\r"), LINE_ENTERED);
	assert_string_equal(line.text, "ok");
}

/* The screen's own checks hold in a line wider than it, wherever the cursor goes. */
static void long_line_scrolls_and_never_wraps(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		line_feed(&line, (uint8_t)('a' + i % 26));
	}
	assert_int_equal(screen.rows, 0);
	assert_int_equal(screen.row[screen.column - 1], line.text[199]);
	for (uint32_t i = 0; i < 150; i++) {
		press("\x1b[D");
		assert_int_equal(screen.row[screen.column], line.text[line.cursor]);
	}
	press("\x7f!");
	assert_int_equal(screen.row[screen.column - 1], '!');
	assert_int_equal(line.text[49], '!');
	press("\x05");
	for (uint32_t i = 0; i < 150; i++) {
		press("\x7f");
	}
	press("\x01\x05");
	assert_int_equal(line.length, 50);
	assert_int_equal(screen.column, 58);
}

/* A line costs the wire little more than its own bytes, or a fast paste would outrun the echo. */
static void typing_a_long_line_echoes_few_bytes(void **state)
{
	(void)state;
	screen.bytes = 0;
	for (uint32_t i = 0; i < 255; i++) {
		line_feed(&line, 'x');
	}
	assert_in_range(screen.bytes, 255, 255 * 6);
}

static void hidden_line_leaves_an_empty_row_and_comes_back(void **state)
{
	char empty[COLUMNS + 1];

	(void)state;
	memset(empty, ' ', COLUMNS);
	empty[COLUMNS] = '\0';
	press("abc\x1b[D");
	line_hide(&line);
	assert_string_equal(screen.row, empty);
	assert_int_equal(screen.column, 0);
	line_draw(&line);
	assert_shown("abc", 2);
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(typed_characters_are_shown_and_kept),
		T(backspace_and_del_take_the_last_character),
		T(cursor_keys_move_and_insert_in_the_middle),
		T(home_and_end_are_known_in_every_dialect),
		T(keys_that_delete_show_what_is_left),
		T(cr_lf_and_crlf_each_end_a_line_once),
		T(two_cr_are_two_lines),
		T(lf_after_another_key_is_a_line_of_its_own),
		T(control_c_abandons_the_line),
		T(control_c_at_the_edge_does_not_wrap),
		T(lone_escape_does_not_eat_the_enter),
		T(unknown_sequences_and_bytes_do_nothing),
		T(line_that_is_full_rings_once_and_is_not_obeyed),
		T(line_that_was_full_is_obeyed_once_it_was_shortened),
		T(long_line_scrolls_and_never_wraps),
		T(typing_a_long_line_echoes_few_bytes),
		T(hidden_line_leaves_an_empty_row_and_comes_back),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
