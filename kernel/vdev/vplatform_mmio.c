/* SPDX-License-Identifier: Apache-2.0 */
/* vplatform_mmio.c: which device of a guest's board answers at which guest-physical address. */
#include "kernel/vdev/vplatform.h"

#include "kernel/vdev/vacpi.h"
#include "kernel/vdev/vplatform_parts.h"

/* The IOAPIC is the only device in memory. */
static bool is_ioapic(const struct vplatform_mmio *mmio)
{
	return mmio->gpa >= VACPI_IOAPIC_BASE && mmio->gpa < VACPI_IOAPIC_BASE + VIOAPIC_MMIO_BYTES;
}

/*
 * 82093AA data sheet, "Memory Mapped Registers for Accessing IOAPIC Registers": registers are 16 bytes apart
 * and take 32 bits at once. Index and EOI have only 8, though, and firmware writes them as bytes.
 */
enum { IOAPIC_WINDOW = 0x10 };

static bool starts_at_register(const struct vplatform_mmio *mmio)
{
	return is_aligned(mmio->gpa, 4) && mmio->bytes <= 4;
}

bool vplatform_mmio_read(struct vplatform *platform, struct vplatform_mmio *mmio)
{
	mmio->value = UINT64_MAX >> (64 - 8 * mmio->bytes);
	if (!is_ioapic(mmio)) {
		return false;
	}
	if (starts_at_register(mmio)) {
		mmio->value &=
			vioapic_read(&platform->ioapic, (uint32_t)(mmio->gpa - VACPI_IOAPIC_BASE));
	}
	return true;
}

bool vplatform_mmio_write(struct vplatform *platform, const struct vplatform_mmio *mmio)
{
	if (!is_ioapic(mmio)) {
		return false;
	}
	uint32_t offset = (uint32_t)(mmio->gpa - VACPI_IOAPIC_BASE);

	if (starts_at_register(mmio) && (mmio->bytes == 4 || offset != IOAPIC_WINDOW)) {
		vioapic_write(&platform->ioapic, offset,
			      (uint32_t)mmio->value & vplatform_ones(mmio->bytes));
		/* Pin 0 may hear the 8259s now. */
		vplatform_pic_moved(platform, false);
	}
	return true;
}
