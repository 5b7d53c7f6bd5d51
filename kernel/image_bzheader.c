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
	VERSION_NEEDED = 0x0206,   /* the first with cmdline_size */
	VERSION_SETUP_DATA = 0x0209,
	VERSION_INIT_SIZE = 0x020A,
	VERSION_XLOADFLAGS = 0x020C,
	VERSION_KERNEL_INFO = 0x020F,
	LOADFLAGS_LOADED_HIGH = 1 << 0,
	XLF_KERNEL_64 = 1 << 0,
	XLF_CAN_BE_LOADED_ABOVE_4G = 1 << 1,
	KERNEL_INFO_MAGIC = 0x506F544C, /* "LToP" */
	KERNEL_INFO_BYTES = 16,         /* what every version of it has */
	LOAD_ADDRESS = 0x100000, /* what code32_start counts from, and where old kernels go */
	UNPACKED = 3,            /* room for itself, times its file, that an old kernel is given */
	JUMP_SHORT = 0xEB,
	JUMP_FORWARD_MAX = 0x7F,
};

/* Where the header ends, by version. */
static const struct {
	uint32_t version;
	uint32_t end;
} ends[] = {
	{ 0x0206, 0x23C }, /* cmdline_size */
	{ 0x0207, 0x248 }, /* hardware_subarch_data */
	{ 0x0208, 0x250 }, /* payload_length */
	{ 0x0209, 0x258 }, /* setup_data */
	{ 0x020A, 0x264 }, /* init_size */
	{ 0x020B, 0x268 }, /* handover_offset */
	{ 0x020F, 0x26C }, /* kernel_info_offset */
};

_Static_assert(HDR_MAGIC + JUMP_FORWARD_MAX <= HDR_LIMIT,
	       "no header reaches the next field of boot_params");

static uint64_t field(struct image_file file, size_t at, size_t bytes)
{
	struct cursor c = cursor_over(file.bytes, file.length);

	cursor_seek(&c, at);
	return cursor_le(&c, bytes);
}

bool bz_header_has_setup_data(const struct bz_header *header)
{
	return header->version >= VERSION_SETUP_DATA;
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

static uint32_t end_of(uint32_t version)
{
	uint32_t end = 0;

	for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
		end = version >= ends[i].version ? ends[i].end : end;
	}
	return end;
}

/* What came with later versions, and what a loader does without. */
static void later_fields_read(struct image_file file, struct bz_header *h)
{
	uint64_t flags = h->version >= VERSION_XLOADFLAGS ? field(file, HDR_XLOADFLAGS, 2) : 0;

	h->wide = (flags & XLF_KERNEL_64) != 0;
	h->high = h->wide && (flags & XLF_CAN_BE_LOADED_ABOVE_4G) != 0;
	h->entry = h->wide ? (uint64_t)BZ_ENTRY_64
			   : field(file, HDR_CODE32_START, 4) - (uint64_t)LOAD_ADDRESS;
	if (h->version >= VERSION_INIT_SIZE) {
		h->init_bytes = (uint32_t)field(file, HDR_INIT_SIZE, 4);
		h->preferred = field(file, HDR_PREF_ADDRESS, 8);
	} else {
		h->init_bytes = (uint32_t)min_u64(UNPACKED * (uint64_t)h->kernel_bytes, UINT32_MAX);
		h->preferred = LOAD_ADDRESS;
	}
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
	h->relocatable = field(file, HDR_RELOCATABLE, 1) != 0;
	later_fields_read(file, h);
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
			"Linux boot protocol %u.%02u (offset 0x206); 2.06 or later is needed "
			"(Linux 2.6.22)",
			h->version >> 8, h->version & 0xFF);
	}
	if (file.length < end_of(h->version)) {
		return image_refuse(
			why, E_TRUNCATED,
			"the file ends at 0x%zx, inside the setup header (0x1F1 to 0x%x)",
			file.length, end_of(h->version));
	}
	if ((field(file, HDR_LOADFLAGS, 1) & LOADFLAGS_LOADED_HIGH) == 0) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"a zImage (loadflags at 0x211, bit 0 clear); a bzImage is needed");
	}
	if (!h->wide && field(file, HDR_CODE32_START, 4) == 0) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"the only entry is the one in real mode (code32_start at 0x214 is "
			"0): its code calls a BIOS, and there is none");
	}
	return OK;
}

