/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_multiboot.c: the information structure of Multiboot 1 kernels.
 *
 * Source: Multiboot Specification version 0.6.96, "Machine state", "Boot information format".
 */
#include "kernel/image_sections.h"
#include "kernel/image_write.h"
#include "kernel/lib/string.h"

/* Offsets in the information structure, and the flag that says a field is there. */
enum {
	INFO_FLAGS = 0,
	INFO_MEM_LOWER = 4,
	INFO_MEM_UPPER = 8,
	INFO_CMDLINE = 16,
	INFO_MODS_COUNT = 20,
	INFO_MODS_ADDR = 24,
	INFO_SECTIONS = 28, /* num, size, addr, shndx */
	INFO_MMAP_LENGTH = 44,
	INFO_MMAP_ADDR = 48,
	INFO_BOOT_LOADER_NAME = 64,
	INFO_BYTES = 116,
	INFO_HAS_MEMORY = 1 << 0,
	INFO_HAS_CMDLINE = 1 << 2,
	INFO_HAS_MODS = 1 << 3,
	INFO_HAS_SECTIONS = 1 << 5,
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
	AT_NAME = AT_MOD + IMAGE_MODULES_MAX * MOD_BYTES,
	AT_MMAP = AT_NAME + 16,
	AT_END  = AT_MMAP + IMAGE_MAP_MAX * MMAP_ENTRY_BYTES,
};
/* clang-format on */

_Static_assert(IMAGE_AT_INFO + INFO_BYTES <= AT_MOD, "the structure ends before the modules");
_Static_assert(AT_NAME + sizeof(loader_name) <= AT_MMAP, "the name ends before the memory map");
_Static_assert((int)AT_END <= (int)IMAGE_AT_CMDLINE, "every memory map fits the page");

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

static void write_modules(struct image_writer *w, const struct image_request *request,
			  const struct seg_plan *plan)
{
	for (uint32_t i = 0; i < plan->module_count; i++) {
		uint64_t at = AT_MOD + i * MOD_BYTES;
		uint32_t base = plan->modules[i].at;

		image_write_le(w, at, base, 4);
		image_write_le(w, at + 4, base + image_module_at(request, i).file.length, 4);
		image_write_le(w, at + 8, plan->modules[i].string, 4);
	}
}

void image_multiboot_info(struct image_writer *w, const struct image_request *request,
			  const struct seg_plan *plan, struct image_start *start)
{
	const struct image_sections *sections = &plan->parts.sections;
	const bool told = sections->count > 0;
	const uint32_t flags = INFO_HAS_MEMORY | INFO_HAS_CMDLINE | INFO_HAS_MODS | INFO_HAS_MMAP |
			       INFO_HAS_LOADER_NAME | (told ? INFO_HAS_SECTIONS : 0);
	/* clang-format off */
	const struct { uint32_t at; uint64_t value; } fields[] = {
		{ IMAGE_AT_INFO + INFO_FLAGS,            flags },
		{ IMAGE_AT_INFO + INFO_MEM_LOWER,        IMAGE_GAP_START / KIB },
		{ IMAGE_AT_INFO + INFO_MEM_UPPER,        image_room_upper_kib(&plan->room) },
		{ IMAGE_AT_INFO + INFO_CMDLINE,          IMAGE_AT_CMDLINE },
		{ IMAGE_AT_INFO + INFO_MODS_COUNT,       plan->module_count },
		{ IMAGE_AT_INFO + INFO_MODS_ADDR,        AT_MOD },
		{ IMAGE_AT_INFO + INFO_SECTIONS,         sections->count },
		{ IMAGE_AT_INFO + INFO_SECTIONS + 4,     sections->header_bytes },
		{ IMAGE_AT_INFO + INFO_SECTIONS + 8,     plan->extra },
		{ IMAGE_AT_INFO + INFO_SECTIONS + 12,    sections->names },
		{ IMAGE_AT_INFO + INFO_MMAP_LENGTH,      plan->room.count * MMAP_ENTRY_BYTES },
		{ IMAGE_AT_INFO + INFO_MMAP_ADDR,        AT_MMAP },
		{ IMAGE_AT_INFO + INFO_BOOT_LOADER_NAME, AT_NAME },
	};
	/* clang-format on */

	image_write_zero(w, IMAGE_AT_INFO, AT_END - IMAGE_AT_INFO);
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		image_write_le(w, fields[i].at, fields[i].value, 4);
	}
	image_write(w, AT_NAME, loader_name, sizeof(loader_name));
	write_modules(w, request, plan);
	write_mmap(w, &plan->room);
	image_write_sections(
		w, request->kernel, sections, plan->extra,
		plan->extra + align_up(image_sections_header_bytes(sections), IMAGE_SECTION_ALIGN));
	start->rax = BOOTLOADER_MAGIC;
	start->rbx = IMAGE_AT_INFO;
}
