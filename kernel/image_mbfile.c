/* SPDX-License-Identifier: Apache-2.0 */
/* image_mbfile.c: Multiboot 1 kernel files, with addresses in their header or as 32-bit ELF. */
#include "kernel/image_mbfile.h"

#include "kernel/image_sections.h"
#include "kernel/lib/cursor.h"

/* Source: Multiboot Specification version 0.6.96, "The layout of Multiboot header". */
enum {
	MB_SEARCH_BYTES = 8192, /* the header lies in these, all of it, at a multiple of 4 */
	MB_HEADER_BYTES = 12,
	MB_AT_ENTRY = 28,
	MB_MAGIC = 0x1BADB002,
	MB_FLAG_PAGE_ALIGN = 1 << 0,
	MB_FLAG_MEMORY = 1 << 1,
	MB_FLAG_VIDEO = 1 << 2,
	MB_FLAGS_REQUIRED = 0xFFFF, /* a loader that lacks one of these must not boot the kernel */
	MB_FLAG_ADDRESSES = 1 << 16,
};

/* Where the header is; its three magic fields add up to 0. */
static bool header_find(struct image_file kernel, size_t *at)
{
	size_t end = kernel.length < MB_SEARCH_BYTES ? kernel.length : MB_SEARCH_BYTES;

	for (size_t i = 0; i + MB_HEADER_BYTES <= end; i += 4) {
		struct cursor c = cursor_over(kernel.bytes + i, MB_HEADER_BYTES);
		uint32_t magic = cursor_u32(&c);
		uint32_t flags = cursor_u32(&c);

		if (magic == MB_MAGIC && (uint32_t)(magic + flags + cursor_u32(&c)) == 0) {
			*at = i;
			return true;
		}
	}
	return false;
}

bool image_is_multiboot(struct image_file kernel)
{
	size_t at;

	return header_find(kernel, &at);
}

static enum status flags_check(uint32_t flags, size_t at, char *why)
{
	const uint32_t known = MB_FLAG_PAGE_ALIGN | MB_FLAG_MEMORY;

	if ((flags & MB_FLAG_VIDEO) != 0) {
		return image_refuse(why, E_UNSUPPORTED,
				    "the Multiboot header at offset 0x%zx asks for a video mode "
				    "(flag 2); there is no "
				    "screen, only COM1",
				    at);
	}
	if ((flags & MB_FLAGS_REQUIRED & ~known) != 0) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"the Multiboot header at offset 0x%zx requires flags 0x%x; 0x%x are known",
			at, flags & MB_FLAGS_REQUIRED, known);
	}
	return OK;
}

enum status mb_addresses_apply(struct image_file kernel, size_t header_at,
			       const struct mb_addresses *a, struct image_piece *s, char *why)
{
	uint64_t before = (uint64_t)a->header - a->load;

	if (a->load > a->header || before > header_at) {
		return image_refuse(
			why, E_INVALID,
			"load_addr 0x%x is not at or before header_addr 0x%x by as much as the "
			"file has before its header (0x%zx)",
			a->load, a->header, header_at);
	}
	size_t at = header_at - (size_t)before;
	uint64_t file_bytes =
		a->load_end == 0 ? kernel.length - at : (uint64_t)a->load_end - a->load;

	if ((a->load_end != 0 && a->load_end <= a->header) || file_bytes > UINT32_MAX) {
		return image_refuse(
			why, E_INVALID,
			"load_end_addr 0x%x of the header at offset 0x%zx is not behind "
			"header_addr 0x%x",
			a->load_end, header_at, a->header);
	}
	if (a->bss_end != 0 && a->bss_end < a->load + file_bytes) {
		return image_refuse(why, E_INVALID,
				    "bss_end_addr 0x%x of the header at offset 0x%zx is before the "
				    "end of the data, 0x%llx",
				    a->bss_end, header_at,
				    (unsigned long long)(a->load + file_bytes));
	}
	*s = (struct image_piece){
		.file_at = at,
		.file_bytes = file_bytes,
		.address = a->load,
		.memory_bytes = a->bss_end == 0 ? file_bytes : a->bss_end - a->load,
		.virtual_address = a->load,
		.said_at = header_at,
	};
	return OK;
}

static enum status addresses_read(struct image_file kernel, size_t header_at,
				  struct image_parts *parts, char *why)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);
	struct mb_addresses a;
	struct image_piece s;
	enum status status;

	cursor_seek(&c, header_at + MB_HEADER_BYTES);
	a.header = cursor_u32(&c);
	a.load = cursor_u32(&c);
	a.load_end = cursor_u32(&c);
	a.bss_end = cursor_u32(&c);
	a.entry = cursor_u32(&c);
	if (c.failed) {
		return image_refuse(why, E_TRUNCATED,
				    "the file ends inside the Multiboot header at offset 0x%zx",
				    header_at);
	}
	status = mb_addresses_apply(kernel, header_at, &a, &s, why);
	if (status == OK) {
		status = image_segment_add(kernel, parts, &s, why);
	}
	return status == OK ? image_entry_set(parts, a.entry, header_at + MB_AT_ENTRY, why)
			    : status;
}

static enum status multiboot_elf(struct image_file kernel, struct image_parts *parts, char *why)
{
	struct image_elf elf;

	if (!image_is_elf(kernel)) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"the Multiboot header has no addresses (flag 16), and the file is not ELF");
	}
	if (kernel.length > 4 && kernel.bytes[4] != 1) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"ELF class %u at offset 4; 1 (32-bit) is needed, or addresses in "
			"the Multiboot header (flag 16)",
			kernel.bytes[4]);
	}
	enum status status = image_elf_open(kernel, &elf, why);

	if (status == OK) {
		status = image_elf_segments(kernel, &elf, parts, why);
	}
	if (status == OK) {
		status = image_sections_read(kernel, &elf, &parts->sections, why);
	}
	return status == OK ? image_entry_find(parts, elf.entry, elf.entry_at, why) : status;
}

enum status image_multiboot_read(struct image_file kernel, const struct image_form *form,
				 struct image_parts *parts, char *why)
{
	size_t at;
	enum status status;

	(void)form;
	*parts = (struct image_parts){ .mode = IMAGE_MODE_PROTECTED32 };
	if (!header_find(kernel, &at)) {
		return image_refuse(why, E_UNSUPPORTED,
				    "no Multiboot 1 header in the first 8192 bytes");
	}
	struct cursor c = cursor_over(kernel.bytes, kernel.length);

	cursor_seek(&c, at + 4);
	uint32_t flags = cursor_u32(&c);

	status = flags_check(flags, at, why);
	if (status != OK) {
		return status;
	}
	if ((flags & MB_FLAG_ADDRESSES) != 0) {
		return addresses_read(kernel, at, parts, why);
	}
	return multiboot_elf(kernel, parts, why);
}

uint64_t image_multiboot_extra(const struct image_request *request, const struct seg_plan *plan)
{
	const struct image_sections *sections = &plan->parts.sections;

	return align_up(image_sections_header_bytes(sections), IMAGE_SECTION_ALIGN) +
	       image_sections_loose_bytes(request->kernel, sections);
}
