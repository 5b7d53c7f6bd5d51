/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h: a check against damage by chance, such as memory that did not survive a reset; none against an enemy. */
#pragma once

#include "kernel/lib/types.h"

#define HASH_START ((uint32_t)0x811C9DC5)

/** hash_more() - @length more bytes; @hash is HASH_START at first. Source: FNV-1a of Fowler, Noll and Vo, 32 bits. */
static inline uint32_t hash_more(uint32_t hash, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < length; i++) {
		hash = (hash ^ at[i]) * 0x01000193;
	}
	return hash;
}
