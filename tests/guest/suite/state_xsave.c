/* SPDX-License-Identifier: Apache-2.0 */
/* state_xsave.c: XCR0, and where XSAVE's instructions put what (SDM Vol. 1, "Managing State Using the XSAVE Feature Set"). */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/cr.h"

enum {
	LEAF_XSAVE = 0xD,
	X87 = 1,
	SSE = 2,
	AVX = 4,
	ZMM = 0xE0,
	HAS_XSAVEC = 2,
	HAS_XSAVES = 8,
	HEADER = 512,
	EXTENDED = 576,
	MSR_XSS = 0xDA0,
};

static uint8_t area[4096] __attribute__((aligned(64)));

static bool open_xsave(void)
{
	if ((cpuid(1).ecx >> 26 & 1) == 0) {
		skip("no XSAVE");
		return false;
	}
	write_cr4(CR4_OSXSAVE | CR4_OSFXSR);
	return true;
}

static uint32_t try_xsetbv(uint32_t index, uint32_t low, uint32_t high)
{
	return TRY("xsetbv", : : "a"(low), "c"(index), "d"(high) : "memory");
}

static uint32_t xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static void close_xsave(void)
{
	try_xsetbv(0, X87, 0);
	write_cr4(0);
}

/* SDM Vol. 1, "Enabling the XSAVE Feature Set"; MPX and AMX states come in pairs. */
static bool is_legal(uint32_t value, uint32_t shown)
{
	if ((value & ~shown) != 0 || (value & X87) == 0) {
		return false;
	}
	if (((value & AVX) != 0 && (value & SSE) == 0) || ((value >> 3 & 1) != (value >> 4 & 1))) {
		return false;
	}
	return (value & ZMM) == 0 || ((value & ZMM) == ZMM && (value & AVX) != 0);
}

BEHAVIOUR(xcr0_takes_what_leaf_0dh_shows_in_legal_combinations)
{
	if (!open_xsave()) {
		return;
	}
	uint32_t shown = cpuid(LEAF_XSAVE).eax;

	for (uint32_t value = 0; value < 0x400; value++) {
		bool legal = is_legal(value, shown);

		try_xsetbv(0, X87, 0);
		if (!expect_fault("XSETBV", try_xsetbv(0, value, 0),
				  legal ? NO_FAULT : VECTOR_GP) ||
		    !expect_equal("XCR0", xcr0(), legal ? value : X87)) {
			expect_equal("value", value, 0xFFFF);
			break;
		}
	}
	close_xsave();
}

BEHAVIOUR(xsetbv_refuses_other_registers_and_the_upper_half)
{
	if (!open_xsave()) {
		return;
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		expect_fault("a bit of EDX", try_xsetbv(0, X87, 1u << bit), VECTOR_GP);
		expect_fault("another register", try_xsetbv(1u << bit, X87, 0), VECTOR_GP);
	}
	close_xsave();
}

BEHAVIOUR(xsetbv_is_undefined_while_cr4_has_it_off)
{
	write_cr4(0);
	expect_fault("XSETBV", try_xsetbv(0, X87, 0), VECTOR_UD);
	expect((cpuid(1).ecx >> 27 & 1) == 0, "CPUID shows OSXSAVE");
	if (open_xsave()) {
		expect((cpuid(1).ecx >> 27 & 1) != 0, "CPUID hides OSXSAVE");
		close_xsave();
	}
}

/* EBX of leaf 0DH is the size for XCR0 as it is, ECX for all that there is. */
BEHAVIOUR(leaf_0dh_counts_the_states_of_xcr0)
{
	if (!open_xsave()) {
		return;
	}
	uint32_t shown = cpuid(LEAF_XSAVE).eax;

	try_xsetbv(0, X87 | SSE, 0);
	expect_equal("bytes with x87 and SSE", cpuid(LEAF_XSAVE).ebx, EXTENDED);
	if ((shown & AVX) != 0) {
		struct cpuid state = cpuid_subleaf(LEAF_XSAVE, 2);

		try_xsetbv(0, X87 | SSE | AVX, 0);
		expect_equal("bytes with AVX", cpuid(LEAF_XSAVE).ebx, state.eax + state.ebx);
	}
	if (try_xsetbv(0, shown, 0) == NO_FAULT) {
		expect_equal("bytes with all", cpuid(LEAF_XSAVE).ebx, cpuid(LEAF_XSAVE).ecx);
	}
	close_xsave();
}

static uint32_t word_at(uint32_t offset)
{
	return *(volatile uint32_t *)(area + offset);
}

static void fill_ymm0(void)
{
	static const uint32_t pattern[8] __attribute__((aligned(32))) = {
		0x11111111, 0x22222222, 0x33333333, 0x44444444,
		0x55555555, 0x66666666, 0x77777777, 0x88888888,
	};

	__asm__ volatile("vmovdqu %0, %%ymm0" : : "m"(pattern));
}

/*
 * SDM Vol. 1, "Compacted Format for the Extended Region": the first state begins at 576, whatever lies in the legacy
 * region; bytes 63:16 of the header are 0.
 */
BEHAVIOUR(xsavec_puts_avx_state_behind_the_header)
{
	if (!open_xsave()) {
		return;
	}
	if ((cpuid_subleaf(LEAF_XSAVE, 1).eax & HAS_XSAVEC) == 0 ||
	    (cpuid(LEAF_XSAVE).eax & AVX) == 0) {
		skip("no XSAVEC or no AVX");
		close_xsave();
		return;
	}
	try_xsetbv(0, X87 | SSE | AVX, 0);
	fill_ymm0();
	expect_fault("XSAVEC",
		     TRY("xsavec %0",
			 : "+m"(area)
			 : "a"(X87 | SSE | AVX), "d"(0)
			 : "memory"),
		     NO_FAULT);
	expect_equal("XCOMP_BV", word_at(HEADER + 8), X87 | SSE | AVX);
	expect_equal("format", word_at(HEADER + 12), 1u << 31);
	for (uint32_t i = 16; i < 64; i += 4) {
		expect_equal("reserved word of the header", word_at(HEADER + i), 0);
	}
	expect_equal("first word of YMM0's upper half", word_at(EXTENDED), 0x55555555);
	expect_equal("compacted bytes", cpuid_subleaf(LEAF_XSAVE, 1).ebx, EXTENDED + 256);
	__asm__ volatile("vzeroall");
	expect_fault("XRSTOR",
		     TRY("xrstor %0",
			 :
			 : "m"(area), "a"(X87 | SSE | AVX), "d"(0)
			 : "memory"),
		     NO_FAULT);
	close_xsave();
}

/* IA32_XSS exists with XSAVES, and takes the bits that leaf 0DH.1:ECX shows. */
BEHAVIOUR(xss_is_there_with_xsaves)
{
	uint64_t value;

	if (!open_xsave()) {
		return;
	}
	struct cpuid leaf = cpuid_subleaf(LEAF_XSAVE, 1);
	bool there = (leaf.eax & HAS_XSAVES) != 0;

	expect_fault("RDMSR", try_rdmsr(MSR_XSS, &value), there ? NO_FAULT : VECTOR_GP);
	expect_fault("WRMSR of 0", try_wrmsr(MSR_XSS, 0), there ? NO_FAULT : VECTOR_GP);
	expect_fault("WRMSR of a bit of XCR0", try_wrmsr(MSR_XSS, 1), VECTOR_GP);
	if ((leaf.ecx >> 8 & 1) == 0) {
		expect_fault("WRMSR of the trace bit", try_wrmsr(MSR_XSS, 1 << 8), VECTOR_GP);
	}
	close_xsave();
}
