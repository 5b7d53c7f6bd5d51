/* SPDX-License-Identifier: Apache-2.0 */
/* test_vlapic_regs.c: the registers of a guest's local APIC (SDM Vol. 3A, "Advanced Programmable Interrupt Controller"). */
#include "tests/host/vlapic_apic.h"

enum { MASKED = 0x10000, ERROR_VECTOR = 0xFE };

/* What is counted as an error so far. */
static uint32_t errors(void)
{
	put(VLAPIC_ESR, 0);
	return get(VLAPIC_ESR);
}

/* --- Which there are */

/* "Local APIC Register Address Map". */
static bool exists(uint32_t reg)
{
	static const uint8_t alone[] = { 0x02, 0x03, 0x08, 0x09, 0x0A, 0x0B, 0x0C,
					 0x0D, 0x0E, 0x0F, 0x28, 0x2F, 0x3E };

	for (unsigned i = 0; i < sizeof(alone); i++) {
		if (alone[i] == reg) {
			return true;
		}
	}
	return (reg >= 0x10 && reg <= 0x27) || (reg >= 0x30 && reg <= 0x39);
}

/* "Error Status Register (ESR)", Illegal Register Address. */
static void register_that_is_none_is_an_error_both_ways(void **unused)
{
	(void)unused;
	for (uint32_t reg = 0; reg < VLAPIC_REGS; reg++) {
		uint32_t expected = exists(reg) ? 0 : VLAPIC_ERROR_REGISTER;

		errors();
		assert_int_equal(get(reg) != 0 && !exists(reg), false);
		assert_int_equal(errors(), expected);
		assert_int_equal(exists(reg) || put(reg, UINT32_MAX) == VLAPIC_DONE, true);
		assert_int_equal(exists(reg) ? 0 : errors(), expected);
		assert_int_equal(vlapic_regs_exists(reg), exists(reg));
	}
}

/* "Local Vector Table": the version register says how many entries there are. */
static void cmci_entry_exists_where_the_processor_has_seven(void **unused)
{
	(void)unused;
	*fake_lapic_reg(X2APIC_VERSION) = 0x00050014;
	assert_false(vlapic_regs_exists(VLAPIC_CMCI));
	assert_false(vlapic_regs_legal(VLAPIC_CMCI, MASKED));
	put(VLAPIC_CMCI, MASKED);
	assert_int_equal(errors(), VLAPIC_ERROR_REGISTER);
}

/* Whatever a guest writes, the real APIC gets no reserved bit: that would be #GP in root mode. fake_lapic aborts. */
static void no_write_reaches_a_reserved_bit_of_the_real_apic(void **unused)
{
	(void)unused;
	for (unsigned kind = 0; kind < 2; kind++) {
		start(NULL);
		fake_lapic.deadline = kind != 0;
		if (!fake_lapic.deadline) {
			fake_lapic.writable[VLAPIC_TIMER] = 0x300FF;
			*fake_lapic_reg(X2APIC_VERSION) = 0x00050014;
			fake_lapic.writable[VLAPIC_SVR] = 0x1FF;
		}
		for (uint32_t reg = 0; reg < VLAPIC_REGS; reg++) {
			put(reg, UINT32_MAX);
			put(reg, 0x5A5A5A5A);
			put(reg, 0xA5A5A5A5);
		}
	}
}

/* --- Those that are real */

static void task_priority_and_timer_are_the_real_ones(void **unused)
{
	(void)unused;
	put(VLAPIC_TPR, 0xFFFFFF53);
	put(VLAPIC_INITIAL, 0xDEADBEEF);
	put(VLAPIC_DIVIDE, 0xFFFFFFFB);
	assert_int_equal(*fake_lapic_reg(X2APIC_TPR), 0x53);
	assert_int_equal(*fake_lapic_reg(X2APIC_TIMER_INITIAL), 0xDEADBEEF);
	assert_int_equal(*fake_lapic_reg(X2APIC_TIMER_DIVIDE), 0xB);
	*fake_lapic_reg(X2APIC_TIMER_CURRENT) = 77;
	*fake_lapic_reg(X2APIC_ISR0 + 3) = 0x1234;
	assert_int_equal(get(VLAPIC_CURRENT), 77);
	assert_int_equal(get(VLAPIC_ISR0 + 3), 0x1234);
	assert_int_equal(get(VLAPIC_TPR), 0x53);
}

