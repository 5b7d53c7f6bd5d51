/* SPDX-License-Identifier: Apache-2.0 */
/* guest_paging.c: walks a guest's page tables. */
#include "kernel/guest_paging.h"

#include "arch/cpu/regs.h"

#define ENTRY_PRESENT   ((uint64_t)1 << 0)
#define ENTRY_LARGE     ((uint64_t)1 << 7)
#define ADDRESS_BITS    ((uint64_t)0x000FFFFFFFFFF000)
#define ADDRESS_BITS_32 ((uint64_t)0xFFFFF000)

/* How one paging mode is made. */
struct mode {
	uint32_t levels; /* that lie in memory */
	uint32_t index_bits;
	uint32_t entry_bytes;
	uint64_t address_bits; /* of an entry */
};

static const struct mode mode_32 = { 2, 10, 4, ADDRESS_BITS_32 };
static const struct mode mode_pae = { 2, 9, 8, ADDRESS_BITS };
static const struct mode mode_long = { 4, 9, 8, ADDRESS_BITS };

/* NULL: paging is off. */
static const struct mode *mode_of(const struct guest_paging *paging)
{
	if ((paging->cr0 & CR0_PG) == 0) {
		return NULL;
	}
	if ((paging->efer & EFER_LMA) != 0) {
		return &mode_long;
	}
	return (paging->cr4 & CR4_PAE) != 0 ? &mode_pae : &mode_32;
}

/* A walk: by whose registers, by which rules, through which memory. */
struct walk {
	const struct guest_paging *paging;
	const struct mode *mode;
	struct guest_memory *memory;
};

/* Where it starts. PAE paging has one more level: four entries that the processor keeps. */
static enum status first_table(const struct walk *walk, uint64_t linear, uint64_t *table)
{
	uint64_t entry = walk->paging->cr3;

	if (walk->mode == &mode_pae) {
		entry = walk->paging->pdptes[linear >> 30 & (GUEST_PDPTES - 1)];
		if ((entry & ENTRY_PRESENT) == 0) {
			return E_NOT_FOUND;
		}
	}
	*table = entry & walk->mode->address_bits;
	return OK;
}

static enum status read_entry(const struct walk *walk, uint64_t at, uint64_t *entry)
{
	*entry = 0;
	enum status status =
		guest_memory_read(walk->memory, gpa(at), entry, walk->mode->entry_bytes);

	if (status == OK && (*entry & ENTRY_PRESENT) == 0) {
		return E_NOT_FOUND;
	}
	return status;
}

/* Large pages of 32-bit paging have to be switched on. No page has 512 GiB. */
static bool is_leaf(const struct walk *walk, uint32_t level, uint64_t entry)
{
	if (level == 1) {
		return true;
	}
	if ((entry & ENTRY_LARGE) == 0 || level == 4) {
		return false;
	}
	return walk->mode != &mode_32 || (walk->paging->cr4 & CR4_PSE) != 0;
}

/* First byte of a page of @bytes. A 4 MiB page has bits 39:32 in bits 20:13 of its entry. */
static uint64_t page_base(const struct mode *mode, uint64_t entry, uint64_t bytes)
{
	uint64_t base = entry & mode->address_bits & ~(bytes - 1);

	return mode == &mode_32 && bytes > PAGE_SIZE ? base | (entry >> 13 & 0xFF) << 32 : base;
}

static enum status walk_tables(const struct walk *walk, uint64_t linear, gpa_t *out)
{
	const struct mode *mode = walk->mode;
	uint64_t table;
	enum status status = first_table(walk, linear, &table);

	for (uint32_t level = mode->levels; status == OK; level--) {
		uint32_t shift = PAGE_SHIFT + (level - 1) * mode->index_bits;
		uint64_t index = linear >> shift & (((uint64_t)1 << mode->index_bits) - 1);
		uint64_t entry;

		status = read_entry(walk, table + index * mode->entry_bytes, &entry);
		if (status == OK && is_leaf(walk, level, entry)) {
			uint64_t bytes = (uint64_t)1 << shift;

			*out = gpa(page_base(mode, entry, bytes) | (linear & (bytes - 1)));
			return OK;
		}
		table = entry & mode->address_bits;
	}
	return status;
}

enum status guest_paging_translate(const struct guest_paging *paging, struct guest_memory *memory,
				   uint64_t linear, gpa_t *out)
{
	struct walk walk = { paging, mode_of(paging), memory };
	bool long_mode = (paging->efer & EFER_LMA) != 0;

	linear = long_mode ? linear : (uint32_t)linear;
	if (walk.mode == NULL) {
		*out = gpa(linear);
		return OK;
	}
	return walk_tables(&walk, linear, out);
}

size_t guest_linear_read(const struct guest_linear *from, void *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		uint64_t linear = from->address + done;
		size_t part = min_u64(PAGE_SIZE - linear % PAGE_SIZE, size - done);
		gpa_t at;

		if (guest_paging_translate(from->paging, from->memory, linear, &at) != OK ||
		    guest_memory_read(from->memory, at, (uint8_t *)to + done, part) != OK) {
			break;
		}
		done += part;
	}
	return done;
}
