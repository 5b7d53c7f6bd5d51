/* SPDX-License-Identifier: Apache-2.0 */
/* test_complete.c: tests of Tab completion: which words fit, and what the screen shows of it. */
#include "tests/host/line_typing.h"

#include <stdio.h>

#include "kernel/monitor/command.h"
#include "kernel/monitor/complete.h"

/* clang-format off */
static const struct command guest_rows[] = {
	{ "guest list", "", "", "", COMMAND_JSON, NULL },
	{ "guest stop", "NAME [--force] [-t SECONDS]", "", "", 0, NULL },
	{ "guest relaunch", "NAME [--kernel FILE] [--cmdline TEXT]", "", "", 0, NULL },
	{ "guest send", "NAME TEXT...", "", "", 0, NULL },
	{ "guest show", "NAME", "", "", COMMAND_JSON, NULL },
	{ "exits", "[NAME] [--all]", "", "", COMMAND_JSON, NULL },
};
static const struct command other_rows[] = {
	{ "help", "[COMMAND...]", "", "", 0, NULL },
	{ "watch", "[-n SECONDS] COMMAND...", "", "", 0, NULL },
	{ "run", "COMMAND [TIMES]", "", "", 0, NULL },
	{ "exits reset", "", "", "", 0, NULL },
	{ "trace", "on|off|show [NAME|all]", "", "", 0, NULL },
	{ "log", "[-f] [-l error|info|warning]", "", "", 0, NULL },
	{ "dump", "BYTES", "", "", 0, NULL },
	{ "load", "FILE", "", "", 0, NULL },
	{ "pick", "MANY", "", "", 0, NULL },
	{ "more", "TOO_MANY", "", "", 0, NULL },
	{ "odd", "ODD", "", "", 0, NULL },
	{ "say", "[--loud] TEXT...", "", "", 0, NULL },
};
/* clang-format on */
static const struct command_group guest_group = { "Guests", guest_rows, ARRAY_COUNT(guest_rows) };
static const struct command_group other_group = { "Other", other_rows, ARRAY_COUNT(other_rows) };
const struct command_group *const command_groups[] = { &guest_group, &other_group };
const size_t command_group_count = ARRAY_COUNT(command_groups);

static bool pick(const char *const *words, size_t count, uint32_t index, char *text)
{
	if (index >= count) {
		return false;
	}
	strcpy(text, words[index]);
	return true;
}

static bool name_at(uint32_t index, char *text, size_t size)
{
	static const char *const names[] = { "linux", "lisa", "rtos" };

	assert_int_equal(size, COMPLETE_WORD_BYTES);
	return pick(names, ARRAY_COUNT(names), index, text);
}

static bool file_at(uint32_t index, char *text, size_t size)
{
	static const char *const files[] = { "my first kernel", "my first initrd", "a;b", "plain" };

	(void)size;
	return pick(files, ARRAY_COUNT(files), index, text);
}

/* COMPLETE_WORD_BYTES - 1 letters. */
#define LONGEST "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"

static bool odd_at(uint32_t index, char *text, size_t size)
{
	static const char *const words[] = { "quo\"te", "", "esc\x1b[2J", "ok", LONGEST };

	(void)size;
	return pick(words, ARRAY_COUNT(words), index, text);
}

/* 100 words of 9 to 12 characters. */
static bool many_at(uint32_t index, char *text, size_t size)
{
	snprintf(text, size, "candidate%u", index * index % 1000);
	return index < 100;
}

static bool too_many_at(uint32_t index, char *text, size_t size)
{
	snprintf(text, size, "candidate%u", index);
	return index < 101;
}

static const struct complete_kind kinds[] = {
	{ "NAME", name_at }, { "FILE", file_at },         { "ODD", odd_at },
	{ "MANY", many_at }, { "TOO_MANY", too_many_at },
};

static void tab(struct line_completion *completion)
{
	complete(kinds, ARRAY_COUNT(kinds), completion);
}

