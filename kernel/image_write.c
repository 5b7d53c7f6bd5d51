/* SPDX-License-Identifier: Apache-2.0 */
/* image_write.c: writes of the image loaders to a guest's RAM. */
#include "kernel/image_write.h"

#include "kernel/image_room.h"
#include "kernel/image_sections.h"

/* x86 page-table entries. Source: SDM Vol. 3A, "4-Level Paging and 5-Level Paging". */
enum {
	PTE_PRESENT = 1 << 0,
	PTE_WRITE = 1 << 1,
	PTE_LARGE = 1 << 7,
	TABLE_ENTRIES = 512,
	MAPPED_GIB = 4,
	TABLE_CHUNK = 64, /* entries written at once */
};

/* What a kernel may find of a BIOS, all in page 0. Its code lies in vectors that are there for users: 60H to 67H. */
enum {
	BIOS_VECTOR_BYTES = 4,
	BIOS_VECTOR_FIRST = 0x10, /* video */
	BIOS_VECTOR_MEMORY = 0x12,
	BIOS_VECTOR_LAST = 0x1A, /* clock */
	BIOS_AT_REFUSE = 0x60 * BIOS_VECTOR_BYTES,
	BIOS_AT_MEMORY = BIOS_AT_REFUSE + 16,
	BIOS_MEMORY_KIB = 0x413, /* 40:13 */
};

/* "Unsupported function": carry in the caller's flags, AH = 86H, all else as it was. */
static const uint8_t bios_refuse[] = {
	0x55,                   /* push bp */
	0x89, 0xE5,             /* mov bp, sp */
	0x80, 0x4E, 0x06, 0x01, /* or byte [bp + 6], 1 */
	0x5D,                   /* pop bp */
	0xB4, 0x86,             /* mov ah, 86h */
	0xCF,                   /* iret */
};

static const uint8_t bios_memory[] = {
	0x1E,             /* push ds */
	0x6A, 0x00,       /* push 0 */
	0x1F,             /* pop ds */
	0xA1, 0x13, 0x04, /* mov ax, [BIOS_MEMORY_KIB] */
	0x1F,             /* pop ds */
	0xCF,             /* iret */
};

_Static_assert(sizeof(bios_refuse) <= BIOS_AT_MEMORY - BIOS_AT_REFUSE &&
		       BIOS_AT_MEMORY + sizeof(bios_memory) <= 0x68 * BIOS_VECTOR_BYTES,
	       "the code fits into the users' vectors");

void image_write(struct image_writer *writer, uint64_t at, const void *from, size_t bytes)
{
	if (writer->status == OK && bytes > 0) {
		writer->status = guest_memory_write(writer->memory, gpa(at), from, bytes);
	}
}

void image_write_zero(struct image_writer *writer, uint64_t at, uint64_t bytes)
{
	if (writer->status == OK && bytes > 0) {
		writer->status = guest_memory_zero(writer->memory, gpa(at), bytes);
	}
}

void image_write_le(struct image_writer *writer, uint64_t at, uint64_t value, size_t bytes)
{
	uint8_t text[8];

	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (uint8_t)(value >> (8 * i));
	}
	image_write(writer, at, text, bytes);
}

_Static_assert((2 + MAPPED_GIB) * TABLE_ENTRIES * 8 == IMAGE_AT_END - IMAGE_AT_TABLES,
	       "the layout has room for exactly these tables");

static const uint64_t link = PTE_PRESENT | PTE_WRITE;

/* A page directory at @at for the GiB @gib. */
static void write_directory(struct image_writer *w, uint64_t at, uint64_t gib)
{
	uint64_t chunk[TABLE_CHUNK];

	for (uint64_t i = 0; i < TABLE_ENTRIES; i += TABLE_CHUNK) {
		for (uint64_t j = 0; j < TABLE_CHUNK; j++) {
			chunk[j] = (gib * GIB + (i + j) * 2 * MIB) | link | PTE_LARGE;
		}
		image_write(w, at + 8 * i, chunk, sizeof(chunk));
	}
}

