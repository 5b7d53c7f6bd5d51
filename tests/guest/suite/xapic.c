/* SPDX-License-Identifier: Apache-2.0 */
/* xapic.c: xAPIC mode, wherever the processor is started. */
#include "tests/guest/suite/xapic.h"

#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/suite.h"

enum { LEAF1_ECX_HYPERVISOR_BIT = 31, MODE_BITS = APIC_BASE_EN | APIC_BASE_EXTD };

void xapic_set_mode(uint32_t mode)
{
	wrmsr(MSR_APIC_BASE, (rdmsr(MSR_APIC_BASE) & ~(uint64_t)MODE_BITS) | mode);
}

bool xapic_may_be_off(void)
{
	if ((cpuid(1).ecx >> LEAF1_ECX_HYPERVISOR_BIT & 1) != 0) {
		return true;
	}
	skip("Bochs' own APIC does not come on again");
	return false;
}

bool xapic_enter(void)
{
	if (apic_is_x2()) {
		if (!xapic_may_be_off()) {
			return false;
		}
		xapic_set_mode(0);
		xapic_set_mode(APIC_BASE_EN);
	}
	apic_reset();
	return true;
}
