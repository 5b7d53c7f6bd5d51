/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_ring.h: a queue of bytes between one writer and one reader on the same processor, where one of
 * them may be an interrupt handler.
 */
#pragma once

#include "kernel/lib/types.h"

/** struct byte_ring - @size is a power of two; the counts run on for ever and wrap by themselves. */
struct byte_ring {
	uint8_t *bytes;
	uint32_t size;
	uint32_t written; /* changed by the writer only */
	uint32_t taken;   /* changed by the reader only */
};

/** byte_ring_used() - bytes waiting. */
static inline uint32_t byte_ring_used(const struct byte_ring *ring)
{
	return __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE);
}

/** byte_ring_put() - append a byte. Return: false when there is no room. */
static inline bool byte_ring_put(struct byte_ring *ring, uint8_t byte)
{
	if (byte_ring_used(ring) >= ring->size) {
		return false;
	}
	ring->bytes[ring->written % ring->size] = byte;
	__atomic_store_n(&ring->written, ring->written + 1, __ATOMIC_RELEASE);
	return true;
}

/** byte_ring_at() - waiting byte number @index, below byte_ring_used(). */
static inline uint8_t byte_ring_at(const struct byte_ring *ring, uint32_t index)
{
	return ring->bytes[(ring->taken + index) % ring->size];
}

/** byte_ring_drop() - take @count bytes out, at most byte_ring_used(). */
static inline void byte_ring_drop(struct byte_ring *ring, uint32_t count)
{
	__atomic_store_n(&ring->taken, ring->taken + count, __ATOMIC_RELEASE);
}

/** byte_ring_span() - the waiting bytes that lie in one piece: where in @bytes, and how many. */
static inline uint32_t byte_ring_span(const struct byte_ring *ring, const uint8_t **bytes)
{
	uint32_t at = ring->taken % ring->size;

	*bytes = &ring->bytes[at];
	return (uint32_t)min_u64(byte_ring_used(ring), ring->size - at);
}
