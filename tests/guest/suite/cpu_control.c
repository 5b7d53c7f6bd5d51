/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_control.c: control registers, EFER, XCR0: every legal and illegal value. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/cr.h"

enum {
	CR4_RESERVED_30 = 1 << 30,
	LEAF1_ECX_XSAVE = 1 << 26,
	LEAF1_ECX_OSXSAVE = 1 << 27,
	LEAF_XSAVE = 0xD,
	VECTOR_NM = 7,
	XCR0_X87 = 1,
	XCR0_SSE = 2,
	XCR0_AVX = 4,
	EFER_RESERVED = 1 << 1,
};

/* Source of all: SDM Vol. 3A, "Control Registers"; Vol. 2B, "MOV - Move to/from Control Registers". */
BEHAVIOUR(pg_without_pe_faults)
{
	uint32_t before = read_cr0();

	expect_fault("MOV to CR0", try_cr0((before | CR0_PG) & ~CR0_PE), VECTOR_GP);
	expect_equal("CR0", read_cr0(), before);
}

BEHAVIOUR(nw_without_cd_faults)
{
	expect_fault("MOV to CR0", try_cr0((read_cr0() | CR0_NW) & ~CR0_CD), VECTOR_GP);
}

BEHAVIOUR(cd_and_nw_can_be_set_and_cleared)
{
	uint32_t before = read_cr0();

	expect_fault("CD", try_cr0(before | CR0_CD), NO_FAULT);
	expect_equal("CR0 with CD", read_cr0() & (CR0_CD | CR0_NW), CR0_CD);
	expect_fault("CD and NW", try_cr0(before | CR0_CD | CR0_NW), NO_FAULT);
	expect_equal("CR0 with both", read_cr0() & (CR0_CD | CR0_NW), CR0_CD | CR0_NW);
	expect_fault("neither", try_cr0(before & ~(CR0_CD | CR0_NW)), NO_FAULT);
	expect_equal("CR0 with neither", read_cr0() & (CR0_CD | CR0_NW), 0);
}

BEHAVIOUR(cr0_keeps_what_is_written)
{
	static const uint32_t bits[] = { CR0_MP, CR0_EM, CR0_TS, CR0_NE, CR0_WP, CR0_AM };

	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		expect_fault("setting", try_cr0(CR0_PE | CR0_ET | bits[i]), NO_FAULT);
		expect_equal("CR0", read_cr0(), CR0_PE | CR0_ET | bits[i]);
	}
	expect_fault("clearing", try_cr0(CR0_PE | CR0_ET), NO_FAULT);
	expect_equal("CR0 in the end", read_cr0(), CR0_PE | CR0_ET);
}

BEHAVIOUR(et_is_always_1)
{
	expect_fault("MOV to CR0", try_cr0(CR0_PE), NO_FAULT);
	expect((read_cr0() & CR0_ET) != 0, "CR0 lacks ET");
}

BEHAVIOUR(reserved_bits_of_cr0_do_not_stay)
{
	expect_fault("MOV to CR0", try_cr0(read_cr0() | 1 << 8), NO_FAULT);
	expect_equal("bit 8", read_cr0() >> 8 & 1, 0);
}

BEHAVIOUR(lmsw_sets_pe_and_does_not_clear_it)
{
	__asm__ volatile("lmsw %w0" : : "r"(CR0_MP) : "memory");
	expect_equal("PE and MP", read_cr0() & (CR0_PE | CR0_MP), CR0_PE | CR0_MP);
	__asm__ volatile("lmsw %w0" : : "r"(0) : "memory");
	expect_equal("PE and MP afterwards", read_cr0() & (CR0_PE | CR0_MP), CR0_PE);
}

BEHAVIOUR(smsw_shows_the_low_half_of_cr0)
{
	uint32_t value = 0;

	__asm__ volatile("smsw %0" : "=r"(value));
	expect_equal("low half", value & 0xFFFF, read_cr0() & 0xFFFF);
}

BEHAVIOUR(clts_clears_ts_and_x87_works_again)
{
	expect_fault("setting TS", try_cr0(read_cr0() | CR0_TS), NO_FAULT);
	expect_fault("FNINIT with TS", TRY("fninit", : : : "memory"), VECTOR_NM);
	__asm__ volatile("clts" : : : "memory");
	expect_equal("TS", read_cr0() & CR0_TS, 0);
	expect_fault("FNINIT", TRY("fninit", : : : "memory"), NO_FAULT);
}

