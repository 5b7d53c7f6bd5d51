/* SPDX-License-Identifier: Apache-2.0 */
/* host_mtrr.c: memory types of the machine. */
#include "kernel/host_mtrr.h"

#include "arch/cpu/exception.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"

#define CPUID_1_EDX_MTRR ((uint32_t)1 << 12)
#define MTRRCAP_COUNT    ((uint64_t)0xFF)
#define MTRRCAP_FIXED    ((uint64_t)1 << 8)

enum { PHYSICAL_BITS_DEFAULT = 36 };

static struct mtrr_state state;

static void read_variable(void)
{
	for (uint32_t i = 0; i < (state.cap & MTRRCAP_COUNT) && i < MTRR_VARIABLE_MAX; i++) {
		state.variable[i].base = rdmsr(MSR_IA32_MTRR_PHYSBASE0 + 2 * i);
		state.variable[i].mask = rdmsr(MSR_IA32_MTRR_PHYSBASE0 + 2 * i + 1);
	}
}

void host_mtrr_read(void)
{
	bool has_widths = cpuid(0x80000000, 0).eax >= 0x80000008;

	state.physical_bits = has_widths ? cpuid(0x80000008, 0).eax & 0xFF : PHYSICAL_BITS_DEFAULT;
	if ((cpuid(1, 0).edx & CPUID_1_EDX_MTRR) == 0) {
		return; /* deftype stays 0: everything is uncacheable, slow and right */
	}
	state.cap = rdmsr(MSR_IA32_MTRRCAP);
	state.deftype = rdmsr(MSR_IA32_MTRR_DEF_TYPE);
	for (uint32_t i = 0; i < MTRR_FIXED_COUNT && (state.cap & MTRRCAP_FIXED) != 0; i++) {
		state.fixed[i] = rdmsr(mtrr_fixed_msrs[i]);
	}
	read_variable();
}

struct mtrr_run host_mtrr_run(hpa_t start, uint64_t limit)
{
	struct mtrr_run run;
	enum status status = mtrr_range(&state, start, limit, &run);

	if (status != OK) {
		hv_panic(NULL, "MTRRs do not say what 0x%lx is: %s", start.value,
			 status_text(status));
	}
	return run;
}
