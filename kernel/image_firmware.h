/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_firmware.h: PC firmware: an image that ends at 4 GiB and is entered at the reset vector.
 *
 * Source: SDM Vol. 3A, "First Instruction Executed"; UEFI Platform Initialization Specification, Volume 3,
 * "EFI_FIRMWARE_VOLUME_HEADER".
 */
#pragma once

#include "kernel/image.h"

enum {
	IMAGE_FIRMWARE_BYTES_MAX = 16 << 20, /* below it come the APICs' pages */
	/* The end of the image, which a PC also shows below 1 MiB. */
	IMAGE_FIRMWARE_SHADOW_BYTES = 128 << 10,
};

/** image_is_firmware() - whether a file begins with a firmware volume, or ends with a BIOS' jump. */
bool image_is_firmware(struct image_file kernel);

/**
 * image_firmware_read() - check a file.
 *
 * Return: OK, E_INVALID (a size that cannot be mapped, nothing at the reset vector), with words in @why.
 */
enum status image_firmware_read(struct image_file kernel, char *why);

/** image_firmware_check() - as image_check(), of a file that the config or the file itself calls firmware. */
enum status image_firmware_check(const struct image_request *request,
				 struct image_refusal *refusal);
