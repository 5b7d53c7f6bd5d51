/* SPDX-License-Identifier: Apache-2.0 */
/* test_monitor.c: tests of the prompt: help, words, arguments, and what is said to a line that is no command. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/host/monitor_screen.h"

static void banner_names_the_version_and_help(void **state)
{
	(void)state;
	assert_string_equal(screen(), "\r\nMuntin 0.1 (test)\r\nType help.\r\nmuntin> ");
}

static void empty_line_shows_the_prompt_again(void **state)
{
	(void)state;
	type("\r");
	assert_string_equal(screen(), "\r\nmuntin> ");
}

static void help_lists_every_command_of_the_table(void **state)
{
	(void)state;
	type("help\r");
	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		assert_shows(c->words);
		assert_shows(c->help);
	}
	assert_ends_with_prompt();
}

static void help_of_a_command_shows_its_usage(void **state)
{
	(void)state;
	type("help guest console\r");
	assert_shows("usage: guest console NAME\r\n");
	assert_ends_with_prompt();
}

static void help_of_a_first_word_lists_its_commands(void **state)
{
	(void)state;
	type("help guest\r");
	assert_shows("guest list");
	assert_shows("guest console NAME");
}

static void every_command_with_too_many_arguments_shows_its_usage(void **state)
{
	(void)state;
	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		char line[128];

		if (strstr(c->usage, "...") != NULL) {
			continue; /* any number will do */
		}
		snprintf(line, sizeof(line), "%s a b c d\r", c->words);
		type(line);
		snprintf(line, sizeof(line), "too many arguments; usage: %s", c->words);
		assert_shows(line);
		assert_ends_with_prompt();
	}
}

static void missing_argument_shows_the_usage(void **state)
{
	(void)state;
	type("guest console\r");
	assert_shows("argument missing; usage: guest console NAME\r\n");
	assert_ends_with_prompt();
}

static void unknown_command_names_the_nearest(void **state)
{
	(void)state;
	type("guest lsit\r");
	assert_shows("did you mean \"guest list\"?");
	type("hlep\r");
	assert_shows("unknown command \"hlep\"; did you mean \"help\"?");
	type("exit\r");
	assert_shows("did you mean \"exits\"?");
}

static void word_near_nothing_is_not_guessed_at(void **state)
{
	(void)state;
	type("frobnicate\r");
	assert_shows("unknown command \"frobnicate\"; help lists all\r\n");
}

static void first_word_alone_is_asked_for_its_second(void **state)
{
	(void)state;
	type("guest\r");
	assert_shows("incomplete command \"guest\"; help guest lists all\r\n");
}

static void unknown_second_word_is_named_with_its_first(void **state)
{
	(void)state;
	type("guest frobnicate linux\r");
	assert_shows("unknown command \"guest frobnicate\"; help guest lists all\r\n");
	type("guest strat linux\r");
	assert_shows("unknown command \"guest strat\"; did you mean \"guest start\"?");
}

static void json_is_an_option_like_others_where_there_is_json(void **state)
{
	(void)state;
	type("guest list --jsn\r");
	assert_shows("unknown option \"--jsn\"; did you mean --json?\r\n");
	type("guest list all\r");
	assert_shows("too many arguments; usage: guest list [--json]\r\n");
	type("guest stop beat --json\r");
	assert_shows("unknown option \"--json\"; usage: guest stop NAME [--force]\r\n");
}

static void quote_without_partner_is_refused(void **state)
{
	(void)state;
	type("guest console \"linux\r");
	assert_shows("a double quote has no partner");
	assert_ends_with_prompt();
}

static void quoted_word_is_one_argument(void **state)
{
	(void)state;
	type("guest console \"no such\"\r");
	assert_shows("no guest is called \"no such\"; there is: linux, beat\r\n");
}

static void too_many_words_are_refused(void **state)
{
	(void)state;
	type("a a a a a a a a a a a a a a a a a\r");
	assert_shows("too many words: at most 16");
	assert_ends_with_prompt();
}

static void line_that_is_too_long_is_not_obeyed(void **state)
{
	char keys[LINE_BYTES + 100];

	(void)state;
	memset(keys, ' ', sizeof(keys));
	memcpy(keys, "reboot", 6);
	memcpy(&keys[LINE_BYTES + 50], "\r", 2);
	type(keys);
	assert_shows("line too long: at most 1023 characters");
	assert_int_equal(fake_reboots, 0);
	assert_ends_with_prompt();
}

static void version_is_the_line_of_the_setup(void **state)
{
	(void)state;
	type("version\r");
	assert_string_equal(screen(), "version\r\nversion            Muntin 0.1 (test)\r\nconfig   "
				      "          c0ffee42\r\nmuntin> ");
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(banner_names_the_version_and_help),
		T(empty_line_shows_the_prompt_again),
		T(help_lists_every_command_of_the_table),
		T(help_of_a_command_shows_its_usage),
		T(help_of_a_first_word_lists_its_commands),
		T(every_command_with_too_many_arguments_shows_its_usage),
		T(missing_argument_shows_the_usage),
		T(unknown_command_names_the_nearest),
		T(word_near_nothing_is_not_guessed_at),
		T(first_word_alone_is_asked_for_its_second),
		T(unknown_second_word_is_named_with_its_first),
		T(json_is_an_option_like_others_where_there_is_json),
		T(quote_without_partner_is_refused),
		T(quoted_word_is_one_argument),
		T(too_many_words_are_refused),
		T(line_that_is_too_long_is_not_obeyed),
		T(version_is_the_line_of_the_setup),
	};

	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
