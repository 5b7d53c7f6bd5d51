/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image_flat.c: a flat file of any length at any address. The address is the last 8 bytes of the input. */
#include "tests/host/image_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_form form = { .kind = IMAGE_FLAT };

	if (size >= FUZZ_OPTIONS + sizeof(form.load)) {
		memcpy(&form.load, data + size - sizeof(form.load), sizeof(form.load));
		form.real = (data[1] & 2) != 0;
	}
	return image_fuzz(data, size, form, NULL);
}
