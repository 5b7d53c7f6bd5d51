/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart16550.h: a real 16550A serial port behind I/O ports.
 *
 * Needs nothing but its ports: no clock, no interrupts, no other part of the hypervisor, so that the
 * boot room and a panic can use it. Every wait has a limit, counted in reads of the line status.
 */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum {
	UART_PORT_COM1 = 0x3F8,
	UART_PORT_COM2 = 0x2F8,
	UART_FIFO_BYTES = 16,
	UART_SPEED_MIN = 50,
	UART_SPEED_MAX = 115200,
};

/** struct uart - one port; not present when zeroed. */
struct uart {
	uint16_t port;
	bool present;
	uint8_t fifo_bytes; /* transmit FIFO: UART_FIFO_BYTES, or 1 on a chip without one */
	uint8_t interrupts; /* what the interrupt enable register holds */
	uint8_t errors;     /* line status bits that reading it has ended and nobody was told of */
	uint32_t speed;
};

/** enum uart_input - what uart_try_read() found. */
enum uart_input {
	UART_NOTHING,
	UART_BYTE,
	UART_BREAK, /* the line was held down for longer than a byte */
};

/**
 * uart_init() - look for a UART and set it up: 8 bits, no parity, 1 stop bit, FIFOs on, interrupts off.
 * @uart:  filled in; @uart->present says whether there is one
 * @port:  I/O base
 * @speed: bits per second, UART_SPEED_MIN to UART_SPEED_MAX
 *
 * What the firmware still has in the transmitter is given time to leave first.
 *
 * Return: OK, E_INVALID (speed), E_NOT_FOUND (nothing answers at @port).
 * Source: PC16550D data sheet, "Registers".
 */
enum status uart_init(struct uart *uart, uint16_t port, uint32_t speed);

/** uart_try_read() - the next thing received, if there is one; @byte is filled in for UART_BYTE. */
enum uart_input uart_try_read(struct uart *uart, uint8_t *byte);

/** uart_overran() - whether the chip lost received bytes, because nobody took them, since this was last asked. */
bool uart_overran(struct uart *uart);

/**
 * uart_try_write() - fill the transmit FIFO when it is empty.
 *
 * Return: how many of @length bytes were taken: 0 while the FIFO is not empty yet.
 */
size_t uart_try_write(struct uart *uart, const void *bytes, size_t length);

/** uart_enable_interrupts() - interrupt for received bytes, and for an empty transmit FIFO. */
void uart_enable_interrupts(struct uart *uart, bool receive, bool transmit);

/** uart_interrupt_pending() - whether the UART asserts its interrupt; asking ends a transmit interrupt. */
bool uart_interrupt_pending(const struct uart *uart);

/**
 * uart_interrupt_again() - take the interrupt line down and let it rise if something is pending.
 *
 * The interrupt is an edge: one that is left pending on return from its handler is never seen again.
 */
void uart_interrupt_again(const struct uart *uart);

/**
 * uart_write_blocking() - write all bytes and wait until they have left the chip.
 * @uart:        not present: nothing happens
 * @bytes:       what
 * @length:      how many
 * @limit_bytes: wait for about this many byte times in all, then give up; on a chip that works
 *               @length + 2 * UART_FIFO_BYTES is enough
 *
 * Return: bytes handed to the chip.
 */
size_t uart_write_blocking(struct uart *uart, const void *bytes, size_t length,
			   uint32_t limit_bytes);
