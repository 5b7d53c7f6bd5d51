/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_console.c: tests of the commands about consoles. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/monitor_screen.h"

/* --- guest log */

static void log_shows_the_last_lines_and_takes_nothing_from_the_console(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		char line[32];

		snprintf(line, sizeof(line), "line %u\r\n", i);
		fake_guest_prints(LINUX, line);
	}
	type("guest log linux -n 2\r");
	assert_string_equal(screen(), "guest log linux -n 2\r\nline 98\r\nline 99\r\nmuntin> ");
	type("set paging off\r");
	type("guest log linux\r");
	assert_int_equal(count_shown("\r\nline "), 20);
	type("guest log linux -n 65536\r");
	assert_int_equal(count_shown("\r\nline "), 100);
	type("guest log beat\r");
	assert_string_equal(screen(), "guest log beat\r\nmuntin> ");
	type("guest console linux\r");
	assert_shows("line 0\r\n");
}

static void log_shows_the_debug_port_of_a_guest_that_has_one(void **state)
{
	(void)state;
	static struct console_ring debug;

	debug = (struct console_ring){ 0 };
	fake_guest_prints(LINUX, "console\r\n");
	type("guest log linux --debug\r");
	assert_shows("linux has no debug port: write debugcon = yes in its section\r\n");
	LINUX->debug = &debug;
	for (const char *text = "SecCoreStartup\n"; *text != '\0'; text++) {
		console_ring_put(&debug, (uint8_t)*text);
	}
	type("guest log linux --debug\r");
	assert_string_equal(screen(), "guest log linux --debug\r\nSecCoreStartup\r\nmuntin> ");
	type("guest log linux\r");
	assert_string_equal(screen(), "guest log linux\r\nconsole\r\nmuntin> ");
}

static void log_shows_control_bytes_and_a_line_without_end(void **state)
{
	(void)state;
	fake_guest_prints(LINUX, "a\x1b[2J\x9b\tb\r\nlogin: ");
	type("guest log linux\r");
	assert_shows("a^[[2J\\x9b      b\r\nlogin: \r\nmuntin> ");
}

static void log_in_json_is_a_list_of_strings(void **state)
{
	(void)state;
	fake_guest_prints(LINUX, "say \"hi\" \\o/\r\n\x1b[m\r\n");
	type("guest log linux --json\r");
	assert_shows("[\n\"say \\\"hi\\\" \\\\o/\",\r\n\"^[[m\"\r\n]\r\nmuntin> " + 2);
	type("guest log beat --json\r");
	assert_shows("guest log beat --json\r\n[\r\n\r\n]\r\n");
}

static void line_wider_than_a_piece_goes_on_in_the_next(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 480; i++) {
		fake_guest_prints(LINUX, "w");
	}
	fake_guest_prints(LINUX, "\nx\n");
	type("guest log linux\r");
	assert_int_equal(count_shown("w"), 480 - 0);
	assert_shows("w\r\nx\r\nmuntin> ");
}

static void log_of_a_whole_ring_loses_nothing_on_the_line(void **state)
{
	(void)state;
	type("set paging off\r");
	for (uint32_t i = 0; i < CONSOLE_RING_BYTES; i++) {
		fake_guest_prints(LINUX, i % 4 == 3 ? "\n" : "\\");
	}
	type("guest log linux -n 65536 --json\r");
	assert_int_equal(wire_losses().written, 0);
	assert_int_equal(count_shown("\"\\\\\\\\\\\\\""), CONSOLE_RING_BYTES / 4 - 1);
	assert_ends_with_prompt();
}

static void log_goes_on_when_it_is_told_to(void **state)
{
	(void)state;
	fake_guest_prints(LINUX, "one\n");
	type("guest log linux -f\r");
	assert_shows("-f\r\none\r\n");
	fake_guest_prints(LINUX, "two\n$ ");
	fake_us += 20000;
	assert_true(fake_settle());
	assert_shows("one\r\ntwo\r\n");
	assert_hides("$ ");
	for (uint32_t i = 0; i < 6; i++) {
		fake_us += 20000;
		assert_true(fake_settle());
	}
	assert_shows("two\r\n$ \r\n");
	type("\x03");
	assert_string_equal(screen(), "^C\r\nmuntin> ");
}

static void log_that_is_followed_does_not_stop_at_more(void **state)
{
	(void)state;
	type("set paging on\r");
	type("guest log linux -f\r");
	for (uint32_t i = 0; i < 100; i++) {
		fake_guest_prints(LINUX, "line\n");
	}
	fake_us += 20000;
	assert_true(fake_settle());
	assert_hides("--More--");
	assert_int_equal(count_shown("line\r\n"), 100);
	type("\x03");
}

static void count_that_is_none_is_refused(void **state)
{
	(void)state;
	type("guest log linux -n many\r");
	assert_shows("many");
	assert_ends_with_prompt();
	type("guest log nobody\r");
	assert_shows("no guest is called \"nobody\"; there is: linux, beat\r\n");
}

/* --- guest send, guest break */

static void text_is_typed_with_enter_behind_it(void **state)
{
	(void)state;
	type("guest send linux uname -a\r");
	assert_string_equal(screen(), "guest send linux uname -a\r\nlinux: 9 bytes typed\r\n"
				      "muntin> ");
	assert_memory_equal(LINUX->input, "uname -a\r", 9);
	assert_int_equal(LINUX->input_used, 9);
	assert_int_equal(BEAT->input_used, 0);
}

