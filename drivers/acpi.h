/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acpi.h: finds the ACPI tables of the machine.
 *
 * Pure: firmware memory is only reached through struct acpi_reader. No length, count or address in
 * a table is believed.
 */
#pragma once

#include "kernel/lib/addr.h"
#include "kernel/lib/cursor.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum {
	ACPI_TABLES_MAX = 128,
	ACPI_TABLE_BYTES_MAX = 1024 * 1024,
	ACPI_HEADER_BYTES = 36,
	ACPI_SIGNATURE_BYTES = 4,
	ACPI_WHY_BYTES = 120,
};

/** struct acpi_reader - the way to firmware memory. */
struct acpi_reader {
	/* @bytes readable bytes at @at, readable for good; NULL when any may not be read. */
	const void *(*map)(void *context, hpa_t at, size_t bytes);
	void *context;
};

/** struct acpi_table - a table of known length, its checksum verified. */
struct acpi_table {
	char signature[ACPI_SIGNATURE_BYTES + 1]; /* what is not printable became '?' */
	hpa_t at;
	const uint8_t *bytes; /* header included */
	uint32_t length;
};

/** struct acpi_tables - what was found. About 6 KiB: never on a stack. */
struct acpi_tables {
	uint8_t revision; /* of the RSDP: 0, or 2 and above */
	uint32_t count;
	uint32_t skipped; /* entries that were no good table, or too many */
	struct acpi_table tables[ACPI_TABLES_MAX];
	char why[ACPI_WHY_BYTES]; /* the first thing that was wrong, in words; "" for nothing */
};

/** enum acpi_space - where a register is. */
enum acpi_space { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1, ACPI_SPACE_PCI = 2 };

/** struct acpi_register - a Generic Address Structure. */
struct acpi_register {
	bool present;  /* false: address 0, or a space or address that cannot be used */
	uint8_t space; /* enum acpi_space */
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access_bytes; /* 1, 2, 4 or 8; 0 when the table does not say */
	uint64_t address;
};

/**
 * acpi_find() - read the RSDP and every table it leads to.
 * @reader: way to firmware memory
 * @rsdp:   where the RSDP is
 * @out:    filled in, also on an error: then with no table
 *
 * The XSDT is used when there is a good one, else the RSDT. A table that cannot be read, has an
 * impossible length or a wrong checksum is skipped and counted.
 *
 * Return: OK, E_NOT_FOUND (no RSDP there), E_CHECKSUM, E_TRUNCATED, E_RANGE (not readable, or
 * longer than anything sane).
 * Source: ACPI Specification 6.5, "Root System Description Pointer (RSDP)", "System Description
 * Table Header".
 */
enum status acpi_find(const struct acpi_reader *reader, hpa_t rsdp, struct acpi_tables *out);

/**
 * acpi_table_read() - read a table that another one points to, such as the DSDT.
 * @tables: of acpi_find(); @skipped and @why say what is wrong with the new one
 * @table:  filled in when OK
 *
 * Return: OK, E_RANGE, E_TRUNCATED, E_CHECKSUM, as acpi_find().
 */
enum status acpi_table_read(const struct acpi_reader *reader, hpa_t at, struct acpi_tables *tables,
			    struct acpi_table *table);

/**
 * acpi_table_find() - a table by its signature.
 * @nth: which of those with that signature, from 0
 *
 * Return: the table, or NULL.
 */
const struct acpi_table *acpi_table_find(const struct acpi_tables *tables, const char *signature,
					 unsigned nth);

/**
 * acpi_table_open() - check that a table is what a parser expects.
 * @table:     signature need not be filled in; it is read from the bytes
 * @signature: what it must be
 * @why:       ACPI_WHY_BYTES of room; in words what was wrong when not OK
 * @body:      set to the whole table, positioned behind the header
 *
 * Return: OK, E_INVALID (another signature), E_TRUNCATED (shorter than it says, or than a header).
 */
enum status acpi_table_open(const struct acpi_table *table, const char *signature, char *why,
			    struct cursor *body);

/**
 * acpi_register_read() - the next 12 bytes of a table as a register.
 *
 * Source: ACPI Specification 6.5, "Generic Address Structure".
 */
struct acpi_register acpi_register_read(struct cursor *c);
