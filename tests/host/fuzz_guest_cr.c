/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_guest_cr.c: a guest writes to CR0, CR4 and IA32_EFER without end. Whatever it is let do leaves registers that a
 * VM entry takes (SDM Vol. 3C, "Checks on Guest Control Registers, Debug Registers, and MSRs").
 */
#include <stdint.h>
#include <string.h>

#include "arch/cpu/regs.h"
#include "kernel/guest_cr.h"

#define ALLOWED (CR4_VME | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE | CR4_LA57 | CR4_PCIDE | CR4_SMEP)

struct step {
	uint8_t what;
	uint8_t code64;
	uint16_t cr3;
	uint64_t value;
};

static void require(bool good)
{
	if (!good) {
		__builtin_trap();
	}
}

static void check(const struct guest_cr *now)
{
	bool paging = (now->cr0 & CR0_PG) != 0;
	bool long_mode = (now->efer & EFER_LMA) != 0;

	require(now->cr0 >> 32 == 0 && (!paging || (now->cr0 & CR0_PE) != 0));
	require((now->cr0 & CR0_NW) == 0 || (now->cr0 & CR0_CD) != 0);
	require((now->cr4 & ~ALLOWED) == 0);
	require(long_mode == (paging && (now->efer & EFER_LME) != 0));
	require(!long_mode || (now->cr4 & CR4_PAE) != 0);
	require((now->cr4 & CR4_PCIDE) == 0 || long_mode);
}

static void take(struct guest_cr *now, const struct step *step)
{
	struct guest_cr_after after;

	now->code64 = (step->code64 & 1) != 0;
	now->tss16 = (step->code64 & 2) != 0;
	now->cr3 = step->cr3;
	if ((step->what & 3) == 0 && guest_cr0_write(now, step->value, &after)) {
		now->cr0 = after.value;
		now->efer = after.efer;
	}
	if ((step->what & 3) == 1 && guest_cr4_write(now, step->value, &after)) {
		require(after.efer == now->efer);
		now->cr4 = after.value;
	}
	/* The processor's own rule: LME changes with paging off only. */
	if ((step->what & 3) == 2 && (now->cr0 & CR0_PG) == 0) {
		now->efer = step->value & EFER_LME;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest_cr now = { .cr0 = CR0_ET, .cr4_allowed = ALLOWED };
	struct step step;

	for (; size >= sizeof(step); data += sizeof(step), size -= sizeof(step)) {
		memcpy(&step, data, sizeof(step));
		take(&now, &step);
		check(&now);
	}
	return 0;
}
