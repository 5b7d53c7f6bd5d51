/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_mb2file.c: Multiboot 2 kernel files: the tags of the header.
 *
 * Source: Multiboot2 Specification version 2.0, "OS image format".
 */
#include "kernel/image_mb2file.h"

#include "kernel/image_mbfile.h"
#include "kernel/image_sections.h"
#include "kernel/lib/cursor.h"
#include "kernel/lib/string.h"

enum {
	SEARCH_BYTES = 32768, /* the header lies in these, all of it, at a multiple of 8 */
	SEARCH_STEP = 8,
	HEADER_BYTES = 16,
	HEADER_MAGIC = (int)0xE85250D6,
	ARCHITECTURE_I386 = 0,
	TAG_OPTIONAL = 1 << 0,
	CONSOLE_NEEDED = 1 << 0,
};

/* Tags of the header. */
enum {
	TAG_END = 0,
	TAG_REQUEST = 1,
	TAG_ADDRESSES = 2,
	TAG_ENTRY = 3,
	TAG_CONSOLE = 4,
	TAG_FRAMEBUFFER = 5,
	TAG_MODULE_ALIGN = 6,
	TAG_EFI_SERVICES = 7,
	TAG_EFI_ENTRY_32 = 8,
	TAG_EFI_ENTRY_64 = 9,
	TAG_RELOCATABLE = 10,
};

/** struct tag - one of them; @body stands behind its type, flags and size. */
struct tag {
	uint32_t type;
	bool optional;
	uint32_t bytes;
	size_t at;
	struct cursor body;
};

/** struct header - what the tags say. */
struct header {
	size_t at;
	bool has_addresses, has_entry;
	struct mb_addresses addresses;
	uint32_t entry;
	size_t entry_at;
	struct image_moves moves;
};

static bool header_find(struct image_file kernel, size_t *at)
{
	size_t end = kernel.length < SEARCH_BYTES ? kernel.length : SEARCH_BYTES;

	for (size_t i = 0; i + HEADER_BYTES <= end; i += SEARCH_STEP) {
		struct cursor c = cursor_over(kernel.bytes + i, HEADER_BYTES);
		uint32_t magic = cursor_u32(&c);

		if (magic == (uint32_t)HEADER_MAGIC &&
		    (uint32_t)(magic + cursor_u32(&c) + cursor_u32(&c) + cursor_u32(&c)) == 0) {
			*at = i;
			return true;
		}
	}
	return false;
}

bool image_is_multiboot2(struct image_file kernel)
{
	size_t at;

	return header_find(kernel, &at);
}

/* What a kernel may ask to be told; the rest is not there on this machine. */
static const struct request {
	uint32_t type;
	bool given;
	const char *name;
} requests[] = {
	{ MB2_TAG_END, true, "end" },
	{ MB2_TAG_CMDLINE, true, "command line" },
	{ MB2_TAG_LOADER_NAME, true, "loader name" },
	{ MB2_TAG_MODULE, true, "modules" },
	{ MB2_TAG_MEMORY, true, "basic memory" },
	{ 5, false, "BIOS boot device" },
	{ MB2_TAG_MMAP, true, "memory map" },
	{ 7, false, "VBE" },
	{ 8, false, "framebuffer" },
	{ MB2_TAG_SECTIONS, true, "ELF sections" },
	{ 10, false, "APM table" },
	{ 11, false, "EFI 32-bit system table" },
	{ 12, false, "EFI 64-bit system table" },
	{ 13, false, "SMBIOS tables" },
	{ MB2_TAG_RSDP_OLD, true, "ACPI old RSDP" },
	{ MB2_TAG_RSDP_NEW, true, "ACPI new RSDP" },
	{ 16, false, "networking" },
	{ 17, false, "EFI memory map" },
	{ 18, false, "EFI boot services not terminated" },
	{ 19, false, "EFI 32-bit image handle" },
	{ 20, false, "EFI 64-bit image handle" },
	{ MB2_TAG_LOAD_BASE, true, "load base address" },
};

static enum status read_request(struct header *h, struct tag *tag, char *why)
{
	(void)h;
	while (!tag->optional && cursor_left(&tag->body) >= 4) {
		uint32_t type = cursor_u32(&tag->body);
		bool known = type < ARRAY_COUNT(requests);

		if (!known || !requests[type].given) {
			return image_refuse(
				why, E_UNSUPPORTED,
				"the information request at offset 0x%zx requires %u (%s), which "
				"there is none of",
				tag->at, type, known ? requests[type].name : "unknown");
		}
	}
	return OK;
}

static enum status read_addresses(struct header *h, struct tag *tag, char *why)
{
	(void)why;
	h->has_addresses = true;
	h->addresses.header = cursor_u32(&tag->body);
	h->addresses.load = cursor_u32(&tag->body);
	h->addresses.load_end = cursor_u32(&tag->body);
	h->addresses.bss_end = cursor_u32(&tag->body);
	return OK;
}

static enum status read_entry(struct header *h, struct tag *tag, char *why)
{
	(void)why;
	h->has_entry = true;
	h->entry_at = tag->at + MB2_TAG_BYTES;
	h->entry = cursor_u32(&tag->body);
	return OK;
}

