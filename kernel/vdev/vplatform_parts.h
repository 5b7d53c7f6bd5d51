/* SPDX-License-Identifier: Apache-2.0 */
/* vplatform_parts.h: what a board is put together from; for the files vplatform*.c alone. */
#pragma once

#include "kernel/vdev/vplatform.h"

/** enum vplatform_part - who has what a row of a table offers. */
enum vplatform_part {
	VPLATFORM_EVERY, /* every board */
	VPLATFORM_DEBUGCON,
	VPLATFORM_HPET,
	VPLATFORM_ECAM, /* not a 440FX: that has configuration space by ports alone */
};

/** vplatform_has() - whether this board has @part. */
static inline bool vplatform_has(const struct vplatform *platform, enum vplatform_part part)
{
	switch (part) {
	case VPLATFORM_DEBUGCON:
		return platform->debug != NULL;
	case VPLATFORM_HPET:
		return platform->has_hpet;
	case VPLATFORM_ECAM:
		return !platform->pci.has_chipset;
	default:
		return true;
	}
}

/** vplatform_pic_moved() - behind whatever may have moved the 8259s' wire; @edge: an interrupt has just come. */
void vplatform_pic_moved(struct vplatform *platform, bool edge);

/** vplatform_map_ports() - fill in row_of_port, of a board that has all of its parts. */
void vplatform_map_ports(struct vplatform *platform);

/** vplatform_update_legacy_wires() - the HPET has taken, or given back, those of the timer and the RTC. */
void vplatform_update_legacy_wires(struct vplatform *platform);
