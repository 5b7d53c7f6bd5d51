/* SPDX-License-Identifier: Apache-2.0 */
/* image_bzheader.c: the setup header of a Linux kernel file, read and checked. */
#include "kernel/image_bzheader.h"

#include "kernel/lib/cursor.h"

enum {
	SECTOR_BYTES = 512,
	SETUP_SECTS_DEFAULT = 4, /* what 0 in setup_sects stands for */
	PARAGRAPH_BYTES = 16,    /* unit of syssize */
	BOOT_FLAG = 0xAA55,
	HEADER_MAGIC = 0x53726448, /* "HdrS" */
	VERSION_NEEDED = 0x020C,   /* the first with xloadflags */
	LOADFLAGS_LOADED_HIGH = 1 << 0,
	XLF_KERNEL_64 = 1 << 0,
	JUMP_SHORT = 0xEB,
	JUMP_FORWARD_MAX = 0x7F,
};

_Static_assert(HDR_MAGIC + JUMP_FORWARD_MAX <= HDR_LIMIT,
	       "no header reaches the next field of boot_params");

static uint64_t field(struct image_file file, size_t at, size_t bytes)
{
	struct cursor c = cursor_over(file.bytes, file.length);

	cursor_seek(&c, at);
	return cursor_le(&c, bytes);
}

bool image_is_bzimage(struct image_file kernel)
{
	return field(kernel, HDR_MAGIC, 4) == HEADER_MAGIC;
}

/*
 * syssize counts whole paragraphs, and not every file is padded to one: memtest86+ ends inside of its
 * last. Boot loaders do not mind.
 */
static size_t kernel_bytes(struct image_file file, size_t setup_bytes)
{
	size_t announced = (size_t)field(file, HDR_SYSSIZE, 4) * PARAGRAPH_BYTES;
	size_t there = file.length > setup_bytes ? file.length - setup_bytes : 0;

	return there < announced && announced - there < PARAGRAPH_BYTES ? there : announced;
}

static void fields_read(struct image_file file, struct bz_header *h)
{
	size_t sectors = (size_t)field(file, HDR_SETUP_SECTS, 1);

	h->end = HDR_MAGIC + (size_t)field(file, HDR_JUMP + 1, 1);
	h->setup_bytes = ((sectors == 0 ? SETUP_SECTS_DEFAULT : sectors) + 1) * SECTOR_BYTES;
	h->kernel_bytes = kernel_bytes(file, h->setup_bytes);
	h->version = (uint32_t)field(file, HDR_VERSION, 2);
	h->alignment = (uint32_t)field(file, HDR_KERNEL_ALIGNMENT, 4);
	h->cmdline_max = (uint32_t)field(file, HDR_CMDLINE_SIZE, 4);
	h->initrd_max = (uint32_t)field(file, HDR_INITRD_ADDR_MAX, 4);
	h->init_bytes = (uint32_t)field(file, HDR_INIT_SIZE, 4);
	h->preferred = field(file, HDR_PREF_ADDRESS, 8);
	h->relocatable = field(file, HDR_RELOCATABLE, 1) != 0;
}

/* Whether the file speaks the protocol at all. */
static enum status protocol_check(struct image_file file, const struct bz_header *h, char *why)
{
	uint64_t flag = field(file, HDR_BOOT_FLAG, 2);

	if (flag != BOOT_FLAG) {
		return image_refuse(why, E_INVALID,
				    "boot flag at offset 0x1FE is 0x%04x, not 0xAA55",
				    (unsigned)flag);
	}
	if (h->version < VERSION_NEEDED) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"Linux boot protocol %u.%02u (offset 0x206); 2.12 or later is needed "
			"(Linux 3.8)",
			h->version >> 8, h->version & 0xFF);
	}
	if (file.length < HDR_END_OF_2_12) {
		return image_refuse(
			why, E_TRUNCATED,
			"the file ends at 0x%zx, inside the setup header (0x1F1 to 0x268)",
			file.length);
	}
	if ((field(file, HDR_LOADFLAGS, 1) & LOADFLAGS_LOADED_HIGH) == 0) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"a zImage (loadflags at 0x211, bit 0 clear); a bzImage is needed");
	}
	if ((field(file, HDR_XLOADFLAGS, 2) & XLF_KERNEL_64) == 0) {
		return image_refuse(why, E_UNSUPPORTED,
				    "no 64-bit entry (xloadflags at 0x236, bit 0 clear); "
				    "a 64-bit kernel is needed");
	}
	return OK;
}

/* Whether the parts that the header announces are in the file. */
static enum status extent_check(struct image_file file, const struct bz_header *h, char *why)
{
	uint64_t jump = field(file, HDR_JUMP, 1);

	if (jump != JUMP_SHORT || h->end < HDR_END_OF_2_12 ||
	    h->end > HDR_MAGIC + JUMP_FORWARD_MAX) {
		return image_refuse(why, E_INVALID,
				    "bytes %02x %02x at offset 0x200 are no jump over a header of "
				    "protocol 2.12 (eb 66 to eb 7f)",
				    (unsigned)jump, (unsigned)(h->end - HDR_MAGIC));
	}
	if (h->kernel_bytes <= BZ_ENTRY_64) {
		return image_refuse(
			why, E_INVALID,
			"syssize at offset 0x1F4 leaves %zu bytes of kernel, not even its entry",
			h->kernel_bytes);
	}
	if (file.length < h->setup_bytes || file.length - h->setup_bytes < h->kernel_bytes) {
		return image_refuse(why, E_TRUNCATED,
				    "the file has %zu bytes; its header announces %zu of setup "
				    "(0x1F1) and %zu of kernel (0x1F4): copy it again",
				    file.length, h->setup_bytes, h->kernel_bytes);
	}
	return OK;
}

/* Whether the kernel can be where it wants to be. */
static enum status address_check(const struct bz_header *h, char *why)
{
	if (h->alignment == 0 || (h->alignment & (h->alignment - 1)) != 0) {
		return image_refuse(why, E_INVALID,
				    "kernel_alignment at offset 0x230 is 0x%x, not a power of two",
				    h->alignment);
	}
	if (h->init_bytes < h->kernel_bytes) {
		return image_refuse(
			why, E_INVALID,
			"init_size at offset 0x260 is %u bytes, less than the kernel's %zu",
			h->init_bytes, h->kernel_bytes);
	}
	if (h->preferred >= 4 * GIB || 4 * GIB - h->preferred < h->init_bytes) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"pref_address at offset 0x258 is 0x%llx; kernel and 0x%x bytes of "
			"init_size must end below 4 GiB",
			(unsigned long long)h->preferred, h->init_bytes);
	}
	if (!h->relocatable && h->preferred < IMAGE_GAP_END) {
		return image_refuse(why, E_UNSUPPORTED,
				    "not relocatable, and pref_address at offset 0x258 is 0x%llx, "
				    "below 1 MiB",
				    (unsigned long long)h->preferred);
	}
	return OK;
}

enum status bz_header_read(struct image_file file, struct bz_header *h, char *why)
{
	enum status status;

	fields_read(file, h);
	status = protocol_check(file, h, why);
	if (status == OK) {
		status = extent_check(file, h, why);
	}
	if (status == OK) {
		status = address_check(h, why);
	}
	return status;
}
