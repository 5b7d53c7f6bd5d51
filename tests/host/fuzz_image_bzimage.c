/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image_bzimage.c: any setup header of a Linux kernel. */
#include "tests/host/image_fuzz.h"

/* With bit 1 of option 1 also a jump over a header of any version. */
static void mend(uint8_t *file, size_t bytes, const uint8_t *options)
{
	fuzz_put(file, bytes, 0x1FE, 0xAA55, 2);
	fuzz_put(file, bytes, 0x202, 0x53726448, 4);
	if ((options[1] & 2) != 0) {
		fuzz_put(file, bytes, 0x200, 0x6AEB, 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return image_fuzz(data, size, (struct image_form){ .kind = IMAGE_BZIMAGE }, mend);
}
