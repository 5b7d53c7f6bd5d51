/* SPDX-License-Identifier: Apache-2.0 */
/* vacpi.c: the ACPI tables of one guest. */
#include "kernel/vdev/vacpi.h"

#include "generated/dsdt_aml.h"
#include "kernel/vdev/vacpi_devices.h"
#include "kernel/vdev/vacpi_writer.h"
#include "kernel/vdev/vpm.h"
#include "kernel/vdev/vreset.h"
#include "kernel/vdev/vrtc.h"

enum {
	RSDP_BYTES = 36,
	RSDP_BYTES_ACPI_1 = 20, /* the part its first checksum covers */
	RSDP_CHECKSUM = 8,
	RSDP_CHECKSUM_EXTENDED = 32,

	HEADER_BYTES = 36,

	FACS_BYTES = 64,
	FACS_ALIGN = 64,
	FADT_BYTES = 268,

	XAPIC_ID_LIMIT = 0xFF, /* from here on, only x2APIC entries can hold the ID */
};

/* Nothing sleeps here and no firmware shares the global lock, but without it ACPI code complains. */
static size_t put_facs(struct vacpi_writer *w)
{
	vacpi_align_to(w, FACS_ALIGN);
	size_t start = w->at;

	vacpi_put_bytes(w, "FACS", 4);
	vacpi_put_u32(w, FACS_BYTES);
	vacpi_put_zeros(w, 24);
	vacpi_put_u8(w, 2); /* version */
	vacpi_put_zeros(w, 31);
	return start;
}

static size_t put_dsdt(struct vacpi_writer *w)
{
	vacpi_align_to(w, VACPI_TABLE_ALIGN);
	size_t start = w->at;

	vacpi_put_bytes(w, dsdt_aml, sizeof(dsdt_aml));
	return start;
}

enum {
	FADT_REVISION = 5,

	FADT_FIRMWARE_CTRL = 36,
	FADT_DSDT = 40,
	FADT_X_DSDT = 140,

	BOOT_LEGACY_DEVICES = 1 << 0,
	BOOT_VGA_NOT_PRESENT = 1 << 2,
	BOOT_NO_ASPM = 1 << 4,

	FLAG_WBINVD = 1 << 0,
	FLAG_PROC_C1 = 1 << 2,
	FLAG_SLP_BUTTON = 1 << 5,
	FLAG_TMR_VAL_EXT = 1 << 8,
	FLAG_RESET_REG_SUP = 1 << 10,
};

/* A generic address in I/O space @bits wide, accessed by @access_size; to be followed by the port (8 bytes). */
#define GAS_IO(bits, access_size) (1 | (bits) << 8 | 0 << 16 | (uint64_t)(access_size) << 24)
enum { GAS_BYTE = 1, GAS_WORD = 2, GAS_DWORD = 3 };

