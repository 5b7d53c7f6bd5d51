/* SPDX-License-Identifier: Apache-2.0 */
/* vplatform_parts.h: what a board is put together from; for the files vplatform*.c alone. */
#pragma once

#include "kernel/vdev/vplatform.h"

/** enum vplatform_part - who has what a row of a table offers. */
enum vplatform_part {
	VPLATFORM_EVERY, /* every board */
	VPLATFORM_DEBUGCON,
};

/** vplatform_has() - whether this board has @part. */
static inline bool vplatform_has(const struct vplatform *platform, enum vplatform_part part)
{
	return part == VPLATFORM_EVERY || platform->debug != NULL;
}

/** vplatform_pic_moved() - behind whatever may have moved the 8259s' wire; @edge: an interrupt has just come. */
void vplatform_pic_moved(struct vplatform *platform, bool edge);

/** vplatform_map_ports() - fill in row_of_port, of a board that has all of its parts. */
void vplatform_map_ports(struct vplatform *platform);
