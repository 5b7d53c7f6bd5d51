/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_bytes.h: firmware memory made by hand, for tests of the ACPI parsers. */
#pragma once

#include <string.h>

#include "drivers/acpi.h"

enum { FIRMWARE_BASE = 0x1000, FIRMWARE_BYTES = 0x8000 };

/** struct firmware - memory from FIRMWARE_BASE on; nothing else may be read. */
struct firmware {
	uint8_t bytes[FIRMWARE_BYTES];
};

/** firmware_map() - the callback of the reader. */
static inline const void *firmware_map(void *context, hpa_t at, size_t bytes)
{
	struct firmware *firmware = context;

	if (at.value < FIRMWARE_BASE || bytes > FIRMWARE_BYTES ||
	    at.value - FIRMWARE_BASE > FIRMWARE_BYTES - bytes) {
		return NULL;
	}
	return firmware->bytes + (at.value - FIRMWARE_BASE);
}

/** put() - @value as @bytes little-endian bytes. */
static inline void put(uint8_t *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		to[i] = (uint8_t)(value >> (8 * i));
	}
}

/** fix_checksum() - make @length bytes add up, by the one at @at. */
static inline void fix_checksum(uint8_t *bytes, size_t length, size_t at)
{
	uint8_t sum = 0;

	bytes[at] = 0;
	for (size_t i = 0; i < length; i++) {
		sum = (uint8_t)(sum + bytes[i]);
	}
	bytes[at] = (uint8_t)-sum;
}

/** put_header() - signature, length, revision 1 and a checksum over what is there. */
static inline void put_header(uint8_t *table, const char *signature, uint32_t length)
{
	memcpy(table, signature, 4);
	put(table + 4, length, 4);
	table[8] = 1;
	fix_checksum(table, length, 9);
}

/** put_register() - a Generic Address Structure. */
static inline void put_register(uint8_t *to, uint8_t space, uint8_t access, uint64_t address)
{
	to[0] = space;
	to[1] = 32;
	to[2] = 0;
	to[3] = access;
	put(to + 4, address, 8);
}
