/* SPDX-License-Identifier: Apache-2.0 */
/* test_uart16550.c: tests of the UART driver against a chip made of variables. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/cpu/insn.h"

static uint8_t chip_in8(uint16_t port);
static void chip_out8(uint16_t port, uint8_t value);

/* The header is read; from here on the driver's port accesses go to the chip below. */
#define in8  chip_in8
#define out8 chip_out8
#include "drivers/uart16550.c"

enum { BASE = UART_PORT_COM1 };

static struct {
	bool there;
	bool has_scratch;
	bool has_fifo;
	bool stuck; /* never gets rid of a byte */
	uint8_t interrupt_enable, fifo_control, line_control, modem_control, scratch;
	uint16_t divisor;
	uint8_t received;
	bool data_ready;
	uint8_t errors; /* line status bits that a read ends */
	unsigned fifo_used;
	unsigned overruns; /* bytes written to a full transmitter */
	unsigned status_reads;
	char sent[256];
	size_t sent_used;
} chip;

static bool divisor_latch(void)
{
	return (chip.line_control & 0x80) != 0;
}

static void chip_send(uint8_t byte)
{
	if (chip.fifo_used >= (chip.has_fifo ? 16U : 1U)) {
		chip.overruns++;
		return;
	}
	chip.fifo_used++;
	chip.sent[chip.sent_used++ % sizeof(chip.sent)] = (char)byte;
}

static uint8_t chip_status(void)
{
	/* A byte leaves every fourth time somebody looks. */
	if (++chip.status_reads % 4 == 0 && chip.fifo_used > 0 && !chip.stuck) {
		chip.fifo_used--;
	}
	uint8_t errors = chip.errors;
	chip.errors = 0;
	return (uint8_t)((chip.data_ready ? 0x01 : 0) | errors | (chip.fifo_used == 0 ? 0x60 : 0));
}

static uint8_t chip_in8(uint16_t port)
{
	if (!chip.there) {
		return 0xFF;
	}
	switch (port - BASE) {
	case 0:
		chip.data_ready = false;
		return chip.received;
	case 2:
		return (uint8_t)(0x01 | (chip.has_fifo && chip.fifo_control & 1 ? 0xC0 : 0));
	case 4:
		return chip.modem_control;
	case 5:
		return chip_status();
	case 6:
		return chip.modem_control & 0x10 ? 0x90 : 0;
	case 7:
		return chip.has_scratch ? chip.scratch : 0;
	default:
		fail_msg("read of port offset %d", port - BASE);
		return 0;
	}
}

static void chip_out8(uint16_t port, uint8_t value)
{
	switch (port - BASE) {
	case 0:
		if (divisor_latch()) {
			chip.divisor = (uint16_t)((chip.divisor & 0xFF00) | value);
		} else {
			chip_send(value);
		}
		break;
	case 1:
		if (divisor_latch()) {
			chip.divisor = (uint16_t)((chip.divisor & 0xFF) | value << 8);
		} else {
			chip.interrupt_enable = value;
		}
		break;
	case 2:
		chip.fifo_control = value;
		break;
	case 3:
		chip.line_control = value;
		break;
	case 4:
		chip.modem_control = value;
		break;
	case 7:
		chip.scratch = value;
		break;
	default:
		fail_msg("write to port offset %d", port - BASE);
	}
}

static struct uart uart;

static int start(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof(chip));
	chip.there = true;
	chip.has_scratch = true;
	chip.has_fifo = true;
	return 0;
}

static void init_sets_speed_8n1_fifos_and_out2(void **state)
{
	(void)state;
	assert_int_equal(uart_init(&uart, BASE, 9600), OK);
	assert_true(uart.present);
	assert_int_equal(chip.divisor, 12);
	assert_int_equal(chip.line_control, 0x03);
	assert_int_equal(chip.fifo_control & 0x01, 0x01);
	assert_int_equal(chip.modem_control, 0x0B);
	assert_int_equal(chip.interrupt_enable, 0);
	assert_int_equal(uart.fifo_bytes, 16);
}

static void speed_out_of_range_is_refused(void **state)
{
	(void)state;
	assert_int_equal(uart_init(&uart, BASE, 0), E_INVALID);
	assert_int_equal(uart_init(&uart, BASE, 115201), E_INVALID);
	assert_false(uart.present);
}

static void empty_bus_is_no_uart_and_is_left_alone(void **state)
{
	uint8_t byte;

	(void)state;
	chip.there = false;
	assert_int_equal(uart_init(&uart, BASE, 115200), E_NOT_FOUND);
	assert_false(uart.present);
	assert_int_equal(uart_try_read(&uart, &byte), UART_NOTHING);
	assert_int_equal(uart_try_write(&uart, "x", 1), 0);
	assert_int_equal(uart_write_blocking(&uart, "x", 1, 100), 0);
	assert_false(uart_interrupt_pending(&uart));
	uart_enable_interrupts(&uart, true, true);
	uart_interrupt_again(&uart);
	assert_int_equal(chip.interrupt_enable, 0);
}

static void uart_without_scratch_register_is_known_by_its_loopback(void **state)
{
	(void)state;
	chip.has_scratch = false;
	assert_int_equal(uart_init(&uart, BASE, 115200), OK);
}

