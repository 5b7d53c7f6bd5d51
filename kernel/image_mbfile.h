/* SPDX-License-Identifier: Apache-2.0 */
/* image_mbfile.h: a Multiboot 1 kernel file: its header, and which bytes of it go where. */
#pragma once

#include "kernel/image_room.h"

enum { MB_SEGMENTS_MAX = 16 };

/** struct mb_segment - a part of the file, where it goes, and how much memory it gets there. */
struct mb_segment {
	uint32_t file_at;
	uint32_t file_bytes;   /* at most @memory_bytes; the rest of that is zeros */
	uint32_t address;      /* physical */
	uint32_t memory_bytes; /* not 0 */
	uint32_t virtual_address;
};

/** struct mb_file - what a file says, checked. */
struct mb_file {
	uint32_t entry; /* physical, inside a segment */
	uint32_t segment_count;
	struct mb_segment segments[MB_SEGMENTS_MAX];
};

/**
 * mb_file_read() - read the Multiboot header and, unless that has addresses, the ELF headers.
 * @kernel: has a Multiboot 1 header, see image_is_multiboot()
 * @file:   filled in
 * @why:    IMAGE_WHY_BYTES of room; in words what is wrong
 *
 * When OK: segments lie inside the file and below 4 GiB and do not overlap. Whether there is RAM is
 * not looked at.
 *
 * Return: OK, E_INVALID, E_TRUNCATED, E_UNSUPPORTED.
 * Source: Multiboot Specification version 0.6.96, "OS image format"; System V ABI, "Object Files".
 */
enum status mb_file_read(struct image_file kernel, struct mb_file *file, char *why);