/* A bit of CR4 is there when CPUID says so; without it, it is reserved. */
static const struct {
	const char *name;
	uint32_t bit;
	uint32_t leaf;
	char reg;
	uint32_t shift;
} cr4_bits[] = {
	{ "VME", 1 << 0, 1, 'd', 1 },          { "PVI", 1 << 1, 1, 'd', 1 },
	{ "TSD", 1 << 2, 1, 'd', 4 },          { "DE", 1 << 3, 1, 'd', 2 },
	{ "PSE", 1 << 4, 1, 'd', 3 },          { "PAE", 1 << 5, 1, 'd', 6 },
	{ "PGE", 1 << 7, 1, 'd', 13 },         { "OSFXSR", 1 << 9, 1, 'd', 24 },
	{ "OSXMMEXCPT", 1 << 10, 1, 'd', 25 }, { "UMIP", 1 << 11, 7, 'c', 2 },
	{ "FSGSBASE", 1 << 16, 7, 'b', 0 },    { "OSXSAVE", 1 << 18, 1, 'c', 26 },
	{ "SMEP", 1 << 20, 7, 'b', 7 },        { "SMAP", 1 << 21, 7, 'b', 20 },
	{ "SMX", 1 << 14, 1, 'c', 6 },         { "PKE", 1 << 22, 7, 'c', 3 },
};

static bool shown(unsigned i)
{
	struct cpuid leaf = cpuid(cr4_bits[i].leaf);
	uint32_t value = cr4_bits[i].reg == 'b'   ? leaf.ebx
			 : cr4_bits[i].reg == 'c' ? leaf.ecx
						  : leaf.edx;

	return (value >> cr4_bits[i].shift & 1) != 0;
}

BEHAVIOUR(cr4_has_what_cpuid_shows_and_nothing_else)
{
	for (unsigned i = 0; i < sizeof(cr4_bits) / sizeof(cr4_bits[0]); i++) {
		bool is_shown = shown(i);

		expect_fault(cr4_bits[i].name, try_cr4(cr4_bits[i].bit),
			     is_shown ? NO_FAULT : VECTOR_GP);
		expect_equal(cr4_bits[i].name, read_cr4(), is_shown ? cr4_bits[i].bit : 0);
		try_cr4(0);
	}
}

BEHAVIOUR(a_reserved_bit_of_cr4_faults)
{
	expect_fault("bit 30", try_cr4(CR4_RESERVED_30), VECTOR_GP);
	expect_fault("bit 15", try_cr4(1 << 15), VECTOR_GP);
	expect_equal("CR4", read_cr4(), 0);
}

BEHAVIOUR(pcide_outside_of_long_mode_faults)
{
	expect_fault("MOV to CR4", try_cr4(CR4_PCIDE), VECTOR_GP);
}

BEHAVIOUR(osxsave_of_cpuid_follows_cr4)
{
	if ((cpuid(1).ecx & LEAF1_ECX_XSAVE) == 0) {
		skip("no XSAVE");
		return;
	}
	expect_equal("OSXSAVE", cpuid(1).ecx & LEAF1_ECX_OSXSAVE, 0);
	try_cr4(CR4_OSXSAVE);
	expect_equal("OSXSAVE afterwards", cpuid(1).ecx & LEAF1_ECX_OSXSAVE, LEAF1_ECX_OSXSAVE);
}

BEHAVIOUR(efer_keeps_what_is_written)
{
	expect_fault("SCE, NXE", try_wrmsr(MSR_EFER, EFER_SCE | EFER_NXE), NO_FAULT);
	expect_equal("EFER", rdmsr(MSR_EFER), EFER_SCE | EFER_NXE);
	expect_fault("LME", try_wrmsr(MSR_EFER, EFER_LME), NO_FAULT);
	expect_equal("EFER with LME", rdmsr(MSR_EFER), EFER_LME);
}

BEHAVIOUR(a_reserved_bit_of_efer_faults)
{
	expect_fault("bit 1", try_wrmsr(MSR_EFER, EFER_RESERVED), VECTOR_GP);
	expect_fault("bit 32", try_wrmsr(MSR_EFER, (uint64_t)1 << 32), VECTOR_GP);
	expect_equal("EFER", rdmsr(MSR_EFER), 0);
}

/* Long mode is entered by paging with PAE; without PAE it faults (SDM Vol. 3A, "Initializing IA-32e Mode"). */
BEHAVIOUR(long_mode_without_pae_faults)
{
	wrmsr(MSR_EFER, EFER_LME);
	expect_fault("MOV to CR0 with PG", try_cr0(read_cr0() | CR0_PG), VECTOR_GP);
	expect_equal("PG", read_cr0() & CR0_PG, 0);
}

