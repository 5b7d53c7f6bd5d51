/* SPDX-License-Identifier: Apache-2.0 */
/* vplatform_mmio.c: which device of a guest's board answers at which guest-physical address. */
#include "kernel/vdev/vplatform.h"

#include "kernel/vdev/vacpi.h"
#include "kernel/vdev/vplatform_parts.h"

/* One row: who answers at a range of addresses. @retimes: whether a write may move a deadline. */
struct mmio_row {
	uint32_t base;
	uint32_t bytes;
	bool retimes;
	enum vplatform_part part;
	uint64_t (*read)(struct vplatform *platform, const struct vplatform_mmio *mmio);
	void (*write)(struct vplatform *platform, const struct vplatform_mmio *mmio);
	const char *reason;
};

/*
 * 82093AA data sheet, "Memory Mapped Registers for Accessing IOAPIC Registers": registers are 16 bytes apart
 * and take 32 bits at once. Index and EOI have only 8, though, and firmware writes them as bytes.
 */
enum { IOAPIC_WINDOW = 0x10 };

static bool starts_at_register(const struct vplatform_mmio *mmio)
{
	return is_aligned(mmio->gpa, 4) && mmio->bytes <= 4;
}

static uint64_t read_ioapic(struct vplatform *platform, const struct vplatform_mmio *mmio)
{
	if (!starts_at_register(mmio)) {
		return UINT64_MAX;
	}
	return vioapic_read(&platform->ioapic, (uint32_t)mmio->gpa - VACPI_IOAPIC_BASE);
}

static void write_ioapic(struct vplatform *platform, const struct vplatform_mmio *mmio)
{
	uint32_t offset = (uint32_t)mmio->gpa - VACPI_IOAPIC_BASE;

	if (starts_at_register(mmio) && (mmio->bytes == 4 || offset != IOAPIC_WINDOW)) {
		vioapic_write(&platform->ioapic, offset,
			      (uint32_t)mmio->value & vplatform_ones(mmio->bytes));
		/* Pin 0 may hear the 8259s now. */
		vplatform_pic_moved(platform, false);
	}
}

static uint64_t read_hpet(struct vplatform *platform, const struct vplatform_mmio *mmio)
{
	return vhpet_read(&platform->hpet, (uint32_t)mmio->gpa - VHPET_BASE, mmio->bytes,
			  mmio->now);
}

static void write_hpet(struct vplatform *platform, const struct vplatform_mmio *mmio)
{
	vhpet_write(&platform->hpet, (uint32_t)mmio->gpa - VHPET_BASE, mmio->bytes, mmio->value,
		    mmio->now);
	vplatform_update_legacy_wires(platform);
}

static uint64_t read_ecam(struct vplatform *platform, const struct vplatform_mmio *mmio)
{
	(void)platform;
	return vpci_ecam_read((uint32_t)mmio->gpa - VPCI_ECAM_BASE, mmio->bytes);
}

/* As by ports: no register of the host bridge can be changed. */
static void write_ecam(struct vplatform *platform, const struct vplatform_mmio *mmio)
{
	(void)platform;
	(void)mmio;
}

/* clang-format off */
static const struct mmio_row mmio_rows[] = {
	{ VACPI_IOAPIC_BASE, VIOAPIC_MMIO_BYTES, false, VPLATFORM_EVERY, read_ioapic, write_ioapic, "I/O APIC" },
	{ VHPET_BASE, VHPET_BYTES, true, VPLATFORM_HPET, read_hpet, write_hpet, "HPET" },
	{ VPCI_ECAM_BASE, VPCI_ECAM_BYTES, false, VPLATFORM_ECAM, read_ecam, write_ecam, "PCI configuration, bus 0" },
};
/* clang-format on */

/* The row of where the access begins, or NULL. */
static const struct mmio_row *row_at(const struct vplatform *platform, uint64_t gpa)
{
	for (size_t i = 0; i < ARRAY_COUNT(mmio_rows); i++) {
		const struct mmio_row *row = &mmio_rows[i];

		if (gpa >= row->base && gpa - row->base < row->bytes) {
			return vplatform_has(platform, row->part) ? row : NULL;
		}
	}
	return NULL;
}

bool vplatform_mmio_read(struct vplatform *platform, struct vplatform_mmio *mmio)
{
	const struct mmio_row *row = row_at(platform, mmio->gpa);

	mmio->retimed = false;
	mmio->value = vplatform_wide_ones(mmio->bytes);
	if (row != NULL) {
		mmio->value &= row->read(platform, mmio);
	}
	return row != NULL;
}

bool vplatform_mmio_write(struct vplatform *platform, struct vplatform_mmio *mmio)
{
	const struct mmio_row *row = row_at(platform, mmio->gpa);

	mmio->retimed = row != NULL && row->retimes;
	if (row != NULL) {
		row->write(platform, mmio);
	}
	return row != NULL;
}
