/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner.c: how a line is obeyed: several commands, the pager, JSON, repetition, framing for programs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/monitor_fakes.h"

#include "kernel/monitor/reply.h"
#include "kernel/monitor/runner.h"
#include "kernel/monitor/usage.h"
#include "kernel/monitor/view.h"

#define SCREEN_ROWS 24

static int start(void **state)
{
	(void)state;
	fake_start();
	if (!fake_settle()) {
		return -1;
	}
	fake_screen_clear();
	return 0;
}

/* What came since the last call. */
static const char *after(const char *keys)
{
	fake_screen_clear();
	fake_type(keys);
	assert_true(fake_settle());
	return fake_uart.screen;
}

static uint32_t lines_in(const char *text)
{
	uint32_t lines = 0;

	for (; *text != '\0'; text++) {
		lines += *text == '\n' ? 1 : 0;
	}
	return lines;
}

/* Rows of the screen that a text takes: a terminal wraps what is wider than 80 columns. */
static uint32_t rows_in(const char *text)
{
	uint32_t rows = 0;
	uint32_t column = 0;

	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			rows++;
			column = 0;
		} else if (*text != '\r' && ++column > 80) {
			rows++;
			column = 1;
		}
	}
	return rows;
}

/* --- Several commands on a line */

static void what_is_shown_as_json_is_whole_when_it_is_interrupted(void **state)
{
	(void)state;
	const char *shown = after("log -f --json\r");
	assert_true(runner_busy());
	assert_null(strstr(shown, "]"));
	assert_non_null(strstr(after("\x03"), "]\r\nmuntin> "));
}

static void commands_between_semicolons_run_one_after_the_other(void **state)
{
	(void)state;
	assert_string_equal(
		after("set echo ; version;set marker\r"),
		"set echo ; version;set marker\r\n"
		"echo               on\r\n"
		"version            Muntin 0.1 (test)\r\nconfig             c0ffee42\r\n"
		"marker             off\r\n"
		"muntin> ");
}

static void semicolon_in_quotes_is_a_letter(void **state)
{
	(void)state;
	after("set prompt \"a;b \"\r");
	assert_string_equal(settings.prompt, "a;b ");
}

static void error_does_not_hide_what_follows_and_is_the_status(void **state)
{
	(void)state;
	after("set marker on\r");
	const char *shown = after("guest show nobody; version; hlep\r");
	assert_non_null(strstr(shown, "no guest is called \"nobody\"; there is: linux, beat\r\n"));
	assert_non_null(strstr(shown, "Muntin 0.1 (test)\r\n"));
	assert_non_null(strstr(shown, "did you mean \"help\"?\r\n[status 1]\r\n"));
}

static void what_follows_a_console_is_not_run(void **state)
{
	(void)state;
	assert_null(strstr(after("guest console linux; version\r"), "Muntin 0.1"));
	assert_true(console_attached());
}

static void interrupt_ends_the_whole_line(void **state)
{
	(void)state;
	after("set marker on\r");
	after("watch version; version\r");
	assert_true(runner_busy());
	const char *shown = after("\x03");
	assert_false(runner_busy());
	assert_string_equal(shown, "^C\r\n[status 3]\r\nmuntin> ");
}

/* --- The pager */

static void long_output_stops_when_the_screen_is_full(void **state)
{
	(void)state;
	settings.paging = true;
	const char *shown = after("help; help\r");
	/* The line that was typed ends with a newline too. */
	assert_int_equal(rows_in(shown), SCREEN_ROWS);
	assert_string_equal(shown + strlen(shown) - 8, "--More--");
}

static void space_shows_a_screen_and_enter_a_line(void **state)
{
	(void)state;
	settings.paging = true;
	after("help; help\r");
	assert_int_equal(lines_in(after("\r")), 1);
	assert_int_equal(lines_in(after("x")), 0);
	assert_true(runner_asks());
	assert_true(lines_in(after(" ")) > 1);
}

static void q_ends_it_and_the_prompt_comes(void **state)
{
	(void)state;
	settings.paging = true;
	after("help; help\r");
	assert_string_equal(after("q"), "\r        \rmuntin> ");
	assert_false(runner_busy());
}

static void interrupt_at_more_ends_it(void **state)
{
	(void)state;
	settings.paging = true;
	after("help; help\r");
	assert_non_null(strstr(after("\x03"), "^C\r\nmuntin> "));
	assert_false(runner_busy());
}

static void line_wider_than_the_screen_counts_as_several(void **state)
{
	(void)state;
	settings.paging = true;
	assert_int_equal(rows_in(after("help --json\r")), SCREEN_ROWS);
}