static void read_only_registers_ignore_writes_without_an_error(void **unused)
{
	static const uint32_t regs[] = { VLAPIC_ID,   VLAPIC_VERSION,  VLAPIC_APR,
					 VLAPIC_PPR,  VLAPIC_RRD,      VLAPIC_ISR0,
					 VLAPIC_TMR0, VLAPIC_IRR0 + 7, VLAPIC_CURRENT };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(regs); i++) {
		uint32_t before = get(regs[i]);

		assert_int_equal(put(regs[i], ~before), VLAPIC_DONE);
		assert_int_equal(get(regs[i]), before);
	}
	assert_int_equal(errors(), 0);
}

/* "TSC-Deadline Mode": 10 in bits 18:17; where there is none, bit 18 is reserved. 11 is no mode. */
static void timer_mode_that_is_none_is_not_written(void **unused)
{
	(void)unused;
	put(VLAPIC_TIMER, 0x400EE);
	assert_int_equal(*fake_lapic_reg(X2APIC_LVT_TIMER), 0x400EE);
	put(VLAPIC_TIMER, 0x600EE);
	assert_int_equal(*fake_lapic_reg(X2APIC_LVT_TIMER), 0x400EE);
	put(VLAPIC_TIMER, 0x200EE);
	assert_int_equal(*fake_lapic_reg(X2APIC_LVT_TIMER), 0x200EE);
	fake_lapic.deadline = false;
	put(VLAPIC_TIMER, 0x400EE);
	assert_int_equal(*fake_lapic_reg(X2APIC_LVT_TIMER), 0xEE);
}

/* "End of Interrupt": the caller does it, because the I/O APIC may have to hear of it. */
static void end_of_interrupt_is_left_to_the_caller(void **unused)
{
	(void)unused;
	assert_int_equal(put(VLAPIC_EOI, 0), VLAPIC_END);
	assert_int_equal(get(VLAPIC_EOI), 0);
}

/* --- Those that are kept here */

static void id_is_the_virtual_one_in_the_highest_byte(void **unused)
{
	(void)unused;
	assert_int_equal(get(VLAPIC_ID), 0x05000000);
}

/* "Logical Destination Mode": 8 bits of the LDR, 4 of the DFR, whose others read as ones. */
static void logical_id_and_model_keep_their_bits(void **unused)
{
	(void)unused;
	assert_int_equal(get(VLAPIC_LDR), 0);
	assert_int_equal(get(VLAPIC_DFR), 0xFFFFFFFF);
	assert_int_equal(put(VLAPIC_LDR, 0x12345678), VLAPIC_WHOM);
	assert_int_equal(get(VLAPIC_LDR), 0x12000000);
	assert_int_equal(put(VLAPIC_DFR, 0), VLAPIC_WHOM);
	assert_int_equal(get(VLAPIC_DFR), 0x0FFFFFFF);
}

/* "Interrupt Command Register (ICR)": the low half sends; delivery status reads as idle. */
static void low_half_of_the_icr_sends(void **unused)
{
	(void)unused;
	assert_int_equal(put(VLAPIC_ICR_HIGH, 0xABFFFFFF), VLAPIC_DONE);
	assert_int_equal(put(VLAPIC_ICR, 0x00005841), VLAPIC_SEND);
	assert_int_equal(apic.icr, 0xAB00000000004841);
	assert_int_equal(get(VLAPIC_ICR), 0x4841);
	assert_int_equal(get(VLAPIC_ICR_HIGH), 0xAB000000);
}

