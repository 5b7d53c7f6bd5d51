/* SPDX-License-Identifier: Apache-2.0 */
/* fake_guest.h: guest RAM as an array, for the tests and the fuzzer of the image loaders. */
#pragma once

#include "kernel/guest_memory.h"

/** struct guest_memory - the host's version: RAM from address 0, and perhaps another piece. */
struct guest_memory {
	uint8_t *bytes;
	uint64_t length;
	uint64_t written_low;  /* lowest address written, */
	uint64_t written_high; /* and the one behind the highest */
	bool written_gap;      /* a write touched [0xA0000, 0x100000), where the ACPI tables lie */
	uint8_t *high;         /* a second piece, */
	uint64_t high_base;    /* where it is, */
	uint64_t high_length;  /* and how much of it there is */
};

/* NULL when not all of it is RAM. */
static inline uint8_t *fake_guest_at(struct guest_memory *m, uint64_t at, uint64_t bytes)
{
	if (at <= m->length && bytes <= m->length - at) {
		return m->bytes + at;
	}
	at -= m->high_base;
	return at <= m->high_length && bytes <= m->high_length - at ? m->high + at : NULL;
}

static inline bool fake_guest_take(struct guest_memory *m, gpa_t to, size_t bytes)
{
	if (fake_guest_at(m, to.value, bytes) == NULL) {
		return false;
	}
	m->written_low = min_u64(m->written_low, to.value);
	m->written_high = max_u64(m->written_high, to.value + bytes);
	m->written_gap = m->written_gap || (to.value < 0x100000 && to.value + bytes > 0xA0000);
	return true;
}

enum status guest_memory_write(struct guest_memory *memory, gpa_t to, const void *from,
			       size_t bytes)
{
	if (!fake_guest_take(memory, to, bytes)) {
		return E_RANGE;
	}
	__builtin_memcpy(fake_guest_at(memory, to.value, bytes), from, bytes);
	return OK;
}

enum status guest_memory_zero(struct guest_memory *memory, gpa_t to, size_t bytes)
{
	if (!fake_guest_take(memory, to, bytes)) {
		return E_RANGE;
	}
	__builtin_memset(fake_guest_at(memory, to.value, bytes), 0, bytes);
	return OK;
}

enum status guest_memory_read(struct guest_memory *memory, gpa_t from, void *to, size_t bytes)
{
	if (fake_guest_at(memory, from.value, bytes) == NULL) {
		return E_RANGE;
	}
	__builtin_memcpy(to, fake_guest_at(memory, from.value, bytes), bytes);
	return OK;
}

const volatile void *guest_memory_open(struct guest_memory *memory, gpa_t at)
{
	return fake_guest_at(memory, at.value, 8);
}

void guest_memory_close(void)
{
}

enum status guest_memory_exchange(struct guest_memory *memory, gpa_t at, uint64_t expected,
				  uint64_t value, size_t bytes)
{
	uint64_t now = 0;

	if (at.value > memory->length || bytes > memory->length - at.value) {
		return E_RANGE;
	}
	__builtin_memcpy(&now, memory->bytes + at.value, bytes);
	if (now != expected) {
		return E_INVALID;
	}
	__builtin_memcpy(memory->bytes + at.value, &value, bytes);
	return OK;
}
