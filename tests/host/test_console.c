/* SPDX-License-Identifier: Apache-2.0 */
/* test_console.c: tests of guests' consoles on the serial line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/monitor_screen.h"

/* --- One guest attached */

static void attaching_shows_what_was_missed(void **state)
{
	(void)state;
	fake_guest_prints(LINUX, "Linux version 6.1\r\n$ ");
	type("guest console linux\r");
	assert_string_equal(screen(), "guest console linux\r\n"
				      "[attached to linux; Ctrl-] returns]\r\n"
				      "Linux version 6.1\r\n$ ");
	type("\x1d");
	assert_string_equal(screen(), "\r\n[detached from linux]\r\nmuntin> ");
	type("guest console linux\r");
	assert_hides("Linux version");
}

static void attaching_says_how_much_was_overwritten(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CONSOLE_RING_BYTES + 100; i++) {
		console_ring_put(&LINUX->console, i < 200 ? '<' : '>');
	}
	type("guest console linux\r");
	/* The ring may hold back the byte that is being overwritten; what is gone is said to the byte. */
	uint32_t lost = 0;
	assert_int_equal(sscanf(strstr(screen(), "[... "), "[... %u bytes lost]", &lost), 1);
	assert_in_range(lost, 100, 101);
	assert_int_equal(count_shown("<"), 200 - lost);
	assert_int_equal(count_shown(">") - count_shown("muntin>"), CONSOLE_RING_BYTES - 100);
	assert_int_equal(wire_losses().written, 0);
}

static void guest_output_passes_as_it_is(void **state)
{
	(void)state;
	type("guest console linux\r");
	fake_screen_clear();
	fake_guest_prints(LINUX, "a\nb\x1b[31m\xff");
	assert_true(fake_settle());
	assert_string_equal(screen(), "a\nb\x1b[31m\xff");
}

static void keys_go_to_the_attached_guest_alone(void **state)
{
	(void)state;
	type("guest console linux\r");
	type("reboot\r\x03\xff");
	assert_memory_equal(LINUX->input, "reboot\r\x03\xff", 9);
	assert_int_equal(LINUX->input_used, 9);
	assert_int_equal(BEAT->input_used, 0);
	assert_int_equal(fake_reboots, 0);
	assert_string_equal(screen(), "");
}

static void output_of_the_other_guest_is_not_shown(void **state)
{
	(void)state;
	type("guest console linux\r");
	fake_screen_clear();
	fake_guest_prints(BEAT, "beat 1\r\n");
	assert_true(fake_settle());
	assert_string_equal(screen(), "");
}

static void key_pressed_at_the_prompt_reaches_no_guest(void **state)
{
	(void)state;
	type("guest console linux\r");
	type("\x1d");
	type("version\r");
	assert_int_equal(LINUX->input_used, 0);
	assert_int_equal(BEAT->input_used, 0);
}

static void lf_of_the_crlf_that_attached_is_not_for_the_guest(void **state)
{
	(void)state;
	type("guest console linux\r\nls");
	assert_int_equal(LINUX->input_used, 2);
	assert_memory_equal(LINUX->input, "ls", 2);
}

static void key_the_guest_cannot_take_is_kept_for_it(void **state)
{
	(void)state;
	LINUX->input_room = 3;
	type("guest console linux\r");
	type("abcdefgh");
	assert_int_equal(LINUX->input_used, 3);
	LINUX->input_room = SIZE_MAX;
	assert_true(fake_settle());
	assert_memory_equal(LINUX->input, "abcdefgh", 8);
	assert_int_equal(LINUX->input_used, 8);
}

static void key_typed_before_detaching_still_arrives(void **state)
{
	(void)state;
	LINUX->input_room = 0;
	type("guest console linux\r");
	type("ls\r\x1d");
	assert_shows("muntin> ");
	LINUX->input_room = SIZE_MAX;
	assert_true(fake_settle());
	assert_memory_equal(LINUX->input, "ls\r", 3);
}

