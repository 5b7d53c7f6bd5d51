/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_fault.c: exceptions, their error codes and their order. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/world.h"

enum {
	VECTOR_DE = 0,
	VECTOR_BP = 3,
	VECTOR_OF = 4,
	VECTOR_BR = 5,
	VECTOR_DF = 8,
	VECTOR_NP = 11,
	VECTOR_SS = 12,
	VECTOR_SOFTWARE = 0x77,
	SELECTOR_BEYOND = 0x200,
	IDT_BIT = 2,
};
#define GATE_PRESENT ((uint64_t)1 << 47)

/* Source of all: SDM Vol. 3A, "Exception and Interrupt Reference". */
BEHAVIOUR(dividing_by_zero_faults)
{
	expect_fault("DIV",
		     TRY("divl %%ecx",
			 :
			 : "a"(1), "d"(0), "c"(0)
			 : "memory", "cc"),
		     VECTOR_DE);
}

BEHAVIOUR(ud2_faults)
{
	expect_fault("UD2", TRY("ud2", : : : "memory"), VECTOR_UD);
}

static uint32_t at;

static void note_eip(struct frame *frame)
{
	at = frame->eip;
}

BEHAVIOUR(int3_traps_behind_itself)
{
	uint32_t behind;

	interrupt_handle(VECTOR_BP, note_eip);
	__asm__ volatile("movl $1f, %0; int3; 1:" : "=&r"(behind) : : "memory");
	expect_equal("EIP", at, behind);
}

BEHAVIOUR(into_traps_with_of)
{
	interrupt_handle(VECTOR_OF, note_eip);
	__asm__ volatile("movb $0x7F, %%al; addb $1, %%al; into" : : : "eax", "memory", "cc");
	expect_equal("count", interrupt_count(VECTOR_OF), 1);
}

BEHAVIOUR(bound_faults_outside)
{
	static const int32_t range[] = { 1, 5 };

	expect_fault("BOUND of 6",
		     TRY("boundl %0, %1",
			 :
			 : "r"(6), "m"(range)
			 : "memory"),
		     VECTOR_BR);
	expect_fault("BOUND of 5",
		     TRY("boundl %0, %1",
			 :
			 : "r"(5), "m"(range)
			 : "memory"),
		     NO_FAULT);
}

BEHAVIOUR(int_n_calls_its_gate)
{
	interrupt_handle(VECTOR_SOFTWARE, note_eip);
	__asm__ volatile("int $0x77" : : : "memory");
	expect_equal("count", interrupt_count(VECTOR_SOFTWARE), 1);
}

BEHAVIOUR(a_selector_beyond_the_table_faults_with_the_selector)
{
	expect_fault("MOV to DS",
		     TRY("movl %0, %%ds",
			 :
			 : "r"(SELECTOR_BEYOND)
			 : "memory"),
		     VECTOR_GP);
	expect_equal("error code", fault.error_code, SELECTOR_BEYOND);
}

static void set_spare(uint64_t descriptor)
{
	world_gdt[SELECTOR_SPARE_TSS / 8] = descriptor;
}

BEHAVIOUR(a_segment_that_is_not_present_faults)
{
	set_spare(0x00CF13000000FFFF);
	expect_fault("MOV to ES",
		     TRY("movl %0, %%es",
			 :
			 : "r"(SELECTOR_SPARE_TSS)
			 : "memory"),
		     VECTOR_NP);
	expect_equal("error code", fault.error_code, SELECTOR_SPARE_TSS);
	set_spare(0);
}

BEHAVIOUR(a_stack_segment_that_is_not_present_faults)
{
	set_spare(0x00CF13000000FFFF);
	expect_fault("MOV to SS",
		     TRY("movl %0, %%ss",
			 :
			 : "r"(SELECTOR_SPARE_TSS)
			 : "memory"),
		     VECTOR_SS);
	set_spare(0);
}

BEHAVIOUR(an_access_beyond_a_limit_faults)
{
	uint32_t vector;

	set_spare(0x0040930000000FFF);
	__asm__ volatile("movl %0, %%fs" : : "r"(SELECTOR_SPARE_TSS));
	vector = TRY("movl %%fs:0x0FFD, %%eax", : : : "eax", "memory");
	expect_fault("the last byte is beyond", vector, VECTOR_GP);
	vector = TRY("movl %%fs:0x0FFC, %%eax", : : : "eax", "memory");
	expect_fault("the last dword", vector, NO_FAULT);
	__asm__ volatile("movl %0, %%fs" : : "r"(SELECTOR_DATA));
	set_spare(0);
}

/* A gate that is not present: #NP with the vector, and the IDT bit. */
BEHAVIOUR(an_interrupt_through_a_gate_that_is_not_present_faults)
{
	*idt_gate(VECTOR_SOFTWARE) = 0x0000060000080000;
	expect_fault("INT", TRY("int $0x77", : : : "memory"), VECTOR_NP);
	expect_equal("error code", fault.error_code, VECTOR_SOFTWARE << 3 | IDT_BIT);
}

/* #NP while #GP is delivered becomes #DF (SDM Vol. 3A, "Interrupt 8 - Double Fault Exception"). */
static void on_double_fault(struct frame *frame)
{
	(void)frame;
	expect_equal("error code", frame->error_code, 0);
	world_abandon();
}

BEHAVIOUR(a_fault_while_a_fault_is_delivered_is_a_double_fault)
{
	interrupt_handle(VECTOR_DF, on_double_fault);
	*idt_gate(VECTOR_GP) &= ~GATE_PRESENT;
	__asm__ volatile("movl %0, %%ds" : : "r"(SELECTOR_BEYOND) : "memory");
	fail("no double fault");
}

/* The fault is that of a refused MSR: injected by a hypervisor, delivered by the processor elsewhere. */
BEHAVIOUR(a_refused_msr_while_its_gate_is_away_is_a_double_fault)
{
	interrupt_handle(VECTOR_DF, on_double_fault);
	*idt_gate(VECTOR_GP) &= ~GATE_PRESENT;
	rdmsr(0x1234);
	fail("no double fault");
}

BEHAVIOUR(an_instruction_of_more_than_15_bytes_faults)
{
	expect_fault("15 prefixes", TRY(".fill 15, 1, 0x66; nop", : : : "memory"), VECTOR_GP);
}

BEHAVIOUR(a_lock_prefix_where_none_may_be_is_no_instruction)
{
	expect_fault("LOCK NOP", TRY(".byte 0xF0; nop", : : : "memory"), VECTOR_UD);
}
