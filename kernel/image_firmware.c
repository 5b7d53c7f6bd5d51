/* SPDX-License-Identifier: Apache-2.0 */
/* image_firmware.c: PC firmware: an image that ends at 4 GiB and is entered at the reset vector. */
#include "kernel/image_firmware.h"

#include "kernel/image_room.h"
#include "kernel/lib/string.h"

enum {
	VOLUME_SIGNATURE = 0x28, /* of EFI_FIRMWARE_VOLUME_HEADER */
	VECTOR_BYTES = 16,       /* from the reset vector to 4 GiB */
	JUMP_FAR = 0xEA,         /* JMP ptr16:16 */
	BIOS_SEGMENT = 0xF000,   /* where a BIOS runs */
};

static const uint8_t *vector_of(struct image_file kernel)
{
	return kernel.bytes + kernel.length - VECTOR_BYTES;
}

static bool has_size(struct image_file kernel)
{
	return kernel.length > 0 && kernel.length <= IMAGE_FIRMWARE_BYTES_MAX &&
	       is_aligned(kernel.length, PAGE_SIZE);
}

static bool jumps_to_bios(const uint8_t *vector)
{
	return vector[0] == JUMP_FAR && (vector[3] | vector[4] << 8) == BIOS_SEGMENT;
}

bool image_is_firmware(struct image_file kernel)
{
	return has_size(kernel) && (memcmp(kernel.bytes + VOLUME_SIGNATURE, "_FVH", 4) == 0 ||
				    jumps_to_bios(vector_of(kernel)));
}

/* Erased flash, or padding: a store of variables ends like that. */
static bool is_blank(const uint8_t *vector)
{
	bool same = vector[0] == 0 || vector[0] == UINT8_MAX;

	for (unsigned i = 1; i < VECTOR_BYTES; i++) {
		same &= vector[i] == vector[0];
	}
	return same;
}

enum status image_firmware_read(struct image_file kernel, char *why)
{
	if (!has_size(kernel)) {
		return image_refuse(why, E_INVALID,
				    "0x%zx bytes cannot be mapped below 4 GiB: firmware has a "
				    "multiple of 0x1000, 0x%x at most",
				    kernel.length, IMAGE_FIRMWARE_BYTES_MAX);
	}
	if (is_blank(vector_of(kernel))) {
		return image_refuse(why, E_INVALID,
				    "all 16 bytes at offset 0x%zx, the reset vector, are 0x%02X: "
				    "no code; use the file that has the code of the firmware",
				    kernel.length - VECTOR_BYTES, vector_of(kernel)[0]);
	}
	return OK;
}

enum status image_firmware_check(const struct image_request *request, struct image_refusal *refusal)
{
	enum status status = image_firmware_read(request->kernel, refusal->why);

	if (status != OK) {
		return image_about(refusal, IMAGE_FIELD_KERNEL, status);
	}
	if (request->initrd.length > 0) {
		status = image_refuse(refusal->why, E_UNSUPPORTED,
				      "firmware takes no initrd: leave it out");
		return image_about(refusal, IMAGE_FIELD_INITRD, status);
	}
	if (request->module_count > 0) {
		status = image_refuse(refusal->why, E_UNSUPPORTED,
				      "firmware takes no modules: leave them out");
		return image_about(refusal, IMAGE_FIELD_MODULES, status);
	}
	if (request->cmdline[0] != '\0') {
		status = image_refuse(refusal->why, E_UNSUPPORTED,
				      "firmware takes no command line: leave it out");
		return image_about(refusal, IMAGE_FIELD_CMDLINE, status);
	}
	return OK;
}
