/* SPDX-License-Identifier: Apache-2.0 */
/* vacpi_writer.c: ACPI tables, byte after byte. */
#include "kernel/vdev/vacpi_writer.h"

#include "kernel/lib/string.h"

/* ACPI 5.0, "System Description Table Header". */
enum { HEADER_LENGTH = 4, HEADER_CHECKSUM = 9 };

static uint8_t *take(struct vacpi_writer *w, size_t count)
{
	if (w->full || count > w->size - w->at) {
		w->full = true;
		return NULL;
	}
	uint8_t *bytes = w->bytes + w->at;

	w->at += count;
	return bytes;
}

void vacpi_put_bytes(struct vacpi_writer *w, const void *from, size_t count)
{
	uint8_t *to = take(w, count);

	if (to != NULL) {
		memcpy(to, from, count);
	}
}

void vacpi_put_zeros(struct vacpi_writer *w, size_t count)
{
	uint8_t *to = take(w, count);

	if (to != NULL) {
		memset(to, 0, count);
	}
}

void vacpi_store(uint8_t *to, uint64_t value, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		to[i] = (uint8_t)(value >> (8 * i));
	}
}

static void put(struct vacpi_writer *w, uint64_t value, unsigned count)
{
	uint8_t *to = take(w, count);

	if (to != NULL) {
		vacpi_store(to, value, count);
	}
}

void vacpi_put_u8(struct vacpi_writer *w, uint8_t value)
{
	put(w, value, 1);
}

void vacpi_put_u16(struct vacpi_writer *w, uint16_t value)
{
	put(w, value, 2);
}

void vacpi_put_u32(struct vacpi_writer *w, uint32_t value)
{
	put(w, value, 4);
}

void vacpi_put_u64(struct vacpi_writer *w, uint64_t value)
{
	put(w, value, 8);
}

void vacpi_align_to(struct vacpi_writer *w, size_t align)
{
	vacpi_put_zeros(w, (size_t)align_up(w->at, align) - w->at);
}

uint8_t vacpi_checksum(const uint8_t *bytes, size_t count)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		sum = (uint8_t)(sum + bytes[i]);
	}
	return (uint8_t)-sum;
}

void vacpi_put_oem_id(struct vacpi_writer *w)
{
	vacpi_put_bytes(w, "MUNTIN", 6);
}

size_t vacpi_table_begin(struct vacpi_writer *w, const char *signature, uint8_t revision)
{
	vacpi_align_to(w, VACPI_TABLE_ALIGN);
	size_t start = w->at;

	vacpi_put_bytes(w, signature, 4);
	vacpi_put_u32(w, 0);
	vacpi_put_u8(w, revision);
	vacpi_put_u8(w, 0);
	vacpi_put_oem_id(w);
	vacpi_put_bytes(w, "MUNTINPC", 8); /* OEM table ID */
	vacpi_put_u32(w, 1);               /* OEM revision */
	vacpi_put_bytes(w, "MNTN", 4);     /* creator ID */
	vacpi_put_u32(w, 1);               /* creator revision */
	return start;
}

void vacpi_table_end(struct vacpi_writer *w, size_t start)
{
	uint8_t *table = w->bytes + start;
	size_t length = w->at - start;

	if (w->full) {
		return;
	}
	vacpi_store(table + HEADER_LENGTH, length, 4);
	table[HEADER_CHECKSUM] = vacpi_checksum(table, length);
}
