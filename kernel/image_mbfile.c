/* SPDX-License-Identifier: Apache-2.0 */
/* image_mbfile.c: Multiboot 1 kernel files, with addresses in their header or as 32-bit ELF. */
#include "kernel/image_mbfile.h"

#include "kernel/lib/cursor.h"
#include "kernel/lib/string.h"

/* Source: Multiboot Specification version 0.6.96, "The layout of Multiboot header". */
enum {
	MB_SEARCH_BYTES = 8192, /* the header lies in these, all of it, at a multiple of 4 */
	MB_HEADER_BYTES = 12,
	MB_MAGIC = 0x1BADB002,
	MB_FLAG_PAGE_ALIGN = 1 << 0,
	MB_FLAG_MEMORY = 1 << 1,
	MB_FLAG_VIDEO = 1 << 2,
	MB_FLAGS_REQUIRED = 0xFFFF, /* a loader that lacks one of these must not boot the kernel */
	MB_FLAG_ADDRESSES = 1 << 16,
};

/* Source: System V ABI, "ELF Header" and "Program Header", 32-bit forms. */
enum {
	ELF_CLASS_32 = 1,
	ELF_DATA_LITTLE = 1,
	ELF_TYPE_EXEC = 2,
	ELF_MACHINE_386 = 3,
	ELF_AT_TYPE = 16,
	ELF_AT_PHENTSIZE = 42,
	ELF_HEADER_BYTES = 52,
	ELF_PH_BYTES = 32,
	ELF_PT_LOAD = 1,
};

static const uint8_t elf_magic[] = { 0x7F, 'E', 'L', 'F' };

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

static enum status flags_check(uint32_t flags, char *why)
{
	const uint32_t known = MB_FLAG_PAGE_ALIGN | MB_FLAG_MEMORY;

	if ((flags & MB_FLAG_VIDEO) != 0) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"the Multiboot header asks for a video mode (flag 2); there is no screen, "
			"only COM1");
	}
	if ((flags & MB_FLAGS_REQUIRED & ~known) != 0) {
		return image_refuse(why, E_UNSUPPORTED,
				    "the Multiboot header requires flags 0x%x; 0x%x are known",
				    flags & MB_FLAGS_REQUIRED, known);
	}
	return OK;
}

static bool overlap(const struct mb_segment *a, const struct mb_segment *b)
{
	return a->address < (uint64_t)b->address + b->memory_bytes &&
	       b->address < (uint64_t)a->address + a->memory_bytes;
}

/* Add a segment. Everything about it is the file's word until checked here. */
static enum status segment_add(struct image_file kernel, struct mb_file *file,
			       const struct mb_segment *s, char *why)
{
	if (s->file_at > kernel.length || s->file_bytes > kernel.length - s->file_at) {
		return image_refuse(
			why, E_TRUNCATED,
			"segment for 0x%x: bytes 0x%x to 0x%llx of a file of 0x%zx: copy it again",
			s->address, s->file_at, (unsigned long long)s->file_at + s->file_bytes,
			kernel.length);
	}
	if (s->file_bytes > s->memory_bytes) {
		return image_refuse(
			why, E_INVALID,
			"segment for 0x%x has 0x%x bytes in the file, but only 0x%x in memory",
			s->address, s->file_bytes, s->memory_bytes);
	}
	if ((uint64_t)s->address + s->memory_bytes > 4 * GIB) {
		return image_refuse(why, E_INVALID,
				    "segment for 0x%x of 0x%x bytes ends above 4 GiB", s->address,
				    s->memory_bytes);
	}
	for (uint32_t i = 0; i < file->segment_count; i++) {
		if (overlap(s, &file->segments[i])) {
			return image_refuse(why, E_INVALID, "segments for 0x%x and 0x%x overlap",
					    file->segments[i].address, s->address);
		}
	}
	if (file->segment_count == MB_SEGMENTS_MAX) {
		return image_refuse(why, E_UNSUPPORTED, "more than %d loadable segments",
				    MB_SEGMENTS_MAX);
	}
	file->segments[file->segment_count++] = *s;
	return OK;
}

/*
 * A kernel that runs at other addresses than it is loaded to names its entry either way: as a
 * virtual address of a segment, or already as the physical one.
 */
static enum status entry_find(struct mb_file *file, uint32_t entry, char *why)
{
	for (uint32_t i = 0; i < file->segment_count; i++) {
		const struct mb_segment *s = &file->segments[i];

		if (entry >= s->virtual_address && entry - s->virtual_address < s->memory_bytes) {
			file->entry = entry - s->virtual_address + s->address;
			return OK;
		}
	}
	for (uint32_t i = 0; i < file->segment_count; i++) {
		const struct mb_segment *s = &file->segments[i];

		if (entry >= s->address && entry - s->address < s->memory_bytes) {
			file->entry = entry;
			return OK;
		}
	}
	return image_refuse(why, E_INVALID, "entry address 0x%x is in no segment", entry);
}

/** struct mb_addresses - the address fields of the header, as they stand. */
struct mb_addresses {
	uint32_t header;
	uint32_t load;
	uint32_t load_end; /* 0: up to the end of the file */
	uint32_t bss_end;  /* 0: no bss */
	uint32_t entry;
};

