/* SPDX-License-Identifier: Apache-2.0 */
/* test_wire.c: tests of the monitor's serial line: its rings, its interrupts, BREAKs, bytes the chip lost, floods. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/host/monitor_screen.h"

#include "kernel/monitor/output.h"

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
		T(break_is_seen_once_and_is_no_key),
		T(byte_that_the_chip_lost_is_told),
		T(flood_at_the_prompt_loses_nothing),
		T(flood_of_long_lines_at_the_prompt_loses_nothing),
		T(flood_at_a_guest_that_reads_as_fast_as_it_can_loses_nothing),
		T(output_that_nobody_takes_makes_no_guest_wait),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