/* clang-format off */
/* The fields that are not 0 and the same for every guest. */
static const struct fadt_field {
	uint16_t offset;
	uint8_t bytes;
	uint64_t value;
} fadt_fields[] = {
	{  46, 2, VPM_SCI_GSI },               /* SCI_INT */
	/* SMI_CMD stays 0: no firmware to ask, ACPI mode is always on. */
	{  56, 4, VPM_PORT_EVENT },            /* PM1a_EVT_BLK */
	{  64, 4, VPM_PORT_CONTROL },          /* PM1a_CNT_BLK */
	{  76, 4, VPM_PORT_TIMER },            /* PM_TMR_BLK */
	{  88, 1, VPM_EVENT_BYTES },           /* PM1_EVT_LEN */
	{  89, 1, VPM_CONTROL_BYTES },         /* PM1_CNT_LEN */
	{  91, 1, VPM_TIMER_BYTES },           /* PM_TMR_LEN */
	{  96, 2, 0xFFFF },                    /* P_LVL2_LAT: above 100 us, no C2 */
	{  98, 2, 0xFFFF },                    /* P_LVL3_LAT: above 1000 us, no C3 */
	{ 108, 1, VRTC_CENTURY },              /* CENTURY */
	/* No 8042 bit: nobody need look for a keyboard. CMOS RTC: its bit says "not present" and is 0. */
	{ 109, 2, BOOT_LEGACY_DEVICES | BOOT_VGA_NOT_PRESENT | BOOT_NO_ASPM }, /* IAPC_BOOT_ARCH */
	/* PWR_BUTTON, FIX_RTC 0: power button and alarm are fixed hardware. SLP_BUTTON 1: no sleep button. */
	{ 112, 4, FLAG_WBINVD | FLAG_PROC_C1 | FLAG_SLP_BUTTON |
		  FLAG_TMR_VAL_EXT | FLAG_RESET_REG_SUP },
	{ 116, 4, GAS_IO(8, GAS_BYTE) },       /* RESET_REG */
	{ 120, 8, VRESET_PORT_CF9 },
	{ 128, 1, VRESET_CF9_VALUE },          /* RESET_VALUE */
	{ 148, 4, GAS_IO(8 * VPM_EVENT_BYTES, GAS_WORD) }, /* X_PM1a_EVT_BLK: a status and an enable word */
	{ 152, 8, VPM_PORT_EVENT },
	{ 172, 4, GAS_IO(8 * VPM_CONTROL_BYTES, GAS_WORD) }, /* X_PM1a_CNT_BLK */
	{ 176, 8, VPM_PORT_CONTROL },
	{ 208, 4, GAS_IO(8 * VPM_TIMER_BYTES, GAS_DWORD) }, /* X_PM_TMR_BLK */
	{ 212, 8, VPM_PORT_TIMER },
};
/* clang-format on */

static size_t put_fadt(struct vacpi_writer *w, size_t facs, size_t dsdt)
{
	size_t start = vacpi_table_begin(w, "FACP", FADT_REVISION);
	uint8_t *table = w->bytes + start;

	vacpi_put_zeros(w, FADT_BYTES - HEADER_BYTES);
	if (w->full) {
		return start;
	}
	for (size_t i = 0; i < ARRAY_COUNT(fadt_fields); i++) {
		const struct fadt_field *field = &fadt_fields[i];

		vacpi_store(table + field->offset, field->value, field->bytes);
	}
	/* X_FIRMWARE_CTRL stays 0: it is for an FACS above 4 GiB, and only one of the two may be set. */
	vacpi_store(table + FADT_FIRMWARE_CTRL, VACPI_BASE + facs, 4);
	vacpi_store(table + FADT_DSDT, VACPI_BASE + dsdt, 4);
	vacpi_store(table + FADT_X_DSDT, VACPI_BASE + dsdt, 8);
	vacpi_table_end(w, start);
	return start;
}

enum {
	MADT_REVISION = 3,
	MADT_PCAT_COMPAT = 1 << 0, /* there are 8259s, too */

	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_X2APIC = 9,
	MADT_CPU_ENABLED = 1 << 0,

	MADT_ACTIVE_HIGH = 1,
	MADT_EDGE = 1 << 2,
	MADT_LEVEL = 3 << 2,
};

static void put_madt_cpu(struct vacpi_writer *w, uint32_t uid, uint32_t apic_id)
{
	if (apic_id < XAPIC_ID_LIMIT) {
		vacpi_put_u8(w, MADT_LAPIC);
		vacpi_put_u8(w, 8);
		vacpi_put_u8(w, (uint8_t)uid);
		vacpi_put_u8(w, (uint8_t)apic_id);
		vacpi_put_u32(w, MADT_CPU_ENABLED);
		return;
	}
	vacpi_put_u8(w, MADT_X2APIC);
	vacpi_put_u8(w, 16);
	vacpi_put_u16(w, 0);
	vacpi_put_u32(w, apic_id);
	vacpi_put_u32(w, MADT_CPU_ENABLED);
	vacpi_put_u32(w, uid);
}

static void put_madt_override(struct vacpi_writer *w, uint8_t irq, uint32_t gsi, uint16_t flags)
{
	vacpi_put_u8(w, MADT_OVERRIDE);
	vacpi_put_u8(w, 10);
	vacpi_put_u8(w, 0); /* ISA */
	vacpi_put_u8(w, irq);
	vacpi_put_u32(w, gsi);
	vacpi_put_u16(w, flags);
}

