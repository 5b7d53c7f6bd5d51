/* SPDX-License-Identifier: Apache-2.0 */
/* xapic_off.c: a local APIC that is switched off, and on again (SDM Vol. 3A, "Enabling or Disabling the Local APIC"). */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/suite.h"
#include "tests/guest/suite/xapic.h"

enum {
	LEAF1_EDX_APIC = 1 << 9,
	BOTH = APIC_BASE_EN | APIC_BASE_EXTD,
	MSR_X2APIC_ID = 0x802,
};

static uint64_t with_mode(uint32_t mode)
{
	return (rdmsr(MSR_APIC_BASE) & ~(uint64_t)BOTH) | mode;
}

BEHAVIOUR(switched_off_cpuid_has_no_apic)
{
	if (xapic_may_be_off()) {
		expect((cpuid(1).edx & LEAF1_EDX_APIC) != 0, "CPUID has none before");
		xapic_set_mode(0);
		expect((cpuid(1).edx & LEAF1_EDX_APIC) == 0, "CPUID still has it");
		xapic_set_mode(APIC_BASE_EN);
		expect((cpuid(1).edx & LEAF1_EDX_APIC) != 0, "CPUID has none after");
	}
}

BEHAVIOUR(switched_off_it_has_neither_msrs_nor_registers)
{
	uint64_t value;

	if (xapic_may_be_off()) {
		xapic_set_mode(0);
		expect_fault("RDMSR of the ID", try_rdmsr(MSR_X2APIC_ID, &value), VECTOR_GP);
		expect_equal("version in the page", apic_read(APIC_VERSION), 0xFFFFFFFF);
		xapic_set_mode(APIC_BASE_EN);
	}
}

/* SDM Vol. 3A, "x2APIC State Transitions". */
BEHAVIOUR(from_off_only_xapic_mode_can_be_reached)
{
	if (xapic_may_be_off()) {
		xapic_set_mode(0);
		expect_fault("EN and EXTD at once", try_wrmsr(MSR_APIC_BASE, with_mode(BOTH)),
			     VECTOR_GP);
		expect_fault("EXTD alone", try_wrmsr(MSR_APIC_BASE, with_mode(APIC_BASE_EXTD)),
			     VECTOR_GP);
		expect_fault("EN", try_wrmsr(MSR_APIC_BASE, with_mode(APIC_BASE_EN)), NO_FAULT);
		expect_fault("then EXTD", try_wrmsr(MSR_APIC_BASE, with_mode(BOTH)), NO_FAULT);
		expect(apic_is_x2(), "it is not in x2APIC mode");
		expect_fault("off", try_wrmsr(MSR_APIC_BASE, with_mode(0)), NO_FAULT);
		xapic_set_mode(APIC_BASE_EN);
	}
}

BEHAVIOUR(switched_on_again_it_is_as_after_reset)
{
	if (xapic_may_be_off() && xapic_enter()) {
		apic_write(APIC_LDR, 0x01000000);
		apic_write(APIC_TPR, 0x40);
		xapic_set_mode(0);
		xapic_set_mode(APIC_BASE_EN);
		expect_equal("SVR", apic_read(APIC_SVR), 0xFF);
		expect_equal("LDR", apic_read(APIC_LDR), 0);
		expect_equal("TPR", apic_read(APIC_TPR), 0);
		expect_equal("DFR", apic_read(APIC_DFR), 0xFFFFFFFF);
		expect_equal("LINT0", apic_read(APIC_LVT_LINT0), APIC_LVT_MASKED);
	}
}
