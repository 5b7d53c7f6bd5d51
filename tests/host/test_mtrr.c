/* SPDX-License-Identifier: Apache-2.0 */
/* test_mtrr.c: which memory type the MTRRs give to which memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/vmx/mtrr.h"

enum {
	UC = MEMORY_TYPE_UC,
	WC = MEMORY_TYPE_WC,
	WT = MEMORY_TYPE_WT,
	WP = MEMORY_TYPE_WP,
	WB = MEMORY_TYPE_WB
};

enum { VALID = 0x800, CAP_FIX = 0x100, ENABLE = 0x800, FIXED_ENABLE = 0x400 };

static struct mtrr_state state;

static int default_write_back(void **unused)
{
	(void)unused;
	state = (struct mtrr_state){ .cap = 8, .deftype = ENABLE | WB, .physical_bits = 36 };
	return 0;
}

static void set_pair(unsigned i, uint64_t base, uint64_t bytes, uint8_t type)
{
	uint64_t width = (uint64_t)1 << state.physical_bits;

	state.variable[i] = (struct mtrr_pair){ base | type, ((width - 1) & ~(bytes - 1)) | VALID };
}

static void assert_run(uint64_t start, uint64_t limit, uint64_t bytes, uint8_t type)
{
	struct mtrr_run run;

	assert_int_equal(mtrr_range(&state, hpa(start), limit, &run), OK);
	assert_int_equal(run.type, type);
	assert_int_equal(run.bytes, bytes);
}

/* SDM Vol. 3A, "IA32_MTRR_DEF_TYPE MSR": with E clear, all memory is UC. */
static void disabled_mtrrs_make_everything_uncacheable(void **unused)
{
	(void)unused;
	set_pair(0, 0, GIB, WB);
	state.deftype = FIXED_ENABLE | WB;
	assert_run(0, 4 * GIB, 4 * GIB, UC);
}

static void default_type_holds_where_no_range_matches(void **unused)
{
	(void)unused;
	assert_run(0, 64 * GIB, 64 * GIB, WB);
}

static void variable_range_starts_and_ends_where_its_mask_says(void **unused)
{
	(void)unused;
	set_pair(2, 3 * GIB, GIB, UC);
	assert_run(0, 8 * GIB, 3 * GIB, WB);
	assert_run(3 * GIB - PAGE_SIZE, 8 * GIB, PAGE_SIZE, WB);
	assert_run(3 * GIB, 8 * GIB, GIB, UC);
	assert_run(3 * GIB + 5 * MIB, 8 * GIB, GIB - 5 * MIB, UC);
	assert_run(4 * GIB, 8 * GIB, 8 * GIB, WB);
	assert_run(3 * GIB, 2 * MIB, 2 * MIB, UC);
}

static void range_without_its_valid_bit_is_ignored(void **unused)
{
	(void)unused;
	set_pair(0, 0, GIB, UC);
	state.variable[0].mask &= ~(uint64_t)VALID;
	assert_run(0, 2 * GIB, 2 * GIB, WB);
}

static void range_beyond_the_count_is_ignored(void **unused)
{
	(void)unused;
	set_pair(8, 0, GIB, UC);
	assert_run(0, 2 * GIB, 2 * GIB, WB);
}

static void adjacent_ranges_of_one_type_are_one_run(void **unused)
{
	(void)unused;
	state.deftype = ENABLE | UC;
	set_pair(0, 0, 2 * GIB, WB);
	set_pair(1, 2 * GIB, GIB, WB);
	assert_run(0, 8 * GIB, 3 * GIB, WB);
}

/* SDM Vol. 3A, "MTRR Precedences": if one of the overlapping types is UC, UC; WT and WB, WT. */
static void uncacheable_wins_over_write_back(void **unused)
{
	(void)unused;
	state.deftype = ENABLE | WT;
	set_pair(0, 0, 4 * GIB, WB);
	set_pair(1, GIB, GIB, UC);
	assert_run(0, 4 * GIB, GIB, WB);
	assert_run(GIB, 4 * GIB, GIB, UC);
	assert_run(2 * GIB, 4 * GIB, 2 * GIB, WB);
}