static size_t put_madt(struct vacpi_writer *w, const struct vacpi_setup *setup)
{
	size_t start = vacpi_table_begin(w, "APIC", MADT_REVISION);

	vacpi_put_u32(w, VACPI_LAPIC_BASE);
	vacpi_put_u32(w, MADT_PCAT_COMPAT);
	for (uint32_t i = 0; i < setup->cpu_count; i++) {
		put_madt_cpu(w, i, setup->apic_ids[i]);
	}
	vacpi_put_u8(w, MADT_IOAPIC);
	vacpi_put_u8(w, 12);
	vacpi_put_u8(w, 0); /* its ID */
	vacpi_put_u8(w, 0);
	vacpi_put_u32(w, VACPI_IOAPIC_BASE);
	vacpi_put_u32(w, 0); /* its first GSI */
	put_madt_override(w, 0, 2, MADT_ACTIVE_HIGH | MADT_EDGE);
	put_madt_override(w, VPM_SCI_GSI, VPM_SCI_GSI, MADT_ACTIVE_HIGH | MADT_LEVEL);
	vacpi_table_end(w, start);
	return start;
}

/* Offsets of the tables that the XSDT names. */
enum { TABLES_MAX = 5 };

struct table_list {
	size_t at[TABLES_MAX];
	unsigned count;
};

static void list_add(struct table_list *list, size_t at)
{
	list->at[list->count++] = at;
}

static size_t put_xsdt(struct vacpi_writer *w, const struct table_list *list)
{
	size_t start = vacpi_table_begin(w, "XSDT", 1);

	for (unsigned i = 0; i < list->count; i++) {
		vacpi_put_u64(w, VACPI_BASE + list->at[i]);
	}
	vacpi_table_end(w, start);
	return start;
}

/* Written last, into the place left for it at the start. No RSDT: every system with an XSDT in sight uses that. */
static void put_rsdp(struct vacpi_writer *w, size_t xsdt)
{
	struct vacpi_writer at_start = { w->bytes, RSDP_BYTES, 0, w->full };

	vacpi_put_bytes(&at_start, "RSD PTR ", 8);
	vacpi_put_u8(&at_start, 0);
	vacpi_put_oem_id(&at_start);
	vacpi_put_u8(&at_start, 2); /* revision */
	vacpi_put_u32(&at_start, 0);
	vacpi_put_u32(&at_start, RSDP_BYTES);
	vacpi_put_u64(&at_start, VACPI_BASE + xsdt);
	vacpi_put_u32(&at_start, 0);
	if (!at_start.full) {
		w->bytes[RSDP_CHECKSUM] = vacpi_checksum(w->bytes, RSDP_BYTES_ACPI_1);
		w->bytes[RSDP_CHECKSUM_EXTENDED] = vacpi_checksum(w->bytes, RSDP_BYTES);
	}
}

static bool setup_valid(const struct vacpi_setup *setup)
{
	if (setup->cpu_count == 0 || setup->cpu_count > VACPI_CPUS_MAX) {
		return false;
	}
	for (uint32_t i = 0; i < setup->cpu_count; i++) {
		if (setup->apic_ids[i] == VACPI_APIC_ID_NONE) {
			return false;
		}
	}
	return true;
}

enum status vacpi_build(const struct vacpi_setup *setup, uint8_t *buffer, size_t size, size_t *used)
{
	struct vacpi_writer w = { buffer, (size_t)min_u64(size, VACPI_BYTES_MAX), 0, false };

	if (!setup_valid(setup)) {
		return E_RANGE;
	}
	vacpi_put_zeros(&w, RSDP_BYTES);
	size_t facs = put_facs(&w);
	size_t dsdt = put_dsdt(&w);
	struct table_list list = { .count = 0 };

	list_add(&list, put_fadt(&w, facs, dsdt));
	list_add(&list, put_madt(&w, setup));
	list_add(&list, vacpi_put_mcfg(&w));
	list_add(&list, vacpi_put_spcr(&w));
	if (setup->hpet) {
		list_add(&list, vacpi_put_hpet(&w));
	}
	put_rsdp(&w, put_xsdt(&w, &list));
	*used = w.at;
	return w.full ? E_FULL : OK;
}
