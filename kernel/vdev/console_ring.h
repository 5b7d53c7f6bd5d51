/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_ring.h: what a guest wrote to its console, the newest CONSOLE_RING_BYTES - 1 of it.
 *
 * One writer at a time (the partition's device lock), any number of readers with a position of
 * their own, no reader ever makes the writer wait. One place of the ring is always the one that the
 * writer may be filling, which is why a reader gets one byte less than the ring holds.
 */
#pragma once

#include "kernel/lib/types.h"

enum { CONSOLE_RING_BYTES = 65536 };

/** struct console_ring - empty when zeroed. */
struct console_ring {
	uint64_t written; /* bytes ever written */
	uint8_t bytes[CONSOLE_RING_BYTES];
};

/** console_ring_put() - append a byte; the oldest one gives way. */
static inline void console_ring_put(struct console_ring *ring, uint8_t byte)
{
	ring->bytes[ring->written % CONSOLE_RING_BYTES] = byte;
	__atomic_store_n(&ring->written, ring->written + 1, __ATOMIC_RELEASE);
}

/**
 * console_ring_get() - take what was written since a position.
 * @position: a reader's own place, 0 at first; moves on, also over bytes that are lost; a place
 *            that was not written yet (the ring was zeroed meanwhile) counts as 0
 * @to:       where to
 * @size:     bytes of room
 * @lost:     increased by the bytes that were overwritten before this reader came
 *
 * Return: bytes copied.
 */
size_t console_ring_get(const struct console_ring *ring, uint64_t *position, uint8_t *to,
			size_t size, uint64_t *lost);

/** console_ring_missed() - bytes that a reader at @position missed for good: overwritten before it came. */
uint64_t console_ring_missed(const struct console_ring *ring, uint64_t position);

/** console_ring_last_lines() - where the last @count lines begin; one without an end counts too. */
uint64_t console_ring_last_lines(const struct console_ring *ring, uint64_t count);
