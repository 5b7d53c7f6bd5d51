/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_madt.h: the MADT: which processors and interrupt controllers the machine has. */
#pragma once

#include "drivers/acpi.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum { ACPI_PROCESSORS_MAX = 1024, ACPI_IOAPICS_MAX = 64, ACPI_OVERRIDES_MAX = 64 };

/** struct acpi_processor - one that runs, or that could be switched on. */
struct acpi_processor {
	uint32_t apic_id;
	uint32_t uid;
	bool enabled; /* false: it is only online capable */
};

/** struct acpi_ioapic - its inputs are the GSIs from @gsi_base on. */
struct acpi_ioapic {
	uint8_t id;
	hpa_t address;
	uint32_t gsi_base;
};

/** struct acpi_override - an ISA interrupt that is not the GSI of the same number. */
struct acpi_override {
	uint8_t isa_irq;
	uint32_t gsi;
	uint16_t flags; /* MPS INTI: polarity in bits 1:0, trigger mode in bits 3:2 */
};

/** struct acpi_madt - about 15 KiB: never on a stack. */
struct acpi_madt {
	hpa_t local_apic;  /* as the 64-bit entry says, when there is one */
	bool has_8259;     /* PCAT_COMPAT */
	uint32_t disabled; /* processors that are neither enabled nor online capable */
	uint32_t dropped;  /* entries there was no room for */
	uint32_t processor_count;
	uint32_t ioapic_count;
	uint32_t override_count;
	struct acpi_processor processors[ACPI_PROCESSORS_MAX]; /* every APIC ID once */
	struct acpi_ioapic ioapics[ACPI_IOAPICS_MAX];
	struct acpi_override overrides[ACPI_OVERRIDES_MAX];
	char why[ACPI_WHY_BYTES];
};

/**
 * acpi_madt_parse() - read a MADT.
 * @table: from acpi_table_find(..., "APIC", 0)
 * @out:   filled in; on an error with what could be read before it
 *
 * Return: OK; E_INVALID (another table); E_TRUNCATED (an entry without length, or one that runs
 * past the end); E_FULL (more entries than fit: @out->dropped). @out->why says it in words.
 * Source: ACPI Specification 6.5, "Multiple APIC Description Table (MADT)".
 */
enum status acpi_madt_parse(const struct acpi_table *table, struct acpi_madt *out);
