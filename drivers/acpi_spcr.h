/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_spcr.h: the SPCR table: which serial port the firmware uses as its console. */
#pragma once

#include "drivers/acpi.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct acpi_spcr - the port. */
struct acpi_spcr {
	uint8_t interface;         /* as the table has it: a serial port subtype of DBG2 */
	bool is_16550;             /* programmed like one */
	struct acpi_register uart; /* its first register */
	uint8_t register_stride;   /* bytes from one register to the next: 1, 2, 4 or 8 */
	uint32_t baud;             /* bits per second; 0: leave it as the firmware set it */
	char why[ACPI_WHY_BYTES];
};

/**
 * acpi_spcr_parse() - read an SPCR table.
 * @table: from acpi_table_find(..., "SPCR", 0)
 * @out:   filled in
 *
 * Return: OK; E_INVALID (another table); E_TRUNCATED; E_NOT_FOUND (redirection is switched off:
 * address 0); E_UNSUPPORTED (registers neither in memory nor in ports).
 * Source: Microsoft "Serial Port Console Redirection Table (SPCR)".
 */
enum status acpi_spcr_parse(const struct acpi_table *table, struct acpi_spcr *out);