void image_write_tables(struct image_writer *w)
{
	const uint64_t pdpt = IMAGE_AT_TABLES + PAGE_SIZE;

	image_write_zero(w, IMAGE_AT_TABLES, 2 * PAGE_SIZE);
	image_write_le(w, IMAGE_AT_TABLES, pdpt | link, 8);
	for (uint64_t i = 0; i < MAPPED_GIB; i++) {
		image_write_le(w, pdpt + 8 * i, (pdpt + (1 + i) * PAGE_SIZE) | link, 8);
		write_directory(w, pdpt + (1 + i) * PAGE_SIZE, i);
	}
}

void image_write_more_tables(struct image_writer *w, uint64_t from, uint64_t to)
{
	uint64_t pdpt = IMAGE_AT_TABLES + PAGE_SIZE;
	uint64_t slot = 0; /* of @pdpt in the PML4 */
	uint64_t next = IMAGE_AT_END;

	for (uint64_t gib = max_u64(from / GIB, MAPPED_GIB); gib * GIB < to; gib++) {
		if (gib / TABLE_ENTRIES != slot) {
			slot = gib / TABLE_ENTRIES;
			pdpt = next;
			next += PAGE_SIZE;
			image_write_zero(w, pdpt, PAGE_SIZE);
			image_write_le(w, IMAGE_AT_TABLES + 8 * slot, pdpt | link, 8);
		}
		image_write_le(w, pdpt + 8 * (gib % TABLE_ENTRIES), next | link, 8);
		write_directory(w, next, gib);
		next += PAGE_SIZE;
	}
}

/* Offset of sh_addr. Source: System V ABI, "Sections". */
enum { SECTION_ADDRESS_32 = 12, SECTION_ADDRESS_64 = 16 };

void image_write_sections(struct image_writer *w, struct image_file kernel,
			  const struct image_sections *sections, uint64_t at, uint64_t loose)
{
	const uint32_t field = sections->wide ? SECTION_ADDRESS_64 : SECTION_ADDRESS_32;

	image_write(w, at, kernel.bytes + sections->at,
		    (size_t)image_sections_header_bytes(sections));
	for (uint32_t i = 0; i < sections->count; i++) {
		struct image_section s = image_section_at(kernel, sections, i);

		if (s.loose) {
			image_write_le(w, at + (uint64_t)i * sections->header_bytes + field, loose,
				       sections->wide ? 8 : 4);
			image_write(w, loose, kernel.bytes + s.offset, (size_t)s.bytes);
			loose += align_up(s.bytes, IMAGE_SECTION_ALIGN);
		}
	}
}

/*
 * Flat descriptors with base 0 and limit 4 GiB, present, accessed (SDM Vol. 3A, "Segment
 * Descriptors"). 0x10 and 0x18 are __BOOT_CS and __BOOT_DS ("The Linux/x86 Boot Protocol", "64-bit
 * Boot Protocol").
 */
void image_write_gdt(struct image_writer *writer, enum image_code code, struct image_start *start)
{
	uint64_t gdt[] = {
		0,
		0,
		code == IMAGE_CODE_64 ? 0x00AF9B000000FFFF : 0x00CF9B000000FFFF,
		0x00CF93000000FFFF,
	};

	for (size_t i = 0; i < ARRAY_COUNT(gdt); i++) {
		image_write_le(writer, IMAGE_AT_GDT + 8 * i, gdt[i], 8);
	}
	start->gdt_base = IMAGE_AT_GDT;
	start->gdt_limit = sizeof(gdt) - 1;
}

void image_write_bios(struct image_writer *writer)
{
	for (unsigned vector = BIOS_VECTOR_FIRST; vector <= BIOS_VECTOR_LAST; vector++) {
		image_write_le(writer, vector * BIOS_VECTOR_BYTES,
			       vector == BIOS_VECTOR_MEMORY ? BIOS_AT_MEMORY : BIOS_AT_REFUSE,
			       BIOS_VECTOR_BYTES);
	}
	image_write(writer, BIOS_AT_REFUSE, bios_refuse, sizeof(bios_refuse));
	image_write(writer, BIOS_AT_MEMORY, bios_memory, sizeof(bios_memory));
	image_write_le(writer, BIOS_MEMORY_KIB, IMAGE_GAP_START / KIB, 2);
}

enum status image_write_refuse(struct image_refusal *refusal)
{
	enum status status = image_refuse(refusal->why, E_NO_MEMORY,
					  "the guest's RAM is not where its memory map says");

	return image_about(refusal, IMAGE_FIELD_MEMORY, status);
}
