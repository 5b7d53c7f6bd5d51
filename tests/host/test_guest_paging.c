/* SPDX-License-Identifier: Apache-2.0 */
/* test_guest_paging.c: linear addresses of guests, by tables as guests write them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/cpu/regs.h"
#include "kernel/guest_paging.h"
#include "tests/host/fake_guest.h"

enum {
	RAM_BYTES = 0x10000,
	TOP = 0x1000,
	SECOND = 0x2000,
	THIRD = 0x3000,
	LAST = 0x4000,

	P = 1 << 0,
	PS = 1 << 7,
	OTHER_BITS = 0x67, /* P, W, U, A and D: none of them moves an address */
};
#define NX ((uint64_t)1 << 63)

static uint8_t ram[RAM_BYTES];
static struct guest_memory memory = { .bytes = ram,
				      .length = RAM_BYTES,
				      .written_low = UINT64_MAX };
static struct guest_paging paging;

static void put(uint64_t table, unsigned index, uint64_t entry)
{
	memcpy(ram + table + index * 8, &entry, 8);
}

static void put32(uint64_t table, unsigned index, uint32_t entry)
{
	memcpy(ram + table + index * 4, &entry, 4);
}

static int no_paging(void **unused)
{
	(void)unused;
	memset(ram, 0, sizeof(ram));
	paging = (struct guest_paging){ .cr0 = CR0_PE };
	return 0;
}

static int paging_32_bit(void **unused)
{
	no_paging(unused);
	paging.cr0 |= CR0_PG;
	paging.cr3 = TOP | 0x18; /* PWT and PCD are no address */
	return 0;
}

static int paging_pae(void **unused)
{
	paging_32_bit(unused);
	paging.cr4 = CR4_PAE;
	paging.cr3 = 0x20; /* its table: not looked at */
	return 0;
}

static int paging_4_levels(void **unused)
{
	paging_32_bit(unused);
	paging.cr4 = CR4_PAE;
	paging.efer = EFER_LME | EFER_LMA;
	return 0;
}

static void assert_at(uint64_t linear, uint64_t expected)
{
	gpa_t at = gpa(UINT64_MAX);

	assert_int_equal(guest_paging_translate(&paging, &memory, linear, &at), OK);
	assert_int_equal(at.value, expected);
}

static void assert_none(uint64_t linear, enum status status)
{
	gpa_t at;

	assert_int_equal(guest_paging_translate(&paging, &memory, linear, &at), status);
}

/* SDM Vol. 3A, "Paging Modes and Control Bits": CR0.PG = 0: linear addresses are physical. */
static void without_paging_an_address_is_itself(void **unused)
{
	(void)unused;
	assert_at(0x12345678, 0x12345678);
}

/* Outside of long mode a linear address has 32 bits: FFFF0000H + 20000H is 10000H. */
static void without_paging_an_address_wraps_at_4_gib(void **unused)
{
	(void)unused;
	assert_at(0x100010000, 0x10000);
}

/* EFER.LME and CR4.PAE without CR0.PG: as before any paging. */
static void long_mode_that_is_not_active_yet_is_no_paging(void **unused)
{
	(void)unused;
	paging.efer = EFER_LME;
	paging.cr4 = CR4_PAE;
	assert_at(0x5000, 0x5000);
}

/* SDM Vol. 3A, "32-Bit Paging": 10, 10 and 12 bits. */
static void two_levels_lead_to_a_4_kib_page(void **unused)
{
	(void)unused;
	put32(TOP, 0x300, SECOND | OTHER_BITS);
	put32(SECOND, 0x155, 0xABCDE000u | OTHER_BITS);
	assert_at(0x300u << 22 | 0x155u << 12 | 0x123, 0xABCDE123);
}

static void last_entry_of_each_table_is_reached(void **unused)
{
	(void)unused;
	put32(TOP, 1023, SECOND | P);
	put32(SECOND, 1023, 0x7000 | P);
	assert_at(0xFFFFFFFF, 0x7FFF);
}

static void upper_half_of_the_address_is_ignored_in_32_bit_paging(void **unused)
{
	(void)unused;
	put32(TOP, 0, SECOND | P);
	put32(SECOND, 1, 0x7000 | P);
	assert_at(0xDEADBEEF00001004, 0x7004);
}

/* SDM Vol. 3A, "32-Bit Paging": PS is looked at when CR4.PSE = 1. */
static void large_page_of_32_bit_paging_has_4_mib(void **unused)
{
	(void)unused;
	paging.cr4 = CR4_PSE;
	put32(TOP, 2, 0x40000000 | PS | OTHER_BITS);
	assert_at(2u << 22 | 0x345678, 0x40345678);
}

/* The same: without PSE the bit means nothing, and the entry is a table. */
static void without_pse_the_size_bit_is_ignored(void **unused)
{
	(void)unused;
	put32(TOP, 2, SECOND | PS | P);
	put32(SECOND, 0, 0x6000 | P);
	assert_at(2u << 22, 0x6000);
}