static void write_through_wins_over_write_back(void **unused)
{
	(void)unused;
	set_pair(0, 0, 4 * GIB, WB);
	set_pair(1, GIB, GIB, WT);
	assert_run(GIB, 4 * GIB, GIB, WT);
	set_pair(0, 0, 4 * GIB, WT);
	set_pair(1, GIB, GIB, WB);
	assert_run(GIB, 4 * GIB, 3 * GIB, WT);
}

/* The manual leaves other overlaps undefined; uncacheable is what cannot corrupt. */
static void undefined_overlap_counts_as_uncacheable(void **unused)
{
	(void)unused;
	set_pair(0, 0, 4 * GIB, WC);
	set_pair(1, GIB, GIB, WB);
	assert_run(GIB, 4 * GIB, GIB, UC);
	set_pair(1, GIB, GIB, WC);
	assert_run(GIB, 2 * GIB, 2 * GIB, WC);
}

static void reserved_type_counts_as_uncacheable(void **unused)
{
	(void)unused;
	set_pair(0, 0, GIB, 3);
	state.deftype = ENABLE | 2;
	assert_run(0, 2 * GIB, 2 * GIB, UC);
}

/* A hole in the mask: address bit 31 is not compared, so the range appears again 2 GiB above. */
static void mask_with_a_hole_makes_several_ranges(void **unused)
{
	(void)unused;
	set_pair(0, GIB, GIB, UC);
	state.variable[0].mask &= ~(2 * GIB);
	assert_run(0, 8 * GIB, GIB, WB);
	assert_run(GIB, 8 * GIB, GIB, UC);
	assert_run(2 * GIB, 8 * GIB, GIB, WB);
	assert_run(3 * GIB, 8 * GIB, GIB, UC);
	assert_run(4 * GIB, 8 * GIB, 8 * GIB, WB);
}

static void empty_mask_covers_everything(void **unused)
{
	(void)unused;
	state.variable[0] = (struct mtrr_pair){ WT, VALID };
	assert_run(GIB, 32 * GIB, 32 * GIB, WT);
}

static void base_bits_outside_of_the_mask_do_not_matter(void **unused)
{
	(void)unused;
	set_pair(0, GIB, GIB, UC);
	state.variable[0].base |= 5 * MIB;
	assert_run(GIB, 4 * GIB, GIB, UC);
}

static void use_fixed(void)
{
	state.cap |= CAP_FIX;
	state.deftype |= FIXED_ENABLE;
	for (unsigned i = 0; i < MTRR_FIXED_COUNT; i++) {
		state.fixed[i] = 0x0606060606060606;
	}
}

/* SDM Vol. 3A, "Fixed Range MTRRs": 64 KiB below 512 KiB, then 16 KiB, from 768 KiB on 4 KiB. */
static void fixed_ranges_have_three_granularities(void **unused)
{
	(void)unused;
	use_fixed();
	state.fixed[0] = 0x0506060606060606;
	state.fixed[1] = 0x0606060606060604;
	state.fixed[2] = 0;
	state.fixed[3] = 0x0606060606060601;
	state.fixed[10] = 0x0406060606060606;
	assert_run(0, 2 * MIB, 0x70000, WB);
	assert_run(0x70000, 2 * MIB, 0x10000, WP);
	assert_run(0x71000, 2 * MIB, 0xf000, WP);
	assert_run(0x80000, 2 * MIB, 0x4000, WT);
	assert_run(0x84000, 2 * MIB, 0xa0000 - 0x84000, WB);
	assert_run(0xa0000, 2 * MIB, 0x20000, UC);
	assert_run(0xb8000, 2 * MIB, 0x8000, UC);
	assert_run(0xc0000, 2 * MIB, 0x1000, WC);
	assert_run(0xc1000, 2 * MIB, 0xff000 - 0xc1000, WB);
	assert_run(0xff000, 2 * MIB, 0x1000, WT);
}

