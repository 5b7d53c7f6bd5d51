/* SPDX-License-Identifier: Apache-2.0 */
/* vacpi_writer.h: ACPI tables, byte after byte; for the files vacpi*.c alone. */
#pragma once

#include "kernel/lib/types.h"

enum { VACPI_TABLE_ALIGN = 16 };

/** struct vacpi_writer - builds bytes in order; past the end nothing is written and @full stays set. */
struct vacpi_writer {
	uint8_t *bytes;
	size_t size;
	size_t at;
	bool full;
};

/** vacpi_put_bytes() - @count bytes as they are. */
void vacpi_put_bytes(struct vacpi_writer *w, const void *from, size_t count);

/** vacpi_put_zeros() - @count bytes of 0. */
void vacpi_put_zeros(struct vacpi_writer *w, size_t count);

/** vacpi_put_u8() - a number; so do the next three. */
void vacpi_put_u8(struct vacpi_writer *w, uint8_t value);
void vacpi_put_u16(struct vacpi_writer *w, uint16_t value);
void vacpi_put_u32(struct vacpi_writer *w, uint32_t value);
void vacpi_put_u64(struct vacpi_writer *w, uint64_t value);

/** vacpi_store() - the lower @count bytes of @value, at a place that was taken before. */
void vacpi_store(uint8_t *to, uint64_t value, unsigned count);

/** vacpi_align_to() - zeros up to a multiple of @align. */
void vacpi_align_to(struct vacpi_writer *w, size_t align);

/** vacpi_checksum() - the byte that makes @count bytes add up to 0, if the one it replaces is 0 now. */
uint8_t vacpi_checksum(const uint8_t *bytes, size_t count);

/** vacpi_put_oem_id() - the six characters that say whose tables these are. */
void vacpi_put_oem_id(struct vacpi_writer *w);

/** vacpi_table_begin() - a header; vacpi_table_end() fills in the rest of it. Return: the offset of the table. */
size_t vacpi_table_begin(struct vacpi_writer *w, const char *signature, uint8_t revision);

/** vacpi_table_end() - length and checksum of the table that began at @start. */
void vacpi_table_end(struct vacpi_writer *w, size_t start);
