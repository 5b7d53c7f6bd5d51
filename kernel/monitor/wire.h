/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h: the serial line of the monitor: its UART and the two rings in front of it.
 *
 * Everything the monitor says goes through the transmit ring and every byte it hears through the receive
 * ring. All of it runs on the monitor's processor; only wire_pump() may be called from the UART's
 * interrupt handler too, also while any other function here is being executed.
 */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum { WIRE_TRANSMIT_BYTES = 16384, WIRE_RECEIVE_BYTES = 8192 };

/** struct wire_room - memory for the rings. */
struct wire_room {
	uint8_t transmit[WIRE_TRANSMIT_BYTES];
	uint8_t receive[WIRE_RECEIVE_BYTES];
};

/** wire_start() - set the UART up. Errors as uart_init(); then all that is written is thrown away. */
enum status wire_start(uint16_t port, uint32_t speed, struct wire_room *room);

/** wire_present() - whether there is a line. */
bool wire_present(void);

/**
 * wire_pump() - move bytes between the UART and the rings, as far as both can, without waiting.
 *
 * Return: whether a byte moved.
 */
bool wire_pump(void);

/** wire_write() - queue bytes; when the ring is full its oldest give way and are counted. */
void wire_write(const void *bytes, size_t length);

/** wire_queued() - bytes written that the UART has not taken yet. */
size_t wire_queued(void);

/** wire_flush() - push all queued bytes out, waiting for at most @limit_bytes byte times. */
void wire_flush(uint32_t limit_bytes);

/** wire_received() - bytes received that nobody took yet. */
size_t wire_received(void);

/** wire_peek() - received byte number @index, below wire_received(). */
uint8_t wire_peek(size_t index);

/** wire_take() - remove the first @count received bytes, at most wire_received(). */
void wire_take(size_t count);

/** wire_find() - how many received bytes stand before the first @byte; SIZE_MAX when there is none. */
size_t wire_find(uint8_t byte);

/** wire_break_seen() - whether a BREAK arrived since this was last asked. It is no received byte. */
bool wire_break_seen(void);

/** wire_answer_begins() - what is written from now on answers what was received last. */
void wire_answer_begins(void);

/**
 * struct wire_answers - how long answers took, by our own clock: from when the UART's interrupt brought the line's last
 * byte (or, with more of it waiting, its oldest that nobody had taken) until the UART took the answer's first.
 */
struct wire_answers {
	uint64_t last_us;
	uint64_t most_us;
};

/** wire_answers() - since start-up. */
struct wire_answers wire_answers(void);

/** struct wire_losses - bytes that had no room, since start-up. */
struct wire_losses {
	uint64_t written;
	uint64_t
		received; /* each time that the chip itself was overrun counts as one: it does not say more */
};

/** wire_losses() - what was lost so far. */
struct wire_losses wire_losses(void);