/* Whether the parts that the header announces are in the file. */
static enum status extent_check(struct image_file file, const struct bz_header *h, char *why)
{
	uint64_t jump = field(file, HDR_JUMP, 1);

	if (jump != JUMP_SHORT || h->end < end_of(h->version) ||
	    h->end > HDR_MAGIC + JUMP_FORWARD_MAX) {
		return image_refuse(why, E_INVALID,
				    "bytes %02x %02x at offset 0x200 are no jump over a header of "
				    "protocol %u.%02u (eb %02x to eb 7f)",
				    (unsigned)jump, (unsigned)(h->end - HDR_MAGIC), h->version >> 8,
				    h->version & 0xFF, end_of(h->version) - (unsigned)HDR_MAGIC);
	}
	if (h->entry >= h->kernel_bytes) {
		return image_refuse(
			why, E_INVALID,
			"the entry (offset %s) is %lld bytes behind the load address, and syssize "
			"at offset 0x1F4 leaves %zu bytes of kernel, not even its entry",
			h->wide ? "0x236" : "0x214", (long long)h->entry, h->kernel_bytes);
	}
	if (file.length < h->setup_bytes || file.length - h->setup_bytes < h->kernel_bytes) {
		return image_refuse(why, E_TRUNCATED,
				    "the file has %zu bytes; its header announces %zu of setup "
				    "(0x1F1) and %zu of kernel (0x1F4): copy it again",
				    file.length, h->setup_bytes, h->kernel_bytes);
	}
	return OK;
}

/* kernel_info lies in the part that is loaded; in front of it, what its size counts. */
static enum status info_check(struct image_file file, const struct bz_header *h, char *why)
{
	uint64_t offset = h->version >= VERSION_KERNEL_INFO ? field(file, HDR_KERNEL_INFO, 4) : 0;
	size_t at = h->setup_bytes + (size_t)offset;

	if (offset == 0) {
		return OK;
	}
	if (offset > h->kernel_bytes || h->kernel_bytes - offset < KERNEL_INFO_BYTES) {
		return image_refuse(why, E_INVALID,
				    "kernel_info_offset at 0x268 is 0x%llx; the kernel has 0x%zx "
				    "bytes",
				    (unsigned long long)offset, h->kernel_bytes);
	}
	if (field(file, at, 4) != KERNEL_INFO_MAGIC || field(file, at + 4, 4) < KERNEL_INFO_BYTES ||
	    field(file, at + 4, 4) > h->kernel_bytes - offset) {
		return image_refuse(
			why, E_INVALID,
			"no kernel_info at offset 0x%zx, where 0x268 says it is: \"LToP\" "
			"and a size from 16 on that ends in the kernel are needed",
			at);
	}
	return OK;
}

/* Whether the kernel can be where it wants to be. */
static enum status address_check(const struct bz_header *h, char *why)
{
	const uint64_t limit = h->high ? IMAGE_ADDRESS_LIMIT : 4 * GIB;

	if (h->relocatable && (h->alignment == 0 || (h->alignment & (h->alignment - 1)) != 0)) {
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
	if (h->preferred >= limit || limit - h->preferred < h->init_bytes) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"pref_address at offset 0x258 is 0x%llx; kernel and 0x%x bytes of "
			"init_size must end below %s",
			(unsigned long long)h->preferred, h->init_bytes,
			h->high ? "128 TiB" : "4 GiB (xloadflags at 0x236, bit 1 clear)");
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
		status = info_check(file, h, why);
	}
	if (status == OK) {
		status = address_check(h, why);
	}
	return status;
}
