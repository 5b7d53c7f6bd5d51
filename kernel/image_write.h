/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_write.h: what the image loaders share: writes to a guest's RAM.
 *
 * Only kernel/image*.c includes this; what only places does not, and so links without guest memory.
 */
#pragma once

#include "kernel/image_segplan.h"
#include "kernel/lib/types.h"

/**
 * struct image_writer - writes to guest RAM; after a failed one @status stays set and no more is
 * written.
 */
struct image_writer {
	struct guest_memory *memory;
	enum status status;
};

/** image_write() - copy @bytes to guest-physical @at. */
void image_write(struct image_writer *writer, uint64_t at, const void *from, size_t bytes);

/** image_write_zero() - zero @bytes at guest-physical @at. */
void image_write_zero(struct image_writer *writer, uint64_t at, uint64_t bytes);

/** image_write_le() - write @value, @bytes (1 to 8) wide, little-endian, to guest-physical @at. */
void image_write_le(struct image_writer *writer, uint64_t at, uint64_t value, size_t bytes);

/**
 * image_write_bios() - write what kernels look for that a PC's BIOS leaves: the KiB of RAM below the gap (Xen puts its
 * start-up code at the end of that), and an answer to the calls of its services, INT 10H to 1AH: a function that is
 * not there, and INT 12H, the same KiB. There is no BIOS; but Xen calls it and lives with the answer.
 * Source: IBM PS/2 and PC BIOS Interface Technical Reference, "BIOS Data Area", 40:13, "Memory Size"; "Interrupt 12H";
 * "Interrupt 15H", "Unsupported Function".
 */
void image_write_bios(struct image_writer *writer);

/** enum image_code - how wide the code of a guest's first instruction is. */
enum image_code { IMAGE_CODE_32, IMAGE_CODE_64 };

/** image_write_gdt() - write the GDT that struct image_start promises, and fill in where it is. */
void image_write_gdt(struct image_writer *writer, enum image_code code, struct image_start *start);

/** image_write_tables() - map the low 4 GiB to itself with 2 MiB pages, at IMAGE_AT_TABLES. */
void image_write_tables(struct image_writer *writer);

/**
 * image_write_more_tables() - map [@from, @to) to itself too, what of it lies above 4 GiB; at most 4 GiB of it.
 *
 * Behind the tables that image_write_tables() made, and linked into them.
 */
void image_write_more_tables(struct image_writer *writer, uint64_t from, uint64_t to);

/** image_write_refuse() - the words for a failed write. Return: E_NO_MEMORY. */
enum status image_write_refuse(struct image_refusal *refusal);

/** image_bzimage_load() - as image_load(); @request->kernel is an IMAGE_BZIMAGE. */
enum status image_bzimage_load(const struct image_request *request, struct image_start *start,
			       struct image_refusal *refusal);

/** image_multiboot_info() - write what a Multiboot 1 kernel gets, and say where in @start. */
void image_multiboot_info(struct image_writer *writer, const struct image_request *request,
			  const struct seg_plan *plan, struct image_start *start);

/** image_multiboot2_info() - the same for a Multiboot 2 kernel, at the plan's extra place. */
void image_multiboot2_info(struct image_writer *writer, const struct image_request *request,
			   const struct seg_plan *plan, struct image_start *start);

/**
 * image_write_sections() - write section headers to @at, and the sections that no segment loads to @loose,
 * where their headers then say they are.
 */
void image_write_sections(struct image_writer *writer, struct image_file kernel,
			  const struct image_sections *sections, uint64_t at, uint64_t loose);

/** image_pvh_info() - write a struct hvm_start_info, and say where in @start. */
void image_pvh_info(struct image_writer *writer, const struct image_request *request,
		    const struct seg_plan *plan, struct image_start *start);
