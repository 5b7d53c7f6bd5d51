/* SPDX-License-Identifier: Apache-2.0 */
/* test_monitor.c: tests of the monitor: commands, the log, the serial line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/monitor_screen.h"

#include "kernel/monitor/output.h"

/* --- Commands */

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

static void guest_is_started_and_ended_by_the_states_it_has(void **state)
{
	(void)state;
	BEAT->state = PARTITION_STOPPED;
	type("guest start beat\r");
	assert_shows("beat: starting\r\n");
	assert_int_equal(BEAT->state, PARTITION_STARTING);
	BEAT->state = PARTITION_RUNNING;
	type("guest stop beat --force\r");
	assert_shows("beat: ending\r\n");
	assert_int_equal(BEAT->state, PARTITION_ENDING);
}

static void paused_guest_goes_on_when_it_is_told_to(void **state)
{
	(void)state;
	type("guest pause beat\r");
	assert_int_equal(BEAT->state, PARTITION_PAUSED);
	type("guest resume beat\r");
	assert_shows("beat: running\r\n");
	assert_int_equal(BEAT->state, PARTITION_RUNNING);
}

static void what_a_guest_cannot_do_now_is_said_with_what_it_needs(void **state)
{
	(void)state;
	type("guest resume beat\r");
	assert_shows("beat is running; this needs one that is paused\r\n");
	type("guest start beat\r");
	assert_shows("beat is running; this needs one that is off, ending or stopped\r\n");
	type("guest stop beat --now\r");
	assert_shows("unknown option \"--now\"; usage: guest stop NAME [--force]\r\n");
	assert_int_equal(BEAT->state, PARTITION_RUNNING);
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

static void power_button_is_pressed_before_anything_is_forced(void **state)
{
	(void)state;
	type("guest stop beat\r");
	assert_shows("beat: its power button is pressed; with --force it ends at once\r\n");
	assert_int_equal(BEAT->state, PARTITION_RUNNING);
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

static void guest_list_shows_state_processors_memory_and_why(void **state)
{
	(void)state;
	BEAT->state = PARTITION_STOPPED;
	BEAT->vcpu_states[0] = VCPU_OFF;
	BEAT->why = "EPT violation\x1b[2J at f0000000";
	type("guest list\r");
	assert_shows("linux            running  1-2                    1         512M\r\n");
	assert_shows("beat             stopped  3                      0           2G EPT ");
	/* A guest's words may not command the terminal. */
	assert_shows("EPT violation.[2J at f0000000\r\n");
	assert_ends_with_prompt();
}

/* 200 s after the start; rates and shares are of that time. */
static void exits_shows_counts_above_zero_with_their_rate_and_time(void **state)
{
	struct exit_count *exits = LINUX->counts[0].exits;

	(void)state;
	fake_us = 200 * 1000000;
	exits[10] = (struct exit_count){ 1234, 2000000, 5400, 199 * (uint64_t)1000000000 };
	exits[48] = (struct exit_count){ 6, 40000000, 9000000, 1000 };
	exits[EXIT_SLOT_IPI] = (struct exit_count){ 12, 2000000, 1000, 2000 };
	LINUX->counts[0].denied_msrs = 3;
	LINUX->counts[0].denied_ports = 4;
	LINUX->counts[0].denied_addresses = 5;
	type("exits\r");
	assert_shows("\ntime_us            200000000\r\n");
	assert_shows(
		"\nguest    vcpu    total     rate   sum_us  share   ipis denied  over_ms "
		"quiet_ms\r\n"
		"linux       0     1240    6.200    44000  0.022     12     12   200000 1000\r\n"
		"linux       1        0    0.000        0  0.000      0      0   200000 -\r\n"
		"beat        0        0 ");
	assert_shows(
		"\nguest    vcpu reason                     count     rate   sum_us  max_us "
		"share\r\n"
		"linux       0 CPUID                       1234    6.170     2000   5.400 0.001\r\n"
		"linux       0 EPT_VIOLATION                  6    0.030    40000 9000.000 "
		"0.020\r\n"
		"linux       0 IPI                           12    0.060     2000   1.000 0.001\r\n"
		"muntin> ");
}

static void exits_of_one_guest_leaves_the_others_out(void **state)
{
	(void)state;
	LINUX->counts[0].exits[10].count = 1;
	type("exits beat\r");
	assert_shows("beat        0        0 ");
	assert_hides("linux");
	assert_ends_with_prompt();
	type("exits nobody\r");
	assert_shows("no guest is called \"nobody\"");
}

static void exits_reset_counts_anew_and_leaves_the_counters_alone(void **state)
{
	struct exit_count *cpuid = &LINUX->counts[0].exits[10];

	(void)state;
	*cpuid = (struct exit_count){ 1234, 2000000, 5400, 1000 };
	LINUX->counts[0].denied_msrs = 3;
	BEAT->counts[0].exits[30].count = 9;
	fake_us = 200 * 1000000;
	type("exits reset linux\r");
	assert_shows("linux: exits are counted from now on\r\n");
	assert_int_equal(cpuid->count, 1234);
	cpuid->count += 5;
	fake_us += 10 * 1000000;
	type("exits\r");
	assert_shows("linux       0        5    0.500        0  0.000      0      0    10000 ");
	assert_shows("linux       0 CPUID                          5    0.500        0   0.000 "
		     "0.000\r\n");
	assert_shows("beat        0        9 ");
}

/* One step must fit into the ring whatever the counts are, or the oldest lines would be lost. */
static void exits_with_every_reason_loses_no_line(void **state)
{
	(void)state;
	LINUX->name = "a-name-of-31-characters-exactly";
	for (uint32_t i = 0; i < EXIT_SLOT_COUNT; i++) {
		struct exit_count most = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };

		LINUX->counts[0].exits[i] = most;
		LINUX->counts[1].exits[i] = most;
	}
	type("exits\r");
	assert_int_equal(count_shown(" 18446744073709551615 "), 2 * EXIT_SLOT_COUNT + 2);
	assert_int_equal(wire_losses().written, 0);
	type("exits --json\r");
	assert_int_equal(count_shown("\"count\": 18446744073709551615, "), 2 * EXIT_SLOT_COUNT);
	assert_int_equal(wire_losses().written, 0);
}

static void version_is_the_line_of_the_setup(void **state)
{
	(void)state;
	type("version\r");
	assert_string_equal(screen(), "version\r\nversion            Muntin 0.1 (test)\r\nconfig   "
				      "          c0ffee42\r\nmuntin> ");
}

/* --- The log */

static void log_longer_than_the_transmit_ring_comes_whole(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		log_info("line %u of many, long enough to fill the log", i);
	}
	assert_true(fake_settle());
	type("log\r");
	assert_true(fake_uart.screen_used > 30000);
	assert_shows("line 1999 of many");
	assert_int_equal(wire_losses().written, 0);
	assert_ends_with_prompt();
	/* From its oldest line on, none is missing. */
	uint32_t first = 0;
	assert_int_equal(sscanf(strstr(screen(), "line "), "line %u", &first), 1);
	assert_int_equal(count_shown(" of many"), 2000 - first);
}

