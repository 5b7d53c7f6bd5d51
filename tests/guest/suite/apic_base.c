/* SPDX-License-Identifier: Apache-2.0 */
/* apic_base.c: IA32_APIC_BASE: which mode may follow which. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/suite.h"

enum { APIC_BASE_RESERVED = 1 << 9, LEAF1_ECX_X2APIC = 1 << 21, LEAF1_EDX_APIC = 1 << 9 };
#define MODE_BITS ((uint64_t)(APIC_BASE_EN | APIC_BASE_EXTD))

static bool has_x2apic(void)
{
	if ((cpuid(1).ecx & LEAF1_ECX_X2APIC) != 0) {
		return true;
	}
	skip("no x2APIC");
	return false;
}

static uint64_t with_mode(uint64_t mode)
{
	return (rdmsr(MSR_APIC_BASE) & ~MODE_BITS) | mode;
}

/* Source of all transitions: SDM Vol. 3A, "x2APIC State Transitions". */
BEHAVIOUR(the_boot_processor_says_so_in_apic_base)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	expect((base & APIC_BASE_BSP) != 0, "IA32_APIC_BASE lacks BSP");
	expect((base & APIC_BASE_EN) != 0, "IA32_APIC_BASE lacks EN");
	expect_equal("address of the APIC", base >> 12, 0xFEE00);
}

BEHAVIOUR(apic_base_goes_from_xapic_to_x2apic)
{
	if (!has_x2apic()) {
		return;
	}
	if (!apic_is_x2()) {
		expect_fault("EN to EN and EXTD", try_wrmsr(MSR_APIC_BASE, with_mode(MODE_BITS)),
			     NO_FAULT);
	}
	expect(apic_is_x2(), "EXTD is not set");
}

BEHAVIOUR(apic_base_may_be_written_with_what_it_holds)
{
	expect_fault("the same value", try_wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE)), NO_FAULT);
}

BEHAVIOUR(x2apic_to_xapic_faults)
{
	if (has_x2apic() && apic_enter_x2()) {
		expect_fault("EXTD cleared alone",
			     try_wrmsr(MSR_APIC_BASE, with_mode(APIC_BASE_EN)), VECTOR_GP);
	}
}

BEHAVIOUR(x2apic_without_en_faults)
{
	if (has_x2apic() && apic_enter_x2()) {
		expect_fault("EN cleared alone",
			     try_wrmsr(MSR_APIC_BASE, with_mode(APIC_BASE_EXTD)), VECTOR_GP);
	}
}

BEHAVIOUR(a_reserved_bit_of_apic_base_faults)
{
	expect_fault("bit 9", try_wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_RESERVED),
		     VECTOR_GP);
	expect_fault("bit 63", try_wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | (uint64_t)1 << 63),
		     VECTOR_GP);
}