/* "Local APIC State After It Has Been Software Disabled": masks are set, and cannot be cleared. */
static void local_vectors_stay_masked_until_software_enables_it(void **unused)
{
	(void)unused;
	assert_int_equal(get(VLAPIC_LINT0), MASKED);
	put(VLAPIC_LINT0, 0x700);
	assert_int_equal(get(VLAPIC_LINT0), MASKED | 0x700);
	enable();
	put(VLAPIC_LINT0, 0xFFFEFFFF);
	assert_int_equal(get(VLAPIC_LINT0), 0xA7FF);
	put(VLAPIC_THERMAL, 0x240);
	put(VLAPIC_SVR, 0xFF);
	assert_int_equal(get(VLAPIC_LINT0), MASKED | 0xA7FF);
	assert_int_equal(get(VLAPIC_THERMAL), MASKED | 0x240);
	assert_false(apic.enabled);
}

static void svr_is_the_real_one_and_says_who_is_enabled(void **unused)
{
	(void)unused;
	assert_false(apic.enabled);
	enable();
	assert_true(apic.enabled);
	assert_int_equal(*fake_lapic_reg(X2APIC_SVR), 0x1FF);
	put(VLAPIC_SVR, 0x11FF);
	assert_int_equal(*fake_lapic_reg(X2APIC_SVR), 0x11FF);
	*fake_lapic_reg(X2APIC_VERSION) = 0x00060015; /* no suppression of EOI broadcasts */
	put(VLAPIC_SVR, 0x11FF);
	assert_int_equal(*fake_lapic_reg(X2APIC_SVR), 0x1FF);
}

/* --- Errors ("Error Handling") */

static void errors_show_after_the_esr_is_written(void **unused)
{
	(void)unused;
	vlapic_regs_error(&apic, VLAPIC_ERROR_SEND_VECTOR);
	assert_int_equal(get(VLAPIC_ESR), 0);
	put(VLAPIC_ESR, 0);
	assert_int_equal(get(VLAPIC_ESR), VLAPIC_ERROR_SEND_VECTOR);
	assert_int_equal(get(VLAPIC_ESR), VLAPIC_ERROR_SEND_VECTOR);
	put(VLAPIC_ESR, 0);
	assert_int_equal(get(VLAPIC_ESR), 0);
}

/* A SELF IPI with an illegal vector, or the timer's, is the real APIC's to find. */
static void errors_of_the_real_apic_show_too(void **unused)
{
	(void)unused;
	*fake_lapic_reg(X2APIC_ESR) = VLAPIC_ERROR_RECEIVE_VECTOR | 0x0F;
	vlapic_regs_error(&apic, VLAPIC_ERROR_REGISTER);
	assert_int_equal(errors(), VLAPIC_ERROR_RECEIVE_VECTOR | VLAPIC_ERROR_REGISTER);
}

static void error_interrupt_is_sent_where_it_is_not_masked(void **unused)
{
	(void)unused;
	enable();
	put(VLAPIC_ERROR, MASKED | ERROR_VECTOR);
	get(0x7F);
	assert_int_equal(fake_lapic.sent, 0);
	put(VLAPIC_ERROR, ERROR_VECTOR);
	get(0x7F);
	assert_int_equal(fake_lapic.sent, 1);
	assert_int_equal(fake_lapic.sent_to_self, ERROR_VECTOR);
	put(VLAPIC_ERROR, 15);
	get(0x7F);
	assert_int_equal(fake_lapic.sent, 1);
}

/* --- Modes */

/* "Enabling or Disabling the Local APIC": on again, it is as after power-up. */
static void switched_off_and_on_it_is_as_new(void **unused)
{
	(void)unused;
	enable();
	put(VLAPIC_LDR, 0x01000000);
	put(VLAPIC_LINT0, 0x700);
	put(VLAPIC_ICR_HIGH, 0x01000000);
	assert_true(vlapic_regs_set_base(&apic, APIC_BASE_ADDRESS));
	assert_int_equal(fake_lapic.resets, 1);
	assert_true(vlapic_regs_set_base(&apic, APIC_BASE_ADDRESS | APIC_BASE_EN));
	assert_int_equal(fake_lapic.resets, 1);
	assert_int_equal(get(VLAPIC_LDR), 0);
	assert_int_equal(get(VLAPIC_LINT0), MASKED);
	assert_int_equal(get(VLAPIC_ICR_HIGH), 0);
	assert_int_equal(get(VLAPIC_ID), 0x05000000);
	assert_false(apic.enabled);
}

