/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_vlapic_levels.c: level-triggered interrupts among the registers of a guest's local APIC (SDM Vol. 3A, "Interrupt
 * Acceptance for Fixed Interrupts", "Signaling Interrupt Servicing Completion").
 */
#include "tests/host/vlapic_apic.h"

enum { EDGE_BELOW = 0x51, LEVEL = 0x61, EDGE_ABOVE = 0x71 };

static bool in_tmr(uint32_t vector)
{
	return (get(VLAPIC_TMR0 + vector / 32) >> vector % 32 & 1) != 0;
}

static void take_and_accept(uint8_t vector)
{
	vlapic_regs_take_level(&apic, vector);
	fake_lapic_accept();
}

static void level_is_noted_and_sent_to_oneself(void **unused)
{
	(void)unused;
	assert_false(in_tmr(LEVEL));
	assert_false(apic.has_levels);
	vlapic_regs_take_level(&apic, LEVEL);
	assert_int_equal(fake_lapic.sent, 1);
	assert_int_equal(fake_lapic.sent_to_self, LEVEL);
	assert_true(in_tmr(LEVEL));
	assert_false(in_tmr(LEVEL + 1));
	assert_true(apic.has_levels);
	fake_lapic_accept();
	assert_true(in_tmr(LEVEL));
}

static void end_of_a_level_is_told_and_of_an_edge_is_not(void **unused)
{
	(void)unused;
	take_and_accept(LEVEL);
	fake_lapic_request(EDGE_ABOVE);
	fake_lapic_accept();
	assert_int_equal(vlapic_regs_end(&apic), -1);
	assert_true(apic.has_levels);
	fake_lapic_request(EDGE_BELOW);
	assert_int_equal(vlapic_regs_end(&apic), LEVEL);
	assert_false(apic.has_levels);
	fake_lapic_accept();
	assert_int_equal(vlapic_regs_end(&apic), -1);
	assert_int_equal(vlapic_regs_end(&apic), -1);
	assert_int_equal(fake_lapic.ended, 4);
}

static void level_that_is_not_served_yet_is_not_ended(void **unused)
{
	(void)unused;
	vlapic_regs_take_level(&apic, LEVEL);
	assert_int_equal(vlapic_regs_end(&apic), -1);
	assert_true(apic.has_levels);
	fake_lapic_accept();
	assert_int_equal(vlapic_regs_end(&apic), LEVEL);
}

static void levels_end_highest_first(void **unused)
{
	(void)unused;
	take_and_accept(0x3F);
	take_and_accept(0xF0);
	take_and_accept(0xFE);
	assert_int_equal(vlapic_regs_end(&apic), 0xFE);
	assert_int_equal(vlapic_regs_end(&apic), 0xF0);
	assert_true(apic.has_levels);
	assert_int_equal(vlapic_regs_end(&apic), 0x3F);
	assert_false(apic.has_levels);
}

/* Of another pin with the same vector, or because the I/O APIC was told by its EOI register. */
static void level_that_comes_again_while_it_is_served_ends_twice(void **unused)
{
	(void)unused;
	take_and_accept(LEVEL);
	vlapic_regs_take_level(&apic, LEVEL);
	assert_int_equal(vlapic_regs_end(&apic), LEVEL);
	assert_true(apic.has_levels);
	fake_lapic_accept();
	assert_int_equal(vlapic_regs_end(&apic), LEVEL);
	assert_false(apic.has_levels);
}

/* "the corresponding TMR bit is cleared for edge-triggered interrupts": upon acceptance, and not before. */
static void tmr_bit_stays_until_its_vector_comes_as_an_edge(void **unused)
{
	(void)unused;
	take_and_accept(LEVEL);
	vlapic_regs_end(&apic);
	assert_true(in_tmr(LEVEL));
	fake_lapic_request(LEVEL);
	assert_false(in_tmr(LEVEL));
	fake_lapic_accept();
	assert_int_equal(vlapic_regs_end(&apic), -1);
	assert_false(in_tmr(LEVEL));
	vlapic_regs_take_level(&apic, LEVEL);
	assert_true(in_tmr(LEVEL));
}

/* SVR, "EOI-Broadcast Suppression". */
static void suppressed_end_of_a_level_is_not_told(void **unused)
{
	(void)unused;
	put(VLAPIC_SVR, 0x11FF);
	take_and_accept(LEVEL);
	assert_int_equal(vlapic_regs_end(&apic), -1);
	assert_false(apic.has_levels);
}

static void init_forgets_levels(void **unused)
{
	(void)unused;
	take_and_accept(LEVEL);
	vlapic_regs_reset(&apic);
	assert_false(apic.has_levels);
	assert_false(in_tmr(LEVEL));
}

#define T(test) cmocka_unit_test_setup(test, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(level_is_noted_and_sent_to_oneself),
		T(end_of_a_level_is_told_and_of_an_edge_is_not),
		T(level_that_is_not_served_yet_is_not_ended),
		T(levels_end_highest_first),
		T(level_that_comes_again_while_it_is_served_ends_twice),
		T(tmr_bit_stays_until_its_vector_comes_as_an_edge),
		T(suppressed_end_of_a_level_is_not_told),
		T(init_forgets_levels),
	};

	return cmocka_run_group_tests_name("vlapic_levels", tests, NULL, NULL);
}
