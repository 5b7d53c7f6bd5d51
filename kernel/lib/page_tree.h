/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_tree.h: four levels of 512-entry tables, as IA-32e paging and EPT both use them.
 *
 * Only the shape they share is here: bit 0 set in every present entry, bit 7 in a leaf above the
 * lowest level, addresses in bits 51:12. What the other bits say is the caller's business.
 * Tables are reached by their physical address: the hypervisor maps its memory 1:1.
 */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

#define PAGE_TREE_SPAN    ((uint64_t)1 << 48)            /* what four levels translate */
#define PAGE_TREE_TARGET  ((uint64_t)1 << 52)            /* physical addresses end here */
#define PAGE_TREE_ADDRESS (PAGE_TREE_TARGET - PAGE_SIZE) /* the address bits of an entry */
#define PAGE_TREE_PRESENT ((uint64_t)1 << 0)
#define PAGE_TREE_LARGE   ((uint64_t)1 << 7)

enum { PAGE_TREE_LEVELS = 4, PAGE_TREE_ENTRIES = 512 };

/** struct page_source - where tables come from. */
struct page_source {
	void *(*page)(void *context); /* a zeroed, aligned 4 KiB page for good; NULL when used up */
	void *context;
};

/** struct page_tree - one set of tables. */
struct page_tree {
	uint64_t *root;
	struct page_source source;
	uint64_t table_bits; /* set in every entry that points to a table; has bit 0 */
	bool has_2m;
	bool has_1g;
};

/** struct page_tree_range - what to translate to what. All three are multiples of 4 KiB. */
struct page_tree_range {
	uint64_t from;
	uint64_t to;
	uint64_t bytes;
	uint64_t leaf_bits; /* set in every leaf, PAGE_TREE_PRESENT among them */
};

/** struct page_tree_slot - the entry that decides about an address. */
struct page_tree_slot {
	uint64_t start; /* first address it decides about */
	uint64_t bytes; /* how many */
	uint64_t entry; /* as it stands in the table; a leaf, or not present */
};

/**
 * page_tree_init() - start with nothing mapped.
 * @tree:   source, table_bits and page sizes are set by the caller; gets its root
 *
 * Return: OK, E_NO_MEMORY.
 */
enum status page_tree_init(struct page_tree *tree);

/**
 * page_tree_map() - translate a range with the largest pages that alignments and @tree allow.
 *
 * Nothing is changed unless the whole range is free. When tables run out, what was mapped until
 * then stays.
 *
 * Return: OK, E_INVALID (no bytes), E_UNALIGNED, E_RANGE (beyond what the tables can express),
 * E_OVERLAP, E_NO_MEMORY.
 */
enum status page_tree_map(struct page_tree *tree, const struct page_tree_range *range);

/** page_tree_find() - the entry that decides about @at, which is below PAGE_TREE_SPAN. */
struct page_tree_slot page_tree_find(const struct page_tree *tree, uint64_t at);

/** struct page_tree_step - an entry on the way to an address. */
struct page_tree_step {
	uint64_t where; /* its own address */
	uint64_t entry;
	uint64_t bytes; /* what it decides about */
};

/**
 * page_tree_path() - all entries the processor reads to translate @at, which is below PAGE_TREE_SPAN.
 *
 * Return: how many of @path are filled in, from the top level on; the last is a leaf, or not present.
 */
uint32_t page_tree_path(const struct page_tree *tree, uint64_t at,
			struct page_tree_step path[PAGE_TREE_LEVELS]);

/**
 * page_tree_next_leaf() - the first leaf that ends behind *@at.
 * @at: in: where to look from, 0 at first; out: behind the leaf, for the next call
 *
 * Return: whether there was one.
 */
bool page_tree_next_leaf(const struct page_tree *tree, uint64_t *at, struct page_tree_slot *out);

/**
 * page_tree_table() - the lowest-level table for the 2 MiB around @at, made when needed.
 *
 * Return: its 512 entries; NULL when a large page is there or tables ran out.
 */
uint64_t *page_tree_table(struct page_tree *tree, uint64_t at);

/** page_tree_is_present() - whether @entry translates or points to a table. */
static inline bool page_tree_is_present(uint64_t entry)
{
	return (entry & PAGE_TREE_PRESENT) != 0;
}
