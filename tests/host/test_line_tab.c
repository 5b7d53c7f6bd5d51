/* SPDX-License-Identifier: Apache-2.0 */
/* test_line_tab.c: Tab, as far as the line has to do with it. What fits is in the tests of complete.c. */
#include "tests/host/line_typing.h"

static void tab_where_nothing_fits_rings(void **state)
{
	(void)state;
	line.complete = answer_tab;
	answer = (struct line_completion){ 0 };
	press("x\t");
	assert_shown("x", 1);
	assert_int_equal(terminal.bells, 1);
}

static void tab_puts_in_the_one_word_and_a_space(void **state)
{
	(void)state;
	line.complete = answer_tab;
	answer = (struct line_completion){ .count = 1, .replaces = 2, .word = "guest" };
	press("gu\t");
	assert_shown("guest ", 6);
}

static void tab_before_a_space_puts_in_no_second_one(void **state)
{
	(void)state;
	line.complete = answer_tab;
	answer = (struct line_completion){ .count = 1, .replaces = 2, .word = "guest" };
	press("gu list\x1b"
	      "b\x1b[D\t");
	assert_shown("guest list", 6);
}

static void second_tab_shows_a_list_and_the_line_again(void **state)
{
	(void)state;
	line.complete = answer_tab;
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
	line.complete = answer_tab;
	lists = 0;
	answer = (struct line_completion){ .count = 2, .replaces = 2, .word = "on" };
	press("on\t\x1b[C\t");
	assert_int_equal(lists, 0);
	assert_int_equal(terminal.bells, 2);
}

static void word_that_does_not_fit_any_more_rings_and_changes_nothing(void **state)
{
	(void)state;
	line.complete = answer_tab;
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
	line.complete = answer_tab;
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

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(tab_where_nothing_fits_rings),
		T(tab_puts_in_the_one_word_and_a_space),
		T(tab_before_a_space_puts_in_no_second_one),
		T(second_tab_shows_a_list_and_the_line_again),
		T(tab_after_another_key_shows_no_list),
		T(word_that_does_not_fit_any_more_rings_and_changes_nothing),
		T(word_that_begins_out_of_view_is_completed_too),
		T(tab_without_completion_rings),
	};

	return cmocka_run_group_tests_name("line_tab", tests, NULL, NULL);
}