static void raw_text_is_all_that_is_typed(void **state)
{
	(void)state;
	type("guest send linux --raw \\x03\\r\\n\\t\\e\\\\n \"a  b\"\r");
	assert_int_equal(LINUX->input_used, 12);
	assert_memory_equal(LINUX->input, "\x03\r\n\t\x1b\\n a  b", 12);
}

static void escape_that_means_nothing_is_refused_whole(void **state)
{
	static const char *const lines[] = { "ok \\q", "ok \\x4", "ok \\xg0", "ok \\" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char line[64];

		snprintf(line, sizeof(line), "guest send linux %s\r", lines[i]);
		type(line);
		assert_shows("a backslash is followed by r, n, t, e, xHH or \\");
		assert_int_equal(LINUX->input_used, 0);
	}
}

static void guest_that_reads_slowly_gets_it_all(void **state)
{
	(void)state;
	LINUX->input_room = 2;
	type("guest send linux abc\r");
	assert_hides("typed");
	LINUX->input_room = SIZE_MAX;
	fake_us += 10000;
	assert_true(fake_settle());
	assert_shows("linux: 4 bytes typed\r\nmuntin> ");
	assert_memory_equal(LINUX->input, "abc\r", 4);
	assert_int_equal(LINUX->input_used, 4);
}

static void guest_that_does_not_read_is_given_up_with_how_much_it_took(void **state)
{
	(void)state;
	LINUX->input_room = 2;
	type("guest send linux abc\r");
	for (uint32_t i = 0; i < 510; i++) {
		fake_us += 10000;
		assert_true(fake_settle());
	}
	assert_shows("linux does not read: it took 2 of 4 bytes\r\nmuntin> ");
}

static void text_comes_behind_the_keys_that_wait(void **state)
{
	(void)state;
	LINUX->input_room = 0;
	type("guest console linux\r");
	type("ab\x1d");
	type("guest send linux c\r");
	LINUX->input_room = SIZE_MAX;
	for (uint32_t i = 0; i < 2; i++) {
		fake_us += 10000;
		assert_true(fake_settle());
	}
	assert_memory_equal(LINUX->input, "abc\r", 4);
}

static void guest_that_is_off_takes_nothing(void **state)
{
	(void)state;
	BEAT->state = PARTITION_OFF;
	type("guest send beat x\r");
	assert_shows("beat is off: it took 0 of 2 bytes\r\n");
	type("guest break beat\r");
	assert_shows("beat, which is off, does not take a BREAK now\r\n");
	assert_int_equal(BEAT->input_used, 0);
}

static void break_is_sent(void **state)
{
	(void)state;
	type("guest break linux\r");
	assert_shows("linux: BREAK sent\r\n");
	assert_int_equal(LINUX->breaks, 1);
}

/* --- console */

static void console_counts_what_was_written_and_what_nobody_saw(void **state)
{
	(void)state;
	fake_guest_prints(LINUX, "12345");
	for (uint32_t i = 0; i < CONSOLE_RING_BYTES + 99; i++) {
		fake_guest_prints(BEAT, "x");
	}
	type("console --json\r");
	assert_shows(
		"\"guests\": [{\"number\": 1, \"name\": \"linux\", \"written_bytes\": 5, "
		"\"unread_bytes\": 5, \"lost_bytes\": 0}, {\"number\": 2, \"name\": \"beat\", "
		"\"written_bytes\": 65635, \"unread_bytes\": 65535, \"lost_bytes\": 100}]}\r\n");
	type("guest console beat\r");
	type("\x1d");
	type("console --json\r");
	assert_shows("\"written_bytes\": 65635, \"unread_bytes\": 0, \"lost_bytes\": 100}]}\r\n");
}

static void console_says_how_long_answers_took(void **state)
{
	(void)state;
	type("version");
	fake_uart.line_stopped = true;
	type("\r");
	fake_us += 30000;
	fake_uart.line_stopped = false;
	assert_true(fake_settle());
	type("console --json\r");
	assert_shows("\"last_answer_us\": 30000, \"slowest_answer_us\": 30000, ");
	type("console --json\r");
	assert_shows("\"last_answer_us\": 0, \"slowest_answer_us\": 30000, ");
}

static void options_that_do_not_go_together_are_refused(void **state)
{
	(void)state;
	type("console --plain\r");
	assert_shows("--plain goes with --all\r\n");
	type("console --all --json\r");
	assert_shows("--all has no --json");
	assert_false(console_attached());
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(log_shows_the_last_lines_and_takes_nothing_from_the_console),
		T(log_shows_the_debug_port_of_a_guest_that_has_one),
		T(log_shows_control_bytes_and_a_line_without_end),
		T(log_in_json_is_a_list_of_strings),
		T(line_wider_than_a_piece_goes_on_in_the_next),
		T(log_of_a_whole_ring_loses_nothing_on_the_line),
		T(log_goes_on_when_it_is_told_to),
		T(log_that_is_followed_does_not_stop_at_more),
		T(count_that_is_none_is_refused),
		T(text_is_typed_with_enter_behind_it),
		T(raw_text_is_all_that_is_typed),
		T(escape_that_means_nothing_is_refused_whole),
		T(guest_that_reads_slowly_gets_it_all),
		T(guest_that_does_not_read_is_given_up_with_how_much_it_took),
		T(text_comes_behind_the_keys_that_wait),
		T(guest_that_is_off_takes_nothing),
		T(break_is_sent),
		T(console_counts_what_was_written_and_what_nobody_saw),
		T(console_says_how_long_answers_took),
		T(options_that_do_not_go_together_are_refused),
	};

	return cmocka_run_group_tests_name("cmd_console", tests, NULL, NULL);
}
