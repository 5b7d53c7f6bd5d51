/* SPDX-License-Identifier: Apache-2.0 */
/* test_history.c: tests of the history: the ring of lines, and the keys that bring them back. */
#include "tests/host/line_typing.h"

static int start(void **state)
{
	(void)state;
	start_line();
	return 0;
}

static void init_small(size_t size)
{
	memset(kept, '#', sizeof(kept));
	history_init(&history, kept, size);
}

/* The lines kept are those of @lines, newest first, separated by newlines. */
static void assert_kept(const char *lines)
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

static void lines_are_kept_newest_first(void **state)
{
	(void)state;
	assert_kept("");
	history_add(&history, "one");
	history_add(&history, "two");
	history_add(&history, "three");
	assert_kept("three\ntwo\none\n");
}

static void line_equal_to_the_newest_is_kept_once(void **state)
{
	(void)state;
	history_add(&history, "one");
	history_add(&history, "one");
	history_add(&history, "on");
	history_add(&history, "one");
	assert_kept("one\non\none\n");
}

static void empty_lines_and_lines_behind_a_space_are_not_kept(void **state)
{
	(void)state;
	history_add(&history, "");
	history_add(&history, " secret");
	assert_kept("");
}

static void newest_lines_push_out_the_oldest_and_no_byte_is_wasted(void **state)
{
	(void)state;
	init_small(8);
	history_add(&history, "abc");
	history_add(&history, "def");
	assert_kept("def\nabc\n");
	history_add(&history, "g");
	assert_kept("g\ndef\n");
	history_add(&history, "hi");
	assert_kept("hi\ng\n");
	history_add(&history, "seven77");
	assert_kept("seven77\n");
}

static void line_longer_than_the_ring_is_not_kept_and_costs_none(void **state)
{
	(void)state;
	init_small(8);
	history_add(&history, "abc");
	history_add(&history, "eight888");
	assert_kept("abc\n");
	assert_int_equal(history_hold(&history, "eight888"), 0);
	assert_kept("abc\n");
}

static void held_line_is_the_newest_until_it_is_dropped(void **state)
{
	(void)state;
	history_add(&history, "one");
	assert_int_equal(history_hold(&history, " secret"), 8);
	assert_kept(" secret\none\n");
	history_drop(&history);
	assert_kept("one\n");
	assert_int_equal(history_hold(&history, ""), 1);
	assert_kept("\none\n");
	history_drop(&history);
	history_drop(&history);
	assert_kept("");
}

/* All lengths, so that lines and NULs lie across the end of the buffer everywhere. */
static void ring_goes_round_at_every_place(void **state)
{
	char text[16];

	(void)state;
	init_small(23);
	for (uint32_t i = 0; i < 2000; i++) {
		size_t at = 0;
		size_t offset = 9;
		char found[16];

		memset(text, 'a' + (int)(i % 26), sizeof(text));
		text[i * 7 % 13 + 1] = '\0';
		history_add(&history, text);
		at = history_older(&history, 0);
		assert_int_equal(at, strlen(text) + 1);
		history_read(&history, at, found, sizeof(found));
		assert_string_equal(found, text);
		assert_int_equal(history_find(&history, at, text, &offset), at);
		assert_int_equal(offset, 0);
		assert_int_equal(history_newer(&history, at), 0);
		if (history_older(&history, at) != 0) {
			assert_int_equal(history_newer(&history, history_older(&history, at)), at);
		}
		assert_true(history.used <= 23);
	}
}

static void line_is_cut_to_the_room_for_it(void **state)
{
	char text[4] = "###";

	(void)state;
	history_add(&history, "guest");
	assert_int_equal(history_read(&history, history_older(&history, 0), text, sizeof(text)), 3);
	assert_string_equal(text, "gue");
}

static void search_finds_the_newest_line_with_the_string_and_its_place(void **state)
{
	size_t offset = 0;
	size_t at = 0;

	(void)state;
	history_add(&history, "guest stop linux");
	history_add(&history, "guest list");
	history_add(&history, "log");
	at = history_find(&history, history_older(&history, 0), "st", &offset);
	assert_int_equal(at, 15);
	assert_int_equal(offset, 3);
	at = history_find(&history, history_older(&history, at), "st", &offset);
	assert_int_equal(at, 32);
	at = history_find(&history, history_older(&history, at), "st", &offset);
	assert_int_equal(at, 0);
	at = history_find(&history, history_older(&history, 0), "stop linux", &offset);
	assert_int_equal(at, 32);
	assert_int_equal(offset, 6);
	/* Not from the end of one line into the next. */
	assert_int_equal(history_find(&history, 32, "xg", &offset), 0);
}

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
		T(lines_are_kept_newest_first),
		T(line_equal_to_the_newest_is_kept_once),
		T(empty_lines_and_lines_behind_a_space_are_not_kept),
		T(newest_lines_push_out_the_oldest_and_no_byte_is_wasted),
		T(line_longer_than_the_ring_is_not_kept_and_costs_none),
		T(held_line_is_the_newest_until_it_is_dropped),
		T(ring_goes_round_at_every_place),
		T(line_is_cut_to_the_room_for_it),
		T(search_finds_the_newest_line_with_the_string_and_its_place),
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

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
