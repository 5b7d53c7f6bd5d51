/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_bzimage.c: Linux kernels, written to RAM for a start by the 64-bit or the 32-bit boot protocol.
 *
 * Sources: Linux "The Linux/x86 Boot Protocol", "64-bit Boot Protocol", "32-bit Boot Protocol"; Linux
 * "Zero Page".
 */
#include "kernel/image_bzplan.h"
#include "kernel/image_write.h"
#include "kernel/lib/string.h"

/* The rest of boot_params. Source: "Zero Page". */
enum {
	BP_ACPI_RSDP_ADDR = 0x070,
	BP_EXT_RAMDISK_IMAGE = 0x0C0,
	BP_EXT_RAMDISK_SIZE = 0x0C4,
	BP_EXT_CMD_LINE_PTR = 0x0C8,
	BP_E820_ENTRIES = 0x1E8,
	BP_E820_TABLE = 0x2D0,
	BP_BYTES = 0x1000,
	E820_ENTRY_BYTES = 20,
	E820_ENTRIES_MAX = 128,
};

enum {
	TYPE_OF_LOADER_NONE = 0xFF, /* a loader without an assigned number */
	VID_MODE_NORMAL = 0xFFFF,
};

_Static_assert((int)IMAGE_MAP_MAX <= (int)E820_ENTRIES_MAX, "every memory map fits boot_params");
static void write_e820(struct image_writer *w, const struct image_room *room)
{
	for (uint32_t i = 0; i < room->count; i++) {
		uint64_t at = IMAGE_AT_INFO + BP_E820_TABLE + i * E820_ENTRY_BYTES;

		image_write_le(w, at, room->map[i].base, 8);
		image_write_le(w, at + 8, room->map[i].bytes, 8);
		image_write_le(w, at + 16, room->map[i].type, 4);
	}
	image_write_le(w, IMAGE_AT_INFO + BP_E820_ENTRIES, room->count, 1);
}

/*
 * The one node of the list of further data. No SETUP_E820_EXT: every memory map fits boot_params. The file's
 * own setup_data is not followed: it would be an address in a RAM that it cannot know.
 */
enum {
	AT_SEED = IMAGE_AT_STRINGS, /* no modules, so no strings */
	SETUP_RNG_SEED = 9,         /* Linux, asm/setup_data.h */
	NODE_BYTES = 16,            /* next, type and length */
};

static bool has_seed(const struct image_request *request, const struct bz_plan *plan)
{
	return request->seed != NULL && bz_header_has_setup_data(&plan->header);
}

static void write_seed(struct image_writer *w, const struct image_request *request,
		       const struct bz_plan *plan)
{
	if (has_seed(request, plan)) {
		image_write_le(w, AT_SEED, 0, 8);
		image_write_le(w, AT_SEED + 8, SETUP_RNG_SEED, 4);
		image_write_le(w, AT_SEED + 12, IMAGE_SEED_BYTES, 4);
		image_write(w, AT_SEED + NODE_BYTES, request->seed, IMAGE_SEED_BYTES);
	}
}

/* boot_params: all zero, the file's setup header, and what a loader has to fill in. */
static void write_boot_params(struct image_writer *w, const struct image_request *request,
			      const struct bz_plan *plan)
{
	const uint64_t initrd_bytes = request->initrd.length;
	/* clang-format off */
	const struct { uint32_t at; uint32_t bytes; uint64_t value; } fields[] = {
		{ BP_ACPI_RSDP_ADDR,    8, request->acpi_rsdp.value },
		{ BP_EXT_RAMDISK_IMAGE, 4, plan->initrd >> 32 },
		{ BP_EXT_RAMDISK_SIZE,  4, initrd_bytes >> 32 },
		{ BP_EXT_CMD_LINE_PTR,  4, 0 },
		{ HDR_VID_MODE,         2, VID_MODE_NORMAL },
		{ HDR_TYPE_OF_LOADER,   1, TYPE_OF_LOADER_NONE },
		{ HDR_CODE32_START,     4, plan->kernel },
		{ HDR_RAMDISK_IMAGE,    4, plan->initrd },
		{ HDR_RAMDISK_SIZE,     4, initrd_bytes },
		{ HDR_EXT_LOADER_VER,   2, 0 },
		{ HDR_CMD_LINE_PTR,     4, IMAGE_AT_CMDLINE },
		{ HDR_HARDWARE_SUBARCH, 4, 0 }, /* a PC */
		{ HDR_SETUP_DATA,       8, has_seed(request, plan) ? AT_SEED : 0 },
	};
	/* clang-format on */

	image_write_zero(w, IMAGE_AT_INFO, BP_BYTES);
	image_write(w, IMAGE_AT_INFO + HDR_SETUP_SECTS, request->kernel.bytes + HDR_SETUP_SECTS,
		    plan->header.end - HDR_SETUP_SECTS);
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		image_write_le(w, IMAGE_AT_INFO + fields[i].at, fields[i].value, fields[i].bytes);
	}
	write_e820(w, &plan->room);
}

static enum status write_all(const struct image_request *request, const struct bz_plan *plan,
			     struct image_start *start)
{
	struct image_writer w = { request->memory, OK };
	const struct bz_header *h = &plan->header;

	image_write_bios(&w);
	image_write(&w, plan->kernel, request->kernel.bytes + h->setup_bytes, h->kernel_bytes);
	image_write(&w, plan->initrd, request->initrd.bytes, request->initrd.length);
	image_write(&w, IMAGE_AT_CMDLINE, request->cmdline, strlen(request->cmdline) + 1);
	write_boot_params(&w, request, plan);
	write_seed(&w, request, plan);
	if (h->wide) {
		image_write_tables(&w);
		image_write_more_tables(&w, plan->kernel, plan->kernel + h->init_bytes);
	}
	image_write_gdt(&w, h->wide ? IMAGE_CODE_64 : IMAGE_CODE_32, start);
	return w.status;
}

enum status image_bzimage_load(const struct image_request *request, struct image_start *start,
			       struct image_refusal *refusal)
{
	struct bz_plan plan;
	enum status status = bz_plan_make(request, &plan, refusal);

	if (status != OK) {
		return status;
	}
	if (write_all(request, &plan, start) != OK) {
		return image_write_refuse(refusal);
	}
	start->mode = plan.header.wide ? IMAGE_MODE_LONG64 : IMAGE_MODE_PROTECTED32;
	start->rip = plan.kernel + plan.header.entry;
	start->rsp = IMAGE_AT_TABLES;
	start->rsi = IMAGE_AT_INFO;
	start->cr3 = plan.header.wide ? IMAGE_AT_TABLES : 0;
	return OK;
}