static void bytes_the_firmware_left_are_sent_before_the_speed_changes(void **state)
{
	(void)state;
	chip.fifo_used = 16;
	assert_int_equal(uart_init(&uart, BASE, 115200), OK);
	assert_int_equal(chip.fifo_used, 0);
}

static void transmitter_that_is_stuck_cannot_hold_up_the_init(void **state)
{
	(void)state;
	chip.fifo_used = 1;
	chip.stuck = true;
	assert_int_equal(uart_init(&uart, BASE, 115200), OK);
}

static void write_fills_the_fifo_and_no_more(void **state)
{
	(void)state;
	uart_init(&uart, BASE, 115200);
	assert_int_equal(uart_try_write(&uart, "0123456789abcdefghij", 20), 16);
	assert_int_equal(uart_try_write(&uart, "ghij", 4), 0);
	assert_int_equal(chip.overruns, 0);
}

static void chip_without_fifo_gets_one_byte_at_a_time(void **state)
{
	(void)state;
	chip.has_fifo = false;
	uart_init(&uart, BASE, 115200);
	assert_int_equal(uart_try_write(&uart, "01", 2), 1);
	assert_int_equal(uart_write_blocking(&uart, "23", 2, 100), 2);
	assert_int_equal(chip.overruns, 0);
	assert_memory_equal(chip.sent, "023", 3);
}

static void received_byte_is_read_once(void **state)
{
	uint8_t byte = 0;

	(void)state;
	uart_init(&uart, BASE, 115200);
	chip.received = 'k';
	chip.data_ready = true;
	assert_int_equal(uart_try_read(&uart, &byte), UART_BYTE);
	assert_int_equal(byte, 'k');
	assert_int_equal(uart_try_read(&uart, &byte), UART_NOTHING);
}

/* "Line Status Register": BI belongs to the zero character at the top of the FIFO, and a read ends it. */
static void break_is_told_from_a_nul_and_the_byte_behind_it(void **state)
{
	uint8_t byte = 1;

	(void)state;
	uart_init(&uart, BASE, 115200);
	chip.received = 0;
	chip.data_ready = true;
	chip.errors = 0x18;
	assert_int_equal(uart_try_read(&uart, &byte), UART_BREAK);
	chip.data_ready = true;
	assert_int_equal(uart_try_read(&uart, &byte), UART_BYTE);
	assert_int_equal(byte, 0);
}

static void error_that_a_write_saw_is_not_lost(void **state)
{
	uint8_t byte;

	(void)state;
	uart_init(&uart, BASE, 115200);
	chip.data_ready = true;
	chip.errors = 0x12;
	assert_int_equal(uart_try_write(&uart, "x", 1), 1);
	assert_int_equal(uart_try_read(&uart, &byte), UART_BREAK);
	assert_true(uart_overran(&uart));
	assert_false(uart_overran(&uart));
}

static void blocking_write_returns_when_all_has_left_the_chip(void **state)
{
	char text[100];

	(void)state;
	memset(text, 'x', sizeof(text));
	uart_init(&uart, BASE, 115200);
	assert_int_equal(uart_write_blocking(&uart, text, sizeof(text), 200), sizeof(text));
	assert_int_equal(chip.sent_used, sizeof(text));
	assert_int_equal(chip.fifo_used, 0);
	assert_int_equal(chip.overruns, 0);
}

static void blocking_write_gives_up_at_its_limit(void **state)
{
	(void)state;
	uart_init(&uart, BASE, 115200);
	chip.stuck = true;
	chip.fifo_used = 1;
	chip.status_reads = 0;
	assert_int_equal(uart_write_blocking(&uart, "lost", 4, 10), 0);
	assert_in_range(chip.status_reads, 1, 20000);
}

static void interrupts_are_enabled_as_asked(void **state)
{
	(void)state;
	uart_init(&uart, BASE, 115200);
	uart_enable_interrupts(&uart, true, false);
	assert_int_equal(chip.interrupt_enable, 0x01);
	uart_enable_interrupts(&uart, true, true);
	assert_int_equal(chip.interrupt_enable, 0x03);
	uart_interrupt_again(&uart);
	assert_int_equal(chip.interrupt_enable, 0x03);
	uart_enable_interrupts(&uart, false, false);
	assert_int_equal(chip.interrupt_enable, 0x00);
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(init_sets_speed_8n1_fifos_and_out2),
		T(speed_out_of_range_is_refused),
		T(empty_bus_is_no_uart_and_is_left_alone),
		T(uart_without_scratch_register_is_known_by_its_loopback),
		T(bytes_the_firmware_left_are_sent_before_the_speed_changes),
		T(transmitter_that_is_stuck_cannot_hold_up_the_init),
		T(write_fills_the_fifo_and_no_more),
		T(chip_without_fifo_gets_one_byte_at_a_time),
		T(received_byte_is_read_once),
		T(break_is_told_from_a_nul_and_the_byte_behind_it),
		T(error_that_a_write_saw_is_not_lost),
		T(blocking_write_returns_when_all_has_left_the_chip),
		T(blocking_write_gives_up_at_its_limit),
		T(interrupts_are_enabled_as_asked),
	};

	return cmocka_run_group_tests_name("uart16550", tests, NULL, NULL);
}
