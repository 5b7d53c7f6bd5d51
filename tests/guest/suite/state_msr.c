/* SPDX-License-Identifier: Apache-2.0 */
/* state_msr.c: model-specific registers: which there are, and which values they take (SDM Vol. 4). */
#include "tests/guest/suite/suite.h"

enum {
	MSR_MTRRCAP = 0xFE,
	MSR_SYSENTER_CS = 0x174,
	MSR_SYSENTER_ESP = 0x175,
	MSR_SYSENTER_EIP = 0x176,
	MSR_MISC_ENABLE = 0x1A0,
	MSR_DEBUGCTL = 0x1D9,
	MSR_MTRR_PHYSBASE7 = 0x20E,
	MSR_MTRR_FIX4K_F8000 = 0x26F,
	MSR_PAT = 0x277,
	MSR_MTRR_DEF_TYPE = 0x2FF,
	HALF = 0x2000,
};

#define MSR_EFER      0xC0000080
#define MSR_STAR      0xC0000081
#define MSR_LSTAR     0xC0000082
#define MSR_CSTAR     0xC0000083
#define MSR_FMASK     0xC0000084
#define MSR_FS_BASE   0xC0000100
#define MSR_GS_BASE   0xC0000101
#define MSR_KERNEL_GS 0xC0000102
#define MSR_TSC_AUX   0xC0000103

#define BIT(n) ((uint64_t)1 << (n))

/* Anything but a value or #GP would be wrong, and a hang worse. */
BEHAVIOUR(every_msr_answers_or_faults)
{
	uint32_t answers = 0;

	for (uint32_t i = 0; i < 2 * HALF; i++) {
		uint32_t msr = i < HALF ? i : 0xC0000000 + i - HALF;
		uint64_t value;
		uint32_t vector = try_rdmsr(msr, &value);

		if (vector != NO_FAULT && !expect_fault("RDMSR", vector, VECTOR_GP)) {
			expect_equal("MSR", msr, UINT32_MAX);
			return;
		}
		answers += vector == NO_FAULT;
	}
	expect_between("MSRs that answer", answers, 20, 1000);
}

static bool is_type(uint32_t type)
{
	return type <= 1 || (type >= 4 && type <= 6);
}

static void keeps(const char *what, uint32_t msr, uint64_t value, bool legal)
{
	uint64_t old = rdmsr(msr);

	if (!expect_fault(what, try_wrmsr(msr, value), legal ? NO_FAULT : VECTOR_GP) ||
	    !expect_equal(what, rdmsr(msr), legal ? value : old)) {
		expect_equal("value, low half", (uint32_t)value, UINT32_MAX);
	}
	wrmsr(msr, old);
}

static bool has_mtrrs(void)
{
	if ((cpuid(1).edx >> 12 & 1) != 0) {
		return true;
	}
	skip("no MTRRs");
	return false;
}

/* SDM Vol. 3A, "Memory Type Range Registers (MTRRs)". */
BEHAVIOUR(fixed_mtrrs_take_five_types)
{
	for (uint32_t type = 0; has_mtrrs() && type < 256; type++) {
		keeps("fixed MTRR, lowest byte", MSR_MTRR_FIX4K_F8000, type, is_type(type));
		keeps("fixed MTRR, highest byte", MSR_MTRR_FIX4K_F8000, (uint64_t)type << 56,
		      is_type(type));
	}
}

BEHAVIOUR(variable_mtrrs_refuse_reserved_bits)
{
	if (!has_mtrrs()) {
		return;
	}
	uint32_t width = cpuid(0x80000008).eax & 0xFF;

	for (uint32_t type = 0; type < 256; type++) {
		keeps("PHYSBASE, type", MSR_MTRR_PHYSBASE7, type, is_type(type));
	}
	for (unsigned bit = 8; bit < 64; bit++) {
		keeps("PHYSBASE, a bit", MSR_MTRR_PHYSBASE7, BIT(bit), bit >= 12 && bit < width);
	}
	for (unsigned bit = 0; bit < 64; bit++) {
		keeps("PHYSMASK, a bit", MSR_MTRR_PHYSBASE7 + 1, BIT(bit),
		      bit >= 11 && bit < width);
	}
}

