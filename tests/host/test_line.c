/* SPDX-License-Identifier: Apache-2.0 */
/* test_line.c: tests of the line editor, by what a terminal shows. */
#include "tests/host/line_typing.h"

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
	assert_int_equal(terminal.line_feeds, 3);
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
	assert_int_equal(terminal.line_feeds, 1);
	assert_int_equal(terminal.wraps, 0);
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
	for (uint32_t i = 0; i < 2000; i++) {
		line_feed(&line, 'x');
	}
	assert_int_equal(line.length, LINE_BYTES - 1);
	assert_int_equal(terminal.bells, 1);
	assert_int_equal(press("\r"), LINE_TOO_LONG);
}

static void line_that_was_full_is_obeyed_once_it_was_shortened(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
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
	assert_int_equal(terminal.line_feeds, 0);
	assert_int_equal(terminal.rows[terminal.row][terminal.column - 1], line.text[199]);
	for (uint32_t i = 0; i < 150; i++) {
		press("\x1b[D");
		assert_int_equal(terminal.rows[terminal.row][terminal.column],
				 line.text[line.cursor]);
	}
	press("\x7f!");
	assert_int_equal(terminal.rows[terminal.row][terminal.column - 1], '!');
	assert_int_equal(line.text[49], '!');
	press("\x05");
	for (uint32_t i = 0; i < 150; i++) {
		press("\x7f");
	}
	press("\x01\x05");
	assert_int_equal(line.length, 50);
	assert_int_equal(terminal.column, 58);
}

/* A line costs the wire little more than its own bytes, or a fast paste would outrun the echo. */
static void typing_a_long_line_echoes_few_bytes(void **state)
{
	(void)state;
	terminal.bytes = 0;
	for (uint32_t i = 0; i < 255; i++) {
		line_feed(&line, 'x');
	}
	assert_in_range(terminal.bytes, 255, 255 * 6);
}

static void hidden_line_leaves_an_empty_row_and_comes_back(void **state)
{
	(void)state;
	press("abc\x1b[D");
	line_hide(&line);
	assert_true(terminal_shows(0, ""));
	assert_int_equal(terminal.column, 0);
	line_draw(&line);
	assert_shown("abc", 2);
}

static void arrows_with_ctrl_or_alt_move_by_words(void **state)
{
	static const char *const lefts[] = { "\x1b[1;5D", "\x1b[1;3D",
					     "\x1b"
					     "b",
					     "\x1bOd" };
	static const char *const rights[] = { "\x1b[1;5C", "\x1b[1;3C",
					      "\x1b"
					      "f",
					      "\x1bOc" };

	(void)state;
	press("one  two");
	for (size_t i = 0; i < 4; i++) {
		press(lefts[i]);
		assert_shown("one  two", 5);
		press(lefts[i]);
		assert_shown("one  two", 0);
		press(lefts[i]);
		assert_shown("one  two", 0);
		press(rights[i]);
		assert_shown("one  two", 3);
		press(rights[i]);
		assert_shown("one  two", 8);
		press(rights[i]);
		assert_shown("one  two", 8);
	}
}

static void words_are_deleted_to_both_sides(void **state)
{
	(void)state;
	press("one two three\x1b"
	      "b\x1b"
	      "b\x1b"
	      "d");
	assert_shown("one  three", 4);
	press("\x1b\x7f");
	assert_shown(" three", 0);
	press("\x1b[3;5~");
	assert_shown("", 0);
}

static void arrow_with_shift_moves_by_one(void **state)
{
	(void)state;
	press("one\x1b[1;2D");
	assert_shown("one", 2);
}

/* The Linux console's F1 to F5 are ESC [ [ A to E. */
static void function_keys_leave_no_letters(void **state)
{
	(void)state;
	press("a\x1b[[A\x1b[[E\x1b[11~\x1bOP\x1b[Z\x1b[200~b");
	assert_shown("ab", 2);
	/* 2^32 + 1: not Home. */
	press("\x1b[4294967297~");
	assert_shown("ab", 2);
}

static void escape_eats_one_letter_and_no_more(void **state)
{
	(void)state;
	press("\x1bxlog\x1b\x1b[D!\x1b[\x7f");
	assert_shown("log", 2);
}

static void bytes_above_ascii_and_nul_do_nothing_even_in_a_sequence(void **state)
{
	(void)state;
	press("a");
	for (uint32_t byte = 0x80; byte <= 0xFF; byte++) {
		line_feed(&line, (uint8_t)byte);
	}
	press("\x1b\xc3"
	      "b\x1b[\xa9"
	      "D");
	line_feed(&line, 0);
	assert_shown("abD", 3);
}

static void key_that_cuts_nothing_does_not_make_a_full_line_whole(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		line_feed(&line, 'x');
	}
	press("\x0b\x04\x1b"
	      "d");
	assert_int_equal(press("\r"), LINE_TOO_LONG);
}

/* 64 random keys at a time, then the whole screen is compared: what is drawn by pieces is what is there. */
static void any_keys_leave_the_screen_as_the_text_is(void **state)
{
	static const char *const keys[] = { "\x1b[D",
					    "\x1b[C",
					    "\x1b[H",
					    "\x1b[F",
					    "\x1b[3~",
					    "\x7f",
					    "\x17",
					    "\x0b",
					    "\x15",
					    "\x1b"
					    "b",
					    "\x1b"
					    "f",
					    "\x1b"
					    "d",
					    "\x0c",
					    "\x1b[A",
					    "\x1b[B",
					    "a word ",
					    "x",
					    " " };
	uint32_t seed = 1;

	(void)state;
	enter("first");
	enter("a line that is much wider than the screen is, so that it has to be scrolled to be "
	      "read");
	for (uint32_t round = 0; round < 20000; round++) {
		seed = seed * 1103515245 + 12345;
		/* Mostly typing, or the line would never get long. */
		press(seed >> 31 ? "long word " : keys[(seed >> 16) % ARRAY_COUNT(keys)]);
		assert_view("muntin> ");
	}
}

static void moving_in_view_echoes_no_more_than_the_way(void **state)
{
	(void)state;
	press("guest console linux");
	terminal.bytes = 0;
	press("\x1b[D\x1b[D\x1b[C");
	assert_int_equal(terminal.bytes, 3);
}

/* '0' and ^P differ in one bit: the line entered before must not run because the wire damaged a program's. */
static void key_in_a_line_with_a_tag_is_taken_for_damage(void **state)
{
	(void)state;
	assert_int_equal(press("reboot\r"), LINE_ENTERED);
	start_line();
	press("@a:01234567 guest log x -n 1\x10");
	assert_shown("@a:01234567 guest log x -n 1?", 29);
	press("\x15@a x\x1b[A\x12\x7f\t");
	assert_shown("@a x?[A???", 10);
	press("\x15"
	      "abc\x7f");
	assert_shown("ab", 2);
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
		T(arrows_with_ctrl_or_alt_move_by_words),
		T(words_are_deleted_to_both_sides),
		T(arrow_with_shift_moves_by_one),
		T(function_keys_leave_no_letters),
		T(escape_eats_one_letter_and_no_more),
		T(bytes_above_ascii_and_nul_do_nothing_even_in_a_sequence),
		T(key_that_cuts_nothing_does_not_make_a_full_line_whole),
		T(any_keys_leave_the_screen_as_the_text_is),
		T(moving_in_view_echoes_no_more_than_the_way),
		T(key_in_a_line_with_a_tag_is_taken_for_damage),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
