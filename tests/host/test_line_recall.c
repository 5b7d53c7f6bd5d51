/* SPDX-License-Identifier: Apache-2.0 */
/* test_line_recall.c: the keys that bring lines of the history back, and the search. */
#include "tests/host/line_typing.h"

static void up_and_down_walk_through_the_lines_and_back(void **state)
{
	static const char *const ups[] = { "\x1b[A", "\x1bOA", "\x10" };
	static const char *const downs[] = { "\x1b[B", "\x1bOB", "\x0e" };

	(void)state;
	enter("guest list");
	enter("log");
	for (size_t i = 0; i < 3; i++) {
		press(ups[i]);
		assert_shown("log", 3);
		press(ups[i]);
		assert_shown("guest list", 10);
		press(downs[i]);
		assert_shown("log", 3);
		press(downs[i]);
		assert_shown("", 0);
	}
	assert_int_equal(terminal.bells, 0);
	assert_kept("log\nguest list\n");
}

static void keys_beyond_the_ends_ring_and_change_nothing(void **state)
{
	(void)state;
	press("x\x10\x0e");
	assert_shown("x", 1);
	assert_int_equal(terminal.bells, 2);
	press("\x15");
	enter("log");
	press("ab\x10\x10");
	assert_shown("log", 3);
	assert_int_equal(terminal.bells, 3);
	press("\x0e");
	assert_shown("ab", 2);
	press("\x0e");
	assert_int_equal(terminal.bells, 4);
	assert_shown("ab", 2);
}

static void line_being_typed_comes_back_and_may_be_changed_and_left_again(void **state)
{
	(void)state;
	enter("log");
	press(" half a line\x10\x0e");
	assert_shown(" half a line", 12);
	press("!\x10");
	assert_shown("log", 3);
	press("\x0e");
	assert_shown(" half a line!", 13);
	press("\x03");
	line_start(&line);
	assert_kept("log\n");
}

static void recalled_line_is_edited_and_entered_as_a_new_one(void **state)
{
	(void)state;
	enter("guest stop linux");
	press("draft\x10\x17"
	      "rtos");
	assert_shown("guest stop rtos", 15);
	enter("");
	assert_kept("guest stop rtos\nguest stop linux\n");
}

static void next_line_starts_at_the_newest_again(void **state)
{
	(void)state;
	enter("one");
	enter("two");
	press("\x10\x10\r");
	history_add(&history, line.text);
	line_start(&line);
	press("\x10");
	assert_shown("one", 3);
	press("\x10");
	assert_shown("two", 3);
}

static void line_that_is_started_anew_leaves_no_draft_in_the_history(void **state)
{
	(void)state;
	enter("log");
	press("draft\x10");
	line_start(&line);
	assert_kept("log\n");
	press("draft\x12l");
	line_start(&line);
	assert_kept("log\n");
}

/* 200 characters do not fit beside a long line in this ring: the old one goes, the one being typed does not. */
static void long_line_being_typed_is_never_lost(void **state)
{
	char text[201];

	(void)state;
	memset(text, 'y', sizeof(text));
	text[200] = '\0';
	enter("a line of sixty bytes, so that it must go to make room, must it");
	enter("log");
	press(text);
	press("\x10");
	assert_string_equal(line.text, "log");
	press("\x0e");
	assert_string_equal(line.text, text);
	assert_view("muntin> ");
	assert_kept("log\n");
	for (uint32_t i = 0; i < 200; i++) {
		line_feed(&line, 'z');
	}
	press("\x10");
	assert_int_equal(line.length, 400);
	assert_int_equal(terminal.bells, 1);
	assert_kept("log\n");
}

/* 1023 characters are there, more were typed: what is held could come back as if it were all. */
static void line_that_was_too_long_cannot_be_made_whole_by_a_way_through_the_history(void **state)
{
	static char big[LINE_BYTES * 4];

	(void)state;
	history_init(&history, big, sizeof(big));
	enter("log");
	for (uint32_t i = 0; i < 2000; i++) {
		line_feed(&line, 'x');
	}
	press("\x10\x0e\x12");
	assert_int_equal(press("\r"), LINE_TOO_LONG);
	line_start(&line);
	press("\x10");
	for (uint32_t i = 0; i < 2000; i++) {
		line_feed(&line, 'x');
	}
	/* This one is whole. */
	press("\x0e"
	      "ok");
	assert_int_equal(press("\r"), LINE_ENTERED);
	assert_string_equal(line.text, "ok");
}

static void recalled_line_is_shown_from_its_beginning_if_it_fits(void **state)
{
	(void)state;
	enter("a line of sixty bytes, so that it must go to make room, ok?");
	for (uint32_t i = 0; i < 90; i++) {
		line_feed(&line, 'x');
	}
	assert_true(line.first > 0);
	press("\x10");
	assert_shown("a line of sixty bytes, so that it must go to make room, ok?", 59);
}

static void without_a_history_the_keys_ring(void **state)
{
	(void)state;
	line.history = NULL;
	press("a\x10\x0e\x12"
	      "b");
	assert_shown("ab", 2);
	assert_int_equal(terminal.bells, 3);
}

static void enter_three(void)
{
	enter("guest list");
	enter("guest stop linux");
	enter("log");
}

static void search_shows_what_it_looks_for_and_what_it_found(void **state)
{
	(void)state;
	enter_three();
	press("dra\x12");
	assert_row("(search '') ", "dra", 3);
	press("g");
	assert_row("(search 'g') ", "log", 2);
	press("u");
	assert_row("(search 'gu') ", "guest stop linux", 0);
	press("est l");
	assert_row("(search 'guest l') ", "guest list", 0);
}