static void control_c_ends_long_output(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		log_info("line %u of many, long enough to fill the log", i);
	}
	assert_true(fake_settle());
	fake_screen_clear();
	fake_type("log\r");
	for (uint32_t i = 0; i < 20; i++) {
		fake_uart.fifo_full = false;
		monitor_poll();
	}
	fake_type("\x03");
	assert_true(fake_settle());
	assert_true(fake_uart.screen_used < 3000);
	assert_shows("^C\r\nmuntin> ");
}

static void log_line_at_the_prompt_keeps_what_was_typed(void **state)
{
	(void)state;
	type("gue");
	fake_screen_clear();
	log_warning("the sky is falling");
	assert_true(fake_settle());
	/* Wiped, the line of the log, and the edited line again. */
	assert_shows("\r           \r");
	assert_shows("the sky is falling\r\n\rmuntin> gue");
	type("st list\r");
	assert_shows("linux  ");
}

static void line_of_the_log_cannot_command_the_terminal(void **state)
{
	(void)state;
	fake_screen_clear();
	log_info("a\x1b[31mb\a");
	assert_true(fake_settle());
	assert_shows("a.[31mb.\r\n");
}

static void log_line_while_attached_is_told_at_the_end(void **state)
{
	(void)state;
	type("guest console linux\r");
	log_info("not in the console");
	type("x");
	assert_hides("not in the console");
	type("\x1d");
	assert_shows("[detached from linux]\r\n[1 new lines in the log]\r\nmuntin> ");
	assert_hides("not in the console");
}

