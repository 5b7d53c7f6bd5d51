/* SPDX-License-Identifier: Apache-2.0 */
/* image_elf.c: which bytes of a kernel file go where: segments, ELF of 32 and 64 bits, flat files. */
#include "kernel/image_elf.h"

#include "kernel/image_room.h"
#include "kernel/lib/cursor.h"
#include "kernel/lib/string.h"

/* Source: System V ABI, "ELF Header", "Program Header", "Note Section". */
enum {
	ELF_CLASS_32 = 1,
	ELF_CLASS_64 = 2,
	ELF_DATA_LITTLE = 1,
	ELF_TYPE_EXEC = 2,
	ELF_MACHINE_386 = 3,
	ELF_MACHINE_X86_64 = 62,
	ELF_AT_TYPE = 16,
	ELF_HEADER_BYTES_32 = 52,
	ELF_HEADER_BYTES_64 = 64,
	ELF_PH_BYTES_32 = 32,
	ELF_PH_BYTES_64 = 56,
	ELF_PT_LOAD = 1,
	ELF_PT_NOTE = 4,
};

/* Source: Xen, "x86/HVM direct boot ABI", public header elfnote.h. */
enum { XEN_ELFNOTE_PHYS32_ENTRY = 18 };

static const uint8_t elf_magic[] = { 0x7F, 'E', 'L', 'F' };
static const char note_owner[] = "Xen";

static bool overlap(const struct image_segment *s, const struct image_piece *p)
{
	return s->address < p->address + p->memory_bytes &&
	       p->address < (uint64_t)s->address + s->memory_bytes;
}

static enum status piece_check(struct image_file kernel, const struct image_piece *p, char *why)
{
	if (p->file_at > kernel.length || p->file_at > UINT32_MAX ||
	    p->file_bytes > kernel.length - p->file_at) {
		return image_refuse(why, E_TRUNCATED,
				    "segment for 0x%llx (header at offset 0x%llx): 0x%llx bytes "
				    "from 0x%llx on, of a file of 0x%zx: copy it again",
				    (unsigned long long)p->address, (unsigned long long)p->said_at,
				    (unsigned long long)p->file_bytes,
				    (unsigned long long)p->file_at, kernel.length);
	}
	if (p->file_bytes > p->memory_bytes) {
		return image_refuse(why, E_INVALID,
				    "segment for 0x%llx (header at offset 0x%llx) has 0x%llx bytes "
				    "in the file, but only 0x%llx in memory",
				    (unsigned long long)p->address, (unsigned long long)p->said_at,
				    (unsigned long long)p->file_bytes,
				    (unsigned long long)p->memory_bytes);
	}
	if (p->memory_bytes > UINT32_MAX || p->address > 4 * GIB - p->memory_bytes) {
		return image_refuse(why, E_INVALID,
				    "segment for 0x%llx of 0x%llx bytes (header at offset 0x%llx) "
				    "ends above 4 GiB",
				    (unsigned long long)p->address,
				    (unsigned long long)p->memory_bytes,
				    (unsigned long long)p->said_at);
	}
	return OK;
}

enum status image_segment_add(struct image_file kernel, struct image_parts *parts,
			      const struct image_piece *p, char *why)
{
	enum status status = piece_check(kernel, p, why);

	if (status != OK) {
		return status;
	}
	for (uint32_t i = 0; i < parts->segment_count; i++) {
		if (overlap(&parts->segments[i], p)) {
			return image_refuse(
				why, E_INVALID,
				"segments for 0x%x and 0x%llx (header at offset 0x%llx) overlap",
				parts->segments[i].address, (unsigned long long)p->address,
				(unsigned long long)p->said_at);
		}
	}
	if (parts->segment_count == IMAGE_SEGMENTS_MAX) {
		return image_refuse(why, E_UNSUPPORTED,
				    "more than %d loadable segments (header at offset 0x%llx)",
				    IMAGE_SEGMENTS_MAX, (unsigned long long)p->said_at);
	}
	parts->segments[parts->segment_count++] = (struct image_segment){
		.file_at = (uint32_t)p->file_at,
		.file_bytes = (uint32_t)p->file_bytes,
		.address = (uint32_t)p->address,
		.memory_bytes = (uint32_t)p->memory_bytes,
		.virtual_address = p->virtual_address,
	};
	return OK;
}

static bool entry_in(struct image_parts *parts, uint64_t entry, bool is_virtual)
{
	for (uint32_t i = 0; i < parts->segment_count; i++) {
		const struct image_segment *s = &parts->segments[i];
		uint64_t base = is_virtual ? s->virtual_address : s->address;

		if (entry >= base && entry - base < s->memory_bytes) {
			parts->entry = (uint32_t)(entry - base) + s->address;
			return true;
		}
	}
	return false;
}