/* Nothing a guest does, or does not do, locks the operator in. */
static void guest_that_never_reads_can_be_left(void **state)
{
	(void)state;
	LINUX->input_room = 0;
	type("guest console linux\r");
	for (uint32_t i = 0; i < 5000; i++) {
		fake_type("k");
	}
	assert_true(fake_settle());
	type("\x1dversion\r");
	assert_shows("[detached from linux]");
	assert_shows("Muntin 0.1 (test)\r\n");
}

static void stopped_guest_says_why_behind_its_last_words(void **state)
{
	(void)state;
	type("guest console beat\r");
	fake_screen_clear();
	fake_guest_prints(BEAT, "aargh");
	BEAT->state = PARTITION_STOPPED;
	BEAT->why = "unknown VM exit";
	assert_true(fake_settle());
	assert_string_equal(screen(), "aargh\r\n[beat is stopped: unknown VM exit]\r\n");
}

/* What is kept of a guest that was started again is told by `guest list`. */
static void guest_that_is_paused_says_not_why_it_was_started_again(void **state)
{
	(void)state;
	type("guest console beat\r");
	fake_screen_clear();
	BEAT->state = PARTITION_PAUSED;
	BEAT->why = "processor 0 triple-faulted";
	assert_true(fake_settle());
	assert_string_equal(screen(), "\r\n[beat is paused]\r\n");
}

static void guest_that_is_reset_says_that_it_runs_again(void **state)
{
	(void)state;
	type("guest console beat\r");
	fake_screen_clear();
	BEAT->state = PARTITION_ENDING;
	assert_true(fake_settle());
	BEAT->state = PARTITION_STARTING;
	assert_true(fake_settle());
	assert_string_equal(screen(), "");
	BEAT->state = PARTITION_RUNNING;
	assert_true(fake_settle());
	fake_guest_prints(BEAT, "boot");
	assert_true(fake_settle());
	assert_string_equal(screen(), "\r\n[beat is running]\r\nboot");
}

/* The answer to a key must not stand behind 16 KiB of a guest's output. */
static void flood_of_a_guest_keeps_the_line_short(void **state)
{
	(void)state;
	type("guest console linux\r");
	for (uint32_t i = 0; i < CONSOLE_RING_BYTES; i++) {
		console_ring_put(&LINUX->console, 'f');
	}
	for (uint32_t i = 0; i < 100; i++) {
		monitor_poll();
	}
	assert_in_range(wire_queued(), 1, 1024);
	fake_type("\x1d");
	assert_true(fake_settle());
	assert_ends_with_prompt();
}

/* A guest that dies in the middle of a sequence must not swallow the prompt, nor hide what is typed there. */
static void terminal_is_put_in_order_behind_a_guest_that_commanded_it(void **state)
{
	(void)state;
	type("guest console linux\r");
	fake_guest_prints(LINUX, "\x1b[?1049h\x1b[?25l\x1b]0;half a title");
	assert_true(fake_settle());
	type("\x1d");
	assert_memory_equal(screen(), "\x18\x1b\\\x1b[m", 6);
	assert_shows("\x1b[?47l");
	assert_shows("\x1b[?25h");
	assert_shows("\r\n[detached from linux]\r\nmuntin> ");
	/* Once is enough. */
	type("guest console linux\r");
	type("\x1d");
	assert_string_equal(screen(), "\r\n[detached from linux]\r\nmuntin> ");
}

static void words_about_an_attached_guest_stand_outside_of_its_sequences(void **state)
{
	(void)state;
	type("guest console beat\r");
	fake_guest_prints(BEAT, "\x1b[3");
	assert_true(fake_settle());
	fake_screen_clear();
	BEAT->state = PARTITION_PAUSED;
	assert_true(fake_settle());
	assert_string_equal(screen(), "\x18\x1b\\\x1b[m\x0f\x1b(B\r\n[beat is paused]\r\n");
}

