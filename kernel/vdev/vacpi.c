/* SPDX-License-Identifier: Apache-2.0 */
/* vacpi.c: the ACPI tables of one guest. */
#include "kernel/vdev/vacpi.h"

#include "generated/dsdt_aml.h"
#include "kernel/lib/string.h"
#include "kernel/vdev/vpm.h"
#include "kernel/vdev/vreset.h"
#include "kernel/vdev/vrtc.h"

enum {
	RSDP_BYTES = 36,
	RSDP_BYTES_ACPI_1 = 20, /* the part its first checksum covers */
	RSDP_CHECKSUM = 8,
	RSDP_CHECKSUM_EXTENDED = 32,

	HEADER_LENGTH = 4,
	HEADER_CHECKSUM = 9,
	HEADER_BYTES = 36,

	FACS_BYTES = 64,
	FACS_ALIGN = 64,
	FADT_BYTES = 268,
	TABLE_ALIGN = 16,

	XAPIC_ID_LIMIT = 0xFF, /* from here on, only x2APIC entries can hold the ID */
};

/* Builds bytes in order; past the end nothing is written and @full stays set. */
struct writer {
	uint8_t *bytes;
	size_t size;
	size_t at;
	bool full;
};

static uint8_t *take(struct writer *w, size_t count)
{
	if (w->full || count > w->size - w->at) {
		w->full = true;
		return NULL;
	}
	uint8_t *bytes = w->bytes + w->at;

	w->at += count;
	return bytes;
}

static void put_bytes(struct writer *w, const void *from, size_t count)
{
	uint8_t *to = take(w, count);

	if (to != NULL) {
		memcpy(to, from, count);
	}
}

static void put_zeros(struct writer *w, size_t count)
{
	uint8_t *to = take(w, count);

	if (to != NULL) {
		memset(to, 0, count);
	}
}

static void store(uint8_t *to, uint64_t value, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		to[i] = (uint8_t)(value >> (8 * i));
	}
}

static void put(struct writer *w, uint64_t value, unsigned count)
{
	uint8_t *to = take(w, count);

	if (to != NULL) {
		store(to, value, count);
	}
}

static void put_u8(struct writer *w, uint8_t value)
{
	put(w, value, 1);
}

static void put_u16(struct writer *w, uint16_t value)
{
	put(w, value, 2);
}

static void put_u32(struct writer *w, uint32_t value)
{
	put(w, value, 4);
}

static void put_u64(struct writer *w, uint64_t value)
{
	put(w, value, 8);
}

static void align_to(struct writer *w, size_t align)
{
	put_zeros(w, (size_t)align_up(w->at, align) - w->at);
}

/* The byte that makes @count bytes add up to 0, if the one it replaces is 0 now. */
static uint8_t checksum(const uint8_t *bytes, size_t count)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		sum = (uint8_t)(sum + bytes[i]);
	}
	return (uint8_t)-sum;
}

static void put_oem_id(struct writer *w)
{
	put_bytes(w, "MUNTIN", 6);
}

/* Length and checksum are filled in by table_end(). Returns the offset of the table. */
static size_t table_begin(struct writer *w, const char *signature, uint8_t revision)
{
	align_to(w, TABLE_ALIGN);
	size_t start = w->at;

	put_bytes(w, signature, 4);
	put_u32(w, 0);
	put_u8(w, revision);
	put_u8(w, 0);
	put_oem_id(w);
	put_bytes(w, "MUNTINPC", 8); /* OEM table ID */
	put_u32(w, 1);               /* OEM revision */
	put_bytes(w, "MNTN", 4);     /* creator ID */
	put_u32(w, 1);               /* creator revision */
	return start;
}

static void table_end(struct writer *w, size_t start)
{
	uint8_t *table = w->bytes + start;
	size_t length = w->at - start;

	if (w->full) {
		return;
	}
	store(table + HEADER_LENGTH, length, 4);
	table[HEADER_CHECKSUM] = checksum(table, length);
}

/* Nothing sleeps here and no firmware shares the global lock, but without it ACPI code complains. */
static size_t put_facs(struct writer *w)
{
	align_to(w, FACS_ALIGN);
	size_t start = w->at;

	put_bytes(w, "FACS", 4);
	put_u32(w, FACS_BYTES);
	put_zeros(w, 24);
	put_u8(w, 2); /* version */
	put_zeros(w, 31);
	return start;
}

