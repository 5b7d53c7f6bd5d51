/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor.h: reads bytes that came from outside (firmware tables, files) without ever leaving them.
 *
 * A read past the end returns 0 and sets @failed; it stays set, so a run of reads is checked once.
 */
#pragma once

#include "kernel/lib/types.h"

/** struct cursor - where a bounded reader stands. */
struct cursor {
	const uint8_t *bytes;
	size_t length;
	size_t at;
	bool failed;
};

/** cursor_over() - a cursor at the first of @length @bytes. */
static inline struct cursor cursor_over(const void *bytes, size_t length)
{
	return (struct cursor){ (const uint8_t *)bytes, length, 0, false };
}

/** cursor_left() - bytes not yet read; 0 once a read failed. */
static inline size_t cursor_left(const struct cursor *c)
{
	return c->failed ? 0 : c->length - c->at;
}

/** cursor_take() - the next @length bytes, or NULL (and failed) when there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t length)
{
	if (length > cursor_left(c)) {
		c->failed = true;
		return NULL;
	}
	const uint8_t *bytes = c->bytes + c->at;
	c->at += length;
	return bytes;
}

/** cursor_seek() - go to byte @at from the start; failed when it lies behind the end. */
static inline void cursor_seek(struct cursor *c, size_t at)
{
	if (at > c->length) {
		c->failed = true;
		return;
	}
	c->at = at;
}

/** cursor_le() - the next @bytes (1 to 8) as a little-endian number. */
static inline uint64_t cursor_le(struct cursor *c, size_t bytes)
{
	const uint8_t *from = cursor_take(c, bytes);
	uint64_t value = 0;

	for (size_t i = bytes; from != NULL && i > 0; i--) {
		value = value << 8 | from[i - 1];
	}
	return value;
}

/** cursor_u8() - the next byte. */
static inline uint8_t cursor_u8(struct cursor *c)
{
	return (uint8_t)cursor_le(c, 1);
}

/** cursor_u16() - the next two bytes, little-endian. */
static inline uint16_t cursor_u16(struct cursor *c)
{
	return (uint16_t)cursor_le(c, 2);
}

/** cursor_u32() - the next four bytes, little-endian. */
static inline uint32_t cursor_u32(struct cursor *c)
{
	return (uint32_t)cursor_le(c, 4);
}

/** cursor_u64() - the next eight bytes, little-endian. */
static inline uint64_t cursor_u64(struct cursor *c)
{
	return cursor_le(c, 8);
}
