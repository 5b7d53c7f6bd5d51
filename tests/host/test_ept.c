/* SPDX-License-Identifier: Apache-2.0 */
/* test_ept.c: the extended page tables of a partition. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/vmx/ept.h"
#include "tests/host/pages.h"

enum { RWX = EPT_READ | EPT_WRITE | EPT_EXEC };

static struct pages pages;
static struct ept ept;

static int empty_tables(void **state)
{
	struct ept_setup setup = { pages_source(&pages, PAGES_MAX), true, true };

	(void)state;
	return ept_init(&ept, &setup) == OK ? 0 : -1;
}

static int free_tables(void **state)
{
	(void)state;
	pages_free(&pages);
	return 0;
}

static enum status map(uint64_t from, uint64_t to, uint64_t bytes)
{
	struct ept_range range = { gpa(from), hpa(to), bytes, RWX, MEMORY_TYPE_WB };

	return ept_map(&ept, &range);
}

static uint64_t page_bytes_at(uint64_t at)
{
	struct ept_entry entry;

	return ept_lookup(&ept, gpa(at), &entry) ? entry.bytes : 0;
}

static void nothing_is_mapped_at_first(void **state)
{
	struct ept_entry entry;

	(void)state;
	assert_false(ept_lookup(&ept, gpa(0), &entry));
	assert_false(ept_lookup(&ept, gpa(PAGE_TREE_SPAN - 1), &entry));
}

static void address_beyond_four_levels_is_not_wrapped_around(void **state)
{
	(void)state;
	assert_int_equal(map(0, 0, PAGE_SIZE), OK);
	assert_int_equal(page_bytes_at(PAGE_TREE_SPAN), 0);
}

static void lookup_gives_back_what_was_mapped(void **state)
{
	struct ept_range range = { gpa(0x7000), hpa(0x123456000), 0x2000, EPT_READ | EPT_EXEC,
				   MEMORY_TYPE_WT };
	struct ept_entry entry;

	(void)state;
	assert_int_equal(ept_map(&ept, &range), OK);
	assert_true(ept_lookup(&ept, gpa(0x8fff), &entry));
	assert_int_equal(entry.gpa.value, 0x8000);
	assert_int_equal(entry.hpa.value, 0x123457000);
	assert_int_equal(entry.bytes, PAGE_SIZE);
	assert_int_equal(entry.access, EPT_READ | EPT_EXEC);
	assert_int_equal(entry.type, MEMORY_TYPE_WT);
	assert_false(ept_lookup(&ept, gpa(0x9000), &entry));
	assert_false(ept_lookup(&ept, gpa(0x6fff), &entry));
}

/* SDM Vol. 3C, "EPT Translation Mechanism": bit 7 of a PDPTE maps 1 GiB, of a PDE 2 MiB. */
static void largest_page_that_both_alignments_allow_is_used(void **state)
{
	(void)state;
	assert_int_equal(map(GIB, 3 * GIB, GIB), OK);
	assert_int_equal(page_bytes_at(GIB), GIB);
	assert_int_equal(map(4 * GIB, 8 * GIB + 2 * MIB, GIB), OK);
	assert_int_equal(page_bytes_at(4 * GIB), 2 * MIB);
	assert_int_equal(map(6 * GIB, 10 * GIB + PAGE_SIZE, 2 * MIB), OK);
	assert_int_equal(page_bytes_at(6 * GIB), PAGE_SIZE);
}

static void page_sizes_change_inside_of_one_range(void **state)
{
	struct ept_entry entry;

	(void)state;
	assert_int_equal(map(GIB - 2 * MIB - PAGE_SIZE, 5 * GIB - 2 * MIB - PAGE_SIZE,
			     PAGE_SIZE + 2 * MIB + GIB + PAGE_SIZE),
			 OK);
	assert_int_equal(page_bytes_at(GIB - 2 * MIB - PAGE_SIZE), PAGE_SIZE);
	assert_int_equal(page_bytes_at(GIB - 2 * MIB), 2 * MIB);
	assert_int_equal(page_bytes_at(GIB), GIB);
	assert_int_equal(page_bytes_at(2 * GIB), PAGE_SIZE);
	assert_int_equal(page_bytes_at(2 * GIB + PAGE_SIZE), 0);
	assert_true(ept_lookup(&ept, gpa(2 * GIB), &entry));
	assert_int_equal(entry.hpa.value, 6 * GIB);
}

