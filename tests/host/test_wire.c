/* SPDX-License-Identifier: Apache-2.0 */
/* test_wire.c: tests of the monitor's serial line: BREAKs, bytes the chip lost, floods at the speed of the line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/monitor_screen.h"

static void break_is_seen_once_and_is_no_key(void **state)
{
	(void)state;
	fake_type("vers");
	fake_uart.break_at = fake_uart.keys_put + 1;
	fake_type_bytes("\0", 1);
	wire_pump();
	assert_true(wire_break_seen());
	assert_false(wire_break_seen());
	type("ion\r");
	assert_shows("Muntin 0.1 (test)");
}

static void byte_that_the_chip_lost_is_told(void **state)
{
	(void)state;
	fake_uart.overran = true;
	type("x");
	assert_int_equal(wire_losses().received, 1);
	assert_shows("[lost on this line: 0 bytes out, 1 bytes in]");
}

/* One byte in and one out in each round, as on a line of one speed; the chip's own FIFO is 16 bytes deep. */
static void paste_at_line_speed(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		fake_type_bytes(&text[i], 1);
		fake_uart.fifo_full = i % UART_FIFO_BYTES != 0;
		fake_us += 87;
		monitor_uart_interrupt();
		if (i % 100 == 0) { /* 8.7 ms: the monitor is no faster than its slowest tick */
			monitor_poll();
		}
	}
	assert_true(fake_settle());
}

static void flood_at_the_prompt_loses_nothing(void **state)
{
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 8) {
		memcpy(&text[i], "version\r", 8);
	}
	fake_screen_clear();
	paste_at_line_speed(text, sizeof(text));
	assert_int_equal(count_shown("Muntin 0.1 (test)\r\n"), sizeof(text) / 8);
	assert_int_equal(wire_losses().received, 0);
	assert_int_equal(wire_losses().written, 0);
}

/* Each character behind the screen's width draws the line again: the slowest echo there is. */
static void flood_of_long_lines_at_the_prompt_loses_nothing(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t i = 250; i < sizeof(text); i += 251) {
		text[i] = '\r';
	}
	fake_screen_clear();
	paste_at_line_speed(text, sizeof(text));
	assert_int_equal(count_shown("unknown command"), sizeof(text) / 251);
	assert_int_equal(wire_losses().received, 0);
}

static void flood_at_a_guest_that_reads_as_fast_as_it_can_loses_nothing(void **state)
{
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (char)('!' + i * i % 90);
	}
	type("guest console linux\r");
	paste_at_line_speed(text, sizeof(text));
	assert_int_equal(LINUX->input_used, sizeof(text));
	assert_memory_equal(LINUX->input, text, sizeof(text));
}

static void output_that_nobody_takes_makes_no_guest_wait(void **state)
{
	(void)state;
	type("guest console linux\r");
	fake_uart.line_stopped = true;
	for (uint32_t i = 0; i < 2 * CONSOLE_RING_BYTES; i++) {
		fake_guest_prints(LINUX,
				  "x"); /* the ring takes it at once; what is oldest gives way */
		if (i % 1000 == 0) {
			monitor_poll();
		}
	}
	assert_int_equal(LINUX->console.written, 2 * CONSOLE_RING_BYTES);
	assert_int_equal(wire_losses().written, 0);
	fake_uart.line_stopped = false;
	fake_screen_clear();
	assert_true(fake_settle());
	uint32_t lost = 0;
	assert_int_equal(sscanf(strstr(screen(), "[... "), "[... %u bytes lost]", &lost), 1);
	assert_in_range(lost, CONSOLE_RING_BYTES - 1024, CONSOLE_RING_BYTES);
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(break_is_seen_once_and_is_no_key),
		T(byte_that_the_chip_lost_is_told),
		T(flood_at_the_prompt_loses_nothing),
		T(flood_of_long_lines_at_the_prompt_loses_nothing),
		T(flood_at_a_guest_that_reads_as_fast_as_it_can_loses_nothing),
		T(output_that_nobody_takes_makes_no_guest_wait),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
