/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_acpi_rsdp.c: any firmware memory with an RSDP at its start is searched without harm. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "drivers/acpi.h"

enum { BASE = 0x1000 };

/* Only what libFuzzer gave may be read: the address sanitizer sees everything else. */
struct input {
	const uint8_t *bytes;
	size_t length;
};

static const void *map(void *context, hpa_t at, size_t bytes)
{
	const struct input *input = context;

	if (at.value < BASE || bytes > input->length || at.value - BASE > input->length - bytes) {
		return NULL;
	}
	return input->bytes + (at.value - BASE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct acpi_tables tables;
	struct input input = { data, size };
	const struct acpi_reader reader = { map, &input };
	enum status status = acpi_find(&reader, hpa(BASE), &tables);

	if (tables.count > ACPI_TABLES_MAX || (status != OK && tables.why[0] == '\0')) {
		abort();
	}
	for (uint32_t i = 0; i < tables.count; i++) {
		const struct acpi_table *table = &tables.tables[i];

		if (table->bytes < data || table->bytes + table->length > data + size) {
			abort();
		}
	}
	acpi_table_find(&tables, "APIC", 1);
	return 0;
}
