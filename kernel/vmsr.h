/* SPDX-License-Identifier: Apache-2.0 */
/* vmsr.h: a virtual processor's own copies of MSRs that are not passed through. */
#pragma once

#include "kernel/lib/types.h"

enum { VMSR_MTRR_VARIABLE = 8, VMSR_MTRR_FIXED = 11 };

/** struct vmsr - values as the guest wrote them. */
struct vmsr {
	uint64_t mtrr_def_type;
	uint64_t mtrr_variable[2 * VMSR_MTRR_VARIABLE]; /* base, mask, base, mask ... */
	uint64_t mtrr_fixed[VMSR_MTRR_FIXED];
};

/** vmsr_reset() - values after power-up, or as firmware would leave them; INIT changes none of them. */
void vmsr_reset(struct vmsr *vmsr);

/** vmsr_clear_hardware() - zero the MSRs of this processor that are passed through: nothing of an earlier guest stays. */
void vmsr_clear_hardware(void);