static void search_goes_on_to_older_lines_and_rings_behind_the_oldest(void **state)
{
	(void)state;
	enter_three();
	press("\x12st");
	assert_row("(search 'st') ", "guest stop linux", 3);
	press("\x12");
	assert_row("(search 'st') ", "guest list", 3);
	press("\x12");
	assert_row("(search 'st') ", "guest list", 3);
	assert_int_equal(terminal.bells, 1);
}

static void letter_that_finds_nothing_rings_and_is_not_taken(void **state)
{
	(void)state;
	enter_three();
	press("\x12loX");
	assert_row("(search 'lo') ", "log", 0);
	assert_int_equal(terminal.bells, 1);
	press("g");
	assert_row("(search 'log') ", "log", 0);
}

static void backspace_in_a_search_looks_again_from_the_newest(void **state)
{
	(void)state;
	enter_three();
	press("\x12st\x12");
	assert_row("(search 'st') ", "guest list", 3);
	press("\x7f");
	assert_row("(search 's') ", "guest stop linux", 3);
	press("\b\x7f");
	assert_row("(search '') ", "log", 0);
	assert_int_equal(terminal.bells, 1);
}

static void enter_runs_the_line_found(void **state)
{
	(void)state;
	enter_three();
	press("draft\x12sto");
	assert_int_equal(press("\r"), LINE_ENTERED);
	assert_string_equal(line.text, "guest stop linux");
	assert_true(terminal_shows(1, "muntin> guest stop linux"));
	assert_kept("log\nguest stop linux\nguest list\n");
}

static void control_c_and_control_g_leave_a_search_with_the_line_as_it_was(void **state)
{
	static const char *const leave[] = { "\x03", "\x07" };

	(void)state;
	enter_three();
	press("dra");
	for (size_t i = 0; i < 2; i++) {
		press("\x12sto");
		assert_int_equal(press(leave[i]), LINE_EDITING);
		assert_shown("dra", 3);
		assert_kept("log\nguest stop linux\nguest list\n");
	}
	assert_int_equal(press("\x03"), LINE_ABANDONED);
}

static void other_keys_edit_the_line_found(void **state)
{
	(void)state;
	enter_three();
	press("\x12sto\x1b[C");
	assert_shown("guest stop linux", 7);
	press("\x15\x12sto\x05"
	      "2");
	assert_shown("guest stop linux2", 17);
	press("\x15\x12sto\x1b[A");
	assert_shown("guest list", 10);
}

static void bytes_that_are_no_key_do_not_end_a_search(void **state)
{
	(void)state;
	enter_three();
	press("\x12st\xff\x80\x1bx\x1b[5~");
	line_feed(&line, 0);
	assert_row("(search 'st') ", "guest stop linux", 3);
}

static void search_begins_at_the_line_recalled(void **state)
{
	(void)state;
	enter_three();
	enter("guest list");
	press("\x10\x10\x10\x12list");
	assert_row("(search 'list') ", "guest list", 6);
	press("\x12");
	assert_int_equal(terminal.bells, 1);
}

static void line_being_typed_is_not_found(void **state)
{
	(void)state;
	enter("log");
	press("stop\x12s");
	assert_row("(search '') ", "stop", 4);
	press("\x12");
	assert_row("(search '') ", "log", 0);
}

static void search_survives_that_the_line_is_hidden_and_drawn(void **state)
{
	(void)state;
	enter_three();
	press("\x12sto");
	line_hide(&line);
	assert_true(terminal_shows(0, ""));
	line_draw(&line);
	assert_row("(search 'sto') ", "guest stop linux", 6);
}

static void longest_search_of_a_long_line_stays_on_the_screen(void **state)
{
	char text[150];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (char)('a' + i % 26);
	}
	text[sizeof(text) - 1] = '\0';
	enter(text);
	press("\x12");
	for (size_t i = 0; i < 40; i++) {
		line_feed(&line, (uint8_t)text[i]);
	}
	assert_view("(search 'abcdefghijklmnopqrstuvwxyzabcde') ");
	assert_int_equal(terminal.bells, 9);
	press("\x05");
	assert_view("muntin> ");
	press("\x01");
	assert_view("muntin> ");
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(up_and_down_walk_through_the_lines_and_back),
		T(keys_beyond_the_ends_ring_and_change_nothing),
		T(line_being_typed_comes_back_and_may_be_changed_and_left_again),
		T(recalled_line_is_edited_and_entered_as_a_new_one),
		T(next_line_starts_at_the_newest_again),
		T(line_that_is_started_anew_leaves_no_draft_in_the_history),
		T(long_line_being_typed_is_never_lost),
		T(line_that_was_too_long_cannot_be_made_whole_by_a_way_through_the_history),
		T(recalled_line_is_shown_from_its_beginning_if_it_fits),
		T(without_a_history_the_keys_ring),
		T(search_shows_what_it_looks_for_and_what_it_found),
		T(search_goes_on_to_older_lines_and_rings_behind_the_oldest),
		T(letter_that_finds_nothing_rings_and_is_not_taken),
		T(backspace_in_a_search_looks_again_from_the_newest),
		T(enter_runs_the_line_found),
		T(control_c_and_control_g_leave_a_search_with_the_line_as_it_was),
		T(other_keys_edit_the_line_found),
		T(bytes_that_are_no_key_do_not_end_a_search),
		T(search_begins_at_the_line_recalled),
		T(line_being_typed_is_not_found),
		T(search_survives_that_the_line_is_hidden_and_drawn),
		T(longest_search_of_a_long_line_stays_on_the_screen),
	};

	return cmocka_run_group_tests_name("line_recall", tests, NULL, NULL);
}
