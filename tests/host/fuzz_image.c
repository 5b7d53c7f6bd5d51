/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image.c: any file as a kernel, its kind found out or forced. The loaders have fuzzers of their own. */
#include "tests/host/image_fuzz.h"

/* Bits 1 to 3 of option 1 force a kind; bit 4 is for flat files, which go to option 3 times 4 KiB. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_form form = { 0 };

	if (size >= FUZZ_OPTIONS) {
		form.kind = (enum image_kind)((data[1] >> 1 & 7) % (IMAGE_FIRMWARE + 1));
		form.real = (data[1] & 16) != 0;
		form.load = (uint64_t)data[3] << 12;
	}
	return image_fuzz(data, size, form, NULL);
}
