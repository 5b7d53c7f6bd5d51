/* SPDX-License-Identifier: Apache-2.0 */
/* ept.c: the extended page tables of a partition. */
#include "arch/vmx/ept.h"

enum {
	EPT_ACCESS = EPT_READ | EPT_WRITE | EPT_EXEC,
	EPT_TYPE_SHIFT = 3, /* of a leaf: bits 5:3 */
	EPT_TYPE_MASK = 7,
	EPTP_WALK_SHIFT = 3, /* bits 5:3: page-walk length minus 1 */
};

/* An entry is present when it may be read. We never make one that may not, so bit 0 decides. */
_Static_assert(EPT_READ == PAGE_TREE_PRESENT, "page_tree.h takes bit 0 for presence");

enum status ept_init(struct ept *ept, const struct ept_setup *setup)
{
	ept->tree = (struct page_tree){
		.source = setup->source,
		.table_bits = EPT_ACCESS,
		.has_2m = setup->has_2m,
		.has_1g = setup->has_1g,
	};
	return page_tree_init(&ept->tree);
}

/*
 * Writable but not readable is a misconfiguration, and so is a reserved type. Executable only is
 * legal on some processors; nothing here has a use for it.
 */
static bool is_configurable(const struct ept_range *range)
{
	return (range->access & ~EPT_ACCESS) == 0 && (range->access & EPT_READ) != 0 &&
	       memory_type_is_valid(range->type);
}

enum status ept_map(struct ept *ept, const struct ept_range *range)
{
	if (!is_configurable(range)) {
		return E_INVALID;
	}
	const struct page_tree_range pages = {
		.from = range->gpa.value,
		.to = range->hpa.value,
		.bytes = range->bytes,
		.leaf_bits = range->access | (uint64_t)range->type << EPT_TYPE_SHIFT,
	};
	return page_tree_map(&ept->tree, &pages);
}

enum status ept_reserve(struct ept *ept, gpa_t from, uint64_t bytes)
{
	enum status status = OK;

	for (uint64_t at = from.value; status == OK && at < from.value + bytes; at += PAGE_SIZE) {
		status = page_tree_table(&ept->tree, at) != NULL ? OK : E_NO_MEMORY;
	}
	return status;
}

enum status ept_remap(struct ept *ept, const struct ept_range *range)
{
	uint64_t bits =
		range->access != 0 ? range->access | (uint64_t)range->type << EPT_TYPE_SHIFT : 0;

	if (range->access != 0 && !is_configurable(range)) {
		return E_INVALID;
	}
	if (!is_aligned(range->gpa.value | range->hpa.value | range->bytes, PAGE_SIZE)) {
		return E_UNALIGNED;
	}
	for (uint64_t done = 0; done < range->bytes; done += PAGE_SIZE) {
		uint64_t at = range->gpa.value + done;
		uint64_t *table = page_tree_find(&ept->tree, at).bytes == PAGE_SIZE
					  ? page_tree_table(&ept->tree, at)
					  : NULL;

		if (table == NULL) {
			return E_NO_MEMORY;
		}
		table[at / PAGE_SIZE % PAGE_TREE_ENTRIES] =
			bits != 0 ? (range->hpa.value + done) | bits : 0;
	}
	return OK;
}

static struct ept_entry entry_from(const struct page_tree_slot *slot)
{
	return (struct ept_entry){
		.gpa = gpa(slot->start),
		.hpa = hpa(slot->entry & PAGE_TREE_ADDRESS),
		.bytes = slot->bytes,
		.access = slot->entry & EPT_ACCESS,
		.type = slot->entry >> EPT_TYPE_SHIFT & EPT_TYPE_MASK,
	};
}

bool ept_lookup(const struct ept *ept, gpa_t at, struct ept_entry *out)
{
	if (at.value >= PAGE_TREE_SPAN) {
		return false;
	}
	struct page_tree_slot slot = page_tree_find(&ept->tree, at.value);

	*out = entry_from(&slot);
	return page_tree_is_present(slot.entry);
}

void ept_walk(const struct ept *ept, ept_leaf_fn leaf, void *context)
{
	struct page_tree_slot slot;

	for (uint64_t at = 0; page_tree_next_leaf(&ept->tree, &at, &slot);) {
		struct ept_entry entry = entry_from(&slot);

		leaf(context, &entry);
	}
}

uint32_t ept_path(const struct ept *ept, gpa_t at, struct page_tree_step path[PAGE_TREE_LEVELS])
{
	return at.value < PAGE_TREE_SPAN ? page_tree_path(&ept->tree, at.value, path) : 0;
}

static bool next_entry(const struct ept *ept, uint64_t *at, struct ept_entry *entry)
{
	struct page_tree_slot slot;

	if (!page_tree_next_leaf(&ept->tree, at, &slot)) {
		return false;
	}
	*entry = entry_from(&slot);
	return true;
}

static bool continues(const struct ept_run *run, const struct ept_entry *entry)
{
	const struct ept_entry *first = &run->first;

	return entry->gpa.value == first->gpa.value + run->bytes &&
	       entry->hpa.value == first->hpa.value + run->bytes && entry->bytes == first->bytes &&
	       entry->access == first->access && entry->type == first->type;
}

bool ept_next_run(const struct ept *ept, uint64_t *at, struct ept_run *run)
{
	struct ept_entry entry;

	if (!next_entry(ept, at, &run->first)) {
		return false;
	}
	run->bytes = run->first.bytes;
	for (uint64_t next = *at; next_entry(ept, &next, &entry) && continues(run, &entry);) {
		run->bytes += entry.bytes;
		*at = next;
	}
	return true;
}

uint64_t ept_pointer(const struct ept *ept)
{
	return (uint64_t)(uintptr_t)ept->tree.root | MEMORY_TYPE_WB |
	       (PAGE_TREE_LEVELS - 1) << EPTP_WALK_SHIFT;
}
