/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_acpi_fadt.c: any bytes are parsed as a FADT, an HPET and an SPCR table without harm. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "drivers/acpi_fadt.h"
#include "drivers/acpi_hpet.h"
#include "drivers/acpi_spcr.h"

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static bool is_port(const struct acpi_register *reg)
{
	return reg->present && reg->space == ACPI_SPACE_IO;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct acpi_table table = { .bytes = data, .length = (uint32_t)size };
	struct acpi_fadt fadt;
	struct acpi_hpet hpet;
	struct acpi_spcr spcr;

	enum status status = acpi_fadt_parse(&table, &fadt);
	check((status == OK) == (fadt.why[0] == '\0'));
	check(!is_port(&fadt.pm_timer) || fadt.pm_timer.address <= 0xffff);
	check(!is_port(&fadt.reset) || fadt.reset.address <= 0xffff);
	check(!fadt.has_reset || fadt.reset.present);

	status = acpi_hpet_parse(&table, &hpet);
	check((status == OK) == (hpet.why[0] == '\0'));
	check(status != OK || hpet.address.value != 0);

	status = acpi_spcr_parse(&table, &spcr);
	check((status == OK) == (spcr.why[0] == '\0'));
	check(status != OK || (spcr.uart.present && spcr.uart.address != 0));
	return 0;
}
