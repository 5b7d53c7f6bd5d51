/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_acpi_list.c: any firmware memory with an RSDP at its start is listed without harm. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/acpi_list.h"

enum { BASE = 0x1000 };

/* Only what libFuzzer gave may be read: the address sanitizer sees everything else. */
struct input {
	const uint8_t *bytes;
	size_t length;
};

static bool read(void *context, hpa_t at, void *to, size_t bytes)
{
	const struct input *input = context;

	if (at.value < BASE || bytes > input->length || at.value - BASE > input->length - bytes) {
		return false;
	}
	memcpy(to, input->bytes + (at.value - BASE), bytes);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	const struct acpi_source source = { read, &input, { BASE } };
	struct acpi_listed table;
	uint32_t count = 0;

	while (acpi_list(&source, count, &table) == OK) {
		/* A list, at most as many entries, and what the FADT names. */
		if (++count > 1 + ACPI_LIST_TABLES_MAX + 2 || table.length > ACPI_LIST_BYTES_MAX ||
		    (table.length == 0) != (table.problem != NULL) || strlen(table.oem) > 6) {
			abort();
		}
	}
	return 0;
}