/* From addresses to a segment. Source: as above, "The address fields of Multiboot header". */
static enum status addresses_apply(struct image_file kernel, size_t header_at,
				   const struct mb_addresses *a, struct mb_segment *s, char *why)
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
		return image_refuse(why, E_INVALID,
				    "load_end_addr 0x%x is not behind header_addr 0x%x",
				    a->load_end, a->header);
	}
	if (a->bss_end != 0 && a->bss_end < a->load + file_bytes) {
		return image_refuse(why, E_INVALID,
				    "bss_end_addr 0x%x is before the end of the data, 0x%llx",
				    a->bss_end, (unsigned long long)(a->load + file_bytes));
	}
	*s = (struct mb_segment){
		.file_at = (uint32_t)at,
		.file_bytes = (uint32_t)file_bytes,
		.address = a->load,
		.memory_bytes = a->bss_end == 0 ? (uint32_t)file_bytes : a->bss_end - a->load,
		.virtual_address = a->load,
	};
	return OK;
}

static enum status addresses_read(struct image_file kernel, size_t header_at, struct mb_file *file,
				  char *why)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);
	struct mb_addresses a;
	struct mb_segment s;
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
	status = addresses_apply(kernel, header_at, &a, &s, why);
	if (status == OK) {
		status = segment_add(kernel, file, &s, why);
	}
	return status == OK ? entry_find(file, a.entry, why) : status;
}

static enum status elf_check(struct image_file kernel, char *why)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);

	if (kernel.length < ELF_HEADER_BYTES ||
	    memcmp(kernel.bytes, elf_magic, sizeof(elf_magic)) != 0) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"the Multiboot header has no addresses (flag 16), and the file is not ELF");
	}
	if (kernel.bytes[4] != ELF_CLASS_32 || kernel.bytes[5] != ELF_DATA_LITTLE) {
		return image_refuse(why, E_UNSUPPORTED,
				    "ELF class %u, data %u at offset 4; 1 (32-bit), 1 "
				    "(little-endian) is needed, or "
				    "addresses in the Multiboot header (flag 16)",
				    kernel.bytes[4], kernel.bytes[5]);
	}
	cursor_seek(&c, ELF_AT_TYPE);
	uint32_t type = cursor_u16(&c);
	uint32_t machine = cursor_u16(&c);

	if (type != ELF_TYPE_EXEC || machine != ELF_MACHINE_386) {
		return image_refuse(why, E_UNSUPPORTED,
				    "ELF type %u, machine %u at offset 16; 2 (executable), 3 "
				    "(Intel 386) is needed",
				    type, machine);
	}
	return OK;
}

/* One program header; anything but a loadable segment with memory is skipped. */
static enum status elf_segment(struct image_file kernel, uint64_t at, struct mb_file *file,
			       char *why)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);
	struct mb_segment s;
	uint32_t type;

	cursor_seek(&c, (size_t)at);
	type = cursor_u32(&c);
	s.file_at = cursor_u32(&c);
	s.virtual_address = cursor_u32(&c);
	s.address = cursor_u32(&c);
	s.file_bytes = cursor_u32(&c);
	s.memory_bytes = cursor_u32(&c);
	cursor_take(&c, ELF_PH_BYTES - 24);
	if (c.failed) {
		return image_refuse(
			why, E_TRUNCATED,
			"program header at offset 0x%llx lies behind the end of the file (0x%zx)",
			(unsigned long long)at, kernel.length);
	}
	if (type != ELF_PT_LOAD || (s.memory_bytes == 0 && s.file_bytes == 0)) {
		return OK;
	}
	return segment_add(kernel, file, &s, why);
}

static enum status elf_read(struct image_file kernel, struct mb_file *file, char *why)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);
	enum status status = elf_check(kernel, why);

	if (status != OK) {
		return status;
	}
	cursor_seek(&c, 24);
	uint32_t entry = cursor_u32(&c);
	uint64_t headers_at = cursor_u32(&c);

	cursor_seek(&c, ELF_AT_PHENTSIZE);
	uint32_t entry_bytes = cursor_u16(&c);
	uint32_t count = cursor_u16(&c);

	if (entry_bytes < ELF_PH_BYTES) {
		return image_refuse(why, E_INVALID,
				    "program headers of %u bytes (offset 42); 32 is needed",
				    entry_bytes);
	}
	for (uint32_t i = 0; status == OK && i < count; i++) {
		status = elf_segment(kernel, headers_at + (uint64_t)i * entry_bytes, file, why);
	}
	return status == OK ? entry_find(file, entry, why) : status;
}

enum status mb_file_read(struct image_file kernel, struct mb_file *file, char *why)
{
	size_t at;
	enum status status;

	file->segment_count = 0;
	file->entry = 0;
	if (!header_find(kernel, &at)) {
		return image_refuse(why, E_UNSUPPORTED,
				    "no Multiboot 1 header in the first 8192 bytes");
	}
	struct cursor c = cursor_over(kernel.bytes, kernel.length);

	cursor_seek(&c, at + 4);
	uint32_t flags = cursor_u32(&c);

	status = flags_check(flags, why);
	if (status != OK) {
		return status;
	}
	if ((flags & MB_FLAG_ADDRESSES) != 0) {
		return addresses_read(kernel, at, file, why);
	}
	return elf_read(kernel, file, why);
}
