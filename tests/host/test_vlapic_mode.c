/* SPDX-License-Identifier: Apache-2.0 */
/* test_vlapic_mode.c: which changes of IA32_APIC_BASE are legal (SDM Vol. 3A, "x2APIC State Transitions"). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/cpu/msr.h"
#include "kernel/vlapic_mode.h"

#define OFF    APIC_BASE_ADDRESS
#define XAPIC  (APIC_BASE_ADDRESS | APIC_BASE_EN)
#define X2APIC (APIC_BASE_ADDRESS | APIC_BASE_EN | APIC_BASE_EXTD)

static void four_changes_of_mode_are_legal(void **unused)
{
	(void)unused;
	assert_true(vlapic_mode_allows(XAPIC, X2APIC));
	assert_true(vlapic_mode_allows(XAPIC, OFF));
	assert_true(vlapic_mode_allows(X2APIC, OFF));
	assert_true(vlapic_mode_allows(OFF, XAPIC));
}

static void the_mode_may_be_written_again(void **unused)
{
	(void)unused;
	assert_true(vlapic_mode_allows(OFF, OFF));
	assert_true(vlapic_mode_allows(XAPIC, XAPIC));
	assert_true(vlapic_mode_allows(X2APIC, X2APIC));
}

static void no_direct_way_leads_from_x2apic_to_xapic_nor_from_off_to_x2apic(void **unused)
{
	(void)unused;
	assert_false(vlapic_mode_allows(X2APIC, XAPIC));
	assert_false(vlapic_mode_allows(OFF, X2APIC));
}

/* EN=0 with EXTD=1 is the invalid state. */
static void x2apic_without_enable_is_refused_from_every_mode(void **unused)
{
	static const uint64_t from[] = { OFF, XAPIC, X2APIC };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(from); i++) {
		assert_false(vlapic_mode_allows(from[i], OFF | APIC_BASE_EXTD));
	}
}

/* Bits 7:0, 9 and those above the address are reserved; another address is refused by us. */
static void every_other_bit_is_refused(void **unused)
{
	(void)unused;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t changed = XAPIC ^ (uint64_t)1 << bit;
		bool legal =
			changed == (XAPIC | APIC_BASE_BSP) || changed == OFF || changed == X2APIC;

		assert_int_equal(vlapic_mode_allows(XAPIC, changed), legal);
	}
}

static void the_value_at_power_on_says_mode_and_boot_processor(void **unused)
{
	(void)unused;
	assert_int_equal(vlapic_mode_base(VLAPIC_XAPIC, true), 0xFEE00900);
	assert_int_equal(vlapic_mode_base(VLAPIC_X2APIC, true), 0xFEE00D00);
	assert_int_equal(vlapic_mode_base(VLAPIC_X2APIC, false), 0xFEE00C00);
	assert_int_equal(vlapic_mode_base(VLAPIC_DISABLED, false), 0xFEE00000);
	for (enum vlapic_mode mode = VLAPIC_DISABLED; mode <= VLAPIC_X2APIC; mode++) {
		assert_int_equal(vlapic_mode_of(vlapic_mode_base(mode, true)), mode);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_changes_of_mode_are_legal),
		cmocka_unit_test(the_mode_may_be_written_again),
		cmocka_unit_test(no_direct_way_leads_from_x2apic_to_xapic_nor_from_off_to_x2apic),
		cmocka_unit_test(x2apic_without_enable_is_refused_from_every_mode),
		cmocka_unit_test(every_other_bit_is_refused),
		cmocka_unit_test(the_value_at_power_on_says_mode_and_boot_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
