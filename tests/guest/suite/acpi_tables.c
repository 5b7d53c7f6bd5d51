/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_tables.c: the tables themselves: there, whole, and about this machine. */
#include "tests/guest/suite/acpi.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"

/* Source: ACPI Specification 6.4, "Fixed ACPI Description Table (FADT)", "Multiple APIC Description Table (MADT)". */
enum {
	RSDP_BYTES_2 = 36,
	RSDP_REVISION = 15,
	FADT_FACS = 36,
	FADT_DSDT = 40,
	FADT_PM1A_EVENT = 56,
	FADT_PM1A_CONTROL = 64,
	FADT_PM_TIMER = 76,
	MADT_LOCAL_APIC = 36,
	MADT_ENTRIES = 44,
	MADT_PROCESSOR = 0,
	MADT_IOAPIC = 1,
	MADT_X2APIC = 9,
	ENABLED = 1,
	MCFG_BASE = 44,
};

static const struct acpi_header *find(const char *signature)
{
	const struct acpi_header *table = acpi_find(signature);

	expect(table != NULL, "the table is not there");
	return table;
}

BEHAVIOUR(the_rsdp_is_found_by_its_signature)
{
	const uint8_t *rsdp = acpi_rsdp();

	if (expect(rsdp != NULL, "there is none") && rsdp[RSDP_REVISION] >= 2) {
		expect_equal("sum of 36 bytes", acpi_sum(rsdp, RSDP_BYTES_2), 0);
	}
}

BEHAVIOUR(every_table_has_its_checksum)
{
	const struct acpi_header *tables[ACPI_MAX_TABLES];
	uint32_t count = acpi_tables(tables);

	expect_between("count of tables", count, 2, ACPI_MAX_TABLES);
	for (uint32_t i = 0; i < count; i++) {
		expect_between("length", tables[i]->length, sizeof(struct acpi_header), 1 << 20);
		expect_equal("sum", acpi_sum(tables[i], tables[i]->length), 0);
	}
}

BEHAVIOUR(the_fadt_leads_to_a_dsdt)
{
	const struct acpi_header *fadt = find("FACP");

	if (fadt != NULL) {
		const struct acpi_header *dsdt =
			(const struct acpi_header *)acpi_dword(fadt, FADT_DSDT);

		expect(acpi_same(dsdt->signature, "DSDT", 4), "its signature is another");
		expect_equal("sum", acpi_sum(dsdt, dsdt->length), 0);
	}
}

BEHAVIOUR(the_fadt_leads_to_a_facs)
{
	const struct acpi_header *fadt = find("FACP");
	uint32_t facs = fadt == NULL ? 0 : acpi_dword(fadt, FADT_FACS);

	if (facs == 0) {
		skip("no FACS");
		return;
	}
	expect(acpi_same((const void *)facs, "FACS", 4), "its signature is another");
	expect_equal("alignment", facs % 64, 0);
}

BEHAVIOUR(the_fadt_names_the_ports_of_power_management)
{
	const struct acpi_header *fadt = find("FACP");

	if (fadt != NULL) {
		expect_between("PM1a event", acpi_dword(fadt, FADT_PM1A_EVENT), 1, 0xFFFF);
		expect_between("PM1a control", acpi_dword(fadt, FADT_PM1A_CONTROL), 1, 0xFFFF);
		expect_between("PM timer", acpi_dword(fadt, FADT_PM_TIMER), 1, 0xFFFF);
	}
}

/* Of the enabled processors of the MADT: how many, and whether one has the ID. */
static uint32_t count_processors(const struct acpi_header *madt, uint32_t id, bool *has_id)
{
	uint32_t count = 0;

	*has_id = false;
	for (uint32_t at = MADT_ENTRIES; at + 2 <= madt->length && acpi_byte(madt, at + 1) >= 2;
	     at += acpi_byte(madt, at + 1)) {
		uint8_t type = acpi_byte(madt, at);
		uint32_t own =
			type == MADT_PROCESSOR ? acpi_byte(madt, at + 3) : acpi_dword(madt, at + 4);
		uint32_t flags = acpi_dword(madt, type == MADT_PROCESSOR ? at + 4 : at + 8);

		if ((type == MADT_PROCESSOR || type == MADT_X2APIC) && (flags & ENABLED) != 0) {
			count++;
			*has_id |= own == id;
		}
	}
	return count;
}

