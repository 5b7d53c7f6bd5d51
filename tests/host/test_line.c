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

static void quiet_line_without_a_prompt_sends_not_one_byte(void **state)
{
	(void)state;
	line.quiet = true;
	line.prompt = "";
	terminal_clear();
	line_start(&line);
	press("guest list\x0c");
	line_hide(&line);
	line_draw(&line);
	assert_int_equal(press("\r"), LINE_ENTERED);
	line_start(&line);
	assert_int_equal(press("x\x03"), LINE_ABANDONED);
	assert_int_equal(terminal.bytes, 0);
}

static void line_after_a_quiet_one_is_shown_again(void **state)
{
	(void)state;
	line.quiet = true;
	press("hidden\r");
	line.quiet = false;
	line_start(&line);
	press("seen");
	assert_shown("seen", 4);
}

/* Tab, as far as the line has to do with it. What fits is in the tests of complete.c. */
static struct line_completion answer;
static uint32_t lists;

static void complete(struct line_completion *completion)
{
	completion->count = answer.count;
	completion->replaces = answer.replaces;
	strcpy(completion->word, answer.word);
	if (completion->list != NULL) {
		lists++;
		completion->list("one  two\r\n", 10);
	}
}

static void quiet_line_shows_its_prompt_alone(void **state)
{
	(void)state;
	line.quiet = true;
	line.complete = complete;
	answer = (struct line_completion){ .count = 1, .word = "word" };
	history_add(&history, "log");
	line.prompt = "password: ";
	terminal_clear();
	line_start(&line);
	press("secrxt\x7f\x7f"
	      "et\x01\x05\x0c\x1b[A\x12\t");
	assert_true(terminal_shows(0, "password: "));
	assert_int_equal(terminal.column, 10);
	assert_int_equal(terminal.bells, 0);
	line_hide(&line);
	assert_true(terminal_shows(0, ""));
	line_draw(&line);
	assert_true(terminal_shows(0, "password: "));
	assert_int_equal(press("\r"), LINE_ENTERED);
	assert_string_equal(line.text, "secret");
	assert_int_equal(terminal.line_feeds, 1);
}

static void tab_where_nothing_fits_rings(void **state)
{
	(void)state;
	line.complete = complete;
	answer = (struct line_completion){ 0 };
	press("x\t");
	assert_shown("x", 1);
	assert_int_equal(terminal.bells, 1);
}

static void tab_puts_in_the_one_word_and_a_space(void **state)
{
	(void)state;
	line.complete = complete;
	answer = (struct line_completion){ .count = 1, .replaces = 2, .word = "guest" };
	press("gu\t");
	assert_shown("guest ", 6);
}

static void tab_before_a_space_puts_in_no_second_one(void **state)
{
	(void)state;
	line.complete = complete;
	answer = (struct line_completion){ .count = 1, .replaces = 2, .word = "guest" };
	press("gu list\x1b"
	      "b\x1b[D\t");
	assert_shown("guest list", 6);
}

static void second_tab_shows_a_list_and_the_line_again(void **state)
{
	(void)state;
	line.complete = complete;
	lists = 0;
	answer = (struct line_completion){ .count = 2, .replaces = 1, .word = "on" };
	press("o\t");
	assert_shown("on", 2);
	assert_int_equal(lists, 0);
	answer.replaces = 2;
	press("\t");
	assert_int_equal(lists, 1);
	assert_true(terminal_shows(2, "muntin> on"));
	assert_true(terminal_shows(1, "one  two"));
	assert_shown("on", 2);
}

static void tab_after_another_key_shows_no_list(void **state)
{
	(void)state;
	line.complete = complete;
	lists = 0;
	answer = (struct line_completion){ .count = 2, .replaces = 2, .word = "on" };
	press("on\t\x1b[C\t");
	assert_int_equal(lists, 0);
	assert_int_equal(terminal.bells, 2);
}

static void word_that_does_not_fit_any_more_rings_and_changes_nothing(void **state)
{
	(void)state;
	line.complete = complete;
	answer = (struct line_completion){ .count = 1, .replaces = 1, .word = "xylophone" };
	for (uint32_t i = 0; i < LINE_BYTES - 4; i++) {
		line_feed(&line, 'x');
	}
	press("\t");
	assert_int_equal(line.length, LINE_BYTES - 4);
	assert_int_equal(terminal.bells, 1);
	assert_int_equal(press("\r"), LINE_ENTERED);
}

/* The word begins left of what is in view, and does no more in the end. */
static void word_that_begins_out_of_view_is_completed_too(void **state)
{
	(void)state;
	line.complete = complete;
	for (uint32_t i = 0; i < 80; i++) {
		line_feed(&line, 'x');
	}
	assert_true(line.first > 30);
	answer = (struct line_completion){ .count = 1,
					   .replaces = 50,
					   .word = "a-short-word-in-place-of-a-long-one" };
	press("\t");
	assert_view("muntin> ");
	assert_int_equal(line.length, 30 + 35 + 1);
	assert_string_equal(&line.text[30], "a-short-word-in-place-of-a-long-one ");
}

static void tab_without_completion_rings(void **state)
{
	(void)state;
	press("a\tb");
	assert_shown("ab", 2);
	assert_int_equal(terminal.bells, 1);
}

static void locked_line_tells_neither_words_nor_lines(void **state)
{
	(void)state;
	line.complete = complete;
	line.locked = true;
	answer = (struct line_completion){ .count = 1, .word = "word" };
	history_add(&history, "log");
	press("a\t\x1b[A\x12");
	assert_shown("a", 1);
	assert_int_equal(terminal.bells, 3);
}

/* The monitor locks itself while a line of the history is shown. */
static void line_locked_while_one_is_recalled_leaves_the_history_as_it_was(void **state)
{
	char text[LINE_BYTES];

	(void)state;
	history_add(&history, "log");
	press("draft\x1b[A");
	line.locked = true;
	line.quiet = true;
	line_start(&line);
	press("secret\x1b[B\r");
	assert_string_equal(line.text, "secret");
	assert_int_equal(history_read(&history, history_older(&history, 0), text, sizeof(text)), 3);
	assert_string_equal(text, "log");
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

static void password_does_not_stay_in_memory(void **state)
{
	(void)state;
	line.quiet = true;
	press("secret\r");
	line_start(&line);
	for (size_t i = 0; i < LINE_BYTES; i++) {
		assert_int_equal(line.text[i], 0);
	}
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
		T(quiet_line_without_a_prompt_sends_not_one_byte),
		T(line_after_a_quiet_one_is_shown_again),
		T(quiet_line_shows_its_prompt_alone),
		T(tab_where_nothing_fits_rings),
		T(tab_puts_in_the_one_word_and_a_space),
		T(tab_before_a_space_puts_in_no_second_one),
		T(second_tab_shows_a_list_and_the_line_again),
		T(tab_after_another_key_shows_no_list),
		T(word_that_does_not_fit_any_more_rings_and_changes_nothing),
		T(word_that_begins_out_of_view_is_completed_too),
		T(tab_without_completion_rings),
		T(locked_line_tells_neither_words_nor_lines),
		T(line_locked_while_one_is_recalled_leaves_the_history_as_it_was),
		T(key_in_a_line_with_a_tag_is_taken_for_damage),
		T(password_does_not_stay_in_memory),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
