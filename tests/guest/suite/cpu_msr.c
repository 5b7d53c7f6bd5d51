/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_msr.c: MSRs: what is not there faults; MTRRs, PAT and their neighbours. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/apic.h"

enum {
	MSR_TSC = 0x10,
	MSR_MTRRCAP = 0xFE,
	MSR_SYSENTER_CS = 0x174,
	MSR_SYSENTER_ESP = 0x175,
	MSR_SYSENTER_EIP = 0x176,
	MSR_DEBUGCTL = 0x1D9,
	MSR_PHYSBASE0 = 0x200,
	MSR_FIX64K = 0x250,
	MSR_FIX4K_C0000 = 0x268,
	MSR_PAT = 0x277,
	MSR_DEF_TYPE = 0x2FF,
	MTRRCAP_COUNT = 0xFF,
	MASK_VALID = 1 << 11,
	DEF_TYPE_ENABLE = 1 << 11,
	DEF_TYPE_FIXED = 1 << 10,
	TYPE_UC = 0,
	TYPE_RESERVED = 2,
	TYPE_WP = 5,
	TYPE_WB = 6,
	TYPE_UC_MINUS = 7,
	LEAF1_EDX_MTRR = 1 << 12,
};
#define ALL(type) ((uint64_t)(type)*0x0101010101010101)

/* SDM Vol. 2B, "RDMSR": a reserved or unimplemented MSR faults. None of these is any processor's. */
BEHAVIOUR(msrs_that_nobody_has_fault)
{
	static const uint32_t msrs[] = { 0x1234,     0x1FFF,     0x2000,    0x80000000,
					 0xBFFFFFFF, 0xC0002000, 0xFFFFFFFF };

	for (unsigned i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++) {
		uint64_t value;

		expect_fault("RDMSR", try_rdmsr(msrs[i], &value), VECTOR_GP);
		expect_fault("WRMSR", try_wrmsr(msrs[i], 0), VECTOR_GP);
	}
}

BEHAVIOUR(the_tsc_is_the_msr)
{
	uint64_t before = rdtsc();
	uint64_t msr = rdmsr(MSR_TSC);

	expect(msr >= before && msr <= rdtsc(), "the MSR is not between two RDTSC");
}

BEHAVIOUR(sysenter_msrs_keep_what_is_written)
{
	for (uint32_t msr = MSR_SYSENTER_CS; msr <= MSR_SYSENTER_EIP; msr++) {
		uint64_t before = rdmsr(msr);

		expect_fault("WRMSR", try_wrmsr(msr, 0x1000 + msr), NO_FAULT);
		expect_equal("the MSR", rdmsr(msr), 0x1000 + msr);
		wrmsr(msr, before);
	}
}

static bool has_mtrr(void)
{
	if ((cpuid(1).edx & LEAF1_EDX_MTRR) != 0) {
		return true;
	}
	skip("no MTRRs");
	return false;
}

static void expect_kept(const char *what, uint32_t msr, uint64_t value)
{
	expect_fault(what, try_wrmsr(msr, value), NO_FAULT);
	expect_equal(what, rdmsr(msr), value);
}

/* Source of all: SDM Vol. 3A, "Memory Type Range Registers (MTRRs)". */
BEHAVIOUR(mtrrcap_is_read_only)
{
	if (has_mtrr()) {
		expect_between("variable ranges", rdmsr(MSR_MTRRCAP) & MTRRCAP_COUNT, 1, 32);
		expect_fault("WRMSR", try_wrmsr(MSR_MTRRCAP, rdmsr(MSR_MTRRCAP)), VECTOR_GP);
	}
}

BEHAVIOUR(the_default_type_keeps_legal_values_and_refuses_others)
{
	uint64_t before;

	if (!has_mtrr()) {
		return;
	}
	before = rdmsr(MSR_DEF_TYPE);
	expect_kept("UC", MSR_DEF_TYPE, DEF_TYPE_ENABLE | DEF_TYPE_FIXED | TYPE_UC);
	expect_kept("off", MSR_DEF_TYPE, 0);
	expect_fault("type 2", try_wrmsr(MSR_DEF_TYPE, DEF_TYPE_ENABLE | TYPE_RESERVED), VECTOR_GP);
	expect_fault("type 7", try_wrmsr(MSR_DEF_TYPE, DEF_TYPE_ENABLE | TYPE_UC_MINUS), VECTOR_GP);
	expect_fault("bit 12", try_wrmsr(MSR_DEF_TYPE, 1 << 12), VECTOR_GP);
	wrmsr(MSR_DEF_TYPE, before);
}

