/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_hpet.h: the HPET table: where the high precision event timer is. */
#pragma once

#include "drivers/acpi.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct acpi_hpet - one timer block. */
struct acpi_hpet {
	hpa_t address; /* of its 1 KiB of registers */
	uint8_t number;
	char why[ACPI_WHY_BYTES];
};

/**
 * acpi_hpet_parse() - read an HPET table.
 * @table: from acpi_table_find(..., "HPET", n)
 * @out:   filled in
 *
 * Return: OK; E_INVALID (another table); E_TRUNCATED; E_UNSUPPORTED (its registers are not in
 * memory, or at 0).
 * Source: IA-PC HPET Specification 1.0a, "The ACPI 2.0 HPET Description Table (HPET)".
 */
enum status acpi_hpet_parse(const struct acpi_table *table, struct acpi_hpet *out);
