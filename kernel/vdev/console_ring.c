/* SPDX-License-Identifier: Apache-2.0 */
/* console_ring.c: the reader's side of a console ring. */
#include "kernel/vdev/console_ring.h"

#include "kernel/lib/string.h"

/*
 * The writer fills the place of the byte numbered `written` before it says so, which is also the
 * place of the byte CONSOLE_RING_BYTES before it: that oldest byte cannot be trusted, ever.
 */
enum { CONSOLE_RING_READABLE = CONSOLE_RING_BYTES - 1 };

/**
 * oldest_byte() - the number of the oldest byte that cannot be in the middle of being overwritten.
 */
static uint64_t oldest_byte(uint64_t written)
{
	return written > CONSOLE_RING_READABLE ? written - CONSOLE_RING_READABLE : 0;
}

/**
 * copy_out() - @count bytes from number @from on, which may wrap around the end of the ring once.
 */
static void copy_out(const struct console_ring *ring, uint64_t from, uint8_t *to, size_t count)
{
	size_t start = (size_t)(from % CONSOLE_RING_BYTES);
	size_t first = (size_t)min_u64(count, CONSOLE_RING_BYTES - start);

	memcpy(to, ring->bytes + start, first);
	memcpy(to + first, ring->bytes, count - first);
}

size_t console_ring_get(const struct console_ring *ring, uint64_t *position, uint8_t *to,
			size_t size, uint64_t *lost)
{
	uint64_t written = __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE);
	uint64_t from = *position > written ? 0 : *position; /* the ring was emptied meanwhile */
	uint64_t wanted = max_u64(from, oldest_byte(written));
	size_t count = (size_t)min_u64(size, written - wanted);
	uint64_t good;

	copy_out(ring, wanted, to, count);

	/* What the writer overtook while we copied is not what it was: it counts as lost. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	good = max_u64(wanted, oldest_byte(__atomic_load_n(&ring->written, __ATOMIC_RELAXED)));
	good = min_u64(good, wanted + count);
	memmove(to, to + (good - wanted), (size_t)(wanted + count - good));
	*lost += good - from;
	*position = wanted + count;
	return (size_t)(wanted + count - good);
}

uint64_t console_ring_missed(const struct console_ring *ring, uint64_t position)
{
	uint64_t written = __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE);
	uint64_t from = position > written ? 0 : position;

	return max_u64(from, oldest_byte(written)) - from;
}

/** ends_line() - whether the byte in front of number @at is a newline. */
static bool ends_line(const struct console_ring *ring, uint64_t at)
{
	return ring->bytes[(at - 1) % CONSOLE_RING_BYTES] == '\n';
}

uint64_t console_ring_last_lines(const struct console_ring *ring, uint64_t count)
{
	uint64_t at = __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE);
	uint64_t first = oldest_byte(at);

	if (at > first && count > 0) {
		at--; /* the newline there is the end of the last line, not the start of another */
	}
	/* The writer may overtake this: then it is some other byte of a line, which is what a reader gets anyway. */
	while (at > first && count > 0) {
		count -= ends_line(ring, at) ? 1 : 0;
		at -= count > 0 ? 1 : 0;
	}
	return at;
}