static void page_size_the_processor_lacks_is_not_used(void **state)
{
	(void)state;
	ept.tree.has_1g = false;
	assert_int_equal(map(GIB, GIB, GIB), OK);
	assert_int_equal(page_bytes_at(GIB), 2 * MIB);
	ept.tree.has_2m = false;
	assert_int_equal(map(4 * GIB, 4 * GIB, 2 * MIB), OK);
	assert_int_equal(page_bytes_at(4 * GIB), PAGE_SIZE);
}

static void overlap_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(map(2 * MIB, 2 * MIB, 2 * MIB), OK);
	assert_int_equal(map(3 * MIB, 8 * MIB, PAGE_SIZE), E_OVERLAP);
	assert_int_equal(map(0, 8 * MIB, 2 * MIB + PAGE_SIZE), E_OVERLAP);
	assert_int_equal(map(0, 0, GIB), E_OVERLAP);
	assert_int_equal(page_bytes_at(0), 0);
	assert_int_equal(page_bytes_at(2 * MIB), 2 * MIB);
	assert_int_equal(map(0, 8 * MIB, 2 * MIB), OK);
	assert_int_equal(map(4 * MIB, 16 * MIB, 2 * MIB), OK);
}

static void malformed_range_is_refused(void **state)
{
	(void)state;
	assert_int_equal(map(0, 0, 0), E_INVALID);
	assert_int_equal(map(1, 0, PAGE_SIZE), E_UNALIGNED);
	assert_int_equal(map(0, 0x800, PAGE_SIZE), E_UNALIGNED);
	assert_int_equal(map(0, 0, PAGE_SIZE + 1), E_UNALIGNED);
	assert_int_equal(map(PAGE_TREE_SPAN - PAGE_SIZE, 0, 2 * PAGE_SIZE), E_RANGE);
	assert_int_equal(map(0, PAGE_TREE_TARGET - PAGE_SIZE, 2 * PAGE_SIZE), E_RANGE);
	assert_int_equal(map(PAGE_SIZE, 0, align_down(UINT64_MAX, PAGE_SIZE)), E_RANGE);
	assert_int_equal(map(PAGE_TREE_SPAN - PAGE_SIZE, 0, PAGE_SIZE), OK);
}

/* SDM Vol. 3C, "EPT Misconfigurations": bits 1:0 = 10b, and memory types 2, 3 and 7. */
static void misconfiguration_is_refused(void **state)
{
	struct ept_range range = { gpa(0), hpa(0), PAGE_SIZE, EPT_WRITE, MEMORY_TYPE_WB };

	(void)state;
	assert_int_equal(ept_map(&ept, &range), E_INVALID);
	range.access = 0;
	assert_int_equal(ept_map(&ept, &range), E_INVALID);
	range.access = RWX | 8;
	assert_int_equal(ept_map(&ept, &range), E_INVALID);
	range.access = RWX;
	range.type = 2;
	assert_int_equal(ept_map(&ept, &range), E_INVALID);
	range.type = 7;
	assert_int_equal(ept_map(&ept, &range), E_INVALID);
	range.type = MEMORY_TYPE_UC;
	assert_int_equal(ept_map(&ept, &range), OK);
}

static void running_out_of_tables_is_reported(void **state)
{
	(void)state;
	pages.limit = pages.used + 2;
	assert_int_equal(map(PAGE_SIZE, 0, PAGE_SIZE), E_NO_MEMORY);
	pages.limit++;
	assert_int_equal(map(PAGE_SIZE, 0, PAGE_SIZE), OK);
}

static void running_out_at_the_root_is_reported(void **state)
{
	struct pages none;
	struct ept_setup setup = { pages_source(&none, 0), true, true };
	struct ept other;

	(void)state;
	assert_int_equal(ept_init(&other, &setup), E_NO_MEMORY);
}

