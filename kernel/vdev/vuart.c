/* SPDX-License-Identifier: Apache-2.0 */
/* vuart.c: a guest's serial port, a 16550A. */
#include "kernel/vdev/vuart.h"

#include "kernel/lib/string.h"
#include "kernel/vdev/vuart_regs.h"

enum { DIVISOR_AT_START = 12 }; /* 9600 baud; the data sheet leaves it open */

/**
 * fifo_depth() - characters that fit before one is overrun: the FIFO, or the single RBR without it.
 */
static unsigned fifo_depth(const struct vuart *uart)
{
	return (uart->fcr & FCR_ENABLE) ? VUART_FIFO_BYTES : 1;
}

/** fifo_trigger() - characters that raise "received data available" ("FIFO Control Register"). */
static unsigned fifo_trigger(const struct vuart *uart)
{
	static const uint8_t levels[] = { 1, 4, 8, 14 };

	return (uart->fcr & FCR_ENABLE) ? levels[uart->fcr >> FCR_TRIGGER_SHIFT] : 1;
}

/**
 * cause() - what the IIR says, of the interrupts in @enabled (as IER).
 *
 * Order of priority: "Interrupt Identification Register", table of interrupt control functions.
 * Less than the trigger level in the FIFO is a timeout, since four character times pass at once
 * here ("FIFO Interrupt Mode Operation").
 */
static uint8_t cause(const struct vuart *uart, unsigned enabled)
{
	if ((enabled & IER_LINE_STATUS) && uart->lsr_errors) {
		return IIR_LINE_STATUS;
	}
	if ((enabled & IER_RECEIVED) && uart->fifo_count) {
		return uart->fifo_count >= fifo_trigger(uart) ? IIR_RECEIVED : IIR_TIMEOUT;
	}
	if ((enabled & IER_THRE) && uart->thre_interrupt) {
		return IIR_THRE;
	}
	if ((enabled & IER_MODEM_STATUS) && uart->modem_changes) {
		return IIR_MODEM_STATUS;
	}
	return IIR_NONE;
}

/**
 * gate_is_open() - a PC leads INTR through a gate that OUT2 opens; in loopback the modem outputs are
 * inactive ("Modem Control Register", bit 4), which closes it.
 */
