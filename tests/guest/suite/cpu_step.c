/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_step.c: single-step and breakpoints over instructions that a hypervisor executes in the processor's place. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/cr.h"

enum {
	VECTOR_DB = 1,
	EFLAGS_TF = 1 << 8,
	EFLAGS_RF = 1 << 16,
	DR6_B0 = 1 << 0,
	DR6_BS = 1 << 14,
	DR6_SET = (int)0xFFFF0FF0,
	DR7_OFF = 0x400,
	DR7_ON_0 = 0x401,
	DR7_IO_0 = 0x20401, /* R/W0 = 10 */
	PORT_B = 0x61,
	PORT_POST = 0x80,
	MSR_OF_NOBODY = 0x1234,
};

#define IOAPIC_SELECT 0xFEC00000

static uint32_t traps;
static uint32_t trap_eip;
static uint32_t trap_dr6;

static void on_debug(struct frame *frame)
{
	traps++;
	trap_eip = frame->eip;
	__asm__ volatile("mov %%dr6, %0" : "=r"(trap_dr6));
	__asm__ volatile("mov %0, %%dr6" : : "r"(DR6_SET));
	frame->eflags &= ~(uint32_t)EFLAGS_TF;
}

/* RF: the instruction is executed although the breakpoint is still there. */
static void on_breakpoint(struct frame *frame)
{
	on_debug(frame);
	frame->eflags |= EFLAGS_RF;
}

static void begin(void)
{
	traps = 0;
	interrupt_handle(VECTOR_DB, on_debug);
}

/*
 * POPF sets TF: the trap comes behind the instruction after it (SDM Vol. 3B, "Single-Step Exception Condition"). EAX, ECX
 * and EDX begin with the values given, and the instruction may change them and EBX.
 */
#define STEP(instruction, eax, ecx, edx)                                                           \
	({                                                                                         \
		uint32_t behind_, eax_ = (eax), ecx_ = (ecx), edx_ = (edx);                        \
                                                                                                   \
		__asm__ volatile("movl $772f, %0\n\t"                                              \
				 "pushf\n\torl $0x100, (%%esp)\n\tpopf\n\t" instruction            \
				 "\n772:\n\tnop"                                                   \
				 : "=&S"(behind_), "+a"(eax_), "+c"(ecx_), "+d"(edx_)              \
				 :                                                                 \
				 : "ebx", "memory", "cc");                                         \
		behind_;                                                                           \
	})

static void expect_one_trap(uint32_t behind)
{
	expect_equal("count of traps", traps, 1);
	expect_equal("EIP of the trap", trap_eip, behind);
	expect((trap_dr6 & DR6_BS) != 0, "DR6 lacks BS");
}

BEHAVIOUR(a_single_step_traps_once_behind_nop)
{
	begin();
	expect_one_trap(STEP("nop", 0, 0, 0));
}

BEHAVIOUR(a_single_step_traps_once_behind_cpuid)
{
	begin();
	expect_one_trap(STEP("cpuid", 0, 0, 0));
}

BEHAVIOUR(a_single_step_traps_once_behind_in)
{
	begin();
	expect_one_trap(STEP("inb %%dx, %%al", 0, 0, PORT_B));
}

BEHAVIOUR(a_single_step_traps_once_behind_out)
{
	begin();
	expect_one_trap(STEP("outb %%al, %%dx", 0, 0, PORT_POST));
}

BEHAVIOUR(a_single_step_traps_once_behind_rdmsr)
{
	begin();
	expect_one_trap(STEP("rdmsr", 0, MSR_APIC_BASE, 0));
}

BEHAVIOUR(a_single_step_traps_once_behind_an_mmio_read)
{
	begin();
	expect_one_trap(STEP("movl (%%edx), %%eax", 0, 0, IOAPIC_SELECT));
}

/* The fault comes first; the frame it pushes has TF set, its handler runs with TF clear. */
BEHAVIOUR(a_single_step_of_a_faulting_rdmsr_gives_the_fault_alone)
{
	uint32_t vector;

	begin();
	vector = TRY("pushf; orl $0x100, (%%esp); popf; rdmsr",
		     :
		     : "c"(MSR_OF_NOBODY)
		     : "eax", "edx", "memory", "cc");
	__asm__ volatile("pushf; andl $~0x100, (%%esp); popf" : : : "memory", "cc");
	expect_fault("RDMSR of an MSR that is not there", vector, VECTOR_GP);
	expect_between("traps at the faulting instruction", traps, 0, 1);
	expect(traps == 0 || trap_eip != fault.eip, "the trap came at the fault");
}

/* SDM Vol. 3B, "Instruction-Breakpoint Exception Condition": a fault, before the instruction. */
BEHAVIOUR(an_instruction_breakpoint_stops_before_cpuid)
{
	uint32_t at;

	begin();
	interrupt_handle(VECTOR_DB, on_breakpoint);
	__asm__ volatile("movl $1f, %0\n\t"
			 "movl %0, %%dr0\n\t"
			 "movl %1, %%dr7\n\t"
			 "xorl %%eax, %%eax\n1:\tcpuid\n\t"
			 "movl %2, %%dr7"
			 : "=&S"(at)
			 : "D"(DR7_ON_0), "r"(DR7_OFF)
			 : "eax", "ebx", "ecx", "edx", "memory");
	expect_equal("count of traps", traps, 1);
	expect_equal("EIP of the breakpoint", trap_eip, at);
	expect((trap_dr6 & DR6_B0) != 0, "DR6 lacks B0");
}

/* SDM Vol. 3B, "I/O Breakpoint Exception Conditions": a trap, behind the instruction. */
BEHAVIOUR(an_io_breakpoint_traps_behind_the_port)
{
	uint32_t behind;

	begin();
	write_cr4(read_cr4() | CR4_DE);
	__asm__ volatile("movl %%eax, %%dr0\n\t"
			 "movl %1, %%dr7\n\t"
			 "movl $1f, %0\n\t"
			 "inb %%dx, %%al\n1:\tnop\n\t"
			 "movl %2, %%dr7"
			 : "=&S"(behind)
			 : "D"(DR7_IO_0), "c"(DR7_OFF), "a"(PORT_B), "d"(PORT_B)
			 : "memory");
	expect_equal("count of traps", traps, 1);
	expect_equal("EIP of the trap", trap_eip, behind);
	expect((trap_dr6 & DR6_B0) != 0, "DR6 lacks B0");
}
