/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_s5.h: what to write to a machine's PM1 control registers to switch it off. Pure. */
#pragma once

#include "drivers/acpi.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct acpi_s5 - SLP_TYP of PM1a_CNT and of PM1b_CNT for the state S5; 0 to 7 each. */
struct acpi_s5 {
	uint8_t type_a;
	uint8_t type_b;
};

/**
 * acpi_s5_parse() - find the package \_S5 in the AML of a DSDT or SSDT.
 * @table: the table, header included; its checksum need not be good
 * @out:   filled in when OK
 *
 * No AML is executed: a package whose elements are no plain numbers, or that is made at run time, is not found.
 *
 * Return: OK, E_NOT_FOUND, E_TRUNCATED (no table at all).
 * Source: ACPI Specification 6.5, "\_Sx (System States)", "Name Objects Encoding", "Data Objects Encoding",
 * "Package Length Encoding".
 */
enum status acpi_s5_parse(const struct acpi_table *table, struct acpi_s5 *out);
