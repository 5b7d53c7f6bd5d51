/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_madt.c: the MADT: which processors and interrupt controllers the machine has. */
#include "drivers/acpi_madt.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/* ACPI Specification 6.5, "Interrupt Controller Structure Types", and flags of those. */
enum {
	FLAG_PCAT_COMPAT = 1 << 0,
	FLAG_ENABLED = 1 << 0,
	FLAG_ONLINE_CAPABLE = 1 << 1,
	NO_APIC_ID = 0xff, /* in 8 bits: no processor has the ID that means everybody */
	ISA_IRQS = 16,
};

/* The same in 32 bits. */
#define NO_X2APIC_ID UINT32_MAX

static struct acpi_processor *processor_with(struct acpi_madt *out, uint32_t apic_id)
{
	for (uint32_t i = 0; i < out->processor_count; i++) {
		if (out->processors[i].apic_id == apic_id) {
			return &out->processors[i];
		}
	}
	return NULL;
}

/**
 * add_processor() - keep a processor that may be used.
 *
 * Firmware lists sockets that are empty with any ID, also one in use, so these do not count. A
 * processor may be listed by its 8-bit and its 32-bit ID; the entry that enables it wins.
 */
static void add_processor(struct acpi_madt *out, struct acpi_processor found, uint32_t flags)
{
	struct acpi_processor *known = processor_with(out, found.apic_id);

	found.enabled = (flags & FLAG_ENABLED) != 0;
	if ((flags & (FLAG_ENABLED | FLAG_ONLINE_CAPABLE)) == 0) {
		out->disabled++;
	} else if (known != NULL) {
		*known = found.enabled && !known->enabled ? found : *known;
	} else if (out->processor_count < ACPI_PROCESSORS_MAX) {
		out->processors[out->processor_count++] = found;
	} else {
		out->dropped++;
	}
}

static void read_local_apic(struct cursor *c, struct acpi_madt *out)
{
	/* One read a statement: initialisers have no order among each other. */
	struct acpi_processor found = { .uid = cursor_u8(c) };

	found.apic_id = cursor_u8(c);
	uint32_t flags = cursor_u32(c);

	if (!c->failed && found.apic_id != NO_APIC_ID) {
		add_processor(out, found, flags);
	}
}

static void read_local_x2apic(struct cursor *c, struct acpi_madt *out)
{
	cursor_take(c, 2);
	struct acpi_processor found = { .apic_id = cursor_u32(c) };
	uint32_t flags = cursor_u32(c);

	found.uid = cursor_u32(c);
	if (!c->failed && found.apic_id != NO_X2APIC_ID) {
		add_processor(out, found, flags);
	}
}

static void read_ioapic(struct cursor *c, struct acpi_madt *out)
{
	struct acpi_ioapic found = { .id = cursor_u8(c) };

	cursor_take(c, 1);
	found.address = hpa(cursor_u32(c));
	found.gsi_base = cursor_u32(c);
	if (c->failed || found.address.value == 0) {
		return;
	}
	if (out->ioapic_count == ACPI_IOAPICS_MAX) {
		out->dropped++;
		return;
	}
	out->ioapics[out->ioapic_count++] = found;
}

static void read_override(struct cursor *c, struct acpi_madt *out)
{
	uint8_t bus = cursor_u8(c);
	struct acpi_override found = { .isa_irq = cursor_u8(c) };

	found.gsi = cursor_u32(c);
	found.flags = cursor_u16(c);
	/* Bus 0 is ISA, and no other is defined. */
	if (c->failed || bus != 0 || found.isa_irq >= ISA_IRQS) {
		return;
	}
	if (out->override_count == ACPI_OVERRIDES_MAX) {
		out->dropped++;
		return;
	}
	out->overrides[out->override_count++] = found;
}

static void read_local_apic_address(struct cursor *c, struct acpi_madt *out)
{
	cursor_take(c, 2);
	uint64_t address = cursor_u64(c);

	if (!c->failed) {
		out->local_apic = hpa(address);
	}
}

/** struct entry_kind - how to read an entry; the cursor stands behind type and length. */
struct entry_kind {
	uint8_t type;
	void (*read)(struct cursor *c, struct acpi_madt *out);
	const char *name;
};

/* Types that are not here are of no use to us, and skipped by their length. */
static const struct entry_kind entry_kinds[] = {
	{ 0, read_local_apic, "local APIC" },
	{ 1, read_ioapic, "I/O APIC" },
	{ 2, read_override, "interrupt source override" },
	{ 5, read_local_apic_address, "local APIC address override" },
	{ 9, read_local_x2apic, "local x2APIC" },
};

static const struct entry_kind *kind_of(uint8_t type)
{
	for (size_t i = 0; i < ARRAY_COUNT(entry_kinds); i++) {
		if (entry_kinds[i].type == type) {
			return &entry_kinds[i];
		}
	}
	return NULL;
}

/** read_entry() - one entry; E_TRUNCATED when it has no sane length. */
static enum status read_entry(struct cursor *c, struct acpi_madt *out)
{
	size_t at = c->at;
	size_t left = cursor_left(c);
	uint8_t type = cursor_u8(c);
	uint8_t length = cursor_u8(c);
	const uint8_t *rest = length >= 2 ? cursor_take(c, length - 2u) : NULL;
	const struct entry_kind *kind = kind_of(type);

	if (rest == NULL) {
		format(out->why, ACPI_WHY_BYTES,
		       "APIC: entry of type %u at offset %zu says %u bytes, %zu are left", type, at,
		       length, left);
		return E_TRUNCATED;
	}
	if (kind == NULL) {
		return OK;
	}
	struct cursor entry = cursor_over(rest, length - 2u);

	kind->read(&entry, out);
	if (entry.failed) {
		format(out->why, ACPI_WHY_BYTES, "APIC: %s entry at offset %zu has only %u bytes",
		       kind->name, at, length);
		return E_TRUNCATED;
	}
	return OK;
}

enum status acpi_madt_parse(const struct acpi_table *table, struct acpi_madt *out)
{
	struct cursor c;

	memset(out, 0, sizeof(*out));
	enum status status = acpi_table_open(table, "APIC", out->why, &c);

	if (status != OK) {
		return status;
	}
	out->local_apic = hpa(cursor_u32(&c));
	out->has_8259 = (cursor_u32(&c) & FLAG_PCAT_COMPAT) != 0;
	if (c.failed) {
		format(out->why, ACPI_WHY_BYTES, "APIC: ends inside of its fixed part");
		return E_TRUNCATED;
	}
	while (status == OK && cursor_left(&c) > 0) {
		status = read_entry(&c, out);
	}
	if (status == OK && out->dropped > 0) {
		format(out->why, ACPI_WHY_BYTES, "APIC: %u entries more than fit", out->dropped);
		return E_FULL;
	}
	return status;
}