/* "State Changes From xAPIC Mode to x2APIC Mode". */
static void into_x2apic_mode_all_is_kept_but_ldr_and_the_high_half_of_the_icr(void **unused)
{
	(void)unused;
	enable();
	put(VLAPIC_LDR, 0x01000000);
	put(VLAPIC_LINT0, 0x700);
	put(VLAPIC_ICR_HIGH, 0x01000000);
	put(VLAPIC_ICR, 0x41);
	assert_true(vlapic_regs_set_base(&apic, vlapic_mode_base(VLAPIC_X2APIC, true)));
	assert_int_equal(fake_lapic.resets, 0);
	assert_int_equal(apic.icr, 0x41);
	assert_int_equal(apic.ldr, 0);
	assert_int_equal(apic.lvt[VLAPIC_LVT_LINT0], 0x700);
	assert_true(apic.enabled);
}

static void illegal_change_of_mode_changes_nothing(void **unused)
{
	(void)unused;
	apic.base = vlapic_mode_base(VLAPIC_X2APIC, true);
	assert_false(vlapic_regs_set_base(&apic, vlapic_mode_base(VLAPIC_XAPIC, true)));
	assert_int_equal(apic.base, vlapic_mode_base(VLAPIC_X2APIC, true));
	assert_int_equal(fake_lapic.resets, 0);
}

/* --- x2APIC mode: WRMSR of a reserved bit is #GP ("x2APIC Register Address Space") */

static void reserved_bits_are_illegal_in_x2apic_mode(void **unused)
{
	(void)unused;
	assert_true(vlapic_regs_legal(VLAPIC_SVR, 0x11FF));
	assert_false(vlapic_regs_legal(VLAPIC_SVR, 0x3FF));
	assert_false(vlapic_regs_legal(VLAPIC_SVR, (uint64_t)1 << 32));
	assert_true(vlapic_regs_legal(VLAPIC_LINT0, 0x1A7FE & ~0x700));
	assert_false(vlapic_regs_legal(VLAPIC_LINT0, 0x1000));
	assert_true(vlapic_regs_legal(VLAPIC_THERMAL, 0x100FF));
	assert_false(vlapic_regs_legal(VLAPIC_THERMAL, 0x8000));
	*fake_lapic_reg(X2APIC_VERSION) = 0x00060015;
	assert_false(vlapic_regs_legal(VLAPIC_SVR, 0x11FF));
}

/* "Error Status Register (ESR)": only 0 may be written. */
static void only_zero_may_be_written_to_the_esr_in_x2apic_mode(void **unused)
{
	(void)unused;
	assert_true(vlapic_regs_legal(VLAPIC_ESR, 0));
	assert_false(vlapic_regs_legal(VLAPIC_ESR, 1));
}

/* SMI and INIT are the machine's. */
static void local_vectors_that_would_leave_the_partition_are_illegal(void **unused)
{
	(void)unused;
	for (uint32_t mode = 0; mode < 8; mode++) {
		bool legal = mode != ICR_SMI && mode != ICR_INIT;

		assert_int_equal(vlapic_regs_legal(VLAPIC_LINT1, mode << 8), legal);
		assert_int_equal(vlapic_regs_legal(VLAPIC_PMC, mode << 8), legal);
	}
}

#define T(test) cmocka_unit_test_setup(test, start)

/* --- The performance counters' entry, where the counters are the guest's */

enum { PMC_MASKED = 0x10000, PMC_NMI = 0x400 };

static void wire(void)
{
	apic.pmc_wired = true;
	vlapic_regs_reset(&apic);
	enable();
}

static void counters_entry_is_memory_where_they_are_not_the_guests(void **unused)
{
	(void)unused;
	enable();
	put(VLAPIC_PMC, PMC_NMI);
	assert_int_equal(*fake_lapic_reg(X2APIC_LVT_PMC), PMC_MASKED);
	assert_int_equal(get(VLAPIC_PMC), PMC_NMI);
	*fake_lapic_reg(X2APIC_LVT_PMC) = PMC_MASKED;
	assert_false(vlapic_regs_pmc_fired(&apic));
}

