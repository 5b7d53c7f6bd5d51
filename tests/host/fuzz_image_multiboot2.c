/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image_multiboot2.c: any tags of a Multiboot 2 header, with addresses or in front of any ELF file. */
#include "tests/host/image_fuzz.h"

/* The header is at 0x100; with bit 1 of option 1 the file is ELF, of 64 bits with bit 2. */
static void mend(uint8_t *file, size_t bytes, const uint8_t *options)
{
	const bool wide = (options[1] & 4) != 0;
	const uint32_t rest = fuzz_get(file, bytes, 0x104) + fuzz_get(file, bytes, 0x108);

	fuzz_put(file, bytes, 0x100, 0xE85250D6, 4);
	fuzz_put(file, bytes, 0x10C, -(uint64_t)(0xE85250D6 + rest), 4);
	if ((options[1] & 2) != 0) {
		fuzz_put(file, bytes, 0, wide ? 0x0102464C457F : 0x0101464C457F, 6);
		fuzz_put(file, bytes, 16, wide ? 0x003E0002 : 0x00030002, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return image_fuzz(data, size, (struct image_form){ .kind = IMAGE_MULTIBOOT2 }, mend);
}