static void lines_begin_with_the_time_when_that_is_set(void **state)
{
	(void)state;
	type("set timestamps on\r");
	type("guest console linux\r");
	fake_screen_clear();
	fake_guest_prints(LINUX, "one\r\ntwo");
	assert_true(fake_settle());
	fake_us = 98000001;
	fake_guest_prints(LINUX, "\r\nthree\r\n");
	assert_true(fake_settle());
	assert_string_equal(screen(), "[   12.345678] one\r\n[   12.345678] two\r\n"
				      "[   98.000001] three\r\n");
}

static void answer_stands_before_what_the_guest_printed(void **state)
{
	(void)state;
	fake_guest_prints(LINUX, "from the guest");
	type("@7 guest console linux\r");
	assert_shows("\r\n[attached to linux; Ctrl-] returns]\r\nfrom the guest");
	assert_shows("@7 end 0 0 ");
	assert_true(strstr(screen(), "@7 end 0 0 ") < strstr(screen(), "[attached"));
}

/* --- The keys behind the escape key */

static void digit_behind_the_escape_key_attaches_that_guest(void **state)
{
	(void)state;
	type("guest console linux\r");
	type("\x1d");
	type("2");
	assert_string_equal(screen(), "\r\n[attached to beat; Ctrl-] returns]\r\n");
	type("\x1d"
	     "1x");
	assert_shows("[detached from beat]");
	assert_shows("[attached to linux; Ctrl-] returns]");
	assert_memory_equal(LINUX->input, "x", 1);
	type("\x1d"
	     "0");
	assert_shows("[no guest has number 10: there are 2]\r\nmuntin> ");
}

static void digit_elsewhere_attaches_nothing(void **state)
{
	(void)state;
	type("2");
	assert_false(console_attached());
	type("\x03");
	type("guest console linux\r");
	type("\x1d"
	     "g2");
	assert_false(console_attached());
	assert_shows("muntin> g2");
}

/* A program that has lost its place may send it as often as it likes. */
static void escape_key_leads_to_the_prompt_however_often_it_comes(void **state)
{
	(void)state;
	type("guest console linux\r");
	type("\x1d\x1d\x1d");
	assert_false(console_attached());
	assert_int_equal(LINUX->input_used, 0);
	type("2");
	assert_shows("[attached to beat; Ctrl-] returns]");
}

static void break_and_the_escape_key_itself_reach_the_guest_just_left(void **state)
{
	(void)state;
	type("guest console linux\r");
	type("\x1d\x02");
	assert_shows("[BREAK sent to linux]\r\n[attached to linux; Ctrl-] returns]\r\n");
	assert_int_equal(LINUX->breaks, 1);
	type("\x1d\x16");
	assert_shows("[attached to linux; Ctrl-] returns]\r\n");
	assert_memory_equal(LINUX->input, "\x1d", 1);
	assert_int_equal(LINUX->input_used, 1);
	assert_int_equal(BEAT->breaks, 0);
}

static void question_mark_lists_the_keys(void **state)
{
	(void)state;
	type("guest console linux\r");
	type("\x1d?");
	assert_shows("Ctrl-B: a BREAK");
	assert_ends_with_prompt();
	type("2");
	assert_true(console_attached());
}

static void another_escape_key_is_the_only_one(void **state)
{
	(void)state;
	type("set escape ^T\r");
	type("guest console linux\r");
	assert_shows("[attached to linux; Ctrl-T returns]");
	type("\x1d");
	assert_memory_equal(LINUX->input, "\x1d", 1);
	LINUX->input_room = 0;
	for (uint32_t i = 0; i < 2000; i++) {
		fake_type("k");
	}
	type("\x14");
	assert_shows("[detached from linux]");
}

/* --- All guests */

#define RED   "\x1b[31m[linux]\x1b[m"
#define GREEN "\x1b[32m[beat]\x1b[m"

