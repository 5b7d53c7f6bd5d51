/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_control.c: SMSW, CLTS, EFER, debug registers. MOV to CR0 and CR4 is in state_cr.c, XCR0 in state_xsave.c. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/cr.h"

enum { VECTOR_NM = 7, EFER_RESERVED = 1 << 1 };

/* Source of all: SDM Vol. 3A, "Control Registers"; Vol. 2B, "MOV - Move to/from Control Registers". */
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
