/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_state.h: processor state that is a guest's but not in its VMCS: debug registers, CR2, x87 and vector
 * registers, XCR0. Muntin uses none of it, so it stays in the processor over exits.
 */
#pragma once

#include "kernel/lib/types.h"

/**
 * guest_state_clear() - on a guest's processor, before a start: as after reset, nothing of an earlier owner left.
 * @xcr0: the XSAVE states there are for guests; 0 where the processor has no XSAVE
 *
 * XCR0 is 1 afterwards, where there is one. Source: SDM Vol. 3A, "Processor State After Reset".
 */
void guest_state_clear(uint64_t xcr0);

/** guest_state_reset() - after INIT: debug registers and CR2; INIT keeps the rest. */
void guest_state_reset(void);

/** struct guest_live - that state, and what else a guest keeps in its processor, as far as it can be read. */
struct guest_live {
	uint64_t cr2, cr8;
	uint64_t dr[4], dr6;
	uint64_t xcr0; /* 0 where the processor has none */
	uint64_t star, lstar, cstar, fmask, kernel_gs_base;
};

/** guest_state_read() - on a guest's processor. */
void guest_state_read(struct guest_live *live);