/* --- JSON */

static void list_is_an_array_of_objects(void **state)
{
	(void)state;
	assert_string_equal(after("guest list --json\r"),
			    "guest list --json\r\n[\r\n"
			    "{\"name\": \"linux\", \"state\": \"running\", \"cpus\": [1, 2], "
			    "\"running_vcpus\": 1, \"memory_bytes\": 536870912, \"why\": \"\"},\r\n"
			    "{\"name\": \"beat\", \"state\": \"running\", \"cpus\": [3], "
			    "\"running_vcpus\": 1, \"memory_bytes\": 2147483648, \"why\": \"\"}\r\n"
			    "]\r\nmuntin> ");
}

static void strings_of_others_cannot_break_out(void **state)
{
	(void)state;
	fake_guests[0].why = "a \"quote\", a \\, \x1b[2J and \xff";
	assert_non_null(strstr(after("guest list --json\r"),
			       "\"a \\\"quote\\\", a \\\\, \\u001b[2J and \\u00ff\""));
}

static void error_is_an_object_too(void **state)
{
	(void)state;
	assert_non_null(
		strstr(after("guest show nobody --json\r"),
		       "{\"error\": \"no guest is called \\\"nobody\\\"; there is: linux, beat\", "
		       "\"status\": 1}\r\nmuntin> "));
	const char *missing = "{\"error\": \"argument missing; usage: guest show NAME [--json]\", "
			      "\"status\": 2}";
	assert_non_null(strstr(after("guest show --json\r"), missing));
}

static void command_without_json_says_so(void **state)
{
	(void)state;
	assert_non_null(strstr(after("guest reset linux --json\r"), "unknown option \"--json\""));
	assert_int_equal(fake_guests[0].state, PARTITION_RUNNING);
}

/* --- Programs */

static void tagged_answer_stands_between_two_lines_with_its_checksum(void **state)
{
	(void)state;
	char wanted[160];
	const char *body =
		"version            Muntin 0.1 (test)\r\nconfig             c0ffee42\r\n";

	snprintf(wanted, sizeof(wanted),
		 "@a.1 version\r\n@a.1 begin\r\n%s@a.1 end 0 %zu %08x\r\nmuntin> ", body,
		 strlen(body), crc32(crc32(0, body, strlen(body)), "0", 1));
	assert_string_equal(after("@a.1 version\r"), wanted);
}