BEHAVIOUR(the_madt_lists_the_processors_that_start)
{
	const struct acpi_header *madt = find("APIC");
	bool has_id;

	if (madt == NULL) {
		return;
	}
	expect_equal("count", count_processors(madt, smp_own_id(), &has_id), smp_count() + 1);
	expect(has_id, "it lacks the boot processor");
	for (uint32_t i = 0; i < smp_count(); i++) {
		count_processors(madt, smp_id(i), &has_id);
		expect(has_id, "it lacks another processor");
	}
	expect_equal("address of the local APICs", acpi_dword(madt, MADT_LOCAL_APIC), 0xFEE00000);
}

BEHAVIOUR(the_madt_lists_the_ioapic)
{
	const struct acpi_header *madt = find("APIC");

	for (uint32_t at = MADT_ENTRIES;
	     madt != NULL && at + 2 <= madt->length && acpi_byte(madt, at + 1) >= 2;
	     at += acpi_byte(madt, at + 1)) {
		if (acpi_byte(madt, at) == MADT_IOAPIC) {
			expect_equal("address", acpi_dword(madt, at + 4), 0xFEC00000);
			expect_equal("first interrupt", acpi_dword(madt, at + 8), 0);
			return;
		}
	}
	fail("there is none");
}

BEHAVIOUR(mcfg_names_configuration_space_that_answers)
{
	const struct acpi_header *mcfg = acpi_find("MCFG");

	if (mcfg == NULL) {
		skip("no MCFG");
		return;
	}
	out32(0xCF8, 0x80000000);
	expect_equal("vendor and device of the host bridge",
		     *(const volatile uint32_t *)acpi_dword(mcfg, MCFG_BASE), in32(0xCFC));
}

/* SMBIOS Specification 3.4, "Accessing SMBIOS Information". */
enum {
	SMBIOS_LENGTH = 5,
	SMBIOS3_LENGTH = 6,
	SMBIOS_TABLE = 0x18,
	SMBIOS3_TABLE = 0x10,
	TYPE_END = 127,
	MAX_STRUCTURES = 200
};

static const uint8_t *next_structure(const uint8_t *at)
{
	at += at[1];
	while (at[0] != 0 || at[1] != 0) {
		at++;
	}
	return at + 2;
}

static void check_structures(uint32_t address)
{
	const uint8_t *at = (const uint8_t *)address;
	bool has[TYPE_END + 1] = { false };

	for (unsigned i = 0; i < MAX_STRUCTURES; i++) {
		if (!expect(at[1] >= 4, "a structure is too short")) {
			return;
		}
		if (at[0] == TYPE_END) {
			break;
		}
		has[at[0] & TYPE_END] = true;
		at = next_structure(at);
	}
	expect_equal("type of the last", at[0], TYPE_END);
	expect(has[0] && has[1] && has[4] && has[16] && has[17] && has[19] && has[32],
	       "a type is missing");
}

BEHAVIOUR(smbios_has_an_anchor_and_its_structures)
{
	for (const uint8_t *at = (const uint8_t *)0xF0000; at < (const uint8_t *)0x100000;
	     at += 16) {
		if (acpi_same(at, "_SM3_", 5)) {
			expect_equal("sum", acpi_sum(at, at[SMBIOS3_LENGTH]), 0);
			check_structures(*(const uint32_t *)(const void *)(at + SMBIOS3_TABLE));
			return;
		}
		if (acpi_same(at, "_SM_", 4)) {
			expect_equal("sum", acpi_sum(at, at[SMBIOS_LENGTH]), 0);
			check_structures(*(const uint32_t *)(const void *)(at + SMBIOS_TABLE));
			return;
		}
	}
	fail("there is no anchor");
}