static int start_with_tab(void **state)
{
	(void)state;
	start_line();
	line.complete = tab;
	return 0;
}

/* What Tab at the end of @text makes of it. */
static void assert_becomes(const char *text, const char *to, uint32_t bells)
{
	start_line();
	line.complete = tab;
	press(text);
	press("\t");
	assert_shown(to, strlen(to));
	assert_int_equal(terminal.bells, bells);
}

/* The rows that a second Tab behind @text shows, joined by newlines. */
static void assert_lists(const char *text, const char *list)
{
	char rows[TERMINAL_ROWS * (TERMINAL_COLUMNS + 1)] = "";
	size_t first = 0;

	start_line();
	line.complete = tab;
	press(text);
	press("\t");
	if (terminal.bells == 0) {
		press("\t");
	}
	first = terminal.row + 1;
	press("\t");
	for (size_t i = first; i < terminal.row; i++) {
		size_t length = TERMINAL_COLUMNS;

		while (length > 0 && terminal.rows[i][length - 1] == ' ') {
			length--;
		}
		strncat(rows, terminal.rows[i], length);
		strcat(rows, i + 1 < terminal.row ? "\n" : "");
	}
	assert_string_equal(rows, list);
	assert_view("muntin> ");
}

static void first_words_are_completed(void **state)
{
	(void)state;
	assert_becomes("gu", "guest ", 0);
	assert_becomes("  tr", "  trace ", 0);
	assert_becomes("guest", "guest ", 0);
	assert_becomes("x", "x", 1);
	assert_becomes("guests", "guests", 1);
}

static void each_first_word_is_listed_once(void **state)
{
	(void)state;
	assert_lists("", "guest  exits  help   watch  run    trace  log    dump   load   pick   "
			 "more\nodd    say");
}

static void second_words_are_completed(void **state)
{
	(void)state;
	assert_becomes("guest li", "guest list ", 0);
	assert_becomes("guest  re", "guest  relaunch ", 0);
	assert_lists("guest s", "stop  send  show");
	assert_becomes("guest x", "guest x", 1);
	assert_becomes("nothing x", "nothing x", 1);
}

static void common_beginning_is_put_in_without_a_space(void **state)
{
	(void)state;
	assert_becomes("guest stop l", "guest stop li", 0);
	assert_becomes("guest stop li", "guest stop li", 1);
	assert_becomes("guest stop lin", "guest stop linux ", 0);
}

static void command_of_one_word_offers_second_words_and_its_arguments(void **state)
{
	(void)state;
	assert_lists("exits ", "reset  linux  lisa   rtos");
	assert_lists("exits r", "reset  rtos");
	assert_becomes("exits re", "exits reset ", 0);
	assert_becomes("exits reset ", "exits reset ", 1);
}

static void words_of_a_choice_are_offered(void **state)
{
	(void)state;
	assert_lists("trace ", "on    off   show");
	assert_becomes("trace s", "trace show ", 0);
	assert_becomes("trace o", "trace o", 1);
	assert_becomes("trace of", "trace off ", 0);
	assert_lists("trace on ", "linux  lisa   rtos   all");
	assert_becomes("trace on all ", "trace on all ", 1);
}

static void options_are_offered_behind_a_dash_or_when_nothing_else_is_left(void **state)
{
	(void)state;
	assert_lists("guest stop linux ", "--force  -t");
	assert_becomes("guest stop --", "guest stop --force ", 0);
	assert_becomes("guest stop linux --f", "guest stop linux --force ", 0);
	assert_lists("guest stop ", "linux  lisa   rtos");
	assert_becomes("guest list ", "guest list --json ", 0);
	assert_becomes("guest list x", "guest list x", 1);
}

static void options_given_before_are_not_offered_again(void **state)
{
	(void)state;
	assert_becomes("guest stop linux --force ", "guest stop linux --force -t ", 0);
	assert_becomes("guest stop --force -t 1 linux -", "guest stop --force -t 1 linux -", 1);
	assert_becomes("exits -", "exits --", 0);
	assert_becomes("exits --all -", "exits --all --json ", 0);
	assert_becomes("exits --json -", "exits --json --all ", 0);
}

