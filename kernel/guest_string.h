/* SPDX-License-Identifier: Apache-2.0 */
/* guest_string.h: how a string instruction moves its registers (SDM Vol. 1, "String Instructions"). Pure. */
#pragma once

#include "kernel/lib/types.h"

/** struct guest_string - a string instruction. */
struct guest_string {
	uint8_t bytes;         /* of an element */
	uint8_t address_bytes; /* 2, 4 or 8: how much of its registers counts */
	bool rep;              /* RCX says how often */
	bool backwards;        /* RFLAGS.DF */
};

/** guest_string_value() - what counts of @reg: an offset, or the count. */
static inline uint64_t guest_string_value(const struct guest_string *string, uint64_t reg)
{
	return reg & (UINT64_MAX >> (64 - 8 * string->address_bytes));
}

/** guest_string_merge() - @reg with @value in what counts of it; 32 bits clear the upper half, 16 bits do not. */
static inline uint64_t guest_string_merge(const struct guest_string *string, uint64_t reg,
					  uint64_t value)
{
	uint64_t kept = string->address_bytes == 2 ? reg & ~(uint64_t)0xFFFF : 0;

	return kept | guest_string_value(string, value);
}

/** guest_string_move() - RSI or RDI behind one element. */
static inline uint64_t guest_string_move(const struct guest_string *string, uint64_t reg)
{
	uint64_t step = string->backwards ? -(uint64_t)string->bytes : string->bytes;

	return guest_string_merge(string, reg, reg + step);
}
