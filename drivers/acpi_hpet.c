/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_hpet.c: the HPET table: where the high precision event timer is. */
#include "drivers/acpi_hpet.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

enum status acpi_hpet_parse(const struct acpi_table *table, struct acpi_hpet *out)
{
	struct cursor c;

	memset(out, 0, sizeof(*out));
	enum status status = acpi_table_open(table, "HPET", out->why, &c);

	if (status != OK) {
		return status;
	}
	cursor_take(&c, 4); /* Event Timer Block ID: the registers say the same, and are right */
	struct acpi_register registers = acpi_register_read(&c);

	out->number = cursor_u8(&c);
	if (c.failed) {
		format(out->why, ACPI_WHY_BYTES, "HPET: ends after %zu bytes", c.length);
		return E_TRUNCATED;
	}
	if (!registers.present || registers.space != ACPI_SPACE_MEMORY) {
		format(out->why, ACPI_WHY_BYTES,
		       "HPET: registers at 0x%lx in space %u, not in memory",
		       (unsigned long)registers.address, registers.space);
		return E_UNSUPPORTED;
	}
	out->address = hpa(registers.address);
	return OK;
}