enum status image_entry_find(struct image_parts *parts, uint64_t entry, uint64_t at, char *why)
{
	return entry_in(parts, entry, true) ? OK : image_entry_set(parts, entry, at, why);
}

enum status image_entry_set(struct image_parts *parts, uint64_t entry, uint64_t at, char *why)
{
	if (entry_in(parts, entry, false)) {
		return OK;
	}
	return image_refuse(why, E_INVALID, "entry address 0x%llx (offset 0x%llx) is in no segment",
			    (unsigned long long)entry, (unsigned long long)at);
}

bool image_is_elf(struct image_file kernel)
{
	return kernel.length >= sizeof(elf_magic) &&
	       memcmp(kernel.bytes, elf_magic, sizeof(elf_magic)) == 0;
}

static uint64_t cursor_word(struct cursor *c, bool wide)
{
	return wide ? cursor_u64(c) : cursor_u32(c);
}

static enum status ident_check(struct image_file kernel, struct image_elf *elf, char *why)
{
	if (kernel.length < ELF_HEADER_BYTES_32 || !image_is_elf(kernel)) {
		return image_refuse(why, E_TRUNCATED, "no ELF header: the file has 0x%zx bytes",
				    kernel.length);
	}
	uint8_t class = kernel.bytes[4];

	if ((class != ELF_CLASS_32 && class != ELF_CLASS_64) ||
	    kernel.bytes[5] != ELF_DATA_LITTLE) {
		return image_refuse(why, E_UNSUPPORTED,
				    "ELF class %u, data %u at offset 4; class 1 (32-bit) or 2 "
				    "(64-bit), data 1 (little-endian) is needed",
				    class, kernel.bytes[5]);
	}
	elf->wide = class == ELF_CLASS_64;
	return OK;
}

static enum status type_check(struct image_file kernel, const struct image_elf *elf, char *why)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);
	uint32_t wanted = elf->wide ? ELF_MACHINE_X86_64 : ELF_MACHINE_386;

	cursor_seek(&c, ELF_AT_TYPE);
	uint32_t type = cursor_u16(&c);
	uint32_t machine = cursor_u16(&c);

	if (type != ELF_TYPE_EXEC || machine != wanted) {
		return image_refuse(why, E_UNSUPPORTED,
				    "ELF type %u, machine %u at offset 16; 2 (executable), %u (%s) "
				    "is needed",
				    type, machine, wanted, elf->wide ? "x86-64" : "Intel 386");
	}
	return OK;
}

enum status image_elf_open(struct image_file kernel, struct image_elf *elf, char *why)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);
	enum status status = ident_check(kernel, elf, why);

	if (status == OK) {
		status = type_check(kernel, elf, why);
	}
	if (status != OK) {
		return status;
	}
	cursor_seek(&c, ELF_AT_ENTRY);
	elf->entry = cursor_word(&c, elf->wide);
	elf->entry_at = ELF_AT_ENTRY;
	elf->headers_at = cursor_word(&c, elf->wide);
	cursor_seek(&c, elf->wide ? ELF_HEADER_BYTES_64 - 10 : ELF_HEADER_BYTES_32 - 10);
	elf->header_bytes = cursor_u16(&c);
	elf->header_count = cursor_u16(&c);
	uint32_t least = elf->wide ? ELF_PH_BYTES_64 : ELF_PH_BYTES_32;

	if (c.failed) {
		return image_refuse(why, E_TRUNCATED,
				    "the ELF header ends behind 0x%zx, where the "
				    "file ends",
				    kernel.length);
	}
	if (elf->header_bytes < least) {
		return image_refuse(why, E_INVALID,
				    "program headers of %u bytes (offset %d); %u is needed",
				    elf->header_bytes, elf->wide ? 54 : 42, least);
	}
	return OK;
}

/* Program header @index; its type is returned through @type. */
static enum status header_read(struct image_file kernel, const struct image_elf *elf,
			       uint32_t index, struct image_piece *p, uint32_t *type)
{
	struct cursor c = cursor_over(kernel.bytes, kernel.length);
	uint64_t ahead = (uint64_t)index * elf->header_bytes;

	if (elf->headers_at > kernel.length || ahead > kernel.length - elf->headers_at) {
		return E_TRUNCATED;
	}
	p->said_at = elf->headers_at + ahead;
	cursor_seek(&c, (size_t)p->said_at);
	*type = cursor_u32(&c);
	if (elf->wide) {
		cursor_u32(&c); /* flags */
	}
	p->file_at = cursor_word(&c, elf->wide);
	p->virtual_address = cursor_word(&c, elf->wide);
	p->address = cursor_word(&c, elf->wide);
	p->file_bytes = cursor_word(&c, elf->wide);
	p->memory_bytes = cursor_word(&c, elf->wide);
	cursor_take(&c, 8); /* flags, or alignment */
	return c.failed ? E_TRUNCATED : OK;
}

