/* SPDX-License-Identifier: Apache-2.0 */
/* uart16550.c: a real 16550A serial port behind I/O ports (PC16550D data sheet, "Registers"). */
#include "drivers/uart16550.h"

#include "arch/cpu/insn.h"

/* Registers, as offsets from the base. */
enum {
	UART_DATA = 0,
	UART_INTERRUPT_ENABLE = 1,
	UART_INTERRUPT_ID = 2, /* read */
	UART_FIFO_CONTROL = 2, /* write */
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
	UART_MODEM_STATUS = 6,
	UART_SCRATCH = 7,
	UART_DIVISOR_LOW = 0, /* while LINE_CONTROL_DLAB is set, as the next one */
	UART_DIVISOR_HIGH = 1,
};

enum {
	INTERRUPT_RECEIVED = 0x01,
	INTERRUPT_TRANSMITTER_EMPTY = 0x02,
	INTERRUPT_ID_NONE = 0x01,
	INTERRUPT_ID_FIFOS = 0xC0,
	FIFO_ENABLE_AND_CLEAR = 0x07, /* trigger level 1: 15 bytes of time for a late handler */
	LINE_CONTROL_8N1 = 0x03,
	LINE_CONTROL_DLAB = 0x80,
	LINE_STATUS_DATA = 0x01,
	LINE_STATUS_OVERRUN = 0x02,
	LINE_STATUS_BREAK = 0x10,
	LINE_STATUS_HOLDING_EMPTY = 0x20,
	LINE_STATUS_ALL_SENT = 0x40,
	MODEM_DTR_RTS_OUT2 = 0x0B, /* OUT2 is what connects the interrupt on a PC */
	MODEM_LOOP_RTS_OUT2 = 0x1A,
	MODEM_STATUS_CTS_DCD = 0x90, /* what loopback makes of RTS and OUT2 */
	MODEM_STATUS_LINES = 0xF0,
};

/* More than any port answers in a microsecond, so a limit is never shorter than the time it stands for. */
enum { READS_PER_MICROSECOND = 20, BITS_PER_BYTE = 10 };

static uint8_t uart_get(const struct uart *uart, unsigned reg)
{
	return in8((uint16_t)(uart->port + reg));
}

static void uart_set(const struct uart *uart, unsigned reg, uint8_t value)
{
	out8((uint16_t)(uart->port + reg), value);
}

/* Reading the line status ends its errors ("Line Status Register"), whoever reads it: they are kept. */
static uint8_t line_status(struct uart *uart)
{
	uint8_t status = uart_get(uart, UART_LINE_STATUS);

	uart->errors |= status & (LINE_STATUS_OVERRUN | LINE_STATUS_BREAK);
	return status;
}

/* Return: whether @error was there; it is told once. */
static bool take_error(struct uart *uart, uint8_t error)
{
	bool there = (uart->errors & error) != 0;

	uart->errors &= (uint8_t)~error;
	return there;
}

static uint64_t reads_in(const struct uart *uart, uint64_t byte_times)
{
	return byte_times * BITS_PER_BYTE * 1000000 * READS_PER_MICROSECOND / uart->speed;
}

/* Return: reads that are left of @reads. */
static uint64_t wait_sent(const struct uart *uart, uint64_t reads)
{
	while (reads > 0 && (uart_get(uart, UART_LINE_STATUS) & LINE_STATUS_ALL_SENT) == 0) {
		reads--;
		__builtin_ia32_pause();
	}
	return reads;
}

static bool scratch_holds(const struct uart *uart, uint8_t value)
{
	uart_set(uart, UART_SCRATCH, value);
	/* Another register in between: an empty bus may give back what was driven last. */
	(void)uart_get(uart, UART_LINE_STATUS);
	return uart_get(uart, UART_SCRATCH) == value;
}

static bool loopback_answers(const struct uart *uart)
{
	uint8_t before = uart_get(uart, UART_MODEM_CONTROL);

	uart_set(uart, UART_MODEM_CONTROL, MODEM_LOOP_RTS_OUT2);
	uint8_t lines = uart_get(uart, UART_MODEM_STATUS) & MODEM_STATUS_LINES;
	uart_set(uart, UART_MODEM_CONTROL, before);
	return lines == MODEM_STATUS_CTS_DCD;
}

/* One sign of life is enough: a BMC's UART may lack either, and an empty bus (FFH) shows neither. */
static bool uart_answers(const struct uart *uart)
{
	return (scratch_holds(uart, 0x5A) && scratch_holds(uart, 0xA5)) || loopback_answers(uart);
}

