/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: the serial line of the monitor: its UART and the two rings in front of it. */
#include "kernel/monitor/wire.h"

#include "drivers/uart16550.h"
#include "kernel/clock.h"
#include "kernel/monitor/byte_ring.h"

/* Enough for any burst a real line brings between two rounds; the limit is for a chip gone mad. */
enum { PUMP_ROUNDS_MAX = 64, PUMP_READS_MAX = 64 };

/* Bits of @guard. */
enum { GUARD_HELD = 1, GUARD_MISSED = 2 };

static struct {
	struct uart uart;
	struct byte_ring transmit;
	struct byte_ring receive;
	struct wire_losses losses;
	bool break_seen;
	struct wire_answers answers;
	uint64_t received_us; /* when a byte last came to an empty receive ring */
	uint32_t answer_at;   /* number of an answer's first byte in @transmit */
	bool answering;       /* it has not left yet */
	/*
	 * Held by whoever works on the UART or on the transmit ring's far end. The interrupt handler
	 * cannot wait for the code it interrupted, so it leaves GUARD_MISSED and that code does the work.
	 */
	uint32_t guard;
} wire;

static bool guard_take(void)
{
	if (__atomic_load_n(&wire.guard, __ATOMIC_ACQUIRE) != 0) {
		__atomic_store_n(&wire.guard, GUARD_HELD | GUARD_MISSED, __ATOMIC_RELEASE);
		return false;
	}
	__atomic_store_n(&wire.guard, GUARD_HELD, __ATOMIC_RELEASE);
	return true;
}

/* Return: whether an interrupt came meanwhile whose work is still to be done. */
static bool guard_give(void)
{
	return (__atomic_exchange_n(&wire.guard, 0, __ATOMIC_ACQ_REL) & GUARD_MISSED) != 0;
}

enum status wire_start(uint16_t port, uint32_t speed, struct wire_room *room)
{
	wire.transmit = (struct byte_ring){ room->transmit, WIRE_TRANSMIT_BYTES, 0, 0 };
	wire.receive = (struct byte_ring){ room->receive, WIRE_RECEIVE_BYTES, 0, 0 };
	wire.losses = (struct wire_losses){ 0, 0 };
	wire.break_seen = false;
	wire.answers = (struct wire_answers){ 0, 0 };
	wire.answering = false;
	wire.guard = 0;
	enum status status = uart_init(&wire.uart, port, speed);
	uart_enable_interrupts(&wire.uart, true, false);
	return status;
}

bool wire_present(void)
{
	return wire.uart.present;
}

static void take_received(enum uart_input input, uint8_t byte)
{
	if (byte_ring_used(&wire.receive) == 0) {
		wire.received_us = clock_us();
	}
	if (input == UART_BREAK) {
		wire.break_seen = true;
	} else if (!byte_ring_put(&wire.receive, byte)) {
		wire.losses.received++;
	}
}

static bool pump_receive(void)
{
	enum uart_input input;
	uint8_t byte;
	unsigned count = 0;

	/* Bytes without room are read all the same: left in the chip they would hold the interrupt up. */
	while (count < PUMP_READS_MAX &&
	       (input = uart_try_read(&wire.uart, &byte)) != UART_NOTHING) {
		take_received(input, byte);
		count++;
	}
	wire.losses.received += uart_overran(&wire.uart) ? 1 : 0;
	return count > 0;
}

static void note_answer(void)
{
	if (!wire.answering || (int32_t)(wire.transmit.taken - wire.answer_at) <= 0) {
		return;
	}
	wire.answering = false;
	wire.answers.last_us = clock_us() - wire.received_us;
	wire.answers.most_us = max_u64(wire.answers.most_us, wire.answers.last_us);
}

static bool pump_transmit(void)
{
	const uint8_t *bytes;
	uint32_t length = byte_ring_span(&wire.transmit, &bytes);
	size_t taken = length > 0 ? uart_try_write(&wire.uart, bytes, length) : 0;

	byte_ring_drop(&wire.transmit, (uint32_t)taken);
	note_answer();
	uart_enable_interrupts(&wire.uart, true, byte_ring_used(&wire.transmit) > 0);
	return taken > 0;
}

/*
 * Ends with the interrupt line seen low, so that the next event is an edge again; or, on a chip that
 * has something pending every time, by making that edge.
 */
static bool pump_uart(void)
{
	bool moved = false;

	for (unsigned round = 0; round < PUMP_ROUNDS_MAX; round++) {
		moved |= pump_receive();
		moved |= pump_transmit();
		if (!uart_interrupt_pending(&wire.uart)) {
			return moved;
		}
	}
	uart_interrupt_again(&wire.uart);
	return moved;
}

bool wire_pump(void)
{
	bool moved = false;

	if (!wire.uart.present) {
		return false;
	}
	do {
		if (!guard_take()) {
			return moved;
		}
		moved |= pump_uart();
	} while (guard_give());
	return moved;
}

static void make_room(void)
{
	guard_take();
	if (byte_ring_used(&wire.transmit) == WIRE_TRANSMIT_BYTES) {
		byte_ring_drop(&wire.transmit, 1);
		wire.losses.written++;
	}
	if (guard_give()) {
		wire_pump();
	}
}

void wire_write(const void *bytes, size_t length)
{
	const uint8_t *from = bytes;

	for (size_t i = 0; i < length && wire.uart.present; i++) {
		while (!byte_ring_put(&wire.transmit, from[i])) {
			make_room();
		}
	}
}

size_t wire_queued(void)
{
	return byte_ring_used(&wire.transmit);
}

void wire_flush(uint32_t limit_bytes)
{
	const uint8_t *bytes;
	uint32_t length;

	if (!wire.uart.present) {
		return;
	}
	/* Taken by force: a panic may have come in the middle of a pump that will never end. */
	__atomic_store_n(&wire.guard, GUARD_HELD, __ATOMIC_RELEASE);
	while ((length = byte_ring_span(&wire.transmit, &bytes)) > 0) {
		size_t done = uart_write_blocking(&wire.uart, bytes, length, limit_bytes);
		byte_ring_drop(&wire.transmit, (uint32_t)done);
		if (done < length) {
			break;
		}
	}
	/* The ring may have been empty and the chip not: before a power-off its bytes have to leave too. */
	uart_write_blocking(&wire.uart, "", 0, limit_bytes);
	if (guard_give()) {
		wire_pump();
	}
}

size_t wire_received(void)
{
	return byte_ring_used(&wire.receive);
}

uint8_t wire_peek(size_t index)
{
	return byte_ring_at(&wire.receive, (uint32_t)index);
}

void wire_take(size_t count)
{
	byte_ring_drop(&wire.receive, (uint32_t)count);
}

size_t wire_find(uint8_t byte)
{
	size_t count = wire_received();

	for (size_t i = 0; i < count; i++) {
		if (wire_peek(i) == byte) {
			return i;
		}
	}
	return SIZE_MAX;
}

bool wire_break_seen(void)
{
	return __atomic_exchange_n(&wire.break_seen, false, __ATOMIC_ACQ_REL);
}

void wire_answer_begins(void)
{
	wire.answer_at = wire.transmit.written;
	__atomic_store_n(&wire.answering, true, __ATOMIC_RELEASE);
}

struct wire_answers wire_answers(void)
{
	return wire.answers;
}

struct wire_losses wire_losses(void)
{
	return wire.losses;
}