static enum status read_console(struct header *h, struct tag *tag, char *why)
{
	(void)h;
	if (!tag->optional && (cursor_u32(&tag->body) & CONSOLE_NEEDED) != 0) {
		return image_refuse(why, E_UNSUPPORTED,
				    "the console tag at offset 0x%zx requires a console that the "
				    "boot information describes; there is only COM1, which it "
				    "cannot describe",
				    tag->at);
	}
	return OK;
}

static enum status read_framebuffer(struct header *h, struct tag *tag, char *why)
{
	(void)h;
	if (!tag->optional) {
		return image_refuse(why, E_UNSUPPORTED,
				    "the framebuffer tag at offset 0x%zx requires a screen; there "
				    "is none, only COM1",
				    tag->at);
	}
	return OK;
}

/* Modules are page aligned in any case; the EFI tags say what a kernel can do on EFI, and this is none. */
static enum status read_nothing(struct header *h, struct tag *tag, char *why)
{
	(void)h;
	(void)tag;
	(void)why;
	return OK;
}

static enum status read_relocatable(struct header *h, struct tag *tag, char *why)
{
	h->moves.allowed = true;
	h->moves.lowest = cursor_u32(&tag->body);
	h->moves.highest = cursor_u32(&tag->body);
	h->moves.align = cursor_u32(&tag->body);
	uint32_t preference = cursor_u32(&tag->body);

	if (h->moves.align == 0 || (h->moves.align & (h->moves.align - 1)) != 0) {
		return image_refuse(why, E_INVALID,
				    "the relocatable tag at offset 0x%zx has an alignment of 0x%x, "
				    "not a power of two",
				    tag->at, h->moves.align);
	}
	if (preference > IMAGE_PREFER_HIGHEST) {
		return image_refuse(why, E_INVALID,
				    "the relocatable tag at offset 0x%zx has preference %u; 0, 1 "
				    "and 2 are known",
				    tag->at, preference);
	}
	h->moves.preference = (enum image_preference)preference;
	return OK;
}

/* One row for each tag, in the order of their numbers. */
static const struct tag_reader {
	uint32_t bytes; /* at least */
	enum status (*read)(struct header *h, struct tag *tag, char *why);
} readers[] = {
	[TAG_END] = { 8, read_nothing },
	[TAG_REQUEST] = { 8, read_request },
	[TAG_ADDRESSES] = { 24, read_addresses },
	[TAG_ENTRY] = { 12, read_entry },
	[TAG_CONSOLE] = { 12, read_console },
	[TAG_FRAMEBUFFER] = { 20, read_framebuffer },
	[TAG_MODULE_ALIGN] = { 8, read_nothing },
	[TAG_EFI_SERVICES] = { 8, read_nothing },
	[TAG_EFI_ENTRY_32] = { 12, read_nothing },
	[TAG_EFI_ENTRY_64] = { 12, read_nothing },
	[TAG_RELOCATABLE] = { 24, read_relocatable },
};

/* The tag at @at of a header that ends at @end. */
static enum status tag_take(struct image_file kernel, size_t at, size_t end, struct tag *tag,
			    char *why)
{
	struct cursor c = cursor_over(kernel.bytes, end);

	cursor_seek(&c, at);
	tag->at = at;
	tag->type = cursor_u16(&c);
	tag->optional = (cursor_u16(&c) & TAG_OPTIONAL) != 0;
	tag->bytes = cursor_u32(&c);
	if (c.failed || tag->bytes < MB2_TAG_BYTES || tag->bytes > end - at) {
		return image_refuse(
			why, E_INVALID,
			"the header tag at offset 0x%zx does not end in the Multiboot 2 header, "
			"which ends at 0x%zx%s",
			at, end, c.failed ? " without an end tag" : "");
	}
	tag->body = cursor_over(kernel.bytes + at + MB2_TAG_BYTES, tag->bytes - MB2_TAG_BYTES);
	return OK;
}

static enum status tag_read(struct header *h, struct tag *tag, char *why)
{
	if (tag->type >= ARRAY_COUNT(readers)) {
		return tag->optional ? OK
				     : image_refuse(why, E_UNSUPPORTED,
						    "the header tag at offset 0x%zx is of type %u, "
						    "which is unknown and not optional",
						    tag->at, tag->type);
	}
	if (tag->bytes < readers[tag->type].bytes) {
		return image_refuse(why, E_INVALID,
				    "the header tag at offset 0x%zx, of type %u, has %u bytes; %u "
				    "are needed",
				    tag->at, tag->type, tag->bytes, readers[tag->type].bytes);
	}
	return readers[tag->type].read(h, tag, why);
}

/* The fixed part of the header. */
static enum status header_check(struct image_file kernel, size_t at, size_t *end, char *why)
{
	struct cursor c = cursor_over(kernel.bytes + at, HEADER_BYTES);
	const size_t limit = kernel.length < SEARCH_BYTES ? kernel.length : SEARCH_BYTES;

	cursor_u32(&c); /* magic */
	uint32_t architecture = cursor_u32(&c);
	uint32_t bytes = cursor_u32(&c);