/* IEEE 802.3's check value, as every catalogue of checksums has it. */
static void checksum_is_the_usual_one(void **state)
{
	(void)state;
	assert_int_equal(crc32(0, "123456789", 9), 0xCBF43926);
	assert_int_equal(crc32(crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
}

static void garbled_line_is_not_obeyed(void **state)
{
	(void)state;
	char line[64];

	assert_non_null(strstr(after("@a:00000000 guest reset linux\r"), "@a end 6 0 "));
	assert_non_null(strstr(after("@a:xyz guest reset linux\r"), "@a end 6 0 "));
	assert_int_equal(fake_guests[0].state, PARTITION_RUNNING);
	snprintf(line, sizeof(line), "@a:%08X guest reset linux\r",
		 crc32(0, "a guest reset linux", 19));
	assert_non_null(strstr(after(line), "@a end 0 "));
	assert_int_equal(fake_guests[0].state, PARTITION_ENDING);
}

static void tag_that_comes_again_is_not_obeyed_again(void **state)
{
	(void)state;
	after("@t guest pause linux\r");
	assert_int_equal(fake_guests[0].state, PARTITION_PAUSED);
	fake_guests[0].state = PARTITION_RUNNING;
	assert_non_null(strstr(after("@t guest pause linux\r"), "@t begin\r\n@t end 0 0 "));
	assert_int_equal(fake_guests[0].state, PARTITION_RUNNING);
}

static void status_of_a_repeated_tag_is_that_of_the_first_time(void **state)
{
	(void)state;
	after("@t guest resume linux\r");
	assert_non_null(strstr(after("@t guest resume linux\r"), "@t end 1 0 "));
}

static void malformed_tag_is_explained(void **state)
{
	(void)state;
	assert_non_null(strstr(after("@ version\r"), "write @TAG COMMAND"));
	assert_non_null(strstr(after("@12345678901234567 version\r"), "write @TAG COMMAND"));
	assert_non_null(strstr(after("@a/b version\r"), "write @TAG COMMAND"));
}

static void tagged_answer_is_not_paged_and_interrupts_have_a_status(void **state)
{
	(void)state;
	settings.paging = true;
	assert_null(strstr(after("@p help\r"), "--More--"));
	after("@w watch version\r");
	fake_us += 10000000;
	const char *shown = after("\x03");
	assert_non_null(strstr(shown, "@w end 3 "));
	assert_null(strstr(shown, "\x1b"));
}

static void nothing_is_said_unasked_inside_of_a_tagged_answer(void **state)
{
	(void)state;
	after("@w watch version\r");
	log_error("a line that must wait");
	fake_guest_prints(&fake_guests[0], "a guest");
	assert_string_equal(after(""), "");
	assert_non_null(strstr(after("\x03"), "must wait"));
}

static void echo_off_shows_the_answer_only(void **state)
{
	(void)state;
	after("set echo off\r");
	assert_null(strstr(after("version\r"), "muntin> version"));
	assert_non_null(strstr(after("version\r"), "Muntin 0.1 (test)\r\n"));
}

/* --- Repetition */

static void watch_draws_in_place_at_its_interval(void **state)
{
	(void)state;
	const char *shown = after("watch -n 5 version\r");
	assert_non_null(
		strstr(shown, "\x1b[2J\x1b[Hversion            Muntin 0.1 (test)\x1b[K\r\nconfig   "
			      "          c0ffee42\x1b[K\r\n\x1b[J"));
	fake_us += 4999999;
	assert_string_equal(after(""), "");
	fake_us += 1;
	assert_string_equal(after(""), "\x1b[Hversion            Muntin 0.1 (test)\x1b[K\r\nconfig "
				       "            c0ffee42\x1b[K\r\n\x1b[J");
	after("\x03");
}

static void watch_cuts_what_would_scroll(void **state)
{
	(void)state;
	const char *shown = after("watch help\r");
	assert_true(lines_in(shown) <= SCREEN_ROWS);
	after("\x03");
}

static void watch_of_something_wrong_ends(void **state)
{
	(void)state;
	assert_non_null(strstr(after("watch hlep\r"), "did you mean"));
	assert_false(runner_busy());
	assert_non_null(strstr(after("watch watch version\r"), "watch cannot watch itself"));
	assert_false(runner_busy());
	assert_non_null(strstr(after("watch -n x version\r"), "-n: \"x\" is no number"));
	assert_non_null(strstr(after("watch -n 0 version\r"), "-n: write 1 second or more"));
	assert_non_null(strstr(after("top -n 0\r"), "-n: write 1 second or more"));
	assert_false(runner_busy());
}

/* With quotes around each word the line is longer than the one that was typed. */
static void watch_of_a_line_that_grows_too_long_is_refused(void **state)
{
	(void)state;
	char keys[LINE_BYTES + 1] = "watch ";

	memset(&keys[6], 'x', LINE_BYTES - 8);
	for (size_t i = LINE_BYTES - 26; i < LINE_BYTES - 3; i += 2) {
		keys[i] = ' ';
	}
	memcpy(&keys[LINE_BYTES - 2], "\r", 2);
	assert_non_null(strstr(after(keys), "too long to be watched"));
	assert_false(runner_busy());
}

/* --- top */

static void top_shows_what_happened_between_two_looks(void **state)
{
	(void)state;
	fake_guests[0].counts[0].exits[30].count = 1000;
	assert_string_equal(after("top --json\r"), "top --json\r\n");
	fake_guests[0].counts[0].exits[30].count += 40;
	fake_guests[0].counts[1].exits[30].count += 20;
	fake_guests[0].counts[0].exits[10].count += 10;
	fake_guest_prints(&fake_guests[1], "0123456789");
	fake_us += 2000000;
	const char *shown = after("");
	assert_non_null(strstr(shown,
			       "{\"name\": \"linux\", \"state\": \"running\", \"vcpus\": 2, "
			       "\"parked\": 50, \"console_s\": 0, \"exits_s\": 35, \"reasons\": "
			       "[{\"reason\": \"IO_INSTRUCTION\", \"exits_s\": 30}, "
			       "{\"reason\": \"CPUID\", \"exits_s\": 5}]},"));
	assert_non_null(strstr(shown, "\"console_s\": 5, \"exits_s\": 0, \"reasons\": []}"));
}

static void top_goes_on_in_place_until_interrupted(void **state)
{
	(void)state;
	after("top -n 5\r");
	fake_us += 1000000;
	assert_non_null(strstr(after(""), "linux        running      2     50"));
	fake_us += 5000000;
	assert_non_null(strstr(after(""), "\x1b[H"));
	after("\x03");
	assert_false(runner_busy());
}

/* --- Settings */

static void wrong_setting_or_value_names_what_is_right(void **state)
{
	(void)state;
	assert_non_null(strstr(after("set colour on\r"),
			       "no setting is called \"colour\"; set alone shows all"));
	assert_non_null(strstr(after("set pagin on\r"), "did you mean paging?"));
	assert_non_null(strstr(after("set paging maybe\r"), "paging: \"maybe\" is not on or off"));
	assert_non_null(strstr(after("set escape ^C\r"), "escape: \"^C\" is not ^A to ^_"));
	assert_int_equal(settings.escape, CONSOLE_ESCAPE);
}

static void setting_that_is_changed_is_shown_to_programs(void **state)
{
	(void)state;
	assert_string_equal(after("set echo on\r"), "set echo on\r\nmuntin> ");
	assert_non_null(strstr(after("set paging off --json\r"), "{\"paging\": \"off\"}\r\n"));
}

static void settings_are_shown_as_they_are(void **state)
{
	(void)state;
	after("set escape ^t; set loglevel error; set prompt \"# \"\r");
	assert_int_equal(settings.escape, 0x14);
	assert_non_null(
		strstr(after("set --json\r"),
		       "\"prompt\": \"# \", \"echo\": \"on\", \"marker\": \"off\", "
		       "\"timestamps\": \"off\", \"escape\": \"^T\", \"loglevel\": \"error\"}"));
}

/* --- The grammar of usage texts */

static void usage_is_read_token_by_token(void **state)
{
	(void)state;
	const char *usage = "NAME on|off [--kernel PATH] [-f] [TEXT...]";
	struct usage_token token;

	assert_true(usage_next(&usage, &token) && usage_kind_is(&token, "NAME") && !token.optional);
	assert_true(usage_next(&usage, &token) && usage_allows(&token, "off"));
	assert_false(usage_allows(&token, "of"));
	assert_false(usage_allows(&token, "offf"));
	assert_true(usage_next(&usage, &token) && token.option && token.optional);
	assert_true(usage_kind_is(&token, "PATH"));
	assert_true(usage_next(&usage, &token) && token.option && token.value == NULL);
	assert_true(usage_next(&usage, &token) && token.rest && usage_kind_is(&token, "TEXT"));
	assert_false(usage_next(&usage, &token));
}

static void every_usage_of_the_table_can_be_read_and_fits(void **state)
{
	(void)state;
	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		const char *usage = c->usage;
		struct usage_token token;

		while (usage_next(&usage, &token)) {
			assert_true(token.name_bytes > 0);
			assert_true(!token.option || token.optional);
			assert_false(token.rest && *usage != '\0');
		}
		assert_true(strlen(c->words) + strlen(c->usage) < 79);
		assert_true(strlen(c->help) > 0);
		assert_true(strchr(c->usage, ' ') == NULL || c->example[0] != '\0');
	}
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_shown_as_json_is_whole_when_it_is_interrupted),
		T(commands_between_semicolons_run_one_after_the_other),
		T(semicolon_in_quotes_is_a_letter),
		T(error_does_not_hide_what_follows_and_is_the_status),
		T(what_follows_a_console_is_not_run),
		T(interrupt_ends_the_whole_line),
		T(long_output_stops_when_the_screen_is_full),
		T(space_shows_a_screen_and_enter_a_line),
		T(q_ends_it_and_the_prompt_comes),
		T(interrupt_at_more_ends_it),
		T(line_wider_than_the_screen_counts_as_several),
		T(list_is_an_array_of_objects),
		T(strings_of_others_cannot_break_out),
		T(error_is_an_object_too),
		T(command_without_json_says_so),
		T(tagged_answer_stands_between_two_lines_with_its_checksum),
		T(checksum_is_the_usual_one),
		T(garbled_line_is_not_obeyed),
		T(tag_that_comes_again_is_not_obeyed_again),
		T(status_of_a_repeated_tag_is_that_of_the_first_time),
		T(malformed_tag_is_explained),
		T(tagged_answer_is_not_paged_and_interrupts_have_a_status),
		T(nothing_is_said_unasked_inside_of_a_tagged_answer),
		T(echo_off_shows_the_answer_only),
		T(watch_draws_in_place_at_its_interval),
		T(watch_cuts_what_would_scroll),
		T(watch_of_something_wrong_ends),
		T(watch_of_a_line_that_grows_too_long_is_refused),
		T(top_shows_what_happened_between_two_looks),
		T(top_goes_on_in_place_until_interrupted),
		T(wrong_setting_or_value_names_what_is_right),
		T(setting_that_is_changed_is_shown_to_programs),
		T(settings_are_shown_as_they_are),
		T(usage_is_read_token_by_token),
		T(every_usage_of_the_table_can_be_read_and_fits),
	};

	return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
