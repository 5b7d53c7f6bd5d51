/* SPDX-License-Identifier: Apache-2.0 */
/* disable_modes.c: IA32_APIC_BASE without EN, and back. A group of its own: Bochs' APIC does not come back. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/suite.h"

enum { LEAF1_EDX_APIC = 1 << 9, VECTOR_IPI = 0x81, SOON_US = 5000 };
#define EN   ((uint64_t)APIC_BASE_EN)
#define EXTD ((uint64_t)APIC_BASE_EXTD)

static uint32_t set_mode(uint64_t mode)
{
	return try_wrmsr(MSR_APIC_BASE, (rdmsr(MSR_APIC_BASE) & ~(EN | EXTD)) | mode);
}

static uint64_t mode(void)
{
	return rdmsr(MSR_APIC_BASE) & (EN | EXTD);
}

static bool interrupts_itself(void)
{
	apic_reset();
	interrupt_handle(VECTOR_IPI, NULL);
	apic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IPI);
	return interrupt_wait(VECTOR_IPI, 1, SOON_US);
}

/* Source of all: SDM Vol. 3A, "x2APIC State Transitions". */
BEHAVIOUR(the_apic_goes_off_and_its_cpuid_bit_with_it)
{
	expect_fault("off", set_mode(0), NO_FAULT);
	expect_equal("mode", mode(), 0);
	expect_equal("APIC of leaf 1", cpuid(1).edx & LEAF1_EDX_APIC, 0);
}

BEHAVIOUR(off_to_x2apic_faults)
{
	set_mode(0);
	expect_fault("EN and EXTD at once", set_mode(EN | EXTD), VECTOR_GP);
	expect_equal("mode", mode(), 0);
}

BEHAVIOUR(off_to_extd_alone_faults)
{
	set_mode(0);
	expect_fault("EXTD alone", set_mode(EXTD), VECTOR_GP);
}

BEHAVIOUR(off_to_xapic_is_legal_and_it_works)
{
	set_mode(0);
	expect_fault("EN", set_mode(EN), NO_FAULT);
	expect_equal("mode", mode(), EN);
	expect_equal("APIC of leaf 1", cpuid(1).edx & LEAF1_EDX_APIC, LEAF1_EDX_APIC);
	expect(interrupts_itself(), "no IPI to oneself comes");
}

BEHAVIOUR(xapic_to_x2apic_is_legal_and_it_works)
{
	set_mode(0);
	set_mode(EN);
	expect_fault("EN and EXTD", set_mode(EN | EXTD), NO_FAULT);
	expect_equal("mode", mode(), EN | EXTD);
	expect(interrupts_itself(), "no IPI to oneself comes");
}

BEHAVIOUR(going_off_and_on_resets_the_registers)
{
	set_mode(0);
	set_mode(EN);
	expect_equal("TPR", apic_read(APIC_TPR), 0);
	apic_write(APIC_TPR, 0x20);
	set_mode(0);
	set_mode(EN);
	expect_equal("TPR afterwards", apic_read(APIC_TPR), 0);
	expect_equal("SVR", apic_read(APIC_SVR), 0xFF);
	expect_equal("LVT of the timer", apic_read(APIC_LVT_TIMER), APIC_LVT_MASKED);
}
