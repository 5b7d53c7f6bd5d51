/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_elf.h: which bytes of a kernel file go where, and how ELF files say it.
 *
 * Only kernel/image*.c includes this.
 */
#pragma once

#include "kernel/image.h"

enum { IMAGE_SEGMENTS_MAX = 16 };

/** struct image_segment - a part of the file, where it goes, and how much memory it gets there. */
struct image_segment {
	uint32_t file_at;
	uint32_t file_bytes;   /* at most @memory_bytes; the rest of that is zeros */
	uint32_t address;      /* physical */
	uint32_t memory_bytes; /* not 0 */
	uint64_t virtual_address;
};

/** struct image_sections - where an ELF file has its section headers, for kernels that are told. */
struct image_sections {
	bool wide; /* 64-bit */
	uint32_t count;
	uint32_t header_bytes;
	uint32_t names; /* index of the section with the names */
	uint64_t at;
};

/** enum image_preference - of the places that a kernel may be moved to. */
enum image_preference { IMAGE_PREFER_NONE, IMAGE_PREFER_LOWEST, IMAGE_PREFER_HIGHEST };

/** struct image_moves - where a kernel may be moved to; @allowed false: it stays where it was linked. */
struct image_moves {
	bool allowed;
	enum image_preference preference;
	uint32_t lowest;
	uint32_t highest; /* its last byte may be here */
	uint32_t align;   /* a power of two */
};

/** struct image_parts - what a file says, checked. */
struct image_parts {
	enum image_mode mode; /* that it is entered in */
	uint32_t entry;       /* physical, inside a segment */
	struct image_moves moves;
	struct image_sections sections;
	uint32_t segment_count;
	struct image_segment segments[IMAGE_SEGMENTS_MAX];
};

/** struct image_piece - a part as a file says it, unchecked; fields as in struct image_segment. */
struct image_piece {
	uint64_t file_at, file_bytes, address, memory_bytes, virtual_address;
	uint64_t said_at; /* offset of the header that says so, for messages */
};

/* Offset of e_entry. Source: System V ABI, "ELF Header". */
enum { ELF_AT_ENTRY = 24 };

/** struct image_elf - a checked ELF header. */
struct image_elf {
	bool wide; /* 64-bit */
	uint32_t header_bytes;
	uint32_t header_count;
	uint64_t headers_at;
	uint64_t entry;
	uint64_t entry_at; /* offset of the field that says so */
};

/** image_parts_reader - reads a file of one kind. Return: OK with @parts, or an error with @why. */
typedef enum status image_parts_reader(struct image_file kernel, const struct image_form *form,
				       struct image_parts *parts, char *why);

struct seg_plan;

/** struct image_protocol - a kind of kernels. */
struct image_protocol {
	enum image_kind kind;
	bool (*knows)(struct image_file kernel); /* NULL: nothing in a file says so */
	image_parts_reader *read;                /* NULL: not of segments */
	const char *mark; /* that a file of the kind must have; "" for none */
	/* Room for what has no fixed place, once the modules are placed; NULL for none. */
	uint64_t (*extra)(const struct image_request *request, const struct seg_plan *plan);
};

/**
 * image_protocol_of() - the row of a file, by itself or because the config says so.
 * @status: OK, E_TRUNCATED (empty), E_UNSUPPORTED (none that is known, or not what @form says)
 *
 * Return: the row; NULL with words in @why.
 */
const struct image_protocol *image_protocol_of(struct image_file kernel,
					       const struct image_form *form, enum status *status,
					       char *why);

/**
 * image_segment_add() - add a part; everything about it is the file's word until checked here.
 *
 * When OK: it lies inside the file and below 4 GiB, and overlaps no other.
 *
 * Return: OK, E_INVALID, E_TRUNCATED, E_UNSUPPORTED (too many), with words in @why.
 */
enum status image_segment_add(struct image_file kernel, struct image_parts *parts,
			      const struct image_piece *piece, char *why);

/**
 * image_entry_find() - set the entry, which a file names as a virtual address of a segment or
 * already as the physical one.
 * @at: offset of the field that names it, for messages
 *
 * Return: OK, E_INVALID (in no segment).
 */
enum status image_entry_find(struct image_parts *parts, uint64_t entry, uint64_t at, char *why);

/** image_entry_set() - set the entry to the physical address @entry. Return: as image_entry_find(). */
enum status image_entry_set(struct image_parts *parts, uint64_t entry, uint64_t at, char *why);

/**
 * image_elf_open() - read an ELF header: an executable for x86, of 32 or 64 bits.
 *
 * Return: OK, E_UNSUPPORTED, E_INVALID, E_TRUNCATED.
 * Source: System V ABI, "ELF Header", "Program Header".
 */
enum status image_elf_open(struct image_file kernel, struct image_elf *elf, char *why);

/** image_elf_segments() - add what is loadable; @parts is empty. Return: as image_segment_add(). */
enum status image_elf_segments(struct image_file kernel, const struct image_elf *elf,
			       struct image_parts *parts, char *why);

/** image_is_elf() - whether a file begins as ELF does. */
bool image_is_elf(struct image_file kernel);

/** image_is_pvh() - whether a file is ELF and has a note with a PVH entry. */
bool image_is_pvh(struct image_file kernel);

/** image_elf_read(), image_pvh_read(), image_flat_read() - the readers of these kinds. */
image_parts_reader image_elf_read, image_pvh_read, image_flat_read;
