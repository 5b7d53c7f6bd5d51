/* SPDX-License-Identifier: Apache-2.0 */
/* acpi.c: finding tables. */
#include "tests/guest/suite/acpi.h"

/* Source: ACPI Specification 6.4, "Root System Description Pointer (RSDP)", "Multiple APIC Description Table (MADT)". */
enum {
	BIOS_AREA = 0xE0000,
	BIOS_AREA_END = 0x100000,
	EBDA_SEGMENT = 0x40E,
	EBDA_BYTES = 1024,
	STEP = 16,
	RSDP_BYTES_1 = 20,
	RSDP_REVISION = 15,
	RSDP_RSDT = 16,
	RSDP_XSDT = 24,
	MADT_ENTRIES = 44,
	MADT_OVERRIDE = 2,
};

bool acpi_same(const void *a, const void *b, uint32_t bytes)
{
	const uint8_t *x = a;
	const uint8_t *y = b;

	for (uint32_t i = 0; i < bytes; i++) {
		if (x[i] != y[i]) {
			return false;
		}
	}
	return true;
}

uint8_t acpi_sum(const void *at, uint32_t bytes)
{
	const uint8_t *byte = at;
	uint8_t sum = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		sum = (uint8_t)(sum + byte[i]);
	}
	return sum;
}

static uint32_t dword_at(uint32_t address)
{
	const uint32_t *at = (const uint32_t *)address;

	__asm__("" : "+r"(at));
	return *at;
}

static const uint8_t *scan(uint32_t from, uint32_t to)
{
	for (uint32_t at = from; at < to; at += STEP) {
		const uint8_t *rsdp = (const uint8_t *)at;

		if (acpi_same(rsdp, "RSD PTR ", 8) && acpi_sum(rsdp, RSDP_BYTES_1) == 0) {
			return rsdp;
		}
	}
	return NULL;
}

const uint8_t *acpi_rsdp(void)
{
	uint32_t ebda = (dword_at(EBDA_SEGMENT & ~3u) >> 16) << 4;
	const uint8_t *rsdp = ebda == 0 ? NULL : scan(ebda, ebda + EBDA_BYTES);

	return rsdp != NULL ? rsdp : scan(BIOS_AREA, BIOS_AREA_END);
}

static const struct acpi_header *table_at(uint32_t address)
{
	return (const struct acpi_header *)address;
}

uint32_t acpi_tables(const struct acpi_header **tables)
{
	const uint8_t *rsdp = acpi_rsdp();
	uint32_t count = 0;
	bool is_wide;
	const struct acpi_header *root;

	if (rsdp == NULL) {
		return 0;
	}
	is_wide = rsdp[RSDP_REVISION] >= 2 && dword_at((uint32_t)rsdp + RSDP_XSDT) != 0;
	root = table_at(dword_at((uint32_t)rsdp + (is_wide ? RSDP_XSDT : RSDP_RSDT)));
	for (uint32_t at = sizeof(*root);
	     at + (is_wide ? 8 : 4) <= root->length && count < ACPI_MAX_TABLES;
	     at += is_wide ? 8 : 4) {
		tables[count++] = table_at(acpi_dword(root, at));
	}
	return count;
}

const struct acpi_header *acpi_find(const char *signature)
{
	const struct acpi_header *tables[ACPI_MAX_TABLES];
	uint32_t count = acpi_tables(tables);

	for (uint32_t i = 0; i < count; i++) {
		if (acpi_same(tables[i]->signature, signature, 4)) {
			return tables[i];
		}
	}
	return NULL;
}

uint8_t acpi_byte(const struct acpi_header *table, uint32_t at)
{
	return at < table->length ? ((const uint8_t *)table)[at] : 0;
}

uint16_t acpi_word(const struct acpi_header *table, uint32_t at)
{
	return (uint16_t)(acpi_byte(table, at) | acpi_byte(table, at + 1) << 8);
}

uint32_t acpi_dword(const struct acpi_header *table, uint32_t at)
{
	return acpi_word(table, at) | (uint32_t)acpi_word(table, at + 2) << 16;
}

unsigned acpi_isa_pin(unsigned irq)
{
	const struct acpi_header *madt = acpi_find("APIC");
	uint32_t at = MADT_ENTRIES;

	while (madt != NULL && at + 2 <= madt->length && acpi_byte(madt, at + 1) >= 2) {
		if (acpi_byte(madt, at) == MADT_OVERRIDE && acpi_byte(madt, at + 3) == irq) {
			return acpi_dword(madt, at + 4);
		}
		at += acpi_byte(madt, at + 1);
	}
	return irq;
}