static void set_speed(const struct uart *uart)
{
	uint32_t divisor = (UART_SPEED_MAX + uart->speed / 2) / uart->speed;

	uart_set(uart, UART_LINE_CONTROL, LINE_CONTROL_DLAB);
	uart_set(uart, UART_DIVISOR_LOW, (uint8_t)divisor);
	uart_set(uart, UART_DIVISOR_HIGH, (uint8_t)(divisor >> 8));
	uart_set(uart, UART_LINE_CONTROL, LINE_CONTROL_8N1);
}

/* What stood in these registers belongs to the time before. */
static void forget_old_state(const struct uart *uart)
{
	(void)uart_get(uart, UART_LINE_STATUS);
	(void)uart_get(uart, UART_DATA);
	(void)uart_get(uart, UART_INTERRUPT_ID);
	(void)uart_get(uart, UART_MODEM_STATUS);
}

enum status uart_init(struct uart *uart, uint16_t port, uint32_t speed)
{
	*uart = (struct uart){ .port = port, .speed = speed, .fifo_bytes = 1 };
	if (speed < UART_SPEED_MIN || speed > UART_SPEED_MAX) {
		return E_INVALID;
	}
	if (!uart_answers(uart)) {
		return E_NOT_FOUND;
	}
	wait_sent(uart, reads_in(uart, 2 * UART_FIFO_BYTES));
	uart_set(uart, UART_LINE_CONTROL, LINE_CONTROL_8N1);
	uart_set(uart, UART_INTERRUPT_ENABLE, 0);
	set_speed(uart);
	uart_set(uart, UART_FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
	uart_set(uart, UART_MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
	if ((uart_get(uart, UART_INTERRUPT_ID) & INTERRUPT_ID_FIFOS) == INTERRUPT_ID_FIFOS) {
		uart->fifo_bytes = UART_FIFO_BYTES;
	}
	forget_old_state(uart);
	uart->present = true;
	return OK;
}

enum uart_input uart_try_read(struct uart *uart, uint8_t *byte)
{
	if (!uart->present || (line_status(uart) & LINE_STATUS_DATA) == 0) {
		return UART_NOTHING;
	}
	*byte = uart_get(uart, UART_DATA);
	/* A BREAK stands for the NUL at the top of the FIFO, the byte just read. */
	return take_error(uart, LINE_STATUS_BREAK) ? UART_BREAK : UART_BYTE;
}

bool uart_overran(struct uart *uart)
{
	return take_error(uart, LINE_STATUS_OVERRUN);
}

size_t uart_try_write(struct uart *uart, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;
	size_t count = min_u64(length, uart->fifo_bytes);

	if (!uart->present || (line_status(uart) & LINE_STATUS_HOLDING_EMPTY) == 0) {
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		uart_set(uart, UART_DATA, from[i]);
	}
	return count;
}

void uart_enable_interrupts(struct uart *uart, bool receive, bool transmit)
{
	uint8_t interrupts = (uint8_t)((receive ? INTERRUPT_RECEIVED : 0) |
				       (transmit ? INTERRUPT_TRANSMITTER_EMPTY : 0));

	if (uart->present && interrupts != uart->interrupts) {
		uart->interrupts = interrupts;
		uart_set(uart, UART_INTERRUPT_ENABLE, interrupts);
	}
}

bool uart_interrupt_pending(const struct uart *uart)
{
	return uart->present && (uart_get(uart, UART_INTERRUPT_ID) & INTERRUPT_ID_NONE) == 0;
}

void uart_interrupt_again(const struct uart *uart)
{
	if (uart->present) {
		uart_set(uart, UART_INTERRUPT_ENABLE, 0);
		uart_set(uart, UART_INTERRUPT_ENABLE, uart->interrupts);
	}
}

size_t uart_write_blocking(struct uart *uart, const void *bytes, size_t length,
			   uint32_t limit_bytes)
{
	const uint8_t *from = bytes;
	size_t done = 0;

	if (!uart->present) {
		return 0;
	}
	uint64_t reads = reads_in(uart, limit_bytes);
	while (done < length) {
		size_t taken = uart_try_write(uart, from + done, length - done);
		if (taken == 0 && reads == 0) {
			return done;
		}
		reads -= taken == 0 ? 1 : 0;
		done += taken;
		__builtin_ia32_pause();
	}
	wait_sent(uart, reads);
	return done;
}
