/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vuart.h: a guest's serial port, a 16550A.
 *
 * What the guest sends goes into a console ring at once; what is typed waits in a queue (the wire)
 * in front of the 16 byte receive FIFO, so that nothing is lost while the guest does not look. Time
 * does not pass in here: sending a byte takes no time, and what a character time later would happen
 * happens at once.
 *
 * Source: National Semiconductor PC16550D data sheet; section titles stand by the code.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vdev/console_ring.h"
#include "kernel/vdev/vdev.h"
#include "kernel/vdev/vuart_queue.h"

enum {
	VUART_PORTS = 8,       /* I/O ports it answers to, from its base */
	VUART_FIFO_BYTES = 16, /* the chip's; ours behind it is a struct vuart_queue */
};

/** struct vuart - one port. The registers have the data sheet's names. */
struct vuart {
	uint8_t ier;
	uint8_t lcr;
	uint8_t mcr;
	uint8_t fcr; /* bits 0, 6, 7: the ones that stay */
	uint8_t scr;
	uint8_t dll;
	uint8_t dlm;
	uint8_t lsr_errors;    /* bits 1 to 4 */
	uint8_t modem_inputs;  /* MSR bits 4 to 7 */
	uint8_t modem_changes; /* MSR bits 0 to 3 */
	bool thre_interrupt;   /* the THR became empty and nobody was told yet */
	bool line_level;
	struct irq_line line;
	struct console_ring *output;

	uint8_t fifo[VUART_FIFO_BYTES]; /* oldest first */
	unsigned fifo_count;
	uint32_t fifo_breaks; /* bit n: @fifo[n] is a BREAK that was not revealed yet */
	struct vuart_queue queue;
};

/**
 * vuart_init() - power on, or reset: what was typed and not read is gone, the ring stays as it is.
 * @output: where sent bytes go; must outlive the port
 * @line:   interrupt output (COM1: GSI 4). Taken as low; if it may be high, reset what it leads to
 *          as well.
 */
void vuart_init(struct vuart *uart, struct console_ring *output, struct irq_line line);

/** vuart_read() - the guest reads a register; @offset 0 to 7 (more bits are ignored). */
uint8_t vuart_read(struct vuart *uart, unsigned offset);

/** vuart_write() - the guest writes a register; @offset 0 to 7 (more bits are ignored). */
void vuart_write(struct vuart *uart, unsigned offset, uint8_t value);

/**
 * vuart_input() - bytes typed for this guest.
 *
 * Return: how many were taken, from the first on; the others found no room. Offer them again later.
 */
size_t vuart_input(struct vuart *uart, const uint8_t *bytes, size_t count);

/**
 * vuart_break() - a BREAK arrives on the wire, behind what was typed before: a NUL whose place in the LSR says BREAK.
 *
 * Return: false when it found no room, or the one before has not reached the guest's FIFO yet.
 */
bool vuart_break(struct vuart *uart);