enum status image_elf_segments(struct image_file kernel, const struct image_elf *elf,
			       struct image_parts *parts, char *why)
{
	enum status status = OK;

	for (uint32_t i = 0; status == OK && i < elf->header_count; i++) {
		struct image_piece p;
		uint32_t type;

		if (header_read(kernel, elf, i, &p, &type) != OK) {
			return image_refuse(
				why, E_TRUNCATED,
				"program header %u (from 0x%llx on) lies behind the end "
				"of the file (0x%zx)",
				i, (unsigned long long)elf->headers_at, kernel.length);
		}
		if (type == ELF_PT_LOAD && (p.memory_bytes | p.file_bytes) != 0) {
			status = image_segment_add(kernel, parts, &p, why);
		}
	}
	return status;
}

/* One note, at the cursor; whether it is the one that is looked for. */
static bool note_read(struct cursor *c, struct image_elf *elf)
{
	uint64_t name_bytes = cursor_u32(c);
	uint64_t value_bytes = cursor_u32(c);
	uint32_t type = cursor_u32(c);
	const uint8_t *name = cursor_take(c, (size_t)align_up(name_bytes, 4));
	const uint8_t *value = cursor_take(c, (size_t)align_up(value_bytes, 4));

	if (c->failed || type != XEN_ELFNOTE_PHYS32_ENTRY || name_bytes != sizeof(note_owner) ||
	    memcmp(name, note_owner, sizeof(note_owner)) != 0 ||
	    (value_bytes != 4 && value_bytes != 8)) {
		return false;
	}
	struct cursor v = cursor_over(value, (size_t)value_bytes);

	elf->entry = cursor_word(&v, value_bytes == 8);
	elf->entry_at = (uint64_t)(value - c->bytes);
	return true;
}

static bool notes_find(struct image_file kernel, const struct image_piece *p, struct image_elf *elf)
{
	if (p->file_at > kernel.length || p->file_bytes > kernel.length - p->file_at) {
		return false;
	}
	struct cursor c = cursor_over(kernel.bytes + p->file_at, (size_t)p->file_bytes);

	while (!c.failed) {
		if (note_read(&c, elf)) {
			elf->entry_at += p->file_at;
			return true;
		}
	}
	return false;
}

/* Replaces the entry of @elf by the one of the note. */
static bool pvh_find(struct image_file kernel, struct image_elf *elf)
{
	struct image_piece p;
	uint32_t type;

	for (uint32_t i = 0; i < elf->header_count && header_read(kernel, elf, i, &p, &type) == OK;
	     i++) {
		if (type == ELF_PT_NOTE && notes_find(kernel, &p, elf)) {
			return true;
		}
	}
	return false;
}

bool image_is_pvh(struct image_file kernel)
{
	char why[IMAGE_WHY_BYTES];
	struct image_elf elf;

	return image_elf_open(kernel, &elf, why) == OK && pvh_find(kernel, &elf);
}

static enum status elf_read(struct image_file kernel, bool pvh, struct image_parts *parts,
			    char *why)
{
	struct image_elf elf;
	enum status status = image_elf_open(kernel, &elf, why);

	*parts = (struct image_parts){ 0 };
	if (status == OK) {
		status = image_elf_segments(kernel, &elf, parts, why);
	}
	if (status == OK && pvh && !pvh_find(kernel, &elf)) {
		status = image_refuse(why, E_UNSUPPORTED, "no ELF note with a PVH entry");
	}
	if (status == OK) {
		parts->mode = elf.wide && !pvh ? IMAGE_MODE_LONG64 : IMAGE_MODE_PROTECTED32;
		status = image_entry_find(parts, elf.entry, elf.entry_at, why);
	}
	return status;
}

enum status image_elf_read(struct image_file kernel, const struct image_form *form,
			   struct image_parts *parts, char *why)
{
	(void)form;
	return elf_read(kernel, false, parts, why);
}

enum status image_pvh_read(struct image_file kernel, const struct image_form *form,
			   struct image_parts *parts, char *why)
{
	(void)form;
	return elf_read(kernel, true, parts, why);
}

enum status image_flat_read(struct image_file kernel, const struct image_form *form,
			    struct image_parts *parts, char *why)
{
	struct image_piece p = {
		.file_bytes = kernel.length,
		.address = form->load,
		.memory_bytes = kernel.length,
		.virtual_address = form->load,
	};

	*parts = (struct image_parts){ 0 };
	parts->mode = form->real ? IMAGE_MODE_REAL16 : IMAGE_MODE_PROTECTED32;
	parts->entry = (uint32_t)form->load;
	if (form->real && form->load >= IMAGE_GAP_START) {
		return image_refuse(
			why, E_INVALID,
			"load = 0x%llx cannot be reached in real mode: write an address "
			"below 0xA0000, or entry = 32",
			(unsigned long long)form->load);
	}
	return image_segment_add(kernel, parts, &p, why);
}