static void line_that_log_has_shown_is_not_shown_again(void **state)
{
	(void)state;
	fake_type("log\r");
	log_info("shown once");
	fake_screen_clear();
	assert_true(fake_settle());
	assert_int_equal(count_shown("shown once"), 1);
}

/* --- The line */

static void output_waits_when_the_line_stands_still(void **state)
{
	(void)state;
	fake_uart.line_stopped = true;
	type("version\r");
	assert_string_equal(screen(), "");
	assert_true(fake_uart.transmit_interrupt);
	fake_uart.line_stopped = false;
	assert_true(fake_settle());
	assert_string_equal(screen(), "version\r\nversion            Muntin 0.1 (test)\r\nconfig   "
				      "          c0ffee42\r\nmuntin> ");
	assert_false(fake_uart.transmit_interrupt);
}

static void interrupt_alone_empties_the_ring(void **state)
{
	(void)state;
	fake_uart.line_stopped = true;
	type("version\r");
	fake_uart.line_stopped = false;
	for (uint32_t i = 0; i < 10; i++) {
		fake_uart.fifo_full = false;
		monitor_uart_interrupt();
	}
	assert_string_equal(screen(), "version\r\nversion            Muntin 0.1 (test)\r\nconfig   "
				      "          c0ffee42\r\nmuntin> ");
}

static void full_ring_drops_its_oldest_and_counts(void **state)
{
	char byte = 'a';

	(void)state;
	fake_uart.line_stopped = true;
	for (uint32_t i = 0; i < WIRE_TRANSMIT_BYTES + 26; i++) {
		byte = (char)('a' + i % 26);
		wire_write(&byte, 1);
	}
	assert_int_equal(wire_queued(), WIRE_TRANSMIT_BYTES);
	assert_int_equal(wire_losses().written, 26);
	fake_uart.line_stopped = false;
	fake_screen_clear();
	assert_true(fake_settle());
	assert_int_equal(screen()[0], 'a');
	assert_int_equal(screen()[WIRE_TRANSMIT_BYTES - 1], byte);
	assert_shows("[lost on this line: 26 bytes out, 0 bytes in]\r\n");
}

static uint32_t nested;

static void interrupt_while_pumping(void)
{
	nested++;
	fake_uart.fifo_full = false;
	fake_type("z");
	monitor_uart_interrupt();
}

static void interrupt_in_the_middle_neither_loses_nor_doubles(void **state)
{
	char sent[WIRE_TRANSMIT_BYTES / 4];

	(void)state;
	for (size_t i = 0; i < sizeof(sent); i++) {
		sent[i] = (char)('a' + i % 23);
	}
	fake_screen_clear();
	nested = 0;
	wire_write(sent, sizeof(sent));
	fake_uart.on_access = interrupt_while_pumping;
	for (uint32_t i = 0; i < 1000 && wire_queued() > 0; i++) {
		fake_uart.fifo_full = false;
		wire_pump();
	}
	fake_uart.on_access = NULL;
	assert_memory_equal(screen(), sent, sizeof(sent));
	assert_int_equal(fake_uart.screen_used, sizeof(sent));
	/* And what came in by those interrupts was heard. */
	assert_int_equal(wire_received(), nested);
}

static void interrupt_as_the_pump_ends(void)
{
	fake_uart.on_quiet = NULL;
	fake_type("k");
	monitor_uart_interrupt();
}

/* The handler found the pump at work and left; the edge is gone, so the pump has to look again. */
static void interrupt_after_the_last_look_is_not_forgotten(void **state)
{
	(void)state;
	fake_uart.on_quiet = interrupt_as_the_pump_ends;
	wire_pump();
	assert_null(fake_uart.on_quiet);
	assert_int_equal(wire_received(), 1);
}

/* A line that never goes down makes no edge by itself. */
static void uart_that_always_wants_something_is_asked_again(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		fake_type("k");
	}
	monitor_uart_interrupt();
	assert_int_equal(fake_uart.edges_made, 1);
}

static void pasted_bytes_up_to_the_ring_all_arrive(void **state)
{
	(void)state;
	type("guest console linux\r");
	LINUX->input_room = 0;
	for (uint32_t i = 0; i < 4000; i++) {
		fake_type(i % 2 == 0 ? "0" : "1");
	}
	monitor_uart_interrupt();
	LINUX->input_room = SIZE_MAX;
	assert_true(fake_settle());
	assert_int_equal(LINUX->input_used, 4000);
	for (uint32_t i = 0; i < 4000; i++) {
		assert_int_equal(LINUX->input[i], '0' + (int)(i % 2));
	}
}

