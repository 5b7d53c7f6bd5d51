/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image_multiboot.c: any Multiboot 1 header, with addresses or in front of any ELF file. */
#include "tests/host/image_fuzz.h"

/* The header is at 0x80; with bit 1 of option 1 the file is ELF of 32 bits. */
static void mend(uint8_t *file, size_t bytes, const uint8_t *options)
{
	fuzz_put(file, bytes, 0x80, 0x1BADB002, 4);
	fuzz_put(file, bytes, 0x88, -(uint64_t)(0x1BADB002 + fuzz_get(file, bytes, 0x84)), 4);
	if ((options[1] & 2) != 0) {
		fuzz_put(file, bytes, 0, 0x0101464C457F, 6);
		fuzz_put(file, bytes, 16, 0x00030002, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return image_fuzz(data, size, (struct image_form){ .kind = IMAGE_MULTIBOOT1 }, mend);
}
