/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_acpi_madt.c: any bytes are parsed as a MADT without harm. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "drivers/acpi_madt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct acpi_madt madt;
	const struct acpi_table table = { .bytes = data, .length = (uint32_t)size };
	enum status status = acpi_madt_parse(&table, &madt);

	if (madt.processor_count > ACPI_PROCESSORS_MAX || madt.ioapic_count > ACPI_IOAPICS_MAX ||
	    madt.override_count > ACPI_OVERRIDES_MAX || (status == OK) != (madt.why[0] == '\0')) {
		abort();
	}
	for (uint32_t i = 1; i < madt.processor_count; i++) {
		if (madt.processors[i].apic_id == madt.processors[i - 1].apic_id) {
			abort();
		}
	}
	return 0;
}
