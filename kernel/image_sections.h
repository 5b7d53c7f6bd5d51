/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_sections.h: the section headers of an ELF kernel, which Multiboot hands on: symbols are found by them.
 *
 * Sections that no segment loads (names, symbols) are loaded too, and their headers then say where.
 */
#pragma once

#include "kernel/image_elf.h"

/**
 * image_sections_read() - check the section headers of an ELF file.
 * @sections: filled in; its count is 0 when the file has none
 *
 * Return: OK, E_TRUNCATED (a header, or what it names, is not in the file), E_INVALID (size of a header).
 * Source: System V ABI, "Sections".
 */
enum status image_sections_read(struct image_file kernel, const struct image_elf *elf,
				struct image_sections *sections, char *why);

/** struct image_section - one section header; fields as in ELF. */
struct image_section {
	uint64_t address, offset, bytes;
	bool loose; /* has bytes in the file and no address: no segment loads it */
};

/** image_section_at() - section @index of a table that was checked. */
struct image_section image_section_at(struct image_file kernel,
				      const struct image_sections *sections, uint32_t index);

/** image_sections_header_bytes() - of all headers together. */
uint64_t image_sections_header_bytes(const struct image_sections *sections);

/** image_sections_loose_bytes() - room for all loose sections, one behind the other. */
uint64_t image_sections_loose_bytes(struct image_file kernel,
				    const struct image_sections *sections);

enum { IMAGE_SECTION_ALIGN = 16 }; /* of a loose section, and of its end */
