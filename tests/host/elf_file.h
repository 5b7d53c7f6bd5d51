/* SPDX-License-Identifier: Apache-2.0 */
/* elf_file.h: an ELF kernel file, header by header, for the tests of image loaders (ELF-64 Object File Format; System V ABI). */
#pragma once

#include "tests/host/image_world.h"

/** struct ph - a program header, in the order of ELF32. */
struct ph {
	uint32_t type;
	uint64_t offset, vaddr, paddr, filesz, memsz;
};

/* Of an executable without any program header yet; @machine by its number. */
static inline void put_elf_ident(uint8_t class, uint32_t machine)
{
	memcpy(world.file,
	       "\x7f"
	       "ELF",
	       4);
	put(4, class, 1);
	put(5, 0x101, 2);
	put(16, 2, 2);
	put(18, machine, 2);
}

static inline void put_elf64_header(uint64_t entry)
{
	put_elf_ident(2, 62);
	put(24, entry, 8);
	put(32, 64, 8);
	put(54, 56, 2);
}

static inline void put_elf32_header(uint32_t entry)
{
	put_elf_ident(1, 3);
	put(24, entry, 4);
	put(28, 52, 4);
	put(42, 32, 2);
}

/* Program header @index, the last one. */
static inline void put_ph64(unsigned index, struct ph ph)
{
	const uint64_t fields[] = { ph.offset, ph.vaddr, ph.paddr, ph.filesz, ph.memsz };
	size_t at = 64 + 56 * (size_t)index;

	put(at, ph.type, 4);
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		put(at + 8 + 8 * i, fields[i], 8);
	}
	put(56, index + 1, 2);
}

static inline void put_ph32(unsigned index, struct ph ph)
{
	const uint64_t fields[] = { ph.type, ph.offset, ph.vaddr, ph.paddr, ph.filesz, ph.memsz };
	size_t at = 52 + 32 * (size_t)index;

	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		put(at + 4 * i, fields[i], 4);
	}
	put(44, index + 1, 2);
}
