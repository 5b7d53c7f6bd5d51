/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acpi_list.h: the machine's ACPI tables one by one, without keeping any; and as text that acpixtract reads.
 *
 * Pure: memory is only reached through struct acpi_source. No length, count or address in a table is believed.
 */
#pragma once

#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum {
	ACPI_LIST_TABLES_MAX = 512,
	ACPI_LIST_BYTES_MAX = 1024 * 1024, /* of one table */
	ACPI_DUMP_COLUMNS = 16,
	ACPI_DUMP_LINE_BYTES = 80,
};

/** struct acpi_source - the way to memory. */
struct acpi_source {
	/* Copies @bytes at @at to @to; false when they may not be read. */
	bool (*read)(void *context, hpa_t at, void *to, size_t bytes);
	void *context;
	hpa_t rsdp;
};

/** struct acpi_listed - a table's header. Texts have no other bytes than printable ones. */
struct acpi_listed {
	char signature[5];
	hpa_t at;
	uint32_t length; /* 0 when @problem */
	uint8_t revision;
	char oem[7];
	char oem_table[9];
	uint32_t oem_revision;
	const char *problem; /* why its bytes cannot be read; NULL when they can */
};

/**
 * acpi_list() - table @index: first the RSDT or XSDT, then what it names, then what the FADT names.
 * @source: way to memory
 * @table:  filled in when OK
 *
 * Return: OK; E_NOT_FOUND (there are no more), E_INVALID (there is no RSDP, or no RSDT or XSDT).
 * Source: ACPI Specification 6.5, "ACPI System Description Tables".
 */
enum status acpi_list(const struct acpi_source *source, uint32_t index, struct acpi_listed *table);

/** acpi_has_sum() - whether a table with this signature has a checksum: all but the FACS. */
bool acpi_has_sum(const char *signature);

/**
 * acpi_dump_line() - one line of a dump, as acpidump writes and acpixtract reads it.
 * @line:   gets it, ACPI_DUMP_LINE_BYTES of room
 * @offset: of its first byte in the table
 * @bytes:  @count of them, at most ACPI_DUMP_COLUMNS
 *
 * Source: ACPICA, "acpidump" (the format of its output).
 */
void acpi_dump_line(char *line, uint32_t offset, const uint8_t *bytes, size_t count);