/* SDM Vol. 3A, "32-Bit Paging": bits 20:13 of the entry are bits 39:32 of the page (PSE-36). */
static void large_page_of_32_bit_paging_can_lie_above_4_gib(void **unused)
{
	(void)unused;
	paging.cr4 = CR4_PSE;
	put32(TOP, 2, 0x40000000 | 0xA5u << 13 | 1u << 12 | PS | P);
	assert_at(2u << 22 | 0x3FFFFF, 0xA5403FFFFF);
}

static void entry_not_present_in_the_directory_ends_the_walk(void **unused)
{
	(void)unused;
	put32(TOP, 0, SECOND);
	assert_none(0, E_NOT_FOUND);
}

static void entry_not_present_in_the_last_table_ends_the_walk(void **unused)
{
	(void)unused;
	put32(TOP, 0, SECOND | P);
	put32(SECOND, 0, 0x7000);
	assert_none(0, E_NOT_FOUND);
}

static void directory_outside_of_ram_is_reported_as_such(void **unused)
{
	(void)unused;
	paging.cr3 = RAM_BYTES;
	assert_none(0, E_RANGE);
}

static void table_outside_of_ram_is_reported_as_such(void **unused)
{
	(void)unused;
	put32(TOP, 0, 0xFEE00000u | P);
	assert_none(0, E_RANGE);
}

/* SDM Vol. 3A, "PDPTE Registers": they decide, whatever CR3 points to by now. */
static void pae_takes_the_first_level_from_the_processor(void **unused)
{
	(void)unused;
	put(0x20 & ~0xFFF, 4, 0x5000 | P); /* what CR3 points to, another table */
	paging.pdptes[0] = SECOND | P;
	put(SECOND, 0, THIRD | P);
	put(THIRD, 0, 0x8000 | P);
	assert_at(0x10, 0x8010);
}

static void pae_reaches_a_4_kib_page_above_4_gib(void **unused)
{
	(void)unused;
	paging.pdptes[3] = SECOND | P;
	put(SECOND, 0x1FF, THIRD | OTHER_BITS);
	put(THIRD, 0x101, 0x1234567000 | NX | OTHER_BITS);
	assert_at(3u << 30 | 0x1FFu << 21 | 0x101u << 12 | 0xABC, 0x1234567ABC);
}

static void pae_reaches_a_2_mib_page(void **unused)
{
	(void)unused;
	paging.pdptes[1] = SECOND | P;
	put(SECOND, 5, 0x80000000 | NX | PS | OTHER_BITS);
	assert_at(1u << 30 | 5u << 21 | 0x1FEDCB, 0x801FEDCB);
}

static void pae_quarter_that_is_not_present_ends_the_walk(void **unused)
{
	(void)unused;
	paging.pdptes[2] = SECOND;
	put(SECOND, 0, THIRD | P);
	assert_none(2u << 30, E_NOT_FOUND);
}

/* Four levels down to page @index of every table. */
static void build_4_levels(unsigned index)
{
	put(TOP, index, SECOND | OTHER_BITS);
	put(SECOND, index, THIRD | OTHER_BITS);
	put(THIRD, index, LAST | OTHER_BITS);
}

/* SDM Vol. 3A, "4-Level Paging and 5-Level Paging": 9, 9, 9, 9 and 12 bits. */
static void four_levels_lead_to_a_4_kib_page(void **unused)
{
	(void)unused;
	build_4_levels(3);
	put(LAST, 3, 0x000FEDCBA9876000 | NX | OTHER_BITS);
	assert_at((uint64_t)3 << 39 | 3u << 30 | 3u << 21 | 3u << 12 | 0x54, 0x000FEDCBA9876054);
}

/* Bits 63:48 repeat bit 47; the walk uses bits 47:12. */
static void address_of_the_upper_half_is_walked_by_its_low_bits(void **unused)
{
	(void)unused;
	build_4_levels(511);
	put(LAST, 511, 0x9000 | P);
	assert_at(UINT64_MAX, 0x9FFF);
}

static void four_levels_reach_a_2_mib_page(void **unused)
{
	(void)unused;
	build_4_levels(0);
	/* Bit 12 of a large page is its PAT bit, no address. */
	put(THIRD, 7, 0x180000000 | 1u << 12 | PS | OTHER_BITS);
	assert_at(7u << 21 | 0x1FFFFF, 0x1801FFFFF);
}

static void four_levels_reach_a_1_gib_page(void **unused)
{
	(void)unused;
	build_4_levels(0);
	put(SECOND, 9, 0x40000000 | NX | PS | OTHER_BITS);
	assert_at((uint64_t)9 << 30 | 0x3ABCDEF0, 0x7ABCDEF0);
}

/* SDM Vol. 3A, "4-Level Paging and 5-Level Paging": with CR4.LA57 bits 56:48 index one table more. */
static void five_levels_lead_to_a_4_kib_page(void **unused)
{
	(void)unused;
	paging.cr4 |= CR4_LA57;
	put(TOP, 0x0A5, 0x6000 | OTHER_BITS);
	put(0x6000, 0x1FF, SECOND | OTHER_BITS);
	put(SECOND, 1, THIRD | OTHER_BITS);
	put(THIRD, 2, LAST | OTHER_BITS);
	put(LAST, 3, 0x123456000 | NX | OTHER_BITS);
	uint64_t linear =
		(uint64_t)0x0A5 << 48 | (uint64_t)0x1FF << 39 | 1u << 30 | 2u << 21 | 3u << 12;

	assert_at(linear | 0xABC, 0x123456ABC);
	assert_none(linear ^ (uint64_t)1 << 48, E_NOT_FOUND);
	paging.cr4 &= ~CR4_LA57;
	assert_none(linear, E_NOT_FOUND);
}