static bool gate_is_open(const struct vuart *uart)
{
	return (uart->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;
}

/** drive() - set the wire for the interrupts in @enabled. */
static void drive(struct vuart *uart, unsigned enabled)
{
	bool level = gate_is_open(uart) && cause(uart, enabled) != IIR_NONE;

	if (level != uart->line_level) {
		uart->line_level = level;
		irq_line_set(&uart->line, level);
	}
}

/**
 * reveal_break() - an error shows in the LSR once its character is at the top of the FIFO, until the LSR is read.
 *
 * A BREAK has no valid stop bit, so it is a framing error too ("Line Status Register", bits 3 and 4).
 */
static void reveal_break(struct vuart *uart)
{
	if (uart->fifo_breaks & 1) {
		uart->fifo_breaks &= ~(uint32_t)1;
		uart->lsr_errors |= LSR_BREAK | LSR_FRAMING;
	}
}

/** fill_fifo() - let characters arrive from the wire, which loopback disconnects. */
static void fill_fifo(struct vuart *uart)
{
	if (uart->mcr & MCR_LOOP) {
		return;
	}
	while (uart->fifo_count < fifo_depth(uart) && !vuart_queue_empty(&uart->queue)) {
		bool is_break;
		uint8_t byte = vuart_queue_take(&uart->queue, &is_break);

		uart->fifo_breaks |= (is_break ? 1U : 0) << uart->fifo_count;
		uart->fifo[uart->fifo_count++] = byte;
	}
	reveal_break(uart);
}

/**
 * read_data() - take the oldest character.
 *
 * A driver behind an edge-triggered pin may read one character, or one trigger level, per
 * interrupt. So whenever a read ends the condition (RBR read, FIFO below its level, timeout reset
 * by a read) the wire goes low, even if the next character or the next timeout raises it again at
 * once. Source: "Interrupt Identification Register", interrupt reset control; "FIFO Interrupt Mode
 * Operation".
 */
static uint8_t read_data(struct vuart *uart)
{
	uint8_t byte = uart->fifo[0]; /* an empty FIFO repeats what it had */

	if (uart->fifo_count == 0) {
		return byte;
	}
	uart->fifo_count--;
	memmove(uart->fifo, uart->fifo + 1, uart->fifo_count);
	uart->fifo_breaks >>= 1;
	reveal_break(uart);
	if (uart->fifo_count < fifo_trigger(uart)) {
		drive(uart, uart->ier & ~(unsigned)IER_RECEIVED);
	}
	if (uart->fifo_count == 0) {
		fill_fifo(uart);
	}
	drive(uart, uart->ier);
	return byte;
}

/** loop_back() - a sent byte comes in again, or is an overrun ("Line Status Register", bit 1). */
static void loop_back(struct vuart *uart, uint8_t byte)
{
	if (uart->fifo_count < fifo_depth(uart)) {
		uart->fifo[uart->fifo_count++] = byte;
		return;
	}
	uart->lsr_errors |= LSR_OVERRUN;
	if (!(uart->fcr & FCR_ENABLE)) {
		uart->fifo[0] = byte; /* without FIFO the newer character replaces the older one */
	}
}

/** raise_thre() - drive the wire for a THR that was full and is empty again. */
static void raise_thre(struct vuart *uart)
{
	bool held = cause(uart, uart->ier & ~(unsigned)IER_THRE) != IIR_NONE;

	uart->thre_interrupt = true;
	if (held || !gate_is_open(uart)) {
		return; /* high for another cause, or low: it stays; loopback ends here too */
	}
	if (uart->line_level) {
		irq_line_set(&uart->line, false);
	}
	uart->line_level = true;
	irq_line_set(&uart->line, true);
}

/**
 * write_data() - send a byte with loopback or with the THRE interrupt on.
 *
 * Writing THR ends the THRE interrupt, being empty again raises it ("Interrupt Identification
 * Register", interrupt reset control). Both happen here, one after the other, so that a driver which
 * only writes a byte in its handler gets the edge for the next one.
 */
static void write_data(struct vuart *uart, uint8_t byte)
{
	if (uart->mcr & MCR_LOOP) {
		loop_back(uart, byte);
	} else {
		console_ring_put(uart->output, byte);
	}
	raise_thre(uart);
}

/** write_ier() - switching the THRE interrupt on raises it while THR is empty, as it always is here. */
static void write_ier(struct vuart *uart, uint8_t value)
{
	uint8_t before = uart->ier;

	uart->ier = value & IER_BITS;
	if (!(before & IER_THRE) && (value & IER_THRE)) {
		uart->thre_interrupt = true;
	}
	drive(uart, uart->ier);
}

/** read_iir() - and if THRE is what it reports, that is over ("Interrupt Identification Register"). */
static uint8_t read_iir(struct vuart *uart)
{
	uint8_t id = cause(uart, uart->ier);

	if (id == IIR_THRE) {
		uart->thre_interrupt = false;
		drive(uart, uart->ier);
	}
	return id | ((uart->fcr & FCR_ENABLE) ? IIR_FIFOS_ENABLED : 0);
}

/**
 * write_fcr() - "FIFO Control Register".
 *
 * Bit 0 must be 1 for the others to count; changing it clears the FIFOs. What waits on the wire is
 * not in the FIFO yet and stays.
 */
static void write_fcr(struct vuart *uart, uint8_t value)
{
	bool toggled = (uart->fcr ^ value) & FCR_ENABLE;

	uart->fcr = (value & FCR_ENABLE) ? value & FCR_KEPT : 0;
	if (toggled || ((value & FCR_ENABLE) && (value & FCR_CLEAR_RECEIVER))) {
		uart->fifo_count = 0;
		uart->fifo_breaks = 0;
		drive(uart, uart->ier);
		fill_fifo(uart);
	}
	drive(uart, uart->ier);
}

/** modem_inputs() - CTS, DSR, RI, DCD: a terminal always ready, or in loopback our own outputs. */
static uint8_t modem_inputs(uint8_t mcr)
{
	unsigned inputs = 0;

	if (!(mcr & MCR_LOOP)) {
		return MSR_CTS | MSR_DSR | MSR_DCD;
	}
	inputs |= (mcr & MCR_RTS) ? MSR_CTS : 0;
	inputs |= (mcr & MCR_DTR) ? MSR_DSR : 0;
	inputs |= (mcr & MCR_OUT1) ? MSR_RI : 0;
	inputs |= (mcr & MCR_OUT2) ? MSR_DCD : 0;
	return (uint8_t)inputs;
}

/**
 * write_mcr() - and note changed modem inputs; RI counts when it ends ("Modem Status Register").
 */
static void write_mcr(struct vuart *uart, uint8_t value)
{
	uint8_t before = uart->modem_inputs;
	unsigned changed;

	uart->mcr = value & MCR_BITS;
	uart->modem_inputs = modem_inputs(uart->mcr);
	changed = before ^ uart->modem_inputs;
	if (!(before & MSR_RI)) {
		changed &= ~(unsigned)MSR_RI;
	}
	uart->modem_changes |= (uint8_t)(changed >> MSR_CHANGES_SHIFT);
	fill_fifo(uart);
	drive(uart, uart->ier);
}

/** error_in_fifo() - bit 7; always 0 without FIFOs ("Line Status Register"). */
static bool error_in_fifo(const struct vuart *uart)
{
	return (uart->fcr & FCR_ENABLE) && (uart->fifo_breaks || (uart->lsr_errors & LSR_BREAK));
}

/** read_lsr() - errors show once ("Line Status Register"). */
static uint8_t read_lsr(struct vuart *uart)
{
	unsigned value = LSR_THRE | LSR_TEMT | uart->lsr_errors;

	value |= uart->fifo_count ? LSR_DATA_READY : 0;
	value |= error_in_fifo(uart) ? LSR_ERROR_IN_FIFO : 0;
	if (uart->lsr_errors) {
		uart->lsr_errors = 0;
		drive(uart, uart->ier);
	}
	return (uint8_t)value;
}

/** read_msr() - changes show once ("Modem Status Register"). */
static uint8_t read_msr(struct vuart *uart)
{
	uint8_t value = uart->modem_inputs | uart->modem_changes;

	if (uart->modem_changes) {
		uart->modem_changes = 0;
		drive(uart, uart->ier);
	}
	return value;
}

void vuart_init(struct vuart *uart, struct console_ring *output, struct irq_line line)
{
	memset(uart, 0, sizeof(*uart));
	uart->output = output;
	uart->line = line;
	uart->dll = DIVISOR_AT_START;
	uart->modem_inputs = modem_inputs(0);
}

uint8_t vuart_read(struct vuart *uart, unsigned offset)
{
	bool dlab = uart->lcr & LCR_DLAB;

	switch (offset % VUART_PORTS) {
	case REG_DATA:
		return dlab ? uart->dll : read_data(uart);
	case REG_IER:
		return dlab ? uart->dlm : uart->ier;
	case REG_IIR_FCR:
		return read_iir(uart);
	case REG_LCR:
		return uart->lcr;
	case REG_MCR:
		return uart->mcr;
	case REG_LSR:
		return read_lsr(uart);
	case REG_MSR:
		return read_msr(uart);
	default:
		return uart->scr;
	}
}

/** write_divisor() - DLL and DLM are kept and mean nothing: no wire here has a speed. */
static void write_divisor(struct vuart *uart, unsigned offset, uint8_t value)
{
	if (offset == REG_DATA) {
		uart->dll = value;
	} else {
		uart->dlm = value;
	}
}

/** write_control() - everything but data; LSR is for factory tests and MSR has nothing to write. */
static void write_control(struct vuart *uart, unsigned offset, uint8_t value)
{
	switch (offset) {
	case REG_IER:
		write_ier(uart, value);
		break;
	case REG_IIR_FCR:
		write_fcr(uart, value);
		break;
	case REG_LCR:
		uart->lcr = value;
		break;
	case REG_MCR:
		write_mcr(uart, value);
		break;
	case REG_SCR:
		uart->scr = value;
		break;
	}
}

/** write_register() - every write but the plain one, which stays short because this is apart. */
static __attribute__((noinline)) void write_register(struct vuart *uart, unsigned offset,
						     uint8_t value)
{
	if (offset <= REG_IER && (uart->lcr & LCR_DLAB)) {
		write_divisor(uart, offset, value);
	} else if (offset == REG_DATA) {
		write_data(uart, value);
	} else {
		write_control(uart, offset, value);
	}
}

/** sends_plainly() - no DLAB, loopback or THRE interrupt: a write to THR is just a byte sent. */
static inline bool sends_plainly(const struct vuart *uart)
{
	return !((uart->ier & IER_THRE) | (uart->lcr & LCR_DLAB) | (uart->mcr & MCR_LOOP));
}

void vuart_write(struct vuart *uart, unsigned offset, uint8_t value)
{
	offset %= VUART_PORTS;
	/* The hot path. THRE is always set, so with its interrupt off there is nothing to remember. */
	if (offset == REG_DATA && sends_plainly(uart)) {
		console_ring_put(uart->output, value);
		return;
	}
	write_register(uart, offset, value);
}

size_t vuart_input(struct vuart *uart, const uint8_t *bytes, size_t count)
{
	size_t taken = 0;

	while (taken < count && vuart_queue_put(&uart->queue, bytes[taken])) {
		taken++;
		fill_fifo(uart);
	}
	drive(uart, uart->ier);
	return taken;
}

bool vuart_break(struct vuart *uart)
{
	bool taken = vuart_queue_put_break(&uart->queue);

	fill_fifo(uart);
	drive(uart, uart->ier);
	return taken;
}