BEHAVIOUR(a_variable_range_keeps_legal_values_and_refuses_others)
{
	uint32_t last;
	uint64_t base, mask;

	if (!has_mtrr()) {
		return;
	}
	last = MSR_PHYSBASE0 + 2 * ((uint32_t)(rdmsr(MSR_MTRRCAP) & MTRRCAP_COUNT) - 1);
	base = rdmsr(last);
	mask = rdmsr(last + 1);
	expect_kept("base", last, 0x80000000 | TYPE_WB);
	expect_kept("mask", last + 1, 0xF80000000 | MASK_VALID);
	expect_fault("type 3", try_wrmsr(last, 0x80000003), VECTOR_GP);
	expect_fault("bit 8 of the base", try_wrmsr(last, 0x80000100 | TYPE_WB), VECTOR_GP);
	expect_fault("bit 10 of the mask", try_wrmsr(last + 1, 0x80000400), VECTOR_GP);
	expect_fault("bit 63 of the mask", try_wrmsr(last + 1, (uint64_t)1 << 63), VECTOR_GP);
	wrmsr(last + 1, 0);
	wrmsr(last, base);
	wrmsr(last + 1, mask);
}

BEHAVIOUR(fixed_ranges_keep_legal_values_and_refuse_others)
{
	uint64_t before;

	if (!has_mtrr()) {
		return;
	}
	before = rdmsr(MSR_FIX64K);
	expect_kept("write-protected", MSR_FIX64K, ALL(TYPE_WP));
	expect_kept("write-back", MSR_FIX64K, ALL(TYPE_WB));
	expect_fault("one byte of type 2",
		     try_wrmsr(MSR_FIX64K, ALL(TYPE_WB) - (uint64_t)4 * 0x100), VECTOR_GP);
	wrmsr(MSR_FIX64K, before);
	before = rdmsr(MSR_FIX4K_C0000);
	expect_kept("uncached", MSR_FIX4K_C0000, ALL(TYPE_UC));
	wrmsr(MSR_FIX4K_C0000, before);
}

/* SDM Vol. 3A, "Page Attribute Table (PAT)". */
BEHAVIOUR(pat_keeps_legal_values_and_refuses_others)
{
	uint64_t before = rdmsr(MSR_PAT);

	expect_kept("all write-back", MSR_PAT, ALL(TYPE_WB));
	expect_kept("all UC-", MSR_PAT, ALL(TYPE_UC_MINUS));
	expect_fault("type 2", try_wrmsr(MSR_PAT, ALL(TYPE_RESERVED)), VECTOR_GP);
	expect_fault("bit 3", try_wrmsr(MSR_PAT, ALL(TYPE_WB) | 8), VECTOR_GP);
	expect_equal("PAT", rdmsr(MSR_PAT), ALL(TYPE_UC_MINUS));
	wrmsr(MSR_PAT, before);
}

BEHAVIOUR(pat_begins_as_after_a_reset)
{
	expect_equal("PAT", rdmsr(MSR_PAT), 0x0007040600070406);
}

/* SDM Vol. 3B, "IA32_DEBUGCTL MSR". */
BEHAVIOUR(debugctl_keeps_lbr_and_btf_and_refuses_reserved_bits)
{
	expect_kept("LBR", MSR_DEBUGCTL, 1);
	expect_kept("BTF", MSR_DEBUGCTL, 2);
	expect_kept("nothing", MSR_DEBUGCTL, 0);
	expect_fault("bit 63", try_wrmsr(MSR_DEBUGCTL, (uint64_t)1 << 63), VECTOR_GP);
}

BEHAVIOUR(tsc_aux_is_what_rdtscp_returns)
{
	uint32_t aux;

	if ((cpuid(0x80000001).edx >> 27 & 1) == 0) {
		skip("no RDTSCP");
		return;
	}
	wrmsr(0xC0000103, 0x1337);
	__asm__ volatile("rdtscp" : "=c"(aux) : : "eax", "edx");
	expect_equal("ECX", aux, 0x1337);
	expect_fault("bit 32", try_wrmsr(0xC0000103, (uint64_t)1 << 32), VECTOR_GP);
	wrmsr(0xC0000103, 0);
}

BEHAVIOUR(the_microcode_revision_can_be_asked_for)
{
	expect_fault("WRMSR of 0", try_wrmsr(0x8B, 0), NO_FAULT);
	cpuid(1);
	uint64_t value;

	expect_fault("RDMSR", try_rdmsr(0x8B, &value), NO_FAULT);
}
