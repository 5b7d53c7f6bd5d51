/* SPDX-License-Identifier: Apache-2.0 */
/* types.h: the integer types every file uses, and size arithmetic. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define PAGE_SIZE  ((uint64_t)4096)
#define PAGE_SHIFT 12

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/** align_up() - @value rounded up to a multiple of @align, a power of two. */
static inline uint64_t align_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/** align_down() - @value rounded down to a multiple of @align, a power of two. */
static inline uint64_t align_down(uint64_t value, uint64_t align)
{
	return value & ~(align - 1);
}

/** is_aligned() - whether @value is a multiple of @align, a power of two. */
static inline bool is_aligned(uint64_t value, uint64_t align)
{
	return (value & (align - 1)) == 0;
}

/** min_u64() - the smaller of two values. */
static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/** max_u64() - the larger of two values. */
static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}