/* SDM Vol. 3A, "MTRR Precedences": fixed ranges, when enabled, take priority below 1 MiB. */
static void fixed_ranges_win_below_one_megabyte_only(void **unused)
{
	(void)unused;
	use_fixed();
	set_pair(0, 0, 2 * MIB, UC);
	assert_run(0, 4 * MIB, MIB, WB);
	assert_run(MIB, 4 * MIB, MIB, UC);
}

static void run_goes_on_from_fixed_to_variable_ranges(void **unused)
{
	(void)unused;
	use_fixed();
	set_pair(0, GIB, GIB, UC);
	assert_run(0x90000, 4 * GIB, GIB - 0x90000, WB);
}

static void fixed_ranges_are_off_without_their_bits(void **unused)
{
	(void)unused;
	use_fixed();
	state.fixed[2] = 0;
	state.deftype &= ~(uint64_t)FIXED_ENABLE;
	assert_run(0, 2 * MIB, 2 * MIB, WB);
	state.deftype |= FIXED_ENABLE;
	state.cap &= ~(uint64_t)CAP_FIX;
	assert_run(0, 2 * MIB, 2 * MIB, WB);
}

static void malformed_question_is_refused(void **unused)
{
	struct mtrr_run run;

	(void)unused;
	assert_int_equal(mtrr_range(&state, hpa(0), 0, &run), E_INVALID);
	assert_int_equal(mtrr_range(&state, hpa(1), PAGE_SIZE, &run), E_UNALIGNED);
	assert_int_equal(mtrr_range(&state, hpa(0), 1, &run), E_UNALIGNED);
	assert_int_equal(mtrr_range(&state, hpa(64 * GIB), PAGE_SIZE, &run), E_RANGE);
	assert_int_equal(mtrr_range(&state, hpa(0), 65 * GIB, &run), E_RANGE);
	assert_int_equal(mtrr_range(&state, hpa(0), 64 * GIB, &run), OK);
	state.physical_bits = 53;
	assert_int_equal(mtrr_range(&state, hpa(0), PAGE_SIZE, &run), E_INVALID);
}

static void more_variable_ranges_than_fit_are_refused(void **unused)
{
	struct mtrr_run run;

	(void)unused;
	state.cap = MTRR_VARIABLE_MAX;
	assert_int_equal(mtrr_range(&state, hpa(0), PAGE_SIZE, &run), OK);
	state.cap = MTRR_VARIABLE_MAX + 1;
	assert_int_equal(mtrr_range(&state, hpa(0), PAGE_SIZE, &run), E_INVALID);
}

#define CASE(name) cmocka_unit_test_setup(name, default_write_back)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(disabled_mtrrs_make_everything_uncacheable),
		CASE(default_type_holds_where_no_range_matches),
		CASE(variable_range_starts_and_ends_where_its_mask_says),
		CASE(range_without_its_valid_bit_is_ignored),
		CASE(range_beyond_the_count_is_ignored),
		CASE(adjacent_ranges_of_one_type_are_one_run),
		CASE(uncacheable_wins_over_write_back),
		CASE(write_through_wins_over_write_back),
		CASE(undefined_overlap_counts_as_uncacheable),
		CASE(reserved_type_counts_as_uncacheable),
		CASE(mask_with_a_hole_makes_several_ranges),
		CASE(empty_mask_covers_everything),
		CASE(base_bits_outside_of_the_mask_do_not_matter),
		CASE(fixed_ranges_have_three_granularities),
		CASE(fixed_ranges_win_below_one_megabyte_only),
		CASE(run_goes_on_from_fixed_to_variable_ranges),
		CASE(fixed_ranges_are_off_without_their_bits),
		CASE(malformed_question_is_refused),
		CASE(more_variable_ranges_than_fit_are_refused),
	};
	return cmocka_run_group_tests_name("mtrr", tests, NULL, NULL);
}