/* Bit 7 of the upper two levels is reserved: neither makes a page. */
static void upper_two_of_five_levels_are_never_pages(void **unused)
{
	(void)unused;
	paging.cr4 |= CR4_LA57;
	put(TOP, 0, SECOND | PS | P);
	put(SECOND, 0, THIRD | PS | P);
	put(THIRD, 0, 0x40000000 | PS | P);
	assert_at(0x1234567, 0x40000000 + 0x1234567);
}

/* Bit 7 of the top level is reserved: it makes no page of 512 GiB. */
static void top_level_entry_is_never_a_page(void **unused)
{
	(void)unused;
	build_4_levels(0);
	put(TOP, 0, SECOND | PS | P);
	put(LAST, 0, 0x9000 | P);
	assert_at(0, 0x9000);
}

static void each_level_that_is_not_present_ends_the_walk(void **unused)
{
	static const uint64_t tables[] = { TOP, SECOND, THIRD, LAST };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
		build_4_levels(0);
		put(LAST, 0, 0x9000 | P);
		assert_at(0, 0x9000);
		put(tables[i], 0, OTHER_BITS & ~P);
		assert_none(0, E_NOT_FOUND);
	}
}

static void each_level_outside_of_ram_is_reported_as_such(void **unused)
{
	static const uint64_t tables[] = { TOP, SECOND, THIRD };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
		build_4_levels(0);
		put(tables[i], 0, RAM_BYTES | P);
		assert_none(0, E_RANGE);
	}
}

/* The page itself may be a device: that is the caller's to find out. */
static void page_outside_of_ram_is_translated(void **unused)
{
	(void)unused;
	build_4_levels(0);
	put(LAST, 0, 0xFEC00000 | P);
	assert_at(0x10, 0xFEC00010);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_paging_an_address_is_itself, no_paging),
		cmocka_unit_test_setup(without_paging_an_address_wraps_at_4_gib, no_paging),
		cmocka_unit_test_setup(long_mode_that_is_not_active_yet_is_no_paging, no_paging),
		cmocka_unit_test_setup(two_levels_lead_to_a_4_kib_page, paging_32_bit),
		cmocka_unit_test_setup(last_entry_of_each_table_is_reached, paging_32_bit),
		cmocka_unit_test_setup(upper_half_of_the_address_is_ignored_in_32_bit_paging,
				       paging_32_bit),
		cmocka_unit_test_setup(large_page_of_32_bit_paging_has_4_mib, paging_32_bit),
		cmocka_unit_test_setup(without_pse_the_size_bit_is_ignored, paging_32_bit),
		cmocka_unit_test_setup(large_page_of_32_bit_paging_can_lie_above_4_gib,
				       paging_32_bit),
		cmocka_unit_test_setup(entry_not_present_in_the_directory_ends_the_walk,
				       paging_32_bit),
		cmocka_unit_test_setup(entry_not_present_in_the_last_table_ends_the_walk,
				       paging_32_bit),
		cmocka_unit_test_setup(directory_outside_of_ram_is_reported_as_such, paging_32_bit),
		cmocka_unit_test_setup(table_outside_of_ram_is_reported_as_such, paging_32_bit),
		cmocka_unit_test_setup(pae_takes_the_first_level_from_the_processor, paging_pae),
		cmocka_unit_test_setup(pae_reaches_a_4_kib_page_above_4_gib, paging_pae),
		cmocka_unit_test_setup(pae_reaches_a_2_mib_page, paging_pae),
		cmocka_unit_test_setup(pae_quarter_that_is_not_present_ends_the_walk, paging_pae),
		cmocka_unit_test_setup(four_levels_lead_to_a_4_kib_page, paging_4_levels),
		cmocka_unit_test_setup(address_of_the_upper_half_is_walked_by_its_low_bits,
				       paging_4_levels),
		cmocka_unit_test_setup(four_levels_reach_a_2_mib_page, paging_4_levels),
		cmocka_unit_test_setup(four_levels_reach_a_1_gib_page, paging_4_levels),
		cmocka_unit_test_setup(five_levels_lead_to_a_4_kib_page, paging_4_levels),
		cmocka_unit_test_setup(upper_two_of_five_levels_are_never_pages, paging_4_levels),
		cmocka_unit_test_setup(top_level_entry_is_never_a_page, paging_4_levels),
		cmocka_unit_test_setup(each_level_that_is_not_present_ends_the_walk,
				       paging_4_levels),
		cmocka_unit_test_setup(each_level_outside_of_ram_is_reported_as_such,
				       paging_4_levels),
		cmocka_unit_test_setup(page_outside_of_ram_is_translated, paging_4_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