static void all_consoles_come_line_by_line_with_their_names(void **state)
{
	(void)state;
	fake_guest_prints(LINUX, "one\r\ntwo\r\n");
	fake_guest_prints(BEAT, "beat 1\n");
	type("console --all\r");
	assert_string_equal(screen(),
			    "console --all\r\n[all consoles; Ctrl-] or Ctrl-C returns]\r\n" RED
			    " one\r\n" GREEN " beat 1\r\n" RED " two\r\n");
	type("version\r\x03");
	assert_string_equal(screen(), "[detached from all consoles]\r\nmuntin> ");
	assert_int_equal(LINUX->input_used + BEAT->input_used, 0);
	type("guest console linux\r");
	assert_hides("one");
}

static void all_consoles_can_be_without_colours(void **state)
{
	(void)state;
	fake_guest_prints(BEAT, "beat 1\n");
	type("console --all --plain\r");
	assert_shows("]\r\n[beat] beat 1\r\n");
	type("\x1d"
	     "1");
	assert_shows("[attached to linux; Ctrl-] returns]");
}

static void part_of_a_line_waits_for_its_end_and_not_for_ever(void **state)
{
	(void)state;
	type("console --all --plain\r");
	fake_screen_clear();
	fake_guest_prints(LINUX, "login: ");
	fake_guest_prints(BEAT, "beat 1\n");
	assert_true(fake_settle());
	fake_us += 99999;
	assert_true(fake_settle());
	assert_string_equal(screen(), "[beat] beat 1\r\n");
	fake_us += 1;
	assert_true(fake_settle());
	assert_string_equal(screen(), "[beat] beat 1\r\n[linux] login: \r\n");
	fake_guest_prints(LINUX, "root\r\n# ");
	fake_guest_prints(LINUX, "\r\n");
	assert_true(fake_settle());
	assert_string_equal(screen(), "[beat] beat 1\r\n[linux] login: \r\n[linux]+root\r\n"
				      "[linux] # \r\n");
}

static void end_of_a_line_that_is_shown_already_takes_no_line(void **state)
{
	(void)state;
	type("console --all --plain\r");
	fake_guest_prints(LINUX, "prompt");
	assert_true(fake_settle());
	fake_us += 200000;
	assert_true(fake_settle());
	fake_screen_clear();
	fake_guest_prints(LINUX, "\r\nnext\r\n");
	assert_true(fake_settle());
	assert_string_equal(screen(), "[linux] next\r\n");
}

/* What would wrap, or move the cursor, could stand under another name. */
static void no_guest_gets_out_from_behind_its_name(void **state)
{
	char wide[200];

	(void)state;
	memset(wide, ' ', sizeof(wide));
	memcpy(&wide[150], "[beat] \x1b[2J\r[beat]\n", 20);
	type("console --all --plain\r");
	fake_screen_clear();
	fake_guest_prints(LINUX, wide);
	fake_guest_prints(LINUX, "\x0b[beat] a\x85[beat] b\n");
	assert_true(fake_settle());
	for (const char *line = screen(); *line != '\0'; line = strstr(line, "\r\n") + 2) {
		assert_memory_equal(line, "[linux]", 7);
		assert_in_range(strstr(line, "\r\n") - line, 7, 79);
	}
	assert_shows("^[[2J^M[beat]\r\n");
	assert_shows("[linux] ^K[beat] a\\x85[beat] b\r\n");
}

static void flood_of_one_guest_leaves_the_others_their_turn(void **state)
{
	(void)state;
	type("console --all --plain\r");
	fake_screen_clear();
	for (uint32_t i = 0; i < 1000; i++) {
		fake_guest_prints(LINUX, "y\n");
	}
	fake_guest_prints(BEAT, "1\n2\n");
	for (uint32_t i = 0; i < 5; i++) {
		fake_uart.fifo_full = false;
		monitor_poll();
	}
	assert_in_range(wire_queued(), 1, 512);
	assert_true(fake_settle());
	assert_memory_equal(screen(), "[linux] y\r\n[beat] 1\r\n[linux] y\r\n[beat] 2\r\n", 42);
	assert_int_equal(count_shown("[linux] y\r\n"), 1000);
}

