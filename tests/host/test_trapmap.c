/* SPDX-License-Identifier: Apache-2.0 */
/* test_trapmap.c: MSR and I/O bitmaps, bit by bit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/vmx/trapmap.h"

/* One of the MSRs a bitmap has bits for, from both halves and their ends. */
static const uint32_t some_msrs[] = { 0,      0x10,       0x7FF,      0x830,
				      0x1FFF, 0xC0000000, 0xC0000080, 0xC0001FFF };

/* MSRs no bit stands for: they exit always. */
static const uint32_t no_bit_msrs[] = { 0x2000, 0x40000000, 0xBFFFFFFF, 0xC0002000, 0xFFFFFFFF };

static uint8_t map[TRAPMAP_MSR_BYTES];

static int filled(void **unused)
{
	(void)unused;
	trapmap_fill(map, sizeof(map));
	return 0;
}

/* The one byte that is not FFH, or -1 when there is none; more than one is a failure. */
static int changed_byte(void)
{
	int found = -1;

	for (unsigned i = 0; i < sizeof(map); i++) {
		if (map[i] != 0xFF) {
			assert_int_equal(found, -1);
			found = (int)i;
		}
	}
	return found;
}

static void everything_exits_at_first(void **unused)
{
	(void)unused;
	assert_int_equal(changed_byte(), -1);
	for (unsigned i = 0; i < ARRAY_COUNT(some_msrs); i++) {
		assert_false(trapmap_reads_pass(map, some_msrs[i]));
		assert_false(trapmap_writes_pass(map, some_msrs[i]));
	}
}

static void fill_stays_inside_the_bitmap(void **unused)
{
	uint8_t bytes[TRAPMAP_IO_BYTES + 2] = { 0 };

	(void)unused;
	trapmap_fill(bytes + 1, TRAPMAP_IO_BYTES);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(bytes[1], 0xFF);
	assert_int_equal(bytes[TRAPMAP_IO_BYTES], 0xFF);
	assert_int_equal(bytes[TRAPMAP_IO_BYTES + 1], 0);
}

/* Byte 2 of a quarter holds the bit of MSR 10H or C0000010H (SDM Vol. 3C, "MSR-Bitmap Address"). */
struct place {
	bool (*pass)(void *msr_bitmap, uint32_t msr);
	uint32_t msr;
	int byte;
};

static void bits_are_where_the_processor_looks(void **unused)
{
	static const struct place places[] = {
		{ trapmap_pass_reads, 0x10, 2 },
		{ trapmap_pass_reads, 0xC0000010, 1024 + 2 },
		{ trapmap_pass_writes, 0x10, 2048 + 2 },
		{ trapmap_pass_writes, 0xC0000010, 3072 + 2 },
	};

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(places); i++) {
		trapmap_fill(map, sizeof(map));
		assert_true(places[i].pass(map, places[i].msr));
		assert_int_equal(changed_byte(), places[i].byte);
		assert_int_equal(map[places[i].byte], 0xFE);
	}
}

static void opening_reads_does_not_open_writes(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(some_msrs); i++) {
		trapmap_fill(map, sizeof(map));
		assert_true(trapmap_pass_reads(map, some_msrs[i]));
		assert_true(trapmap_reads_pass(map, some_msrs[i]));
		assert_false(trapmap_writes_pass(map, some_msrs[i]));
		assert_true(changed_byte() >= 0);
	}
}

static void opening_writes_does_not_open_reads(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(some_msrs); i++) {
		trapmap_fill(map, sizeof(map));
		assert_true(trapmap_pass_writes(map, some_msrs[i]));
		assert_true(trapmap_writes_pass(map, some_msrs[i]));
		assert_false(trapmap_reads_pass(map, some_msrs[i]));
		assert_true(changed_byte() >= 0);
	}
}

/* What is open for one MSR is open for it alone: each other one still exits. */
static void opening_one_msr_opens_no_other(void **unused)
{
	(void)unused;
	trapmap_pass_reads(map, 0x830);
	for (uint32_t msr = 0; msr < TRAPMAP_HALF_MSRS; msr++) {
		assert_int_equal(trapmap_reads_pass(map, msr), msr == 0x830);
		assert_false(trapmap_reads_pass(map, TRAPMAP_HIGH_FIRST + msr));
	}
}

static void opening_twice_is_opening_once(void **unused)
{
	(void)unused;
	trapmap_pass_writes(map, 0x48);
	trapmap_pass_writes(map, 0x48);
	assert_true(trapmap_writes_pass(map, 0x48));
}

static void msr_without_a_bit_cannot_be_opened(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(no_bit_msrs); i++) {
		assert_false(trapmap_pass_reads(map, no_bit_msrs[i]));
		assert_false(trapmap_pass_writes(map, no_bit_msrs[i]));
		assert_false(trapmap_reads_pass(map, no_bit_msrs[i]));
		assert_false(trapmap_writes_pass(map, no_bit_msrs[i]));
	}
	assert_int_equal(changed_byte(), -1);
}

/* Also when all bits are 0 such an MSR exits. */
static void msr_without_a_bit_never_passes(void **unused)
{
	(void)unused;
	memset(map, 0, sizeof(map));
	for (unsigned i = 0; i < ARRAY_COUNT(no_bit_msrs); i++) {
		assert_false(trapmap_reads_pass(map, no_bit_msrs[i]));
		assert_false(trapmap_writes_pass(map, no_bit_msrs[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(everything_exits_at_first, filled),
		cmocka_unit_test(fill_stays_inside_the_bitmap),
		cmocka_unit_test_setup(bits_are_where_the_processor_looks, filled),
		cmocka_unit_test_setup(opening_reads_does_not_open_writes, filled),
		cmocka_unit_test_setup(opening_writes_does_not_open_reads, filled),
		cmocka_unit_test_setup(opening_one_msr_opens_no_other, filled),
		cmocka_unit_test_setup(opening_twice_is_opening_once, filled),
		cmocka_unit_test_setup(msr_without_a_bit_cannot_be_opened, filled),
		cmocka_unit_test(msr_without_a_bit_never_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