static void two_dashes_end_the_options(void **state)
{
	(void)state;
	assert_becomes("guest stop -- li", "guest stop -- li", 1);
	assert_becomes("guest stop -- lin", "guest stop -- linux ", 0);
	assert_becomes("guest stop -- linux -", "guest stop -- linux -", 1);
	assert_becomes("guest stop -- linux ", "guest stop -- linux ", 1);
	assert_becomes("guest stop -- --force li", "guest stop -- --force li", 1);
}

static void json_is_offered_to_commands_that_take_it_alone(void **state)
{
	(void)state;
	assert_becomes("guest show linux --j", "guest show linux --json ", 0);
	assert_becomes("guest stop linux --j", "guest stop linux --j", 1);
}

static void values_of_options_are_offered_and_count_as_no_argument(void **state)
{
	(void)state;
	assert_becomes("log -l w", "log -l warning ", 0);
	assert_lists("log -l ", "error    info     warning");
	assert_lists("guest relaunch linux --kernel m", "my first kernel  my first initrd");
	assert_becomes("guest stop -t 5 rt", "guest stop -t 5 rtos ", 0);
	assert_becomes("guest stop -t ", "guest stop -t ", 1);
}

static void kind_that_nobody_knows_offers_nothing(void **state)
{
	(void)state;
	assert_becomes("dump ", "dump ", 1);
	assert_becomes("guest send linux li", "guest send linux li", 1);
	assert_becomes("guest send linux -", "guest send linux -", 1);
	assert_becomes("say -", "say --loud ", 0);
	assert_becomes("say so -", "say so -", 1);
	assert_becomes("guest send linux text -", "guest send linux text -", 1);
}

static void commands_are_offered_where_an_argument_is_one(void **state)
{
	(void)state;
	assert_becomes("help tr", "help trace ", 0);
	assert_becomes("help gu", "help guest ", 0);
	assert_becomes("help guest sh", "help guest show ", 0);
	assert_becomes("watch -", "watch -n ", 0);
	assert_becomes("watch -n 1 exits reset", "watch -n 1 exits reset ", 0);
	assert_becomes("watch guest show rt", "watch guest show rtos ", 0);
	assert_becomes("watch guest show rtos --", "watch guest show rtos --json ", 0);
	assert_becomes("watch watch -n 2 he", "watch watch -n 2 help ", 0);
}

static void whole_command_as_one_argument_gets_quotes(void **state)
{
	(void)state;
	assert_becomes("run guest\\ ", "run guest\\ ", 1);
	assert_becomes("run guest", "run \"guest ", 0);
	assert_becomes("run \"guest li", "run \"guest list\" ", 0);
	assert_becomes("run lo", "run lo", 1);
	assert_becomes("run tr", "run trace ", 0);
}

static void word_with_a_space_or_semicolon_gets_quotes(void **state)
{
	(void)state;
	assert_becomes("load m", "load \"my first ", 0);
	assert_becomes("load \"my first k", "load \"my first kernel\" ", 0);
	assert_becomes("load \"my first kernel\"", "load \"my first kernel\" ", 0);
	assert_becomes("load my\" \"first\" i", "load \"my first initrd\" ", 0);
	assert_becomes("load a", "load \"a;b\" ", 0);
	assert_becomes("load \"p", "load \"plain\" ", 0);
}

static void semicolon_begins_a_new_command_unless_quoted(void **state)
{
	(void)state;
	assert_becomes("guest list;gu", "guest list;guest ", 0);
	assert_becomes("guest stop linux ; guest st", "guest stop linux ; guest stop ", 0);
	assert_becomes("guest stop --force linux;guest stop lin",
		       "guest stop --force linux;guest stop linux ", 0);
	assert_becomes("guest stop \"a;gu", "guest stop \"a;gu", 1);
	assert_becomes("guest stop \"a;b\" --f", "guest stop \"a;b\" --force ", 0);
}

