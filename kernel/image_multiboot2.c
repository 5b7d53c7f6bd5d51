/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_multiboot2.c: the boot information of Multiboot 2 kernels.
 *
 * Source: Multiboot2 Specification version 2.0, "Machine state", "Boot information format".
 */
#include "kernel/image_mb2file.h"
#include "kernel/image_sections.h"
#include "kernel/image_write.h"
#include "kernel/lib/string.h"

enum { BOOTLOADER_MAGIC = 0x36D76289 };

/** struct tags - where the next tag goes. */
struct tags {
	struct image_writer *w;
	uint64_t at;
};

/* Begins a tag of @bytes; returns where what is behind its size goes. */
static uint64_t tag_begin(struct tags *tags, uint32_t type, uint64_t bytes)
{
	uint64_t at = tags->at;

	image_write_le(tags->w, at, type, 4);
	image_write_le(tags->w, at + 4, bytes, 4);
	tags->at += align_up(bytes, MB2_TAG_ALIGN);
	return at + MB2_TAG_BYTES;
}

/* A tag that is a string; its NUL is among the zeros the information began as. */
static void write_string(struct tags *tags, uint32_t type, const char *string)
{
	const size_t length = strlen(string);

	image_write(tags->w, tag_begin(tags, type, MB2_TAG_BYTES + length + 1), string, length);
}

static void write_modules(struct tags *tags, const struct image_request *request,
			  const struct seg_plan *plan)
{
	for (uint32_t i = 0; i < plan->module_count; i++) {
		const struct image_module m = image_module_at(request, i);
		uint64_t at =
			tag_begin(tags, MB2_TAG_MODULE, MB2_MODULE_BYTES + m.string_bytes + 1);

		image_write_le(tags->w, at, plan->modules[i].at, 4);
		image_write_le(tags->w, at + 4, plan->modules[i].at + m.file.length, 4);
		image_write(tags->w, at + 8, m.string, m.string_bytes);
	}
}

static void write_memory(struct tags *tags, const struct image_room *room)
{
	const uint64_t map_bytes = MB2_MMAP_BYTES + (uint64_t)room->count * MB2_MMAP_ENTRY_BYTES;
	uint64_t at = tag_begin(tags, MB2_TAG_MEMORY, MB2_MEMORY_BYTES);

	image_write_le(tags->w, at, IMAGE_GAP_START / KIB, 4);
	image_write_le(tags->w, at + 4, image_room_upper_kib(room), 4);
	at = tag_begin(tags, MB2_TAG_MMAP, map_bytes);
	image_write_le(tags->w, at, MB2_MMAP_ENTRY_BYTES, 4); /* and entry_version 0 */
	for (uint32_t i = 0; i < room->count; i++) {
		uint64_t entry = at + 8 + (uint64_t)i * MB2_MMAP_ENTRY_BYTES;

		image_write_le(tags->w, entry, room->map[i].base, 8);
		image_write_le(tags->w, entry + 8, room->map[i].bytes, 8);
		image_write_le(tags->w, entry + 16, room->map[i].type, 4);
	}
}

/* num, entsize and shndx have 32 bits: so the specification's header file, and GRUB; its text says 16. */
static void write_sections(struct tags *tags, const struct image_request *request,
			   const struct image_sections *sections, uint64_t loose)
{
	if (sections->count == 0) {
		return;
	}
	uint64_t at = tag_begin(tags, MB2_TAG_SECTIONS,
				MB2_SECTIONS_BYTES + image_sections_header_bytes(sections));

	image_write_le(tags->w, at, sections->count, 4);
	image_write_le(tags->w, at + 4, sections->header_bytes, 4);
	image_write_le(tags->w, at + 8, sections->names, 4);
	image_write_sections(tags->w, request->kernel, sections, at + 12, loose);
}

/* Copies of the guest's own RSDP: its first 20 bytes are what ACPI 1.0 had. */
static void write_rsdps(struct tags *tags, const struct image_request *request)
{
	uint8_t rsdp[MB2_RSDP_NEW_BYTES];

	if (guest_memory_read(tags->w->memory, request->acpi_rsdp, rsdp, sizeof(rsdp)) != OK) {
		memset(rsdp, 0, sizeof(rsdp));
	}
	image_write(tags->w, tag_begin(tags, MB2_TAG_RSDP_OLD, MB2_TAG_BYTES + MB2_RSDP_OLD_BYTES),
		    rsdp, MB2_RSDP_OLD_BYTES);
	image_write(tags->w, tag_begin(tags, MB2_TAG_RSDP_NEW, MB2_TAG_BYTES + MB2_RSDP_NEW_BYTES),
		    rsdp, MB2_RSDP_NEW_BYTES);
}

void image_multiboot2_info(struct image_writer *w, const struct image_request *request,
			   const struct seg_plan *plan, struct image_start *start)
{
	const uint64_t bytes = image_multiboot2_info_bytes(request, plan);
	struct tags tags = { w, plan->extra + MB2_INFO_BYTES };

	image_write_zero(w, plan->extra, bytes);
	image_write_le(w, plan->extra, bytes, 4);
	write_string(&tags, MB2_TAG_CMDLINE, request->cmdline);
	write_string(&tags, MB2_TAG_LOADER_NAME, MB2_LOADER_NAME);
	write_modules(&tags, request, plan);
	write_memory(&tags, &plan->room);
	write_sections(&tags, request, &plan->parts.sections,
		       plan->extra + align_up(bytes, IMAGE_SECTION_ALIGN));
	write_rsdps(&tags, request);
	if (plan->parts.moves.allowed) {
		image_write_le(w, tag_begin(&tags, MB2_TAG_LOAD_BASE, MB2_LOAD_BASE_BYTES),
			       seg_plan_base(plan), 4);
	}
	tag_begin(&tags, MB2_TAG_END, MB2_TAG_BYTES);
	start->rax = BOOTLOADER_MAGIC;
	start->rbx = plan->extra;
}