static void counters_entry_reaches_the_real_apic(void **unused)
{
	(void)unused;
	wire();
	put(VLAPIC_PMC, 0xEE);
	assert_int_equal(*fake_lapic_reg(X2APIC_LVT_PMC), 0xEE);
	put(VLAPIC_PMC, PMC_NMI);
	assert_int_equal(*fake_lapic_reg(X2APIC_LVT_PMC), PMC_NMI);
	put(VLAPIC_PMC, PMC_MASKED | 0xEE);
	assert_int_equal(*fake_lapic_reg(X2APIC_LVT_PMC), PMC_MASKED | 0xEE);
}

/* SMI, INIT and ExtINT go nowhere, nor does a vector below 16. */
static void other_modes_of_the_counters_entry_stay_memory(void **unused)
{
	(void)unused;
	wire();
	for (uint32_t mode = 0; mode < 8; mode++) {
		uint32_t vector = mode == 0 ? 0x0F : 0xEE;

		put(VLAPIC_PMC, mode << 8 | vector);
		assert_int_equal(*fake_lapic_reg(X2APIC_LVT_PMC) == PMC_MASKED, mode != 4);
	}
}

/* SDM Vol. 3A, "Local Vector Table": the APIC sets the mask when it delivers the interrupt; software clears it. */
static void nmi_of_the_counters_is_told_once(void **unused)
{
	(void)unused;
	wire();
	put(VLAPIC_PMC, PMC_NMI);
	assert_false(vlapic_regs_pmc_fired(&apic));
	*fake_lapic_reg(X2APIC_LVT_PMC) |= PMC_MASKED;
	assert_int_equal(get(VLAPIC_PMC), PMC_MASKED | PMC_NMI);
	assert_true(vlapic_regs_pmc_fired(&apic));
	assert_false(vlapic_regs_pmc_fired(&apic));
	assert_int_equal(get(VLAPIC_PMC), PMC_MASKED | PMC_NMI);
	put(VLAPIC_PMC, PMC_NMI);
	assert_false(vlapic_regs_pmc_fired(&apic));
	assert_int_equal(get(VLAPIC_PMC), PMC_NMI);
}

/* A fixed one went to the guest by itself: an NMI that comes then is a call. */
static void fixed_interrupt_of_the_counters_is_no_nmi(void **unused)
{
	(void)unused;
	wire();
	put(VLAPIC_PMC, 0xEE);
	*fake_lapic_reg(X2APIC_LVT_PMC) |= PMC_MASKED;
	assert_false(vlapic_regs_pmc_fired(&apic));
	assert_int_equal(get(VLAPIC_PMC), PMC_MASKED | 0xEE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(register_that_is_none_is_an_error_both_ways),
		T(cmci_entry_exists_where_the_processor_has_seven),
		T(no_write_reaches_a_reserved_bit_of_the_real_apic),
		T(task_priority_and_timer_are_the_real_ones),
		T(read_only_registers_ignore_writes_without_an_error),
		T(timer_mode_that_is_none_is_not_written),
		T(end_of_interrupt_is_left_to_the_caller),
		T(id_is_the_virtual_one_in_the_highest_byte),
		T(logical_id_and_model_keep_their_bits),
		T(low_half_of_the_icr_sends),
		T(local_vectors_stay_masked_until_software_enables_it),
		T(svr_is_the_real_one_and_says_who_is_enabled),
		T(errors_show_after_the_esr_is_written),
		T(errors_of_the_real_apic_show_too),
		T(error_interrupt_is_sent_where_it_is_not_masked),
		T(switched_off_and_on_it_is_as_new),
		T(into_x2apic_mode_all_is_kept_but_ldr_and_the_high_half_of_the_icr),
		T(illegal_change_of_mode_changes_nothing),
		T(reserved_bits_are_illegal_in_x2apic_mode),
		T(only_zero_may_be_written_to_the_esr_in_x2apic_mode),
		T(local_vectors_that_would_leave_the_partition_are_illegal),
		T(counters_entry_is_memory_where_they_are_not_the_guests),
		T(counters_entry_reaches_the_real_apic),
		T(other_modes_of_the_counters_entry_stay_memory),
		T(nmi_of_the_counters_is_told_once),
		T(fixed_interrupt_of_the_counters_is_no_nmi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
