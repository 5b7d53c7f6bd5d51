/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_fadt.h: the FADT: timer, reset and power registers of the machine. */
#pragma once

#include "drivers/acpi.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** Bits of struct acpi_fadt, boot_arch. */
enum {
	ACPI_BOOT_LEGACY_DEVICES = 1 << 0,
	ACPI_BOOT_8042 = 1 << 1,
	ACPI_BOOT_NO_VGA = 1 << 2,
	ACPI_BOOT_NO_MSI = 1 << 3,
	ACPI_BOOT_NO_CMOS_RTC = 1 << 5,
};

/** struct acpi_fadt - what the table says; a register that is not there has present == false. */
struct acpi_fadt {
	uint8_t revision;
	bool hardware_reduced; /* no PM timer, no PM1 registers, no SMI */
	hpa_t dsdt;
	struct acpi_register pm_timer;
	uint8_t pm_timer_bits;      /* 24 or 32 */
	bool has_reset;             /* the flag says so, and the register can be used */
	struct acpi_register reset; /* write @reset_value there to reset the machine */
	uint8_t reset_value;
	struct acpi_register pm1a_control;
	struct acpi_register pm1b_control;
	uint16_t sci_irq;
	uint16_t smi_command; /* I/O port; 0 for none */
	uint8_t acpi_enable;  /* written to @smi_command to hand over; 0 when not needed */
	bool has_boot_arch;   /* revision 2 and above */
	uint16_t boot_arch;   /* ACPI_BOOT_... */
	uint8_t century;      /* CMOS index of the century; 0 for none */
	char why[ACPI_WHY_BYTES];
};

/**
 * acpi_fadt_parse() - read a FADT of any revision.
 * @table: from acpi_table_find(..., "FACP", 0)
 * @out:   filled in; fields behind the end of a short table stay 0
 *
 * Return: OK; E_INVALID (another table); E_TRUNCATED (shorter than revision 1 is).
 * Source: ACPI Specification 6.5, "Fixed ACPI Description Table (FADT)".
 */
enum status acpi_fadt_parse(const struct acpi_table *table, struct acpi_fadt *out);