BEHAVIOUR(mtrr_def_type_has_two_enables_and_a_type)
{
	if (!has_mtrrs()) {
		return;
	}
	uint64_t enabled = rdmsr(MSR_MTRR_DEF_TYPE) & (BIT(10) | BIT(11));

	for (uint32_t type = 0; type < 256; type++) {
		keeps("type", MSR_MTRR_DEF_TYPE, enabled | type, is_type(type));
	}
	for (unsigned bit = 8; bit < 64; bit++) {
		keeps("a bit", MSR_MTRR_DEF_TYPE, BIT(bit), bit == 10 || bit == 11);
	}
	expect_fault("write of MTRRCAP", try_wrmsr(MSR_MTRRCAP, rdmsr(MSR_MTRRCAP)), VECTOR_GP);
}

/* SDM Vol. 3A, "IA32_PAT MSR": types 0, 1, 4, 5, 6 and 7. */
BEHAVIOUR(pat_takes_six_types)
{
	for (unsigned byte = 0; byte < 8; byte++) {
		for (uint32_t type = 0; type < 256; type++) {
			uint64_t value = (rdmsr(MSR_PAT) & ~((uint64_t)0xFF << 8 * byte)) |
					 (uint64_t)type << 8 * byte;

			keeps("PAT", MSR_PAT, value, is_type(type) || type == 7);
		}
	}
}

/* SCE, LME and NXE may be written with paging off; LMA is the processor's own. */
BEHAVIOUR(efer_refuses_reserved_bits)
{
	for (unsigned bit = 1; bit < 64; bit++) {
		if (bit != 8 && bit != 10 && bit != 11) {
			keeps("EFER", MSR_EFER, BIT(bit), false);
		}
	}
	keeps("EFER.SCE", MSR_EFER, BIT(0), true);
	keeps("EFER.LME", MSR_EFER, BIT(8), true);
	keeps("EFER.NXE", MSR_EFER, BIT(11), (cpuid(0x80000001).edx >> 20 & 1) != 0);
}

/* SDM Vol. 2C, "WRMSR": an address that is not canonical is #GP. */
BEHAVIOUR(msrs_that_hold_addresses_take_canonical_ones)
{
	static const uint32_t msrs[] = { MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_LSTAR,
					 MSR_CSTAR,        MSR_FS_BASE,      MSR_GS_BASE,
					 MSR_KERNEL_GS };

	for (unsigned i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++) {
		uint64_t old = rdmsr(msrs[i]);

		expect_fault("canonical", try_wrmsr(msrs[i], 0xFFFF800012345678), NO_FAULT);
		expect_equal("high half", rdmsr(msrs[i]) >> 32, 0xFFFF8000);
		expect_fault("not canonical", try_wrmsr(msrs[i], 0x0100000000000000), VECTOR_GP);
		wrmsr(msrs[i], old);
	}
}

BEHAVIOUR(msrs_of_system_calls_keep_what_was_written)
{
	keeps("STAR", MSR_STAR, 0x123456789ABCDEF0, true);
	keeps("SYSENTER_CS", MSR_SYSENTER_CS, 0x1234, true);
	keeps("FMASK", MSR_FMASK, 0x47700, true);
	if ((cpuid(0x80000001).edx >> 27 & 1) != 0) {
		keeps("TSC_AUX", MSR_TSC_AUX, 0xDEADBEEF, true);
	}
}

BEHAVIOUR(misc_enable_may_be_written_with_what_it_holds)
{
	uint64_t value;

	if (try_rdmsr(MSR_MISC_ENABLE, &value) != NO_FAULT) {
		skip("no MISC_ENABLE");
		return;
	}
	expect_fault("WRMSR", try_wrmsr(MSR_MISC_ENABLE, value), NO_FAULT);
	expect_equal("low half", (uint32_t)rdmsr(MSR_MISC_ENABLE), (uint32_t)value);
}
