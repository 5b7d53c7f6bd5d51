/* SPDX-License-Identifier: Apache-2.0 */
/* image_mbfile.h: a Multiboot 1 kernel file: its header, and which bytes of it go where. */
#pragma once

#include "kernel/image_elf.h"
#include "kernel/image_room.h"
#include "kernel/image_segplan.h"

/**
 * image_multiboot_read() - read the Multiboot header and, unless that has addresses, the ELF headers.
 *
 * Source: Multiboot Specification version 0.6.96, "OS image format".
 */
image_parts_reader image_multiboot_read;

/** image_multiboot_extra() - room for its section headers, and for the sections that no segment loads. */
uint64_t image_multiboot_extra(const struct image_request *request, const struct seg_plan *plan);

/** struct mb_addresses - the address fields of a header, as they stand. */
struct mb_addresses {
	uint32_t header;
	uint32_t load;
	uint32_t load_end; /* 0: up to the end of the file */
	uint32_t bss_end;  /* 0: no bss */
	uint32_t entry;
};

/**
 * mb_addresses_apply() - the one segment that address fields mean.
 * @header_at: where the header is in the file
 * @piece:     filled in; still to be checked by image_segment_add()
 *
 * Return: OK, E_INVALID with words in @why.
 * Source: as above, "The address fields of Multiboot header".
 */
enum status mb_addresses_apply(struct image_file kernel, size_t header_at,
			       const struct mb_addresses *a, struct image_piece *piece, char *why);
