/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_list.c: the machine's ACPI tables one by one. */
#include "drivers/acpi_list.h"

#include "kernel/lib/cursor.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

enum {
	HEADER_BYTES = 36,
	RSDP_BYTES = 36,
	RSDP_AT_REVISION = 15,
	RSDP_AT_RSDT = 16,
	RSDP_AT_XSDT = 24,
	FACS_BYTES = 64,
	FADT_AT_FACS = 36,
	FADT_AT_DSDT = 40,
	FADT_AT_X_FACS = 132,
	FADT_AT_X_DSDT = 140,
	FADT_NAMES = 2, /* tables */
};

static const char rsdp_signature[] = "RSD PTR ";

/* The list of tables: where it is, and how it counts. */
struct root {
	struct acpi_listed table;
	uint32_t entry_bytes;
	uint32_t count;
};

static bool read(const struct acpi_source *source, hpa_t at, void *to, size_t bytes)
{
	return at.value != 0 && at.value <= UINT64_MAX - bytes &&
	       source->read(source->context, at, to, bytes);
}

/* A number of @bytes bytes at @offset of @table; 0 when the table is too short for it. */
static uint64_t number_at(const struct acpi_source *source, const struct acpi_listed *table,
			  uint32_t offset, uint32_t bytes)
{
	uint8_t raw[8];

	if (table->length < offset + bytes ||
	    !read(source, hpa(table->at.value + offset), raw, bytes)) {
		return 0;
	}
	struct cursor c = cursor_over(raw, bytes);
	return cursor_le(&c, bytes);
}

static void copy_text(char *to, const uint8_t *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		to[i] = from[i] >= ' ' && from[i] <= '~' ? (char)from[i] : '?';
	}
	to[bytes] = '\0';
}

bool acpi_has_sum(const char *signature)
{
	return strcmp(signature, "FACS") != 0;
}

/* The FACS has the first two fields of a header only (ACPI, "Firmware ACPI Control Structure"). */
static void read_rest(struct acpi_listed *table, const uint8_t *header)
{
	struct cursor c = cursor_over(header, HEADER_BYTES);

	cursor_seek(&c, 8);
	table->revision = cursor_u8(&c);
	copy_text(table->oem, &header[10], 6);
	copy_text(table->oem_table, &header[16], 8);
	cursor_seek(&c, 24);
	table->oem_revision = cursor_u32(&c);
}

static void look_at(const struct acpi_source *source, hpa_t at, struct acpi_listed *table)
{
	uint8_t header[HEADER_BYTES];

	*table = (struct acpi_listed){ .signature = "?", .at = at };
	if (!read(source, at, header, sizeof(header))) {
		table->problem = "lies where nothing may be read";
		return;
	}
	copy_text(table->signature, header, 4);
	struct cursor c = cursor_over(header, sizeof(header));
	cursor_seek(&c, 4);
	uint32_t length = cursor_u32(&c);
	if (acpi_has_sum(table->signature)) {
		read_rest(table, header);
	}
	if (length < (acpi_has_sum(table->signature) ? HEADER_BYTES : FACS_BYTES)) {
		table->problem = "its length is less than a header";
	} else if (length > ACPI_LIST_BYTES_MAX) {
		table->problem = "its length is more than 1 MiB";
	} else {
		table->length = length;
	}
}

static bool is_root(const struct acpi_source *source, hpa_t at, uint32_t entry_bytes,
		    struct root *root)
{
	look_at(source, at, &root->table);
	root->entry_bytes = entry_bytes;
	if (root->table.problem != NULL ||
	    strcmp(root->table.signature, entry_bytes == 8 ? "XSDT" : "RSDT") != 0) {
		return false;
	}
	root->count = (uint32_t)min_u64((root->table.length - HEADER_BYTES) / entry_bytes,
					ACPI_LIST_TABLES_MAX);
	return true;
}

static bool find_root(const struct acpi_source *source, struct root *root)
{
	uint8_t rsdp[RSDP_BYTES];

	/* One of revision 0 is shorter; what is read behind it is not looked at. */
	if (!read(source, source->rsdp, rsdp, sizeof(rsdp)) ||
	    memcmp(rsdp, rsdp_signature, sizeof(rsdp_signature) - 1) != 0) {
		return false;
	}
	struct cursor c = cursor_over(rsdp, sizeof(rsdp));
	cursor_seek(&c, RSDP_AT_XSDT);
	hpa_t xsdt = hpa(cursor_u64(&c));
	cursor_seek(&c, RSDP_AT_RSDT);
	hpa_t rsdt = hpa(cursor_u32(&c));
	return (rsdp[RSDP_AT_REVISION] >= 2 && is_root(source, xsdt, 8, root)) ||
	       is_root(source, rsdt, 4, root);
}

static uint64_t raw_entry(const struct acpi_source *source, const struct root *root, uint32_t i)
{
	return number_at(source, &root->table, HEADER_BYTES + i * root->entry_bytes,
			 root->entry_bytes);
}

/* Entry *@index of those that are not 0; @index loses as many as were passed. 0: there are not so many. */
static hpa_t entry_at(const struct acpi_source *source, const struct root *root, uint32_t *index)
{
	for (uint32_t i = 0; i < root->count; i++) {
		uint64_t at = raw_entry(source, root, i);

		if (at != 0 && (*index)-- == 0) {
			return hpa(at);
		}
	}
	return hpa(0);
}

/* DSDT and FACS: by the long address, or by the short one. */
static enum status named_by_fadt(const struct acpi_source *source, const struct root *root,
				 uint32_t index, struct acpi_listed *table)
{
	static const uint32_t long_at[FADT_NAMES] = { FADT_AT_X_DSDT, FADT_AT_X_FACS };
	static const uint32_t short_at[FADT_NAMES] = { FADT_AT_DSDT, FADT_AT_FACS };
	struct acpi_listed fadt;

	for (uint32_t i = 0; i < root->count; i++) {
		look_at(source, hpa(raw_entry(source, root, i)), &fadt);
		if (strcmp(fadt.signature, "FACP") != 0) {
			continue;
		}
		for (uint32_t n = 0; n < FADT_NAMES; n++) {
			uint64_t at = number_at(source, &fadt, long_at[n], 8);

			at = at != 0 ? at : number_at(source, &fadt, short_at[n], 4);
			if (at != 0 && index-- == 0) {
				look_at(source, hpa(at), table);
				return OK;
			}
		}
		return E_NOT_FOUND;
	}
	return E_NOT_FOUND;
}

enum status acpi_list(const struct acpi_source *source, uint32_t index, struct acpi_listed *table)
{
	struct root root;

	if (!find_root(source, &root)) {
		return E_INVALID;
	}
	if (index == 0) {
		*table = root.table;
		return OK;
	}
	index--;
	hpa_t at = entry_at(source, &root, &index);
	if (at.value != 0) {
		look_at(source, at, table);
		return OK;
	}
	return named_by_fadt(source, &root, index, table);
}

void acpi_dump_line(char *line, uint32_t offset, const uint8_t *bytes, size_t count)
{
	size_t used = format(line, ACPI_DUMP_LINE_BYTES, "    %04X: ", offset);

	for (size_t i = 0; i < ACPI_DUMP_COLUMNS; i++) {
		used += i < count ? format(&line[used], 4, "%02X ", bytes[i])
				  : format(&line[used], 4, "   ");
	}
	line[used++] = ' ';
	for (size_t i = 0; i < count; i++) {
		line[used++] = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
	}
	line[used] = '\0';
}