static void what_a_view_of_all_leaves_out_is_said(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		fake_guest_prints(LINUX, "y\n");
	}
	type("console --all --plain\r");
	assert_shows("[linux]* 3952 bytes before this: guest log linux\r\n");
	assert_int_equal(count_shown("[linux] y\r\n"), 1023);
	fake_screen_clear();
	for (uint32_t i = 0; i < CONSOLE_RING_BYTES; i++) {
		fake_guest_prints(BEAT, "12345678\n");
	}
	assert_true(fake_settle());
	assert_shows("[beat]* 524289 bytes lost\r\n");
}

static void guest_that_stops_says_so_among_all_behind_its_last_words(void **state)
{
	(void)state;
	type("console --all --plain\r");
	fake_screen_clear();
	fake_guest_prints(BEAT, "aargh");
	BEAT->state = PARTITION_STOPPED;
	BEAT->why = "unknown \x1b exit";
	assert_true(fake_settle());
	fake_us += 100000;
	assert_true(fake_settle());
	assert_string_equal(screen(), "[beat] aargh\r\n[beat]* is stopped: unknown . exit\r\n");
}

static void lines_of_all_have_the_time_and_still_fit(void **state)
{
	(void)state;
	type("set timestamps on\r");
	type("console --all --plain\r");
	fake_screen_clear();
	for (uint32_t i = 0; i < 100; i++) {
		fake_guest_prints(BEAT, "x");
	}
	fake_guest_prints(BEAT, "\n");
	assert_true(fake_settle());
	assert_memory_equal(screen(), "[   12.345678] [beat] xxx", 25);
	assert_in_range(strstr(screen(), "\r\n") - screen(), 60, 79);
	assert_shows("\r\n[   12.345678] [beat]+xxx");
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(attaching_shows_what_was_missed),
		T(attaching_says_how_much_was_overwritten),
		T(guest_output_passes_as_it_is),
		T(keys_go_to_the_attached_guest_alone),
		T(output_of_the_other_guest_is_not_shown),
		T(key_pressed_at_the_prompt_reaches_no_guest),
		T(lf_of_the_crlf_that_attached_is_not_for_the_guest),
		T(key_the_guest_cannot_take_is_kept_for_it),
		T(key_typed_before_detaching_still_arrives),
		T(guest_that_never_reads_can_be_left),
		T(stopped_guest_says_why_behind_its_last_words),
		T(guest_that_is_paused_says_not_why_it_was_started_again),
		T(guest_that_is_reset_says_that_it_runs_again),
		T(flood_of_a_guest_keeps_the_line_short),
		T(terminal_is_put_in_order_behind_a_guest_that_commanded_it),
		T(words_about_an_attached_guest_stand_outside_of_its_sequences),
		T(lines_begin_with_the_time_when_that_is_set),
		T(answer_stands_before_what_the_guest_printed),
		T(digit_behind_the_escape_key_attaches_that_guest),
		T(digit_elsewhere_attaches_nothing),
		T(escape_key_leads_to_the_prompt_however_often_it_comes),
		T(break_and_the_escape_key_itself_reach_the_guest_just_left),
		T(question_mark_lists_the_keys),
		T(another_escape_key_is_the_only_one),
		T(all_consoles_come_line_by_line_with_their_names),
		T(all_consoles_can_be_without_colours),
		T(part_of_a_line_waits_for_its_end_and_not_for_ever),
		T(end_of_a_line_that_is_shown_already_takes_no_line),
		T(no_guest_gets_out_from_behind_its_name),
		T(flood_of_one_guest_leaves_the_others_their_turn),
		T(what_a_view_of_all_leaves_out_is_said),
		T(guest_that_stops_says_so_among_all_behind_its_last_words),
		T(lines_of_all_have_the_time_and_still_fit),
	};

	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
