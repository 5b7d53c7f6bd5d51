/* SPDX-License-Identifier: Apache-2.0 */
/* test_vpmu.c: which performance counters guests have, and what may be written to them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/vpmu.h"

#define BIT(n) ((uint64_t)1 << (n))

static bool keeps;
static unsigned asked;

static bool counter_keeps(void)
{
	asked++;
	return keeps;
}

static struct vpmu_setup setup;
static struct vpmu pmu;

/* A Skylake: version 4, four counters of 48 bits, seven events; three fixed counters of 48 bits. */
static int skylake(void **unused)
{
	(void)unused;
	setup = (struct vpmu_setup){ 0x07300404, 0x10, 0x603, false, true, counter_keeps };
	keeps = true;
	asked = 0;
	vpmu_find(&pmu, &setup);
	return 0;
}

static void assert_none(void)
{
	uint32_t eax, ebx, edx;

	vpmu_find(&pmu, &setup);
	assert_int_equal(pmu.gp_count, 0);
	vpmu_leaf(&pmu, &eax, &ebx, &edx);
	assert_int_equal(eax | ebx | edx, 0);
	for (uint32_t msr = 0; msr < 0x2000; msr++) {
		assert_false(vpmu_has(&pmu, msr));
	}
}

/* SDM Vol. 3B, "Architectural Performance Monitoring Version 2": global control, status and overflow control. */
static void leaf_0ah_is_the_machines_as_version_2(void **unused)
{
	uint32_t eax, ebx, edx;

	(void)unused;
	vpmu_leaf(&pmu, &eax, &ebx, &edx);
	assert_int_equal(eax, 0x07300402);
	assert_int_equal(ebx, 0x10);
	assert_int_equal(edx, 0x8603); /* bit 15: no AnyThread */
}

static void without_any_one_condition_there_are_none(void **unused)
{
	(void)unused;
	setup.leaf_eax = 0x07300401;
	assert_none();
	skylake(NULL);
	setup.leaf_eax = 0x07300004;
	assert_none();
	skylake(NULL);
	setup.hybrid = true;
	assert_none();
	skylake(NULL);
	setup.switched = false;
	assert_none();
	skylake(NULL);
	keeps = false;
	assert_none();
}

/* To ask a counter is to write to it: only a machine that says it has some. */
static void counters_are_touched_last(void **unused)
{
	(void)unused;
	asked = 0;
	setup.leaf_eax = 0;
	assert_none();
	setup.leaf_eax = 0x07300404;
	setup.switched = false;
	assert_none();
	assert_int_equal(asked, 0);
}

static void registers_are_as_many_as_there_are_counters(void **unused)
{
	static const uint32_t there[] = { 0xC1,  0xC2,  0xC3,  0xC4,  0x186, 0x187, 0x188, 0x189,
					  0x309, 0x30A, 0x30B, 0x38D, 0x38E, 0x38F, 0x390 };
	unsigned count = 0;

	(void)unused;
	for (uint32_t msr = 0; msr < 0x2000; msr++) {
		count += vpmu_has(&pmu, msr);
	}
	assert_int_equal(count, ARRAY_COUNT(there));
	for (unsigned i = 0; i < ARRAY_COUNT(there); i++) {
		assert_true(vpmu_has(&pmu, there[i]));
	}
}

static void without_fixed_counters_their_control_is_not_there(void **unused)
{
	(void)unused;
	setup.leaf_edx = 0;
	vpmu_find(&pmu, &setup);
	assert_false(vpmu_has(&pmu, 0x309) || vpmu_has(&pmu, 0x38D));
	assert_int_equal(vpmu_global(&pmu), 0xF);
}

/* MSRs 0xC1 to 0xC8 and 0x186 to 0x18D: more counters than eight have theirs elsewhere. */
static void no_more_than_eight_and_four_are_shown(void **unused)
{
	(void)unused;
	setup.leaf_eax = 0x0730FF05;
	setup.leaf_edx = 0x61F;
	vpmu_find(&pmu, &setup);
	assert_int_equal(pmu.gp_count, 8);
	assert_int_equal(pmu.fixed_count, 4);
	assert_int_equal(vpmu_global(&pmu), 0xF000000FF);
}

/* SDM Vol. 3B, "Layout of IA32_PERFEVTSELx MSRs"; PC (19) and AnyThread (21) reach beyond the guest. */
static void events_may_not_count_others_or_drive_pins(void **unused)
{
	(void)unused;
	for (unsigned bit = 0; bit < 64; bit++) {
		bool legal = bit < 32 && bit != 19 && bit != 21;

		assert_int_equal(vpmu_is_legal(&pmu, 0x186, BIT(bit)), legal);
		assert_int_equal(vpmu_is_legal(&pmu, 0x189, BIT(bit)), legal);
	}
}

/* SDM Vol. 3B, "Layout of IA32_FIXED_CTR_CTRL MSR": of each four bits, OS, USR and the interrupt. */
static void fixed_counters_may_not_count_others(void **unused)
{
	(void)unused;
	for (unsigned bit = 0; bit < 64; bit++) {
		bool legal = bit < 12 && bit % 4 != 2;

		assert_int_equal(vpmu_is_legal(&pmu, 0x38D, BIT(bit)), legal);
	}
	assert_true(vpmu_is_legal(&pmu, 0x38D, 0xBBB));
}

/* An entry that loads a reserved bit fails (SDM Vol. 3C, "Checks on Guest Control Registers ... and MSRs"). */
static void global_control_has_a_bit_a_counter(void **unused)
{
	(void)unused;
	for (unsigned bit = 0; bit < 64; bit++) {
		bool legal = bit < 4 || (bit >= 32 && bit < 35);

		assert_int_equal(vpmu_is_legal(&pmu, 0x38F, BIT(bit)), legal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(leaf_0ah_is_the_machines_as_version_2, skylake),
		cmocka_unit_test_setup(without_any_one_condition_there_are_none, skylake),
		cmocka_unit_test_setup(counters_are_touched_last, skylake),
		cmocka_unit_test_setup(registers_are_as_many_as_there_are_counters, skylake),
		cmocka_unit_test_setup(without_fixed_counters_their_control_is_not_there, skylake),
		cmocka_unit_test_setup(no_more_than_eight_and_four_are_shown, skylake),
		cmocka_unit_test_setup(events_may_not_count_others_or_drive_pins, skylake),
		cmocka_unit_test_setup(fixed_counters_may_not_count_others, skylake),
		cmocka_unit_test_setup(global_control_has_a_bit_a_counter, skylake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