static size_t put_dsdt(struct writer *w)
{
	align_to(w, TABLE_ALIGN);
	size_t start = w->at;

	put_bytes(w, dsdt_aml, sizeof(dsdt_aml));
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
	FLAG_FIX_RTC = 1 << 6,
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
	/* PWR_BUTTON 0: the power button is fixed hardware. SLP_BUTTON 1: the sleep button is not (there is none). */
	{ 112, 4, FLAG_WBINVD | FLAG_PROC_C1 | FLAG_SLP_BUTTON | FLAG_FIX_RTC |
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

static size_t put_fadt(struct writer *w, size_t facs, size_t dsdt)
{
	size_t start = table_begin(w, "FACP", FADT_REVISION);
	uint8_t *table = w->bytes + start;

	put_zeros(w, FADT_BYTES - HEADER_BYTES);
	if (w->full) {
		return start;
	}
	for (size_t i = 0; i < ARRAY_COUNT(fadt_fields); i++) {
		const struct fadt_field *field = &fadt_fields[i];

		store(table + field->offset, field->value, field->bytes);
	}
	/* X_FIRMWARE_CTRL stays 0: it is for an FACS above 4 GiB, and only one of the two may be set. */
	store(table + FADT_FIRMWARE_CTRL, VACPI_BASE + facs, 4);
	store(table + FADT_DSDT, VACPI_BASE + dsdt, 4);
	store(table + FADT_X_DSDT, VACPI_BASE + dsdt, 8);
	table_end(w, start);
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

static void put_madt_cpu(struct writer *w, uint32_t uid, uint32_t apic_id)
{
	if (apic_id < XAPIC_ID_LIMIT) {
		put_u8(w, MADT_LAPIC);
		put_u8(w, 8);
		put_u8(w, (uint8_t)uid);
		put_u8(w, (uint8_t)apic_id);
		put_u32(w, MADT_CPU_ENABLED);
		return;
	}
	put_u8(w, MADT_X2APIC);
	put_u8(w, 16);
	put_u16(w, 0);
	put_u32(w, apic_id);
	put_u32(w, MADT_CPU_ENABLED);
	put_u32(w, uid);
}

static void put_madt_override(struct writer *w, uint8_t irq, uint32_t gsi, uint16_t flags)
{
	put_u8(w, MADT_OVERRIDE);
	put_u8(w, 10);
	put_u8(w, 0); /* ISA */
	put_u8(w, irq);
	put_u32(w, gsi);
	put_u16(w, flags);
}

static size_t put_madt(struct writer *w, const struct vacpi_setup *setup)
{
	size_t start = table_begin(w, "APIC", MADT_REVISION);

	put_u32(w, VACPI_LAPIC_BASE);
	put_u32(w, MADT_PCAT_COMPAT);
	for (uint32_t i = 0; i < setup->cpu_count; i++) {
		put_madt_cpu(w, i, setup->apic_ids[i]);
	}
	put_u8(w, MADT_IOAPIC);
	put_u8(w, 12);
	put_u8(w, 0); /* its ID */
	put_u8(w, 0);
	put_u32(w, VACPI_IOAPIC_BASE);
	put_u32(w, 0); /* its first GSI */
	put_madt_override(w, 0, 2, MADT_ACTIVE_HIGH | MADT_EDGE);
	put_madt_override(w, VPM_SCI_GSI, VPM_SCI_GSI, MADT_ACTIVE_HIGH | MADT_LEVEL);
	table_end(w, start);
	return start;
}

static size_t put_xsdt(struct writer *w, size_t fadt, size_t madt)
{
	size_t start = table_begin(w, "XSDT", 1);

	put_u64(w, VACPI_BASE + fadt);
	put_u64(w, VACPI_BASE + madt);
	table_end(w, start);
	return start;
}

/* Written last, into the place left for it at the start. No RSDT: every system with an XSDT in sight uses that. */
static void put_rsdp(struct writer *w, size_t xsdt)
{
	struct writer at_start = { w->bytes, RSDP_BYTES, 0, w->full };

	put_bytes(&at_start, "RSD PTR ", 8);
	put_u8(&at_start, 0);
	put_oem_id(&at_start);
	put_u8(&at_start, 2); /* revision */
	put_u32(&at_start, 0);
	put_u32(&at_start, RSDP_BYTES);
	put_u64(&at_start, VACPI_BASE + xsdt);
	put_u32(&at_start, 0);
	if (!at_start.full) {
		w->bytes[RSDP_CHECKSUM] = checksum(w->bytes, RSDP_BYTES_ACPI_1);
		w->bytes[RSDP_CHECKSUM_EXTENDED] = checksum(w->bytes, RSDP_BYTES);
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
	struct writer w = { buffer, (size_t)min_u64(size, VACPI_BYTES_MAX), 0, false };

	if (!setup_valid(setup)) {
		return E_RANGE;
	}
	put_zeros(&w, RSDP_BYTES);
	size_t facs = put_facs(&w);
	size_t dsdt = put_dsdt(&w);
	size_t fadt = put_fadt(&w, facs, dsdt);
	size_t madt = put_madt(&w, setup);

	put_rsdp(&w, put_xsdt(&w, fadt, madt));
	*used = w.at;
	return w.full ? E_FULL : OK;
}
