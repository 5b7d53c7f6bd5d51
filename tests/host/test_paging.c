/* SPDX-License-Identifier: Apache-2.0 */
/* test_paging.c: the hypervisor's own page tables. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/cpu/paging.h"
#include "tests/host/pages.h"

#define UPPER ((uint64_t)0xffff800000000000)

static struct pages pages;
static struct paging paging;

static int empty_tables(void **state)
{
	struct paging_setup setup = { pages_source(&pages, PAGES_MAX), true };

	(void)state;
	return paging_init(&paging, &setup) == OK ? 0 : -1;
}

static int free_tables(void **state)
{
	(void)state;
	pages_free(&pages);
	return 0;
}

static enum status map(uint64_t from, uint64_t bytes, uint32_t flags)
{
	struct paging_range range = { from, hpa(from & 0xffffffffffff), bytes, flags };

	return paging_map(&paging, &range);
}

static uint64_t raw_at(uint64_t at)
{
	return page_tree_find(&paging.tree, at & (PAGE_TREE_SPAN - 1)).entry;
}

static void lookup_gives_back_what_was_mapped(void **state)
{
	struct paging_entry entry;

	(void)state;
	assert_int_equal(map(0x5000, 0x2000, PAGING_WRITE | PAGING_UNCACHED | PAGING_GLOBAL), OK);
	assert_true(paging_lookup(&paging, 0x6fff, &entry));
	assert_int_equal(entry.virtual, 0x6000);
	assert_int_equal(entry.hpa.value, 0x6000);
	assert_int_equal(entry.bytes, PAGE_SIZE);
	assert_int_equal(entry.flags, PAGING_WRITE | PAGING_UNCACHED | PAGING_GLOBAL);
	assert_false(paging_lookup(&paging, 0x7000, &entry));
	assert_false(paging_lookup(&paging, 0x4fff, &entry));
}

static void writable_and_executable_is_refused(void **state)
{
	(void)state;
	assert_int_equal(map(0x5000, PAGE_SIZE, PAGING_WRITE | PAGING_EXEC), E_INVALID);
	assert_int_equal(map(0x5000, PAGE_SIZE, PAGING_WRITE), OK);
	assert_int_equal(map(0x6000, PAGE_SIZE, PAGING_EXEC), OK);
}

/* SDM Vol. 3A, "Format of a Page-Table Entry that Maps a 4-KByte Page"; bit 63 is XD. */
static void entries_have_the_bits_of_the_manual(void **state)
{
	(void)state;
	assert_int_equal(map(0x5000, PAGE_SIZE, 0), OK);
	assert_int_equal(raw_at(0x5000), 0x8000000000005061);
	assert_int_equal(map(0x6000, PAGE_SIZE, PAGING_EXEC), OK);
	assert_int_equal(raw_at(0x6000), 0x6061);
	assert_int_equal(map(0x7000, PAGE_SIZE, PAGING_WRITE | PAGING_UNCACHED | PAGING_GLOBAL),
			 OK);
	assert_int_equal(raw_at(0x7000), 0x800000000000717b);
	assert_int_equal(map(4 * MIB, 2 * MIB, PAGING_EXEC), OK);
	assert_int_equal(raw_at(4 * MIB), 0x4000e1);
	assert_int_equal(paging.tree.root[0] & 0xfff, 0x23);
}

static void page_at_zero_is_refused(void **state)
{
	(void)state;
	assert_int_equal(map(0, PAGE_SIZE, 0), E_INVALID);
	assert_int_equal(map(0, 2 * MIB, PAGING_WRITE), E_INVALID);
	assert_int_equal(map(PAGE_SIZE, PAGE_SIZE, PAGING_WRITE), OK);
	assert_null(paging_table(&paging, 0));
	assert_null(paging_table(&paging, 2 * MIB - 1));
}

static void malformed_range_is_refused(void **state)
{
	(void)state;
	assert_int_equal(map(PAGE_SIZE, 0, 0), E_INVALID);
	assert_int_equal(map(PAGE_SIZE, PAGE_SIZE, 1 << 4), E_INVALID);
	assert_int_equal(map(PAGE_SIZE + 1, PAGE_SIZE, 0), E_UNALIGNED);
	assert_int_equal(map(PAGE_SIZE, 1, 0), E_UNALIGNED);
}

/* SDM Vol. 1, "Canonical Addressing". */
static void address_that_is_not_canonical_is_refused(void **state)
{
	uint64_t end = (uint64_t)1 << 47;
	struct paging_range last = { UINT64_MAX - PAGE_SIZE + 1, hpa(0), PAGE_SIZE, 0 };
	struct paging_entry entry;

	(void)state;
	assert_int_equal(map(end, PAGE_SIZE, 0), E_RANGE);
	assert_int_equal(map(UPPER - PAGE_SIZE, PAGE_SIZE, 0), E_RANGE);
	assert_int_equal(map(end - PAGE_SIZE, 2 * PAGE_SIZE, 0), E_RANGE);
	assert_int_equal(paging_map(&paging, &last), OK);
	last.bytes = 2 * PAGE_SIZE;
	assert_int_equal(paging_map(&paging, &last), E_RANGE);
	assert_int_equal(map(end - PAGE_SIZE, PAGE_SIZE, 0), OK);
	assert_int_equal(map(UPPER, PAGE_SIZE, 0), OK);
	assert_false(paging_lookup(&paging, end, &entry));
	assert_true(paging_lookup(&paging, UPPER, &entry));
	assert_int_equal(entry.virtual, UPPER);
	assert_null(paging_table(&paging, end));
}

