/* SPDX-License-Identifier: Apache-2.0 */
/* image_mb2file.h: a Multiboot 2 kernel file: its header, and how much its information takes. */
#pragma once

#include "kernel/image_segplan.h"

/** image_is_multiboot2() - whether a file has a Multiboot 2 header. */
bool image_is_multiboot2(struct image_file kernel);

/**
 * image_multiboot2_read() - read the header's tags and, unless they have addresses, the ELF headers.
 *
 * Source: Multiboot2 Specification version 2.0, "OS image format".
 */
image_parts_reader image_multiboot2_read;

/* Tags of the boot information. Source: as above, "Boot information format". */
enum {
	MB2_TAG_END = 0,
	MB2_TAG_CMDLINE = 1,
	MB2_TAG_LOADER_NAME = 2,
	MB2_TAG_MODULE = 3,
	MB2_TAG_MEMORY = 4,
	MB2_TAG_MMAP = 6,
	MB2_TAG_SECTIONS = 9,
	MB2_TAG_RSDP_OLD = 14,
	MB2_TAG_RSDP_NEW = 15,
	MB2_TAG_LOAD_BASE = 21,

	MB2_INFO_BYTES = 8, /* total_size and a reserved field, before the first tag */
	MB2_TAG_BYTES = 8,  /* type and size */
	MB2_TAG_ALIGN = 8,
	MB2_MODULE_BYTES = MB2_TAG_BYTES + 8, /* and the string */
	MB2_MEMORY_BYTES = MB2_TAG_BYTES + 8,
	MB2_MMAP_BYTES = MB2_TAG_BYTES + 8, /* and the entries */
	MB2_MMAP_ENTRY_BYTES = 24,
	MB2_SECTIONS_BYTES = MB2_TAG_BYTES + 12, /* and the headers */
	MB2_LOAD_BASE_BYTES = MB2_TAG_BYTES + 4,
	MB2_RSDP_OLD_BYTES = 20, /* ACPI Specification, "Root System Description Pointer" */
	MB2_RSDP_NEW_BYTES = 36,
};

#define MB2_LOADER_NAME "Muntin"

/** image_multiboot2_info_bytes() - of the boot information. */
uint64_t image_multiboot2_info_bytes(const struct image_request *request,
				     const struct seg_plan *plan);

/** image_multiboot2_extra() - of the boot information and of the sections behind it. */
uint64_t image_multiboot2_extra(const struct image_request *request, const struct seg_plan *plan);
