/* SPDX-License-Identifier: Apache-2.0 */
/* test_cpuid_xsave.c: what CPUID tells a guest of XSAVE: states, sizes, features. */
#include "arch/vmx/vmcs.h"
#include "tests/host/cpuid_machine.h"

/* MPX and PKRU are left out: their features are hidden. */
static void xcr0_has_the_states_of_shown_features_only(void **unused)
{
	(void)unused;
	assert_int_equal(cpuid_policy_xcr0(&table), 0xE7);
	assert_int_equal(get(0xD, 0).eax, 0xE7);
	assert_int_equal(get(0xD, 0).edx, 0);
}

/* ECX of subleaf 0: bytes for all states there are, whatever XCR0 has now. */
static void xsave_area_is_as_long_as_the_shown_states_need(void **unused)
{
	(void)unused;
	assert_int_equal(get(0xD, 0).ecx, 1664 + 1024);
	xcr0_of_the_machine = 0x7;
	assert_int_equal(get(0xD, 0).ecx, 576 + 256);
	xcr0_of_the_machine = 0x3;
	assert_int_equal(get(0xD, 0).ecx, 576);
}

/* EBX follows the guest's XCR0: each state at its place. */
static void xsave_sizes_follow_the_guests_xcr0(void **unused)
{
	(void)unused;
	assert_int_equal(get(0xD, 0).ebx, 832);
	xcr0_of_the_guest = 0xE7;
	assert_int_equal(get(0xD, 0).ebx, 1664 + 1024);
	xcr0_of_the_guest = 0x1;
	assert_int_equal(get(0xD, 0).ebx, 576);
}

/* Bits of leaf 0DH.1:EAX. */
enum { XSAVEOPT = 1, XSAVEC = 2, XGETBV_1 = 4, XSAVES = 8 };

static void features_are(uint32_t features, uint32_t bytes)
{
	rebuild();
	assert_values(get(0xD, 1), (struct cpuid_values){ features, bytes, 0, 0 });
}

/* ECX and EDX of subleaf 1 are the bits of IA32_XSS: none. EBX is the size with the guest's XCR0. */
static void xsavec_and_xsaves_are_shown_without_a_bit_of_xss(void **unused)
{
	(void)unused;
	features_are(XSAVEOPT | XSAVEC | XGETBV_1 | XSAVES, 576 + 256);
	assert_int_equal(compact_asked, 0xE7);
	xcr0_of_the_guest = 0x27; /* opmask alone: legal or not, it counts */
	features_are(XSAVEOPT | XSAVEC | XGETBV_1 | XSAVES, 576 + 256 + 64);
	xcr0_of_the_guest = 0xE7;
	features_are(XSAVEOPT | XSAVEC | XGETBV_1 | XSAVES, COMPACT_E7);
	assert_true(table.xsavec && table.xsaves && !table.xsavec_hidden);
}

/* A state with ECX bit 1 begins on 64 bytes (SDM Vol. 2A, "CPUID", leaf 0DH). */
static struct cpuid_values odd_machine(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_values odd = { 8, 1088, 0, 0 };

	return leaf == 0xD && subleaf == 5 ? odd : rich_machine(leaf, subleaf);
}

static void an_aligned_state_begins_on_64_bytes(void **unused)
{
	(void)unused;
	setup.host = odd_machine;
	compact_answer = 576 + 256 + 64 + 512 + 1024;
	xcr0_of_the_guest = 0xE7;
	features_are(XSAVEOPT | XSAVEC | XGETBV_1 | XSAVES, compact_answer);
	compact_answer = 576 + 256 + 8 + 512 + 1024;
	features_are(XSAVEOPT | XGETBV_1, 0);
}

/* Bochs: the standard format's size. Its XSAVEC is wrong as well (docs/rigs.md). */
static void xsavec_of_a_machine_that_cannot_count_is_hidden(void **unused)
{
	(void)unused;
	compact_answer = 1664 + 1024;
	features_are(XSAVEOPT | XGETBV_1, 0);
	assert_true(!table.xsavec && !table.xsaves && table.xsavec_hidden);
}

/* SDM Vol. 3C, "Changes to Instruction Behavior": XSAVES is #UD without "enable XSAVES/XRSTORS". */
static void xsaves_is_hidden_without_its_control(void **unused)
{
	(void)unused;
	setup.controls2 = ~(uint32_t)PROC2_XSAVES;
	features_are(XSAVEOPT | XSAVEC | XGETBV_1, 576 + 256);
	assert_true(table.xsavec && !table.xsaves);
}

static uint32_t features_of_the_machine;

static struct cpuid_values plain_machine(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_values values = { features_of_the_machine, 832, 0x100, 0 };

	return leaf == 0xD && subleaf == 1 ? values : rich_machine(leaf, subleaf);
}

static void a_machine_without_xsavec_has_nothing_to_hide(void **unused)
{
	(void)unused;
	setup.host = plain_machine;
	features_of_the_machine = XSAVEOPT | XSAVES;
	features_are(XSAVEOPT, 0);
	assert_true(!table.xsavec && !table.xsaves && !table.xsavec_hidden);
	features_of_the_machine = XSAVEC;
	features_are(XSAVEC, 576 + 256);
	assert_true(table.xsavec && !table.xsaves);
}

static void each_shown_state_has_the_machines_place(void **unused)
{
	(void)unused;
	assert_values(get(0xD, 2), host_states[2]);
	assert_values(get(0xD, 7), host_states[7]);
	for (uint32_t i = 3; i < 70; i++) {
		if (i < 5 || i > 7) {
			assert_values(get(0xD, i), none);
		}
	}
	assert_values(get(0xD, UINT32_MAX), none);
}

static void without_xsave_its_leaf_is_zero(void **unused)
{
	(void)unused;
	setup.host = poor_machine;
	rebuild();
	assert_values(get(0xD, 0), none);
	assert_values(get(0xD, 1), none);
	assert_values(get(0xD, 2), none);
	assert_int_equal(cpuid_policy_xcr0(&table), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(xcr0_has_the_states_of_shown_features_only, rich),
		cmocka_unit_test_setup(xsave_area_is_as_long_as_the_shown_states_need, rich),
		cmocka_unit_test_setup(xsave_sizes_follow_the_guests_xcr0, rich),
		cmocka_unit_test_setup(xsavec_and_xsaves_are_shown_without_a_bit_of_xss, rich),
		cmocka_unit_test_setup(an_aligned_state_begins_on_64_bytes, rich),
		cmocka_unit_test_setup(xsavec_of_a_machine_that_cannot_count_is_hidden, rich),
		cmocka_unit_test_setup(xsaves_is_hidden_without_its_control, rich),
		cmocka_unit_test_setup(a_machine_without_xsavec_has_nothing_to_hide, rich),
		cmocka_unit_test_setup(each_shown_state_has_the_machines_place, rich),
		cmocka_unit_test_setup(without_xsave_its_leaf_is_zero, rich),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