/* SDM Vol. 3C, "Extended-Page-Table Pointer (EPTP)": bits 2:0 = 6 (WB), bits 5:3 = 3, bit 6 = 0. */
static void pointer_names_the_root_and_how_to_walk(void **state)
{
	(void)state;
	assert_int_equal(ept_pointer(&ept), (uint64_t)(uintptr_t)ept.tree.root | 0x1e);
}

/* SDM Vol. 3C, "EPT Translation Mechanism": the exact bits of entries at each level. */
static void entries_have_the_bits_of_the_manual(void **state)
{
	(void)state;
	assert_int_equal(map(0, 0x40000000, GIB), OK);
	assert_int_equal(ept.tree.root[0] & 0xfff, 0x7);
	uint64_t *pdpt = (uint64_t *)(uintptr_t)(ept.tree.root[0] & ~(uint64_t)0xfff);
	assert_int_equal(pdpt[0], 0x400000b7);
}

struct seen {
	unsigned count;
	uint64_t bytes;
	uint64_t last;
};

static void count_leaf(void *context, const struct ept_entry *entry)
{
	struct seen *seen = context;

	assert_true(seen->count == 0 || entry->gpa.value > seen->last);
	seen->last = entry->gpa.value;
	seen->bytes += entry->bytes;
	seen->count++;
}

static void walk_shows_every_leaf_once_in_order(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(map(512 * GIB, 0, GIB), OK);
	assert_int_equal(map(0, 16 * MIB, 2 * MIB + 2 * PAGE_SIZE), OK);
	assert_int_equal(map(PAGE_TREE_SPAN - PAGE_SIZE, 0, PAGE_SIZE), OK);
	ept_walk(&ept, count_leaf, &seen);
	assert_int_equal(seen.count, 5);
	assert_int_equal(seen.bytes, GIB + 2 * MIB + 3 * PAGE_SIZE);
	assert_int_equal(seen.last, PAGE_TREE_SPAN - PAGE_SIZE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, empty_tables, free_tables)

/* SDM Vol. 3C, "EPT Translation Mechanism": an entry of each level, down to the page. */
static void path_shows_every_entry_down_to_the_page(void **state)
{
	struct page_tree_step path[PAGE_TREE_LEVELS];

	(void)state;
	assert_int_equal(map(0x7000, 0x123456000, PAGE_SIZE), OK);
	assert_int_equal(ept_path(&ept, gpa(0x7123), path), 4);
	assert_int_equal(path[0].where, (uintptr_t)ept.tree.root);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(path[i].bytes, PAGE_SIZE << (9 * (3 - i)));
		/* Each table lies where the entry above says. */
		assert_int_equal(align_down(path[i + 1].where, PAGE_SIZE),
				 path[i].entry & PAGE_TREE_ADDRESS);
	}
	assert_int_equal(path[3].entry & PAGE_TREE_ADDRESS, 0x123456000);
	assert_int_equal(path[3].where % PAGE_SIZE, 7 * 8);
	assert_int_equal(path[3].bytes, PAGE_SIZE);
}

static void path_ends_at_a_large_page(void **state)
{
	struct page_tree_step path[PAGE_TREE_LEVELS];

	(void)state;
	assert_int_equal(map(2 * MIB, 64 * MIB, 2 * MIB), OK);
	assert_int_equal(ept_path(&ept, gpa(3 * MIB), path), 3);
	assert_int_equal(path[2].bytes, 2 * MIB);
	assert_true((path[2].entry & PAGE_TREE_LARGE) != 0);
}

static void path_ends_where_nothing_is_mapped(void **state)
{
	struct page_tree_step path[PAGE_TREE_LEVELS];

	(void)state;
	assert_int_equal(ept_path(&ept, gpa(0x7000), path), 1);
	assert_int_equal(path[0].entry, 0);
	assert_int_equal(map(0, 0, PAGE_SIZE), OK);
	assert_int_equal(ept_path(&ept, gpa(PAGE_SIZE), path), 4);
	assert_false(page_tree_is_present(path[3].entry));
	assert_int_equal(ept_path(&ept, gpa(GIB), path), 2);
	assert_int_equal(ept_path(&ept, gpa(PAGE_TREE_SPAN), path), 0);
}