	if (architecture != ARCHITECTURE_I386) {
		return image_refuse(why, E_UNSUPPORTED,
				    "the Multiboot 2 header at offset 0x%zx is for architecture "
				    "%u; 0 (i386) is needed",
				    at, architecture);
	}
	if (bytes > limit - at) {
		return image_refuse(why, E_TRUNCATED,
				    "the Multiboot 2 header at offset 0x%zx has 0x%x bytes, and "
				    "ends behind 0x%zx",
				    at, bytes, limit);
	}
	*end = at + bytes;
	return OK;
}

static enum status header_read(struct image_file kernel, struct header *h, char *why)
{
	size_t end = h->at;
	struct tag tag = { .type = TAG_REQUEST };
	enum status status = header_check(kernel, h->at, &end, why);

	for (size_t at = h->at + HEADER_BYTES; status == OK && tag.type != TAG_END;
	     at += align_up(tag.bytes, MB2_TAG_ALIGN)) {
		status = tag_take(kernel, at, end, &tag, why);
		if (status == OK) {
			status = tag_read(h, &tag, why);
		}
	}
	return status;
}

/* Addresses need an entry: there may be no ELF header to have one. */
static enum status parts_from_addresses(struct image_file kernel, struct header *h,
					struct image_parts *parts, char *why)
{
	struct image_piece piece;

	if (!h->has_entry) {
		return image_refuse(why, E_INVALID,
				    "the Multiboot 2 header at offset 0x%zx has an address tag and "
				    "no entry address tag",
				    h->at);
	}
	/* load_addr -1: from the start of the file on. */
	if (h->addresses.load == UINT32_MAX) {
		h->addresses.load = h->addresses.header - (uint32_t)h->at;
	}
	enum status status = mb_addresses_apply(kernel, h->at, &h->addresses, &piece, why);

	return status == OK ? image_segment_add(kernel, parts, &piece, why) : status;
}

static enum status parts_from_elf(struct image_file kernel, const struct header *h,
				  struct image_parts *parts, char *why)
{
	struct image_elf elf;

	if (!image_is_elf(kernel)) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"the Multiboot 2 header has no address tag, and the file is not ELF");
	}
	enum status status = image_elf_open(kernel, &elf, why);

	if (status == OK) {
		status = image_elf_segments(kernel, &elf, parts, why);
	}
	if (status == OK) {
		status = image_sections_read(kernel, &elf, &parts->sections, why);
	}
	return status == OK && !h->has_entry ? image_entry_find(parts, elf.entry, elf.entry_at, why)
					     : status;
}

enum status image_multiboot2_read(struct image_file kernel, const struct image_form *form,
				  struct image_parts *parts, char *why)
{
	struct header h = { 0 };

	(void)form;
	*parts = (struct image_parts){ .mode = IMAGE_MODE_PROTECTED32 };
	if (!header_find(kernel, &h.at)) {
		return image_refuse(why, E_UNSUPPORTED,
				    "no Multiboot 2 header in the first 32768 bytes");
	}
	enum status status = header_read(kernel, &h, why);

	if (status == OK) {
		parts->moves = h.moves;
		status = h.has_addresses ? parts_from_addresses(kernel, &h, parts, why)
					 : parts_from_elf(kernel, &h, parts, why);
	}
	return status == OK && h.has_entry ? image_entry_set(parts, h.entry, h.entry_at, why)
					   : status;
}

static uint64_t tag_room(uint64_t bytes)
{
	return align_up(bytes, MB2_TAG_ALIGN);
}

uint64_t image_multiboot2_info_bytes(const struct image_request *request,
				     const struct seg_plan *plan)
{
	const struct image_parts *parts = &plan->parts;
	uint64_t bytes = MB2_INFO_BYTES + tag_room(MB2_TAG_BYTES + strlen(request->cmdline) + 1) +
			 tag_room(MB2_TAG_BYTES + sizeof(MB2_LOADER_NAME)) + MB2_MEMORY_BYTES +
			 MB2_MMAP_BYTES + plan->room.count * MB2_MMAP_ENTRY_BYTES +
			 tag_room(MB2_TAG_BYTES + MB2_RSDP_OLD_BYTES) +
			 tag_room(MB2_TAG_BYTES + MB2_RSDP_NEW_BYTES) + MB2_TAG_BYTES;

	for (uint32_t i = 0; i < plan->module_count; i++) {
		bytes += tag_room(MB2_MODULE_BYTES + image_module_at(request, i).string_bytes + 1);
	}
	if (parts->sections.count > 0) {
		bytes += tag_room(MB2_SECTIONS_BYTES +
				  image_sections_header_bytes(&parts->sections));
	}
	return bytes + (parts->moves.allowed ? tag_room(MB2_LOAD_BASE_BYTES) : 0);
}

uint64_t image_multiboot2_extra(const struct image_request *request, const struct seg_plan *plan)
{
	return align_up(image_multiboot2_info_bytes(request, plan), IMAGE_SECTION_ALIGN) +
	       image_sections_loose_bytes(request->kernel, &plan->parts.sections);
}
