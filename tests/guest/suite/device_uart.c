/* SPDX-License-Identifier: Apache-2.0 */
/* device_uart.c: COM1, a 16550A, with its output looped back. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/suite.h"

/* Source of all: National Semiconductor PC16550D data sheet, "Registers". */
enum {
	IER = UART_DATA + 1,
	IIR = UART_DATA + 2,
	FCR = UART_DATA + 2,
	LCR = UART_DATA + 3,
	MCR = UART_DATA + 4,
	LSR = UART_DATA + 5,
	MSR = UART_DATA + 6,
	SCRATCH = UART_DATA + 7,
	LCR_DIVISOR = 0x80,
	LCR_8N1 = 3,
	MCR_LOOP = 1 << 4,
	MCR_OUT2 = 1 << 3,
	LSR_RECEIVED = 1 << 0,
	LSR_OVERRUN = 1 << 1,
	LSR_EMPTY = 3 << 5,
	IIR_NONE = 1,
	IIR_MODEM = 0,
	IIR_TRANSMIT = 2,
	IIR_RECEIVE = 4,
	IIR_LINE = 6,
	IIR_TIMEOUT = 0xC,
	IIR_FIFO = 0xC0,
	FIFO_ON = 7,
	FIFO = 16,
	IER_RECEIVE = 1,
	IER_TRANSMIT = 2,
	IER_LINE = 4,
	IER_MODEM = 8,
	A_WHILE_US = 3000,
	SENT_US = 20000,
	VECTOR_PIN = 0x64,
	IRQ_UART = 4,
};

static void wait_empty(void)
{
	uint64_t end = clock_after(SENT_US);

	while ((in8(LSR) & LSR_EMPTY) != LSR_EMPTY && rdtsc() < end) {
		__builtin_ia32_pause();
	}
}

/* Looped back, FIFOs on and empty, no interrupts. */
static void start(void)
{
	wait_empty();
	out8(IER, 0);
	out8(MCR, MCR_LOOP);
	out8(FCR, FIFO_ON);
	in8(MSR);
	in8(LSR);
}

static void send(uint8_t byte)
{
	out8(UART_DATA, byte);
	wait_empty();
	clock_wait(200);
}

/* The FIFO full, and one byte more: without a look at LSR, which would take from it what it says ("Line Status Register", bit 1). */
static void send_one_too_many(void)
{
	for (uint8_t i = 0; i < FIFO; i++) {
		send((uint8_t)('A' + i));
	}
	out8(UART_DATA, 'Z');
	clock_wait(A_WHILE_US);
}

BEHAVIOUR(the_scratch_register_keeps_what_is_written)
{
	out8(SCRATCH, 0xA5);
	expect_equal("it", in8(SCRATCH), 0xA5);
	out8(SCRATCH, 0x5A);
	expect_equal("it again", in8(SCRATCH), 0x5A);
}

BEHAVIOUR(the_divisor_is_behind_dlab)
{
	uint8_t low, high;

	wait_empty();
	out8(LCR, LCR_DIVISOR | LCR_8N1);
	low = in8(UART_DATA);
	high = in8(IER);
	out8(UART_DATA, 12);
	out8(IER, 0);
	expect_equal("low byte", in8(UART_DATA), 12);
	expect_equal("high byte", in8(IER), 0);
	out8(UART_DATA, low);
	out8(IER, high);
	out8(LCR, LCR_8N1);
	expect_equal("line control", in8(LCR), LCR_8N1);
}

BEHAVIOUR(fifos_show_in_the_identification)
{
	start();
	expect_equal("with FIFOs", in8(IIR) & IIR_FIFO, IIR_FIFO);
	out8(FCR, 0);
	expect_equal("without", in8(IIR) & IIR_FIFO, 0);
}

BEHAVIOUR(the_upper_bits_of_the_interrupt_enable_are_0)
{
	start();
	out8(IER, 0xF0);
	expect_equal("IER", in8(IER), 0);
}

BEHAVIOUR(a_byte_comes_back_in_the_loop)
{
	start();
	expect_equal("received before", in8(LSR) & LSR_RECEIVED, 0);
	send('x');
	expect_equal("received", in8(LSR) & LSR_RECEIVED, LSR_RECEIVED);
	expect_equal("the byte", in8(UART_DATA), 'x');
	expect_equal("received afterwards", in8(LSR) & LSR_RECEIVED, 0);
}

BEHAVIOUR(sixteen_bytes_come_back_in_order)
{
	start();
	for (uint8_t i = 0; i < FIFO; i++) {
		send((uint8_t)('A' + i));
	}
	for (uint8_t i = 0; i < FIFO; i++) {
		expect_equal("a byte", in8(UART_DATA), 'A' + i);
	}
	expect_equal("received afterwards", in8(LSR) & LSR_RECEIVED, 0);
}