static void received_bytes_without_room_are_counted(void **state)
{
	(void)state;
	LINUX->input_room = 0;
	type("guest console linux\r");
	for (uint32_t i = 0; i < 20000; i++) {
		fake_type("k");
		assert_true(fake_settle());
	}
	assert_int_equal(wire_losses().received, 20000 - WIRE_RECEIVE_BYTES - CONSOLE_TYPED_BYTES);
}

static void line_typed_ahead_is_obeyed_after_the_first(void **state)
{
	(void)state;
	type("version\rexits beat\r");
	assert_shows("c0ffee42\r\nmuntin> exits beat\r\ntime_us");
	assert_ends_with_prompt();
}

static void flush_pushes_everything_out(void **state)
{
	(void)state;
	fake_screen_clear();
	output_text("last words\n");
	monitor_flush(100);
	assert_string_equal(screen(), "last words\r\n");
}

static void machine_without_uart_has_a_silent_monitor(void **state)
{
	(void)state;
	memset(&fake_uart, 0, sizeof(fake_uart));
	fake_uart.found = E_NOT_FOUND;
	monitor_init(&fake_setup);
	fake_type("version\r");
	assert_false(monitor_poll());
	monitor_uart_interrupt();
	monitor_flush(10);
	assert_string_equal(screen(), "");
	assert_int_equal(wire_queued(), 0);
}

static void every_exit_reason_of_the_manual_has_a_name_of_its_own(void **state)
{
	static const uint8_t reserved[] = { 35, 38, 42, 71 };
	uint32_t unused = 0;

	(void)state;
	for (uint32_t i = 0; i < EXIT_REASON_COUNT; i++) {
		const char *name = exit_reason_name(i);

		if (unused < sizeof(reserved) && reserved[unused] == i) {
			assert_string_equal(name, "reserved");
			unused++;
			continue;
		}
		assert_string_not_equal(name, "reserved");
		for (uint32_t j = 0; j < i; j++) {
			assert_true(strcmp(name, exit_reason_name(j)) != 0 || j == i);
		}
	}
	assert_string_equal(exit_reason_name(EXIT_REASON_COUNT), "reserved");
	assert_string_equal(exit_reason_name(UINT32_MAX), "reserved");
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
		T(guest_is_started_and_ended_by_the_states_it_has),
		T(paused_guest_goes_on_when_it_is_told_to),
		T(what_a_guest_cannot_do_now_is_said_with_what_it_needs),
		T(json_is_an_option_like_others_where_there_is_json),
		T(power_button_is_pressed_before_anything_is_forced),
		T(quote_without_partner_is_refused),
		T(quoted_word_is_one_argument),
		T(too_many_words_are_refused),
		T(line_that_is_too_long_is_not_obeyed),
		T(guest_list_shows_state_processors_memory_and_why),
		T(exits_shows_counts_above_zero_with_their_rate_and_time),
		T(exits_of_one_guest_leaves_the_others_out),
		T(exits_reset_counts_anew_and_leaves_the_counters_alone),
		T(exits_with_every_reason_loses_no_line),
		T(version_is_the_line_of_the_setup),
		T(log_longer_than_the_transmit_ring_comes_whole),
		T(control_c_ends_long_output),
		T(log_line_at_the_prompt_keeps_what_was_typed),
		T(line_of_the_log_cannot_command_the_terminal),
		T(log_line_while_attached_is_told_at_the_end),
		T(line_that_log_has_shown_is_not_shown_again),
		T(output_waits_when_the_line_stands_still),
		T(interrupt_alone_empties_the_ring),
		T(full_ring_drops_its_oldest_and_counts),
		T(interrupt_in_the_middle_neither_loses_nor_doubles),
		T(interrupt_after_the_last_look_is_not_forgotten),
		T(uart_that_always_wants_something_is_asked_again),
		T(pasted_bytes_up_to_the_ring_all_arrive),
		T(received_bytes_without_room_are_counted),
		T(line_typed_ahead_is_obeyed_after_the_first),
		T(flush_pushes_everything_out),
		T(machine_without_uart_has_a_silent_monitor),
		T(every_exit_reason_of_the_manual_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
