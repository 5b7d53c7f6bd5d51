/* SPDX-License-Identifier: Apache-2.0 */
/* paging.c: the hypervisor's own page tables. */
#include "arch/cpu/paging.h"

/* Bit 47 decides which half an address is in; all bits above repeat it. */
#define HALF       (PAGE_TREE_SPAN / 2)
#define UPPER_BITS (~(PAGE_TREE_SPAN - 1))

/* As an entry is present when bit 0 is set, paging and the tree agree without translation. */
_Static_assert(PAGING_ENTRY_PRESENT == PAGE_TREE_PRESENT, "bit 0 decides about presence");

/** struct flag_bits - what a flag does to a leaf. */
struct flag_bits {
	uint32_t flag;
	uint64_t set;   /* when the flag is given */
	uint64_t unset; /* when it is not */
};

/* SDM Vol. 3A, "Format of a Page-Table Entry that Maps a 4-KByte Page". */
static const struct flag_bits flag_bits[] = {
	{ PAGING_WRITE, PAGING_ENTRY_WRITE, 0 },
	{ PAGING_EXEC, 0, PAGING_ENTRY_NX },
	{ PAGING_UNCACHED, PAGING_ENTRY_PCD | PAGING_ENTRY_PWT, 0 },
	{ PAGING_GLOBAL, PAGING_ENTRY_GLOBAL, 0 },
};

static const uint32_t all_flags = PAGING_WRITE | PAGING_EXEC | PAGING_UNCACHED | PAGING_GLOBAL;

/* Accessed and dirty are set from the start, so that the processor never writes to a table. */
static uint64_t bits_from_flags(uint32_t flags)
{
	uint64_t bits = PAGING_ENTRY_PRESENT | PAGING_ENTRY_ACCESSED | PAGING_ENTRY_DIRTY;

	for (size_t i = 0; i < ARRAY_COUNT(flag_bits); i++) {
		bits |= (flags & flag_bits[i].flag) != 0 ? flag_bits[i].set : flag_bits[i].unset;
	}
	return bits;
}

static uint32_t flags_from_bits(uint64_t bits)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < ARRAY_COUNT(flag_bits); i++) {
		uint64_t mask = flag_bits[i].set | flag_bits[i].unset;

		flags |= (bits & mask) == flag_bits[i].set ? flag_bits[i].flag : 0;
	}
	return flags;
}

static bool is_canonical(uint64_t virtual)
{
	return virtual < HALF || virtual >= ~(HALF - 1);
}

enum status paging_init(struct paging *paging, const struct paging_setup *setup)
{
	paging->tree = (struct page_tree){
		.source = setup->source,
		/* Tables allow everything; leaves decide. */
		.table_bits = PAGING_ENTRY_PRESENT | PAGING_ENTRY_WRITE | PAGING_ENTRY_ACCESSED,
		.has_2m = true,
		.has_1g = setup->has_1g,
	};
	return page_tree_init(&paging->tree);
}

static enum status check(const struct paging_range *range)
{
	const uint32_t write_and_exec = PAGING_WRITE | PAGING_EXEC;

	if (range->virtual < PAGE_SIZE || range->bytes == 0 || (range->flags & ~all_flags) != 0 ||
	    (range->flags & write_and_exec) == write_and_exec) {
		return E_INVALID;
	}
	/* A range inside of one half is canonical when its first byte is. */
	if (!is_canonical(range->virtual) || range->bytes > HALF - range->virtual % HALF) {
		return E_RANGE;
	}
	return OK;
}

enum status paging_map(struct paging *paging, const struct paging_range *range)
{
	enum status status = check(range);

	if (status != OK) {
		return status;
	}
	const struct page_tree_range pages = {
		.from = range->virtual & ~UPPER_BITS,
		.to = range->hpa.value,
		.bytes = range->bytes,
		.leaf_bits = bits_from_flags(range->flags),
	};
	return page_tree_map(&paging->tree, &pages);
}

static struct paging_entry entry_from(const struct page_tree_slot *slot)
{
	return (struct paging_entry){
		.virtual = slot->start | (slot->start >= HALF ? UPPER_BITS : 0),
		.hpa = hpa(slot->entry & PAGE_TREE_ADDRESS),
		.bytes = slot->bytes,
		.flags = flags_from_bits(slot->entry),
	};
}

bool paging_lookup(const struct paging *paging, uint64_t virtual, struct paging_entry *out)
{
	if (!is_canonical(virtual)) {
		return false;
	}
	struct page_tree_slot slot = page_tree_find(&paging->tree, virtual & ~UPPER_BITS);

	*out = entry_from(&slot);
	return page_tree_is_present(slot.entry);
}

void paging_walk(const struct paging *paging, paging_leaf_fn leaf, void *context)
{
	struct page_tree_slot slot;

	for (uint64_t at = 0; page_tree_next_leaf(&paging->tree, &at, &slot);) {
		struct paging_entry entry = entry_from(&slot);

		leaf(context, &entry);
	}
}

uint64_t *paging_table(struct paging *paging, uint64_t virtual)
{
	if (!is_canonical(virtual) || virtual < 2 * MIB) {
		return NULL;
	}
	return page_tree_table(&paging->tree, virtual & ~UPPER_BITS);
}

uint64_t paging_root(const struct paging *paging)
{
	return (uint64_t)(uintptr_t)paging->tree.root;
}
