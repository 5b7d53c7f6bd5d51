/* SPDX-License-Identifier: Apache-2.0 */
/* test_log_view.c: the log on the serial line: whole, at the prompt, while a console is attached. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/host/monitor_screen.h"

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

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(log_longer_than_the_transmit_ring_comes_whole),
		T(control_c_ends_long_output),
		T(log_line_at_the_prompt_keeps_what_was_typed),
		T(line_of_the_log_cannot_command_the_terminal),
		T(log_line_while_attached_is_told_at_the_end),
		T(line_that_log_has_shown_is_not_shown_again),
	};

	return cmocka_run_group_tests_name("log_view", tests, NULL, NULL);
}