static uint32_t try_xsetbv(uint32_t index, uint32_t low)
{
	return TRY("xsetbv", : : "c"(index), "a"(low), "d"(0) : "memory");
}

static uint64_t xgetbv(void)
{
	uint64_t value;

	__asm__ volatile("xgetbv" : "=A"(value) : "c"(0));
	return value;
}

static bool has_xsave(void)
{
	if ((cpuid(1).ecx & LEAF1_ECX_XSAVE) == 0) {
		skip("no XSAVE");
		return false;
	}
	try_cr4(CR4_OSXSAVE);
	return true;
}

/* SDM Vol. 2D, "XSETBV". */
BEHAVIOUR(xsetbv_without_osxsave_is_no_instruction)
{
	expect_fault("XSETBV", try_xsetbv(0, XCR0_X87), VECTOR_UD);
}

BEHAVIOUR(xsetbv_takes_every_state_that_cpuid_shows)
{
	uint32_t all;

	if (has_xsave()) {
		all = cpuid(LEAF_XSAVE).eax;
		expect_fault("all", try_xsetbv(0, all), NO_FAULT);
		expect_equal("XCR0", xgetbv(), all);
		expect_fault("x87 alone", try_xsetbv(0, XCR0_X87), NO_FAULT);
		expect_equal("XCR0 with x87 alone", xgetbv(), XCR0_X87);
	}
}

BEHAVIOUR(xsetbv_refuses_what_is_not_legal)
{
	uint64_t before;

	if (!has_xsave()) {
		return;
	}
	before = xgetbv();
	expect_fault("without x87", try_xsetbv(0, XCR0_SSE), VECTOR_GP);
	expect_fault("AVX without SSE", try_xsetbv(0, XCR0_X87 | XCR0_AVX), VECTOR_GP);
	expect_fault("a state that is not shown",
		     try_xsetbv(0, XCR0_X87 | (~cpuid(LEAF_XSAVE).eax & 1 << 30)), VECTOR_GP);
	expect_fault("another register", try_xsetbv(1, XCR0_X87), VECTOR_GP);
	expect_equal("XCR0", xgetbv(), before);
}

BEHAVIOUR(the_size_of_the_xsave_area_follows_xcr0)
{
	uint32_t with_x87;

	if (!has_xsave() || (cpuid(LEAF_XSAVE).eax & XCR0_AVX) == 0) {
		return;
	}
	try_xsetbv(0, XCR0_X87);
	with_x87 = cpuid(LEAF_XSAVE).ebx;
	expect_equal("bytes with x87", with_x87, 576);
	try_xsetbv(0, XCR0_X87 | XCR0_SSE | XCR0_AVX);
	expect_equal("bytes with AVX", cpuid(LEAF_XSAVE).ebx, 832);
}

BEHAVIOUR(invd_and_wbinvd_are_instructions)
{
	expect_fault("WBINVD", TRY("wbinvd", : : : "memory"), NO_FAULT);
	expect_fault("INVD", TRY("invd", : : : "memory"), NO_FAULT);
}

BEHAVIOUR(debug_registers_keep_what_is_written)
{
	uint32_t value;

	__asm__ volatile("mov %1, %%dr3; mov %%dr3, %0" : "=r"(value) : "r"(0x12345678));
	expect_equal("DR3", value, 0x12345678);
	__asm__ volatile("mov %1, %%dr6; mov %%dr6, %0" : "=r"(value) : "r"(0));
	expect_equal("DR6", value & 0xFFFEFFFF, 0xFFFE0FF0);
	__asm__ volatile("mov %1, %%dr7; mov %%dr7, %0" : "=r"(value) : "r"(0x400));
	expect_equal("DR7", value, 0x400);
}

enum { DR7_GD = 1 << 13, VECTOR_DB = 1 };

/* SDM Vol. 3B, "Debug Control Register (DR7)", "General-Detect Exception Condition": a fault, GD is cleared. */
BEHAVIOUR(general_detect_faults_at_an_access_to_a_debug_register)
{
	uint32_t dr6;

	__asm__ volatile("mov %0, %%dr7" : : "r"(0x400 | DR7_GD));
	expect_fault("MOV from DR0", TRY("mov %%dr0, %%eax", : : : "eax", "memory"), VECTOR_DB);
	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	expect((dr6 & 1 << 13) != 0, "DR6 lacks BD");
}
