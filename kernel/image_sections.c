/* SPDX-License-Identifier: Apache-2.0 */
/* image_sections.c: the section headers of an ELF kernel. */
#include "kernel/image_sections.h"

#include "kernel/image_room.h"
#include "kernel/lib/cursor.h"

/* Source: System V ABI, "ELF Header", "Sections". */
enum {
	ELF_AT_SECTIONS_32 = 32,
	ELF_AT_SECTIONS_64 = 40,
	ELF_AT_COUNTS_32 = 46, /* e_shentsize, e_shnum, e_shstrndx */
	ELF_AT_COUNTS_64 = 58,
	SECTION_BYTES_32 = 40,
	SECTION_BYTES_64 = 64,
	SECTION_NULL = 0,
	SECTION_NO_BITS = 8,
};

struct image_section image_section_at(struct image_file kernel,
				      const struct image_sections *sections, uint32_t index)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);
	const size_t word = sections->wide ? 8 : 4;
	struct image_section s;

	cursor_seek(&c, (size_t)sections->at + (size_t)index * sections->header_bytes);
	cursor_u32(&c); /* name */
	uint32_t type = cursor_u32(&c);

	cursor_le(&c, word); /* flags */
	s.address = cursor_le(&c, word);
	s.offset = cursor_le(&c, word);
	s.bytes = cursor_le(&c, word);
	s.loose = type != SECTION_NULL && type != SECTION_NO_BITS && s.address == 0 && s.bytes > 0;
	return s;
}

static enum status table_check(struct image_file kernel, const struct image_sections *sections,
			       char *why)
{
	uint32_t needed = sections->wide ? SECTION_BYTES_64 : SECTION_BYTES_32;

	if (sections->header_bytes != needed) {
		return image_refuse(why, E_INVALID,
				    "section headers of %u bytes (offset %d); %u is needed",
				    sections->header_bytes,
				    sections->wide ? ELF_AT_COUNTS_64 : ELF_AT_COUNTS_32, needed);
	}
	if (sections->at > kernel.length ||
	    image_sections_header_bytes(sections) > kernel.length - sections->at) {
		return image_refuse(
			why, E_TRUNCATED,
			"%u section headers from 0x%llx on are not all in the file of 0x%zx: copy "
			"it again",
			sections->count, (unsigned long long)sections->at, kernel.length);
	}
	return OK;
}

enum status image_sections_read(struct image_file kernel, const struct image_elf *elf,
				struct image_sections *sections, char *why)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);

	sections->wide = elf->wide;
	cursor_seek(&c, elf->wide ? ELF_AT_SECTIONS_64 : ELF_AT_SECTIONS_32);
	sections->at = cursor_le(&c, elf->wide ? 8 : 4);
	cursor_seek(&c, elf->wide ? ELF_AT_COUNTS_64 : ELF_AT_COUNTS_32);
	sections->header_bytes = cursor_u16(&c);
	sections->count = cursor_u16(&c);
	sections->names = cursor_u16(&c);
	if (sections->count == 0 || sections->at == 0) {
		sections->count = 0;
		return OK;
	}
	enum status status = table_check(kernel, sections, why);

	for (uint32_t i = 0; status == OK && i < sections->count; i++) {
		struct image_section s = image_section_at(kernel, sections, i);

		if (s.loose && (s.offset > kernel.length || s.bytes > kernel.length - s.offset)) {
			status = image_refuse(
				why, E_TRUNCATED,
				"section %u: 0x%llx bytes from 0x%llx on, of a file of "
				"0x%zx: copy it again",
				i, (unsigned long long)s.bytes, (unsigned long long)s.offset,
				kernel.length);
		}
	}
	return status;
}

uint64_t image_sections_header_bytes(const struct image_sections *sections)
{
	return (uint64_t)sections->count * sections->header_bytes;
}

uint64_t image_sections_loose_bytes(struct image_file kernel, const struct image_sections *sections)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < sections->count; i++) {
		struct image_section s = image_section_at(kernel, sections, i);

		bytes += s.loose ? align_up(s.bytes, IMAGE_SECTION_ALIGN) : 0;
	}
	return bytes;
}
