/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_multiboot.c: Multiboot 1 kernels: laid into RAM, with the information structure they get.
 *
 * Source: Multiboot Specification version 0.6.96, "Machine state", "Boot information format".
 */
#include "kernel/image_mbfile.h"
#include "kernel/image_room.h"
#include "kernel/lib/string.h"

/* Offsets in the information structure, and the flag that says a field is there. */
enum {
	INFO_FLAGS = 0,
	INFO_MEM_LOWER = 4,
	INFO_MEM_UPPER = 8,
	INFO_CMDLINE = 16,
	INFO_MODS_COUNT = 20,
	INFO_MODS_ADDR = 24,
	INFO_MMAP_LENGTH = 44,
	INFO_MMAP_ADDR = 48,
	INFO_BOOT_LOADER_NAME = 64,
	INFO_BYTES = 116,
	INFO_HAS_MEMORY = 1 << 0,
	INFO_HAS_CMDLINE = 1 << 2,
	INFO_HAS_MODS = 1 << 3,
	INFO_HAS_MMAP = 1 << 6,
	INFO_HAS_LOADER_NAME = 1 << 9,
};

enum {
	MMAP_ENTRY_BYTES = 24,
	MMAP_ENTRY_SIZE = 20, /* what its field "size" says: it does not count itself */
	MOD_BYTES = 16,
	BOOTLOADER_MAGIC = 0x2BADB002,
};

static const char loader_name[] = "Muntin";

/* Inside of the page IMAGE_AT_INFO. */
/* clang-format off */
enum {
	AT_MOD  = IMAGE_AT_INFO + 128,
	AT_NAME = AT_MOD + MOD_BYTES,
	AT_MMAP = AT_NAME + 16,
	AT_END  = AT_MMAP + IMAGE_MAP_MAX * MMAP_ENTRY_BYTES,
};
/* clang-format on */

_Static_assert(IMAGE_AT_INFO + INFO_BYTES <= AT_MOD, "the structure ends before the module");
_Static_assert(AT_NAME + sizeof(loader_name) <= AT_MMAP, "the name ends before the memory map");
_Static_assert((int)AT_END <= (int)IMAGE_AT_CMDLINE, "every memory map fits the page");

/** struct mb_plan - where everything goes. */
struct mb_plan {
	struct mb_file file;
	struct image_room room;
	uint64_t kernel_end; /* behind the highest segment */
	uint64_t module;     /* 0 for none */
};

enum status image_multiboot_check(struct image_file kernel, char *why)
{
	struct mb_file file;

	return mb_file_read(kernel, &file, why);
}

/* All of a segment must be RAM that is not ours. */
static enum status check_segment(const struct image_request *request, const struct mb_plan *plan,
				 const struct mb_segment *s, char *why)
{
	uint64_t end = (uint64_t)s->address + s->memory_bytes;

	if (s->address < IMAGE_AT_TABLES && end > IMAGE_AT_GDT) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"segment 0x%x to 0x%llx overlaps 0x%x to 0x%x, where the boot information "
			"lies: link the kernel elsewhere",
			s->address, (unsigned long long)end, IMAGE_AT_GDT, IMAGE_AT_TABLES);
	}
	if (s->address < IMAGE_GAP_END && end > IMAGE_GAP_START) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"segment 0x%x to 0x%llx reaches into 0xA0000 to 0x100000, where a PC has "
			"no RAM: link the kernel elsewhere",
			s->address, (unsigned long long)end);
	}
	if (!image_room_holds(&plan->room, s->address, s->memory_bytes)) {
		return image_refuse(why, E_NO_MEMORY,
				    "segment 0x%x to 0x%llx is not all RAM: give the guest %llu "
				    "MiB of memory or "
				    "more; it has %llu MiB",
				    s->address, (unsigned long long)end,
				    (unsigned long long)image_memory_mib(end),
				    (unsigned long long)image_ram_mib(request));
	}
	return OK;
}

static enum status check_segments(const struct image_request *request, struct mb_plan *plan,
				  char *why)
{
	enum status status = OK;

	plan->kernel_end = 0;
	for (uint32_t i = 0; status == OK && i < plan->file.segment_count; i++) {
		const struct mb_segment *s = &plan->file.segments[i];

		plan->kernel_end =
			max_u64(plan->kernel_end, (uint64_t)s->address + s->memory_bytes);
		status = check_segment(request, plan, s, why);
	}
	return status;
}

/*
 * The initrd is the one module. Page aligned whether flag 0 asks for it or not; directly behind the
 * kernel, because small kernels map little and take what lies behind their modules for free.
 */
static enum status place_module(const struct image_request *request, struct mb_plan *plan,
				char *why)
{
	struct image_place want = {
		.bytes = request->initrd.length,
		.align = PAGE_SIZE,
		.floor = max_u64(plan->kernel_end, IMAGE_GAP_END),
		.limit = 4 * GIB,
	};

	plan->module = 0;
	if (want.bytes == 0 ||
	    (want.floor < want.limit && image_room_lowest(&plan->room, &want, &plan->module))) {
		return OK;
	}
	return image_refuse(
		why, E_NO_MEMORY,
		"the kernel ends at 0x%llx and the initrd needs %zu KiB below 4 GiB: give the "
		"guest "
		"%llu MiB of memory or more; it has %llu MiB",
		(unsigned long long)plan->kernel_end, request->initrd.length / 1024,
		(unsigned long long)image_memory_mib(align_up(want.floor, PAGE_SIZE) + want.bytes),
		(unsigned long long)image_ram_mib(request));
}

