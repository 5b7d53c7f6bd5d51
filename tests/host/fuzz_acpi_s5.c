/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_acpi_s5.c: any bytes are searched for \_S5 without harm. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "drivers/acpi_s5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct acpi_table table = { .bytes = data, .length = (uint32_t)size };
	struct acpi_s5 s5;

	if (acpi_s5_parse(&table, &s5) == OK && (s5.type_a > 7 || s5.type_b > 7)) {
		abort();
	}
	return 0;
}
