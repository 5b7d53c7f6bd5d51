/* SPDX-License-Identifier: Apache-2.0 */
/* guest_state.c: processor state that is a guest's but not in its VMCS. */
#include "arch/cpu/guest_state.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"

enum { MXCSR_AT = 24, MXCSR_RESET = 0x1F80 };

/* Legacy region and header; XSTATE_BV of 0 means "initial state" for everything (SDM Vol. 1, "XRSTOR"). */
static const struct {
	uint8_t before[MXCSR_AT];
	uint32_t mxcsr;
	uint8_t after[576 - MXCSR_AT - 4];
} __attribute__((aligned(64))) initial = { .mxcsr = MXCSR_RESET };

_Static_assert(sizeof(initial) == 576, "the XSAVE area without extended states");

void guest_state_reset(void)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"((uint64_t)DR7_INIT));
	__asm__ volatile("mov %0, %%dr0; mov %0, %%dr1; mov %0, %%dr2; mov %0, %%dr3"
			 :
			 : "r"((uint64_t)0));
	__asm__ volatile("mov %0, %%dr6" : : "r"((uint64_t)DR6_INIT));
	write_cr2(0);
}

void guest_state_clear(uint64_t xcr0)
{
	guest_state_reset();
	if (xcr0 == 0) {
		__asm__ volatile("fxrstor %0" : : "m"(initial));
		return;
	}
	xsetbv(0, xcr0);
	__asm__ volatile("xrstor %0"
			 :
			 : "m"(initial), "a"((uint32_t)xcr0), "d"((uint32_t)(xcr0 >> 32)));
	xsetbv(0, 1);
}

void guest_state_read(struct guest_live *live)
{
	live->cr2 = read_cr2();
	__asm__ volatile("mov %%cr8, %0" : "=r"(live->cr8));
	__asm__ volatile("mov %%dr0, %0" : "=r"(live->dr[0]));
	__asm__ volatile("mov %%dr1, %0" : "=r"(live->dr[1]));
	__asm__ volatile("mov %%dr2, %0" : "=r"(live->dr[2]));
	__asm__ volatile("mov %%dr3, %0" : "=r"(live->dr[3]));
	__asm__ volatile("mov %%dr6, %0" : "=r"(live->dr6));
	/* CR4.OSXSAVE is Muntin's own here. */
	live->xcr0 = (read_cr4() & CR4_OSXSAVE) != 0 ? xgetbv(0) : 0;
	live->star = rdmsr(MSR_IA32_STAR);
	live->lstar = rdmsr(MSR_IA32_LSTAR);
	live->cstar = rdmsr(MSR_IA32_CSTAR);
	live->fmask = rdmsr(MSR_IA32_FMASK);
	live->kernel_gs_base = rdmsr(MSR_IA32_KERNEL_GS_BASE);
}