static void assert_run(uint64_t *at, struct ept_run wanted)
{
	struct ept_run run;

	assert_true(ept_next_run(&ept, at, &run));
	assert_int_equal(run.first.gpa.value, wanted.first.gpa.value);
	assert_int_equal(run.first.hpa.value, wanted.first.hpa.value);
	assert_int_equal(run.first.bytes, wanted.first.bytes);
	assert_int_equal(run.bytes, wanted.bytes);
	assert_int_equal(*at, wanted.first.gpa.value + wanted.bytes);
}

static struct ept_run run_of(uint64_t from, uint64_t to, uint64_t page, uint64_t bytes)
{
	return (struct ept_run){ { gpa(from), hpa(to), page, RWX, MEMORY_TYPE_WB }, bytes };
}

static void pages_in_a_row_are_one_run(void **state)
{
	struct ept_run run;
	uint64_t at = 0;

	(void)state;
	assert_int_equal(map(0, 64 * MIB, 6 * MIB), OK);
	assert_run(&at, run_of(0, 64 * MIB, 2 * MIB, 6 * MIB));
	assert_false(ept_next_run(&ept, &at, &run));
}

static void run_ends_where_anything_changes(void **state)
{
	struct ept_range other = { gpa(0x6000), hpa(0x203000), PAGE_SIZE, RWX, MEMORY_TYPE_UC };
	struct ept_range third = { gpa(0x7000), hpa(0x204000), PAGE_SIZE, EPT_READ,
				   MEMORY_TYPE_UC };
	struct ept_run run;
	uint64_t at = 0;

	(void)state;
	assert_int_equal(map(0x1000, 0x101000, 0x2000), OK);  /* two pages, */
	assert_int_equal(map(0x3000, 0x200000, 0x1000), OK);  /* elsewhere, */
	assert_int_equal(map(0x5000, 0x202000, 0x1000), OK);  /* behind a hole, */
	assert_int_equal(ept_map(&ept, &other), OK);          /* of another type, */
	assert_int_equal(ept_map(&ept, &third), OK);          /* with other access, */
	assert_int_equal(map(2 * MIB, 4 * MIB, 2 * MIB), OK); /* of another size */
	assert_run(&at, run_of(0x1000, 0x101000, PAGE_SIZE, 0x2000));
	assert_run(&at, run_of(0x3000, 0x200000, PAGE_SIZE, 0x1000));
	assert_run(&at, run_of(0x5000, 0x202000, PAGE_SIZE, 0x1000));
	assert_run(&at, run_of(0x6000, 0x203000, PAGE_SIZE, 0x1000));
	assert_run(&at, run_of(0x7000, 0x204000, PAGE_SIZE, 0x1000));
	assert_run(&at, run_of(2 * MIB, 4 * MIB, 2 * MIB, 2 * MIB));
	assert_false(ept_next_run(&ept, &at, &run));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_mapped_at_first),
		CASE(address_beyond_four_levels_is_not_wrapped_around),
		CASE(lookup_gives_back_what_was_mapped),
		CASE(largest_page_that_both_alignments_allow_is_used),
		CASE(page_sizes_change_inside_of_one_range),
		CASE(page_size_the_processor_lacks_is_not_used),
		CASE(overlap_is_refused_and_changes_nothing),
		CASE(malformed_range_is_refused),
		CASE(misconfiguration_is_refused),
		CASE(running_out_of_tables_is_reported),
		CASE(running_out_at_the_root_is_reported),
		CASE(pointer_names_the_root_and_how_to_walk),
		CASE(entries_have_the_bits_of_the_manual),
		CASE(walk_shows_every_leaf_once_in_order),
		CASE(path_shows_every_entry_down_to_the_page),
		CASE(path_ends_at_a_large_page),
		CASE(path_ends_where_nothing_is_mapped),
		CASE(pages_in_a_row_are_one_run),
		CASE(run_ends_where_anything_changes),
	};
	return cmocka_run_group_tests_name("ept", tests, NULL, NULL);
}
