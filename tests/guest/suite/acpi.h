/* SPDX-License-Identifier: Apache-2.0 */
/* acpi.h: the tables of the machine, found as an operating system finds them. */
#pragma once

#include "tests/guest/lib.h"

enum { ACPI_MAX_TABLES = 32 };

/** struct acpi_header - of every table (ACPI Specification, "System Description Table Header"). */
struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem_id[6], oem_table_id[8];
	uint32_t oem_revision, creator_id, creator_revision;
} __attribute__((packed));

/** acpi_rsdp() - the Root System Description Pointer, by its signature; NULL: none. */
const uint8_t *acpi_rsdp(void);

/** acpi_sum() - of @bytes bytes, 0 where a checksum is right. */
uint8_t acpi_sum(const void *at, uint32_t bytes);

/** acpi_tables() - the addresses of all tables that XSDT (or RSDT) lists, up to ACPI_MAX_TABLES; how many. */
uint32_t acpi_tables(const struct acpi_header **tables);

/** acpi_find() - a table by its signature; NULL: none. */
const struct acpi_header *acpi_find(const char *signature);

/** acpi_byte(), acpi_word(), acpi_dword() - a field of a table by its offset; 0 behind its end. */
uint8_t acpi_byte(const struct acpi_header *table, uint32_t at);
uint16_t acpi_word(const struct acpi_header *table, uint32_t at);
uint32_t acpi_dword(const struct acpi_header *table, uint32_t at);

/** acpi_isa_pin() - the I/O APIC's pin of an ISA interrupt, by the MADT's overrides. */
unsigned acpi_isa_pin(unsigned irq);

/** acpi_same() - whether @bytes bytes are the same. */
bool acpi_same(const void *a, const void *b, uint32_t bytes);
