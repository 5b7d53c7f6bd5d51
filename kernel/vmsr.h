/* SPDX-License-Identifier: Apache-2.0 */
/* vmsr.h: a virtual processor's own copies of MSRs that are not passed through. */
#pragma once

#include "kernel/lib/types.h"

enum { VMSR_MTRR_VARIABLE = 8, VMSR_MTRR_FIXED = 11 };

/** enum vmsr_lvt - APIC local vector table entries that have no wire in a guest's machine. */
enum vmsr_lvt {
	VMSR_LVT_CMCI,
	VMSR_LVT_THERMAL,
	VMSR_LVT_PMC,
	VMSR_LVT_LINT0,
	VMSR_LVT_LINT1,
	VMSR_LVT_COUNT
};

/** struct vmsr - values as the guest wrote them. */
struct vmsr {
	uint64_t apic_base;
	uint64_t icr;
	uint64_t lvt[VMSR_LVT_COUNT];
	uint64_t mtrr_def_type;
	uint64_t mtrr_variable[2 * VMSR_MTRR_VARIABLE]; /* base, mask, base, mask ... */
	uint64_t mtrr_fixed[VMSR_MTRR_FIXED];
};

/** vmsr_reset() - values after reset; @boot_processor is the guest's first. */
void vmsr_reset(struct vmsr *vmsr, bool boot_processor);

/** vmsr_clear_hardware() - zero the MSRs of this processor that are passed through: nothing of an earlier guest stays. */
void vmsr_clear_hardware(void);
