/* SPDX-License-Identifier: Apache-2.0 */
/* image_kind.h: what a config can say about the kind of a guest's kernel. */
#pragma once

#include "kernel/lib/types.h"

/** enum image_kind - the boot protocols Muntin speaks; the order of the words of `type =`. */
enum image_kind {
	IMAGE_UNKNOWN, /* in a config: found out from the file */
	IMAGE_BZIMAGE,
	IMAGE_PVH,
	IMAGE_MULTIBOOT1,
	IMAGE_MULTIBOOT2,
	IMAGE_ELF,
	IMAGE_FLAT, /* nothing in a file says that it is one */
	IMAGE_FIRMWARE,
};

/** struct image_form - what the config says about the kernel file. */
struct image_form {
	enum image_kind kind;
	bool real;     /* IMAGE_FLAT: entered in real mode, else in 32-bit protected mode */
	uint64_t load; /* IMAGE_FLAT: where it goes and is entered */
};