static void largest_page_is_used_and_1g_only_if_the_processor_has_it(void **state)
{
	struct paging_entry entry;

	(void)state;
	assert_int_equal(map(GIB, GIB, 0), OK);
	assert_true(paging_lookup(&paging, GIB, &entry));
	assert_int_equal(entry.bytes, GIB);
	paging.tree.has_1g = false;
	assert_int_equal(map(2 * GIB, GIB, 0), OK);
	assert_true(paging_lookup(&paging, 2 * GIB, &entry));
	assert_int_equal(entry.bytes, 2 * MIB);
}

static void overlap_is_refused(void **state)
{
	(void)state;
	assert_int_equal(map(2 * MIB, 2 * MIB, 0), OK);
	assert_int_equal(map(2 * MIB + PAGE_SIZE, PAGE_SIZE, PAGING_WRITE), E_OVERLAP);
	assert_int_equal(map(PAGE_SIZE, 2 * MIB, PAGING_WRITE), E_OVERLAP);
	assert_int_equal(map(4 * MIB, PAGE_SIZE, PAGING_WRITE), OK);
}

static void hole_between_two_ranges_is_a_guard(void **state)
{
	struct paging_entry entry;

	(void)state;
	assert_int_equal(map(0x10000, 0x4000, PAGING_WRITE), OK);
	assert_int_equal(map(0x15000, 0x4000, PAGING_WRITE), OK);
	assert_true(paging_lookup(&paging, 0x13fff, &entry));
	assert_false(paging_lookup(&paging, 0x14000, &entry));
	assert_false(paging_lookup(&paging, 0x14fff, &entry));
	assert_true(paging_lookup(&paging, 0x15000, &entry));
}

static void table_covers_its_two_megabytes(void **state)
{
	uint64_t at = UPPER + 6 * MIB;
	uint64_t *table = paging_table(&paging, at + 5 * PAGE_SIZE);
	struct paging_entry entry;

	(void)state;
	assert_non_null(table);
	assert_ptr_equal(table, paging_table(&paging, at));
	assert_ptr_not_equal(table, paging_table(&paging, at + 2 * MIB));
	assert_false(paging_lookup(&paging, at + 5 * PAGE_SIZE, &entry));
	table[5] = 0x123000 | PAGING_ENTRY_PRESENT | PAGING_ENTRY_WRITE | PAGING_ENTRY_NX;
	assert_true(paging_lookup(&paging, at + 5 * PAGE_SIZE, &entry));
	assert_int_equal(entry.hpa.value, 0x123000);
	assert_int_equal(entry.flags, PAGING_WRITE);
}

/* Somebody holds a pointer to the table: a large page must not take its place. */
static void table_stays_when_its_region_is_mapped(void **state)
{
	uint64_t *table = paging_table(&paging, 4 * MIB);

	(void)state;
	assert_int_equal(map(4 * MIB, 2 * MIB, 0), OK);
	assert_ptr_equal(table, paging_table(&paging, 4 * MIB));
	assert_int_not_equal(table[511], 0);
}

static void no_table_inside_of_a_large_page(void **state)
{
	(void)state;
	assert_int_equal(map(4 * MIB, 2 * MIB, 0), OK);
	assert_null(paging_table(&paging, 5 * MIB));
	assert_int_equal(map(GIB, GIB, 0), OK);
	assert_null(paging_table(&paging, GIB));
}

static void running_out_of_tables_is_reported(void **state)
{
	struct pages none;
	struct paging_setup setup = { pages_source(&none, 0), true };
	struct paging other;

	(void)state;
	assert_int_equal(paging_init(&other, &setup), E_NO_MEMORY);
	pages.limit = pages.used + 2;
	assert_int_equal(map(PAGE_SIZE, PAGE_SIZE, 0), E_NO_MEMORY);
	assert_null(paging_table(&paging, 4 * MIB));
}

static void count_writable_and_executable(void *context, const struct paging_entry *entry)
{
	unsigned *found = context;
	uint32_t both = PAGING_WRITE | PAGING_EXEC;

	found[0]++;
	found[1] += (entry->flags & both) == both ? 1 : 0;
}

static void walk_finds_a_page_that_became_writable_and_executable(void **state)
{
	unsigned found[2] = { 0, 0 };
	uint64_t *table = paging_table(&paging, 2 * MIB);

	(void)state;
	assert_int_equal(map(2 * MIB, PAGE_SIZE, PAGING_EXEC), OK);
	assert_int_equal(map(UPPER, GIB, PAGING_WRITE), OK);
	paging_walk(&paging, count_writable_and_executable, found);
	assert_int_equal(found[0], 2);
	assert_int_equal(found[1], 0);
	table[0] |= PAGING_ENTRY_WRITE;
	paging_walk(&paging, count_writable_and_executable, found);
	assert_int_equal(found[1], 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, empty_tables, free_tables)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(lookup_gives_back_what_was_mapped),
		CASE(writable_and_executable_is_refused),
		CASE(entries_have_the_bits_of_the_manual),
		CASE(page_at_zero_is_refused),
		CASE(malformed_range_is_refused),
		CASE(address_that_is_not_canonical_is_refused),
		CASE(largest_page_is_used_and_1g_only_if_the_processor_has_it),
		CASE(overlap_is_refused),
		CASE(hole_between_two_ranges_is_a_guard),
		CASE(table_covers_its_two_megabytes),
		CASE(table_stays_when_its_region_is_mapped),
		CASE(no_table_inside_of_a_large_page),
		CASE(running_out_of_tables_is_reported),
		CASE(walk_finds_a_page_that_became_writable_and_executable),
	};
	return cmocka_run_group_tests_name("paging", tests, NULL, NULL);
}