/* A key in it is damage: it becomes a letter that makes the checksum wrong. */
static void line_for_programs_is_left_alone(void **state)
{
	(void)state;
	assert_becomes("@7 gu", "@7 gu?", 0);
	assert_becomes("@7 x;gu", "@7 x;gu?", 0);
}

static void words_that_cannot_be_typed_are_not_offered(void **state)
{
	(void)state;
	assert_lists("odd ", "ok\n" LONGEST);
	assert_becomes("odd q", "odd q", 1);
	assert_becomes("odd e", "odd e", 1);
}

static void longest_word_is_completed_and_a_longer_one_is_not(void **state)
{
	(void)state;
	assert_int_equal(strlen(LONGEST), COMPLETE_WORD_BYTES - 1);
	assert_becomes("odd z", "odd " LONGEST " ", 0);
	assert_becomes("odd " LONGEST "z", "odd " LONGEST "z", 1);
	start_line();
	line.complete = tab;
	press(LONGEST LONGEST "\t \t");
	assert_int_equal(terminal.bells, 2);
	assert_int_equal(line.length, 2 * strlen(LONGEST) + 1);
}

static void only_what_stands_before_the_cursor_counts(void **state)
{
	(void)state;
	press("gu list\x01\x1b[C\x1b[C\t");
	assert_shown("guest list", 6);
	press("\x05 \x01"
	      "e\t");
	assert_shown("exits guest list ", 6);
}

static void hundred_words_are_listed_in_rows_that_do_not_wrap(void **state)
{
	(void)state;
	press("pick \t");
	assert_shown("pick candidate", 14);
	press("\t");
	assert_int_equal(terminal.wraps, 0);
	/* 5 columns of 12 with 2 between them: 20 rows, and the one that was left. */
	assert_int_equal(terminal.line_feeds, 21);
	assert_true(terminal_shows(
		20, "candidate0    candidate1    candidate4    candidate9    candidate16"));
	assert_true(terminal_shows(
		1, "candidate25   candidate216  candidate409  candidate604  candidate801"));
	assert_shown("pick candidate", 14);
}

static void more_than_a_hundred_words_are_counted_instead(void **state)
{
	(void)state;
	assert_lists("more ", "101 words fit");
}

static void two_tabs_on_an_empty_line_are_drawn_below_each_other(void **state)
{
	(void)state;
	press("\t\t");
	assert_true(terminal_shows(3, "muntin>"));
	assert_true(terminal_shows(1, "odd    say"));
	assert_shown("", 0);
}

#define T(name) cmocka_unit_test_setup(name, start_with_tab)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_words_are_completed),
		T(each_first_word_is_listed_once),
		T(second_words_are_completed),
		T(common_beginning_is_put_in_without_a_space),
		T(command_of_one_word_offers_second_words_and_its_arguments),
		T(words_of_a_choice_are_offered),
		T(options_are_offered_behind_a_dash_or_when_nothing_else_is_left),
		T(options_given_before_are_not_offered_again),
		T(two_dashes_end_the_options),
		T(json_is_offered_to_commands_that_take_it_alone),
		T(values_of_options_are_offered_and_count_as_no_argument),
		T(kind_that_nobody_knows_offers_nothing),
		T(commands_are_offered_where_an_argument_is_one),
		T(whole_command_as_one_argument_gets_quotes),
		T(word_with_a_space_or_semicolon_gets_quotes),
		T(semicolon_begins_a_new_command_unless_quoted),
		T(line_for_programs_is_left_alone),
		T(words_that_cannot_be_typed_are_not_offered),
		T(longest_word_is_completed_and_a_longer_one_is_not),
		T(only_what_stands_before_the_cursor_counts),
		T(hundred_words_are_listed_in_rows_that_do_not_wrap),
		T(more_than_a_hundred_words_are_counted_instead),
		T(two_tabs_on_an_empty_line_are_drawn_below_each_other),
	};

	return cmocka_run_group_tests_name("complete", tests, NULL, NULL);
}
