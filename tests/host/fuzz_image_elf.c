/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image_elf.c: any headers and notes of ELF files, as plain ELF and as PVH kernels. */
#include "tests/host/image_fuzz.h"

/* Bit 2 of option 1: of 64 bits. */
static void mend(uint8_t *file, size_t bytes, const uint8_t *options)
{
	const bool wide = (options[1] & 4) != 0;

	fuzz_put(file, bytes, 0, wide ? 0x0102464C457F : 0x0101464C457F, 6);
	fuzz_put(file, bytes, 16, wide ? 0x003E0002 : 0x00030002, 4);
}

/* Bit 1 of option 1: as PVH. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const bool pvh = size >= FUZZ_OPTIONS && (data[1] & 2) != 0;

	return image_fuzz(data, size, (struct image_form){ .kind = pvh ? IMAGE_PVH : IMAGE_ELF },
			  mend);
}
