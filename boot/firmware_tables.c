/* SPDX-License-Identifier: Apache-2.0 */
/* firmware_tables.c: what ACPI says about the machine; without ACPI, what every PC has. */
#include "boot/boot.h"

#include "arch/cpu/tsc.h"
#include "drivers/acpi.h"
#include "drivers/acpi_fadt.h"
#include "drivers/acpi_hpet.h"
#include "drivers/acpi_madt.h"
#include "drivers/acpi_s5.h"
#include "drivers/acpi_spcr.h"
#include "kernel/lib/string.h"

/* Where a PC without tables has its I/O APIC. */
#define IOAPIC_DEFAULT ((uint64_t)0xFEC00000)

enum {
	FLAG_POLARITY = 3,
	FLAG_POLARITY_LOW = 3,
	FLAG_TRIGGER = 3 << 2,
	FLAG_TRIGGER_LEVEL = 3 << 2,
};

static EFI_GUID acpi2_guid = ACPI_20_TABLE_GUID;
static EFI_GUID acpi1_guid = ACPI_TABLE_GUID;

/* 20 KiB, needed only here: from firmware, not in the image. */
struct findings {
	struct acpi_tables tables;
	struct acpi_madt madt;
};

/* Firmware's memory is mapped 1:1 until boot services end; page 0 is nobody's. */
static const void *map_firmware(void *context, hpa_t at, size_t bytes)
{
	(void)context;
	if (at.value < PAGE_SIZE || at.value + bytes < at.value) {
		return NULL;
	}
	return (const void *)at.value;
}

static hpa_t find_rsdp(const EFI_SYSTEM_TABLE *system)
{
	const EFI_GUID *wanted[] = { &acpi2_guid, &acpi1_guid };

	for (unsigned w = 0; w < ARRAY_COUNT(wanted); w++) {
		for (UINTN i = 0; i < system->NumberOfTableEntries; i++) {
			const EFI_CONFIGURATION_TABLE *entry = &system->ConfigurationTable[i];

			if (memcmp(&entry->VendorGuid, wanted[w], sizeof(EFI_GUID)) == 0) {
				return hpa((uint64_t)entry->VendorTable);
			}
		}
	}
	return hpa(0);
}

/* ISA interrupts are GSIs of the same number, edge-triggered, active high, unless an override says otherwise. */
static void wire_as_a_pc(struct boot_info *info)
{
	info->ioapic_count = 1;
	info->ioapics[0] = (struct boot_ioapic){ hpa(IOAPIC_DEFAULT), 0 };
	for (uint32_t i = 0; i < BOOT_ISA_IRQS; i++) {
		info->isa[i] = (struct boot_gsi){ i, false, false };
	}
}

static void take_wiring(struct boot_info *info, const struct acpi_madt *madt)
{
	info->ioapic_count = (uint32_t)min_u64(madt->ioapic_count, BOOT_IOAPICS_MAX);
	for (uint32_t i = 0; i < info->ioapic_count; i++) {
		info->ioapics[i] =
			(struct boot_ioapic){ madt->ioapics[i].address, madt->ioapics[i].gsi_base };
	}
	for (uint32_t i = 0; i < madt->override_count; i++) {
		const struct acpi_override *override = &madt->overrides[i];

		if (override->isa_irq < BOOT_ISA_IRQS) {
			info->isa[override->isa_irq] = (struct boot_gsi){
				override->gsi,
				(override->flags & FLAG_TRIGGER) == FLAG_TRIGGER_LEVEL,
				(override->flags & FLAG_POLARITY) == FLAG_POLARITY_LOW,
			};
		}
	}
}

static void take_processors(struct machine *machine, const struct acpi_madt *madt)
{
	for (uint32_t i = 0; i < madt->processor_count; i++) {
		if (madt->processors[i].enabled && machine->cpu_count < MACHINE_CPUS_MAX) {
			machine->cpus[machine->cpu_count++].apic_id = madt->processors[i].apic_id;
		}
	}
}

static void take_madt(struct boot *boot, struct findings *found)
{
	struct acpi_madt *madt = &found->madt;
	const struct acpi_table *table = acpi_table_find(&found->tables, "APIC", 0);

	if (table == NULL) {
		return;
	}
	if (acpi_madt_parse(table, madt) != OK) {
		text_line("Muntin: ACPI MADT: %s", madt->why);
	}
	boot->info->acpi = madt->processor_count > 0;
	take_wiring(boot->info, madt);
	take_processors(&boot->info->machine, madt);
}

