/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_bzheader.h: the setup header of a Linux kernel file.
 *
 * Every fact is from Linux "The Linux/x86 Boot Protocol"; the section is in quotes.
 */
#pragma once

#include "kernel/image_room.h"

/*
 * Offsets in the file; the header has the same ones in boot_params. Source: "The Real-Mode Kernel
 * Header".
 */
enum {
	HDR_SETUP_SECTS = 0x1F1,
	HDR_SYSSIZE = 0x1F4,
	HDR_VID_MODE = 0x1FA,
	HDR_BOOT_FLAG = 0x1FE,
	HDR_JUMP = 0x200,
	HDR_MAGIC = 0x202,
	HDR_VERSION = 0x206,
	HDR_TYPE_OF_LOADER = 0x210,
	HDR_LOADFLAGS = 0x211,
	HDR_CODE32_START = 0x214,
	HDR_RAMDISK_IMAGE = 0x218,
	HDR_RAMDISK_SIZE = 0x21C,
	HDR_EXT_LOADER_VER = 0x226,
	HDR_CMD_LINE_PTR = 0x228,
	HDR_INITRD_ADDR_MAX = 0x22C,
	HDR_KERNEL_ALIGNMENT = 0x230,
	HDR_RELOCATABLE = 0x234,
	HDR_XLOADFLAGS = 0x236,
	HDR_CMDLINE_SIZE = 0x238,
	HDR_HARDWARE_SUBARCH = 0x23C,
	HDR_SETUP_DATA = 0x250,
	HDR_PREF_ADDRESS = 0x258,
	HDR_INIT_SIZE = 0x260,
	HDR_KERNEL_INFO = 0x268,
	HDR_LIMIT = 0x290,   /* edd_mbr_sig_buffer, the next field of boot_params */
	BZ_ENTRY_64 = 0x200, /* from the load address; "64-bit Boot Protocol" */
};

/** struct bz_header - what the setup header says, checked. */
struct bz_header {
	size_t end;          /* of the header in the file */
	size_t setup_bytes;  /* the real-mode part, which is not loaded */
	size_t kernel_bytes; /* the part that is */
	uint32_t version;
	bool wide;      /* has a 64-bit entry; else it is entered in 32-bit mode */
	bool high;      /* may lie above 4 GiB, as its initrd may */
	uint64_t entry; /* from its load address on */
	uint32_t alignment;
	uint32_t cmdline_max; /* without the NUL */
	uint32_t initrd_max;  /* last byte an initrd may use */
	uint32_t init_bytes;  /* room the kernel needs from its load address on */
	uint64_t preferred;
	bool relocatable;
};

/** bz_header_has_setup_data() - whether the kernel looks at a list of further data. */
bool bz_header_has_setup_data(const struct bz_header *header);

/**
 * bz_header_read() - read the header of a file and check it against the file.
 * @file:   has the mark, see image_is_bzimage()
 * @header: filled in
 * @why:    IMAGE_WHY_BYTES of room; in words what is wrong
 *
 * When OK: the parts the header announces are in the file, and the kernel and the room it asks for
 * end below 4 GiB when it lies at its preferred address, unless it may lie above.
 *
 * Return: OK, E_INVALID, E_TRUNCATED, E_UNSUPPORTED (a kernel with the entry in real mode only).
 * Source: "The Real-Mode Kernel Header", "Details of Header Fields".
 */
enum status bz_header_read(struct image_file file, struct bz_header *header, char *why);
