/* SPDX-License-Identifier: Apache-2.0 */
/* apic_nmi.c: NMIs to oneself, their blocking, and the shadows of STI and MOV SS. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/suite.h"

enum { VECTOR_NMI = 2, VECTOR_IPI = 0x61, SOON_US = 2000 };

static volatile uint32_t depth, deepest, nmis, seen_inside;
static uint32_t sends_inside;

static void send_nmi(void)
{
	apic_send(apic_id(), ICR_NMI | ICR_ASSERT);
}

static void on_nmi(struct frame *frame)
{
	(void)frame;
	nmis++;
	depth++;
	deepest = depth > deepest ? depth : deepest;
	for (; sends_inside > 0; sends_inside--) {
		send_nmi();
		clock_wait(SOON_US);
	}
	seen_inside = nmis;
	depth--;
}

static void prepare(uint32_t inside)
{
	apic_enter_x2();
	depth = deepest = nmis = 0;
	sends_inside = inside;
	interrupt_handle(VECTOR_NMI, on_nmi);
}

/* Source of all: SDM Vol. 3A, "Nonmaskable Interrupt (NMI)", "Handling Multiple NMIs". */
BEHAVIOUR(an_nmi_to_oneself_comes_though_if_is_clear)
{
	prepare(0);
	send_nmi();
	expect(clock_wait_for(&nmis, 1, SOON_US), "it did not come");
}

BEHAVIOUR(an_nmi_waits_for_the_iret_of_the_one_before)
{
	prepare(1);
	send_nmi();
	expect(clock_wait_for(&nmis, 2, 10 * SOON_US), "the second did not come");
	expect_equal("depth of handlers", deepest, 1);
}

BEHAVIOUR(of_nmis_that_wait_one_is_kept)
{
	prepare(3);
	send_nmi();
	clock_wait(10 * SOON_US);
	expect_equal("count", nmis, 2);
	expect_equal("depth of handlers", deepest, 1);
}

static volatile uint32_t inside_after_iret;

/* Any IRET unblocks, also one of another kind. */
static void on_nmi_with_iret(struct frame *frame)
{
	(void)frame;
	nmis++;
	if (nmis == 1) {
		send_nmi();
		clock_wait(SOON_US);
		inside_after_iret = nmis;
		__asm__ volatile("pushf; push %%cs; push $1f; iret; 1:" : : : "memory", "cc");
		clock_wait(SOON_US);
		inside_after_iret = inside_after_iret << 8 | nmis;
	}
}

BEHAVIOUR(an_iret_inside_the_handler_unblocks_nmis)
{
	prepare(0);
	interrupt_handle(VECTOR_NMI, on_nmi_with_iret);
	send_nmi();
	clock_wait(10 * SOON_US);
	expect_equal("counts before and after the IRET", inside_after_iret, 0x102);
}

/* A fault inside the handler, a CPUID, a port: exits under VMX; blocking stays. */
static void on_nmi_with_exits(struct frame *frame)
{
	(void)frame;
	nmis++;
	if (nmis == 1) {
		send_nmi();
		cpuid(0);
		in8(0x61);
		cpuid(1);
		clock_wait(SOON_US);
		seen_inside = nmis;
	}
}

BEHAVIOUR(instructions_that_exit_do_not_unblock_nmis)
{
	prepare(0);
	interrupt_handle(VECTOR_NMI, on_nmi_with_exits);
	send_nmi();
	clock_wait(10 * SOON_US);
	expect_equal("count before the IRET", seen_inside, 1);
	expect_equal("count", nmis, 2);
}

static uint32_t interrupted_at;

static void on_ipi(struct frame *frame)
{
	interrupted_at = frame->eip;
	apic_write(APIC_EOI, 0);
}

static void prepare_ipi(void)
{
	apic_enter_x2();
	interrupted_at = 0;
	interrupt_handle(VECTOR_IPI, on_ipi);
	apic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IPI);
	clock_wait(SOON_US);
}

/* Expects that the IPI which waits comes at the label 1 of @code; further arguments: what @code changes. */
#define EXPECT_IPI_AT_1(code, ...)                                                                 \
	do {                                                                                       \
		uint32_t label;                                                                    \
                                                                                                   \
		prepare_ipi();                                                                     \
		__asm__ volatile("movl $1f, %0; " code : "=&S"(label) : : "memory", __VA_ARGS__);  \
		expect_equal("EIP of the interrupt", interrupted_at, label);                       \
	} while (0)

/* SDM Vol. 2B, "STI": the instruction behind it comes first. */
BEHAVIOUR(sti_lets_one_instruction_through)
{
	EXPECT_IPI_AT_1("sti; nop; 1: nop; cli", "cc");
}

BEHAVIOUR(sti_lets_cpuid_through)
{
	EXPECT_IPI_AT_1("xorl %%eax, %%eax; sti; cpuid; 1: nop; nop; cli", "cc", "eax", "ebx",
			"ecx", "edx");
}

BEHAVIOUR(sti_lets_in_through)
{
	EXPECT_IPI_AT_1("sti; inb $0x61, %%al; 1: nop; nop; cli", "eax");
}

BEHAVIOUR(sti_and_cli_let_nothing_in)
{
	prepare_ipi();
	__asm__ volatile("sti; cli" : : : "memory");
	expect_equal("count", interrupt_count(VECTOR_IPI), 0);
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
	expect_equal("count afterwards", interrupt_count(VECTOR_IPI), 1);
}

BEHAVIOUR(sti_and_hlt_wake_at_once)
{
	EXPECT_IPI_AT_1("sti; hlt; 1: cli", "cc");
}

/* SDM Vol. 3A, "Masking Exceptions and Interrupts When Switching Stacks". */
BEHAVIOUR(mov_ss_lets_one_instruction_through)
{
	EXPECT_IPI_AT_1("movl %%ss, %%ecx; sti; movl %%ecx, %%ss; nop; 1: nop; cli", "ecx");
}

BEHAVIOUR(popf_lets_interrupts_in_at_once)
{
	EXPECT_IPI_AT_1("pushf; orl $0x200, (%%esp); popf; 1: nop; nop; cli", "cc");
}

/* An interrupt that waits for an exit's end is not lost: CPUID with IF set, many times, while IPIs come. */
BEHAVIOUR(no_ipi_is_lost_among_exits)
{
	apic_enter_x2();
	interrupt_handle(VECTOR_IPI, NULL);
	for (uint32_t i = 1; i <= 500; i++) {
		apic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IPI);
		__asm__ volatile("sti" : : : "memory");
		cpuid(i);
		in8(0x61);
		__asm__ volatile("cli" : : : "memory");
		if (interrupt_count(VECTOR_IPI) != i) {
			expect_equal("count", interrupt_count(VECTOR_IPI), i);
			return;
		}
	}
	expect_equal("count", interrupt_count(VECTOR_IPI), 500);
}