/* \_S5 stands in the DSDT; some firmware has it in an SSDT. */
static bool find_s5(struct findings *found, hpa_t dsdt, struct acpi_s5 *s5)
{
	struct acpi_reader reader = { map_firmware, NULL };
	const struct acpi_table *ssdt;
	struct acpi_table table;

	if (acpi_table_read(&reader, dsdt, &found->tables, &table) == OK &&
	    acpi_s5_parse(&table, s5) == OK) {
		return true;
	}
	for (unsigned i = 0; (ssdt = acpi_table_find(&found->tables, "SSDT", i)) != NULL; i++) {
		if (acpi_s5_parse(ssdt, s5) == OK) {
			return true;
		}
	}
	return false;
}

/* Only as ports: no machine with a firmware of its own has them in memory. */
static void take_off(struct boot *boot, struct findings *found, const struct acpi_fadt *fadt)
{
	const struct acpi_register *a = &fadt->pm1a_control;
	const struct acpi_register *b = &fadt->pm1b_control;
	struct acpi_s5 s5;

	if (!a->present || a->space != ACPI_SPACE_IO || !find_s5(found, fadt->dsdt, &s5)) {
		return;
	}
	boot->info->off = (struct boot_off){
		.present = true,
		.pm1a = (uint16_t)a->address,
		.pm1b = b->present && b->space == ACPI_SPACE_IO ? (uint16_t)b->address : 0,
		.type_a = s5.type_a,
		.type_b = s5.type_b,
		.smi_command = fadt->acpi_enable != 0 ? fadt->smi_command : 0,
		.acpi_enable = fadt->acpi_enable,
	};
}

static void take_fadt(struct boot *boot, struct findings *found)
{
	const struct acpi_table *table = acpi_table_find(&found->tables, "FACP", 0);
	struct acpi_fadt fadt;

	if (table == NULL) {
		return;
	}
	if (acpi_fadt_parse(table, &fadt) != OK) {
		text_line("Muntin: ACPI FADT: %s", fadt.why);
		return;
	}
	if (fadt.pm_timer.present && fadt.pm_timer.space == ACPI_SPACE_IO) {
		tsc_use_pm_timer((uint16_t)fadt.pm_timer.address);
	}
	if (fadt.has_reset && fadt.reset.space <= ACPI_SPACE_IO) {
		boot->info->reset =
			(struct boot_reset){ true, fadt.reset.space == ACPI_SPACE_MEMORY,
					     fadt.reset.address, fadt.reset_value };
	}
	take_off(boot, found, &fadt);
}

static void take_hpet(const struct findings *found)
{
	const struct acpi_table *table = acpi_table_find(&found->tables, "HPET", 0);
	struct acpi_hpet hpet;

	if (table != NULL && acpi_hpet_parse(table, &hpet) == OK) {
		tsc_use_hpet(hpet.address.value);
	}
}

/* Only said: which line the monitor uses is the config's to decide. */
static void take_spcr(const struct findings *found)
{
	const struct acpi_table *table = acpi_table_find(&found->tables, "SPCR", 0);
	struct acpi_spcr spcr;

	if (table != NULL && acpi_spcr_parse(table, &spcr) == OK) {
		text_line("Muntin: firmware's serial console is at %s 0x%lx (ACPI SPCR)",
			  spcr.uart.space == ACPI_SPACE_IO ? "port" : "address", spcr.uart.address);
	}
}

static void take_tables(struct boot *boot, hpa_t rsdp, struct findings *found)
{
	struct acpi_reader reader = { map_firmware, NULL };
	enum status status = acpi_find(&reader, rsdp, &found->tables);

	/* Also when there are usable tables: one of them may have been left out. */
	if (found->tables.why[0] != '\0') {
		text_line("Muntin: ACPI tables: %s", found->tables.why);
	}
	if (status == OK) {
		take_madt(boot, found);
		take_fadt(boot, found);
		take_hpet(found);
		take_spcr(found);
	}
}

void firmware_tables_find(struct boot *boot)
{
	hpa_t rsdp = find_rsdp(boot->system);
	struct findings *found;

	wire_as_a_pc(boot->info);
	boot->info->rsdp = rsdp;
	if (rsdp.value == 0) {
		text_line("Muntin: firmware has no ACPI tables; assuming a plain PC");
		return;
	}
	found = (struct findings *)memmap_pages(boot, sizeof(*found), 0);
	if (found == NULL) {
		report_add(boot->report, 0, "firmware has no %lu KiB for its ACPI tables",
			   sizeof(*found) / KIB);
		return;
	}
	memset(found, 0, sizeof(*found));
	take_tables(boot, rsdp, found);
}