BEHAVIOUR(one_byte_too_many_is_an_overrun)
{
	start();
	send_one_too_many();
	expect((in8(LSR) & LSR_OVERRUN) != 0, "LSR lacks it");
	expect_equal("overrun afterwards", in8(LSR) & LSR_OVERRUN, 0);
	for (uint8_t i = 0; i < FIFO; i++) {
		expect_equal("a byte", in8(UART_DATA), 'A' + i);
	}
	expect_equal("received afterwards", in8(LSR) & LSR_RECEIVED, 0);
}

/* OUT1, OUT2, DTR, RTS come back as RI, DCD, DSR, CTS. */
BEHAVIOUR(modem_lines_come_back_in_the_loop)
{
	static const struct {
		uint8_t out, in;
	} lines[] = { { 1, 0x20 }, { 2, 0x10 }, { 4, 0x40 }, { 8, 0x80 } };

	start();
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		out8(MCR, MCR_LOOP | lines[i].out);
		expect_equal("modem status", in8(MSR) & 0xF0, lines[i].in);
	}
}

BEHAVIOUR(a_modem_line_that_changes_leaves_a_mark_until_it_is_read)
{
	start();
	out8(MCR, MCR_LOOP | 2); /* RTS: CTS */
	expect_equal("delta CTS", in8(MSR) & 1, 1);
	expect_equal("delta CTS afterwards", in8(MSR) & 1, 0);
}

BEHAVIOUR(the_transmitter_s_interrupt_is_cleared_by_its_identification)
{
	start();
	out8(IER, IER_TRANSMIT);
	expect_equal("identification", in8(IIR) & 0xF, IIR_TRANSMIT);
	expect_equal("identification afterwards", in8(IIR) & 0xF, IIR_NONE);
}

BEHAVIOUR(a_received_byte_is_identified)
{
	start();
	out8(IER, IER_RECEIVE);
	out8(FCR, 1); /* trigger at 1 byte */
	send('x');
	expect_equal("identification", in8(IIR) & 0xF, IIR_RECEIVE);
	in8(UART_DATA);
	expect_equal("identification afterwards", in8(IIR) & 0xF, IIR_NONE);
}

BEHAVIOUR(bytes_below_the_trigger_are_identified_after_a_while)
{
	start();
	out8(FCR, 0xC1); /* trigger at 14 bytes */
	out8(IER, IER_RECEIVE);
	send('x');
	clock_wait(A_WHILE_US);
	expect_equal("identification", in8(IIR) & 0xF, IIR_TIMEOUT);
	in8(UART_DATA);
	expect_equal("identification afterwards", in8(IIR) & 0xF, IIR_NONE);
}

BEHAVIOUR(a_modem_line_that_changes_is_identified)
{
	start();
	out8(IER, IER_MODEM);
	out8(MCR, MCR_LOOP | 1);
	expect_equal("identification", in8(IIR) & 0xF, IIR_MODEM);
	in8(MSR);
	expect_equal("identification afterwards", in8(IIR) & 0xF, IIR_NONE);
}

BEHAVIOUR(an_overrun_is_identified_before_anything_else)
{
	start();
	send_one_too_many();
	out8(IER, IER_LINE | IER_RECEIVE | IER_TRANSMIT);
	expect_equal("identification", in8(IIR) & 0xF, IIR_LINE);
	in8(LSR);
	expect((in8(IIR) & 0xF) != IIR_LINE, "it stays after LSR was read");
}

static void end_and_clear(struct frame *frame)
{
	(void)frame;
	in8(IIR);
	apic_write(APIC_EOI, 0);
}

BEHAVIOUR(the_transmitter_interrupts_once_per_emptying)
{
	wait_empty();
	interrupt_handle(VECTOR_PIN, end_and_clear);
	ioapic_route(IRQ_UART, apic_id(), VECTOR_PIN);
	out8(MCR, MCR_OUT2);
	out8(IER, IER_TRANSMIT);
	expect(interrupt_wait(VECTOR_PIN, 1, SENT_US), "it did not come");
	out8(UART_DATA, '\n');
	expect(interrupt_wait(VECTOR_PIN, 2, SENT_US), "it did not come behind the byte");
	expect(!interrupt_wait(VECTOR_PIN, 3, SENT_US), "it came without a byte");
}

BEHAVIOUR(fifo_reset_empties_the_receiver)
{
	start();
	send('x');
	out8(FCR, 3);
	expect_equal("received", in8(LSR) & LSR_RECEIVED, 0);
}
