/* SPDX-License-Identifier: Apache-2.0 */
/* test_line_quiet.c: lines that are not shown, and lines while the monitor is locked. */
#include "tests/host/line_typing.h"

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

static void quiet_line_shows_its_prompt_alone(void **state)
{
	(void)state;
	line.quiet = true;
	line.complete = answer_tab;
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

static void locked_line_tells_neither_words_nor_lines(void **state)
{
	(void)state;
	line.complete = answer_tab;
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
		T(quiet_line_without_a_prompt_sends_not_one_byte),
		T(line_after_a_quiet_one_is_shown_again),
		T(quiet_line_shows_its_prompt_alone),
		T(locked_line_tells_neither_words_nor_lines),
		T(line_locked_while_one_is_recalled_leaves_the_history_as_it_was),
		T(password_does_not_stay_in_memory),
	};

	return cmocka_run_group_tests_name("line_quiet", tests, NULL, NULL);
}
