/* SPDX-License-Identifier: Apache-2.0 */
/* bz_file.h: a small Linux kernel file of protocol 2.15, for the tests of image loaders. */
#pragma once

#include "tests/host/image_world.h"

enum {
	BZ_SETUP_SECTS = 7,
	BZ_KERNEL_AT = (BZ_SETUP_SECTS + 1) * 512,
	BZ_KERNEL_BYTES = 0x3000,
	BZ_PREFERRED = 16 << 20,
	BZ_INIT_BYTES = 8 << 20,
};

static uint64_t put_bzimage(void)
{
	for (size_t i = 0; i < BZ_KERNEL_BYTES; i++) {
		world.file[BZ_KERNEL_AT + i] = (uint8_t)(i * 7 + 1);
	}
	put(0x1F1, BZ_SETUP_SECTS, 1);
	put(0x1F4, BZ_KERNEL_BYTES / 16, 4);
	put(0x1FE, 0xAA55, 2);
	put(0x200, 0x6AEB, 2);
	memcpy(world.file + 0x202, "HdrS", 4);
	put(0x206, 0x020F, 2);
	put(0x211, 1, 1);
	put(0x22C, 0x7FFFFFFF, 4);
	put(0x230, 0x200000, 4);
	put(0x234, 1, 1);
	put(0x236, 0x7F, 2);
	put(0x238, 2047, 4);
	put(0x258, BZ_PREFERRED, 8);
	put(0x260, BZ_INIT_BYTES, 4);
	return BZ_KERNEL_AT + BZ_KERNEL_BYTES;
}
