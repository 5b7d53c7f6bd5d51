/* SPDX-License-Identifier: Apache-2.0 */
/* fake_ram.h: RAM of the one partition of a test that includes a handler of exits: an array from address 0. */
#pragma once

#include "kernel/guest_memory.h"

enum { FAKE_RAM_BYTES = 0x10000 };

static uint8_t ram[FAKE_RAM_BYTES];

static inline bool fake_ram_has(gpa_t at, size_t bytes)
{
	return at.value <= FAKE_RAM_BYTES && bytes <= FAKE_RAM_BYTES - at.value;
}

enum status guest_memory_write(struct guest_memory *memory, gpa_t to, const void *from,
			       size_t bytes)
{
	(void)memory;
	if (!fake_ram_has(to, bytes)) {
		return E_RANGE;
	}
	__builtin_memcpy(ram + to.value, from, bytes);
	return OK;
}

enum status guest_memory_read(struct guest_memory *memory, gpa_t from, void *to, size_t bytes)
{
	(void)memory;
	if (!fake_ram_has(from, bytes)) {
		return E_RANGE;
	}
	__builtin_memcpy(to, ram + from.value, bytes);
	return OK;
}

const volatile void *guest_memory_open(struct guest_memory *memory, gpa_t at)
{
	(void)memory;
	return fake_ram_has(at, 8) ? ram + at.value : NULL;
}

void guest_memory_close(void)
{
}

enum status guest_memory_exchange(struct guest_memory *memory, gpa_t at, uint64_t expected,
				  uint64_t value, size_t bytes)
{
	uint64_t now = 0;

	if (guest_memory_read(memory, at, &now, bytes) != OK) {
		return E_RANGE;
	}
	return now == expected ? guest_memory_write(memory, at, &value, bytes) : E_INVALID;
}

static inline void put32(uint64_t at, uint32_t value)
{
	__builtin_memcpy(ram + at, &value, sizeof(value));
}

static inline uint32_t get32(uint64_t at)
{
	uint32_t value;

	__builtin_memcpy(&value, ram + at, sizeof(value));
	return value;
}
