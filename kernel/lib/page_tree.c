/* SPDX-License-Identifier: Apache-2.0 */
/* page_tree.c: four levels of 512-entry tables, as IA-32e paging and EPT both use them. */
#include "kernel/lib/page_tree.h"

/** level_bytes() - what one entry of a table of @level covers; level 1 is the lowest. */
static uint64_t level_bytes(unsigned level)
{
	return PAGE_SIZE << (9 * (level - 1));
}

static bool is_leaf(uint64_t entry, unsigned level)
{
	return page_tree_is_present(entry) && (level == 1 || (entry & PAGE_TREE_LARGE) != 0);
}

static bool is_table(uint64_t entry, unsigned level)
{
	return page_tree_is_present(entry) && !is_leaf(entry, level);
}

static uint64_t *entry_of(uint64_t *table, uint64_t at, unsigned level)
{
	return &table[at / level_bytes(level) % PAGE_TREE_ENTRIES];
}

static uint64_t *table_behind(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & PAGE_TREE_ADDRESS);
}

/** descend() - the entry for @at in a table of @to_level, made when needed; NULL when stopped. */
static uint64_t *descend(struct page_tree *tree, uint64_t at, unsigned to_level)
{
	uint64_t *table = tree->root;

	for (unsigned level = PAGE_TREE_LEVELS; level > to_level; level--) {
		uint64_t *entry = entry_of(table, at, level);

		if (is_leaf(*entry, level)) {
			return NULL;
		}
		if (!page_tree_is_present(*entry)) {
			void *page = tree->source.page(tree->source.context);

			if (page == NULL) {
				return NULL;
			}
			*entry = (uint64_t)(uintptr_t)page | tree->table_bits;
		}
		table = table_behind(*entry);
	}
	return entry_of(table, at, to_level);
}

enum status page_tree_init(struct page_tree *tree)
{
	tree->root = tree->source.page(tree->source.context);
	return tree->root != NULL ? OK : E_NO_MEMORY;
}

struct page_tree_slot page_tree_find(const struct page_tree *tree, uint64_t at)
{
	unsigned level = PAGE_TREE_LEVELS;
	uint64_t entry = *entry_of(tree->root, at, level);

	while (is_table(entry, level)) {
		level--;
		entry = *entry_of(table_behind(entry), at, level);
	}
	return (struct page_tree_slot){ align_down(at, level_bytes(level)), level_bytes(level),
					entry };
}

uint32_t page_tree_path(const struct page_tree *tree, uint64_t at,
			struct page_tree_step path[PAGE_TREE_LEVELS])
{
	uint64_t *table = tree->root;
	uint32_t count = 0;

	for (unsigned level = PAGE_TREE_LEVELS;; level--) {
		const uint64_t *where = entry_of(table, at, level);

		path[count++] = (struct page_tree_step){ (uint64_t)(uintptr_t)where, *where,
							 level_bytes(level) };
		if (!is_table(*where, level)) {
			return count;
		}
		table = table_behind(*where);
	}
}

bool page_tree_next_leaf(const struct page_tree *tree, uint64_t *at, struct page_tree_slot *out)
{
	while (*at < PAGE_TREE_SPAN) {
		*out = page_tree_find(tree, *at);
		*at = out->start + out->bytes;
		if (page_tree_is_present(out->entry)) {
			return true;
		}
	}
	return false;
}

static bool is_free(const struct page_tree *tree, uint64_t from, uint64_t bytes)
{
	uint64_t end = from + bytes;
	struct page_tree_slot leaf;

	return !page_tree_next_leaf(tree, &from, &leaf) || leaf.start >= end;
}

/** pick_level() - the highest level whose page starts at both addresses and fits in @left. */
static unsigned pick_level(const struct page_tree *tree, const struct page_tree_range *left)
{
	const bool allowed[] = { false, true, tree->has_2m, tree->has_1g };

	for (unsigned level = 3; level > 1; level--) {
		uint64_t bytes = level_bytes(level);

		/* A table that is there stays: it has no leaves here, but may be in use. */
		if (allowed[level] && is_aligned(left->from | left->to, bytes) &&
		    left->bytes >= bytes && page_tree_find(tree, left->from).bytes >= bytes) {
			return level;
		}
	}
	return 1;
}

static enum status check(const struct page_tree *tree, const struct page_tree_range *range)
{
	if (range->bytes == 0) {
		return E_INVALID;
	}
	if (!is_aligned(range->from | range->to | range->bytes, PAGE_SIZE)) {
		return E_UNALIGNED;
	}
	if (range->bytes > PAGE_TREE_SPAN || range->from > PAGE_TREE_SPAN - range->bytes ||
	    range->to > PAGE_TREE_TARGET - range->bytes) {
		return E_RANGE;
	}
	return is_free(tree, range->from, range->bytes) ? OK : E_OVERLAP;
}

enum status page_tree_map(struct page_tree *tree, const struct page_tree_range *range)
{
	struct page_tree_range left = *range;
	enum status status = check(tree, range);

	while (status == OK && left.bytes > 0) {
		unsigned level = pick_level(tree, &left);
		uint64_t *entry = descend(tree, left.from, level);

		if (entry == NULL) {
			return E_NO_MEMORY;
		}
		*entry = left.to | left.leaf_bits | (level > 1 ? PAGE_TREE_LARGE : 0);
		left.from += level_bytes(level);
		left.to += level_bytes(level);
		left.bytes -= level_bytes(level);
	}
	return status;
}

uint64_t *page_tree_table(struct page_tree *tree, uint64_t at)
{
	return descend(tree, align_down(at, level_bytes(2)), 1);
}