static void write_segment(struct image_writer *w, struct image_file kernel,
			  const struct mb_segment *s)
{
	image_write(w, s->address, kernel.bytes + s->file_at, s->file_bytes);
	image_write_zero(w, (uint64_t)s->address + s->file_bytes, s->memory_bytes - s->file_bytes);
}

static void write_mmap(struct image_writer *w, const struct image_room *room)
{
	for (uint32_t i = 0; i < room->count; i++) {
		uint64_t at = AT_MMAP + i * MMAP_ENTRY_BYTES;

		image_write_le(w, at, MMAP_ENTRY_SIZE, 4);
		image_write_le(w, at + 4, room->map[i].base, 8);
		image_write_le(w, at + 12, room->map[i].bytes, 8);
		image_write_le(w, at + 20, room->map[i].type, 4);
	}
}

/* RAM from 1 MiB up to the first hole, in KiB. */
static uint64_t upper_kib(const struct image_room *room)
{
	for (uint32_t i = 0; i < room->count; i++) {
		if (room->map[i].base == IMAGE_GAP_END) {
			return min_u64(room->map[i].bytes / KIB, UINT32_MAX);
		}
	}
	return 0;
}

static void write_info(struct image_writer *w, const struct image_request *request,
		       const struct mb_plan *plan)
{
	const bool has_module = request->initrd.length > 0;
	const uint32_t flags = INFO_HAS_MEMORY | INFO_HAS_CMDLINE | INFO_HAS_MODS | INFO_HAS_MMAP |
			       INFO_HAS_LOADER_NAME;
	/* clang-format off */
	const struct { uint32_t at; uint64_t value; } fields[] = {
		{ IMAGE_AT_INFO + INFO_FLAGS,            flags },
		{ IMAGE_AT_INFO + INFO_MEM_LOWER,        IMAGE_GAP_START / KIB },
		{ IMAGE_AT_INFO + INFO_MEM_UPPER,        upper_kib(&plan->room) },
		{ IMAGE_AT_INFO + INFO_CMDLINE,          IMAGE_AT_CMDLINE },
		{ IMAGE_AT_INFO + INFO_MODS_COUNT,       has_module ? 1 : 0 },
		{ IMAGE_AT_INFO + INFO_MODS_ADDR,        AT_MOD },
		{ IMAGE_AT_INFO + INFO_MMAP_LENGTH,      plan->room.count * MMAP_ENTRY_BYTES },
		{ IMAGE_AT_INFO + INFO_MMAP_ADDR,        AT_MMAP },
		{ IMAGE_AT_INFO + INFO_BOOT_LOADER_NAME, AT_NAME },
		{ AT_MOD,                                plan->module },
		{ AT_MOD + 4,                            plan->module + request->initrd.length },
		{ AT_MOD + 8,                            0 }, /* the module has no string */
	};
	/* clang-format on */

	image_write_zero(w, IMAGE_AT_INFO, AT_END - IMAGE_AT_INFO);
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		image_write_le(w, fields[i].at, fields[i].value, 4);
	}
	image_write(w, AT_NAME, loader_name, sizeof(loader_name));
	image_write(w, IMAGE_AT_CMDLINE, request->cmdline, strlen(request->cmdline) + 1);
	write_mmap(w, &plan->room);
}

static enum status write_all(const struct image_request *request, const struct mb_plan *plan,
			     struct image_start *start)
{
	struct image_writer w = { request->memory, OK };

	for (uint32_t i = 0; i < plan->file.segment_count; i++) {
		write_segment(&w, request->kernel, &plan->file.segments[i]);
	}
	image_write(&w, plan->module, request->initrd.bytes, request->initrd.length);
	write_info(&w, request, plan);
	image_write_gdt(&w, IMAGE_CODE_32, start);
	return w.status;
}

enum status image_multiboot_load(const struct image_request *request, struct image_start *start,
				 char *why)
{
	struct mb_plan plan;
	enum status status = mb_file_read(request->kernel, &plan.file, why);

	if (status == OK && strlen(request->cmdline) >= IMAGE_CMDLINE_BYTES) {
		return image_refuse(why, E_INVALID,
				    "the command line has %zu characters; %d is the most",
				    strlen(request->cmdline), IMAGE_CMDLINE_BYTES - 1);
	}
	if (status == OK) {
		status = image_room_make(request, &plan.room, why);
	}
	if (status == OK) {
		status = check_segments(request, &plan, why);
	}
	if (status == OK) {
		status = place_module(request, &plan, why);
	}
	if (status != OK) {
		return status;
	}
	if (write_all(request, &plan, start) != OK) {
		return image_refuse(why, E_NO_MEMORY,
				    "the guest's RAM is not where its memory map says");
	}
	start->mode = IMAGE_MODE_PROTECTED32;
	start->rip = plan.file.entry;
	start->rsp = IMAGE_AT_TABLES;
	start->rax = BOOTLOADER_MAGIC;
	start->rbx = IMAGE_AT_INFO;
	return OK;
}
