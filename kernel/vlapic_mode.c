/* SPDX-License-Identifier: Apache-2.0 */
/* vlapic_mode.c: modes of a local APIC. */
#include "kernel/vlapic_mode.h"

#include "arch/cpu/msr.h"

#define MODE_BITS (APIC_BASE_EN | APIC_BASE_EXTD)

enum vlapic_mode vlapic_mode_of(uint64_t base)
{
	if ((base & APIC_BASE_EN) == 0) {
		return VLAPIC_DISABLED;
	}
	return (base & APIC_BASE_EXTD) != 0 ? VLAPIC_X2APIC : VLAPIC_XAPIC;
}

uint64_t vlapic_mode_base(enum vlapic_mode mode, bool boot_processor)
{
	static const uint64_t bits[] = {
		[VLAPIC_DISABLED] = 0,
		[VLAPIC_XAPIC] = APIC_BASE_EN,
		[VLAPIC_X2APIC] = APIC_BASE_EN | APIC_BASE_EXTD,
	};

	return APIC_BASE_ADDRESS | bits[mode] | (boot_processor ? APIC_BASE_BSP : 0);
}

bool vlapic_mode_allows(uint64_t from, uint64_t to)
{
	enum vlapic_mode now = vlapic_mode_of(from);
	enum vlapic_mode then = vlapic_mode_of(to);

	if ((to & ~(MODE_BITS | APIC_BASE_BSP)) != APIC_BASE_ADDRESS ||
	    (to & MODE_BITS) == APIC_BASE_EXTD) {
		return false;
	}
	/* Neither back to xAPIC mode nor from off to x2APIC mode leads a direct way. */
	return !(now == VLAPIC_X2APIC && then == VLAPIC_XAPIC) &&
	       !(now == VLAPIC_DISABLED && then == VLAPIC_X2APIC);
}
