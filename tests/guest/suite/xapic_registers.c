/* SPDX-License-Identifier: Apache-2.0 */
/* xapic_registers.c: the local APIC in xAPIC mode, by the registers of its page. This group never enters x2APIC mode on the bare machine. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/mode.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"

enum {
	HIGH = 0x81,
	VECTOR_TICK = 0x52,
	VECTOR_NMI = 2,
	SOON_US = 5000,
	MODEL_FLAT = (int)0xFFFFFFFF,
	MODEL_CLUSTER = 0x0FFFFFFF,
	LOGICAL_SHIFT = 24,
	CLUSTER_SHIFT = 4,
};
#define PAGE 0xFEE00000

static volatile uint32_t *at(uint32_t offset)
{
	return (volatile uint32_t *)(PAGE + offset);
}

/* A guest may begin in x2APIC mode: by way of "disabled", as the manual allows (SDM Vol. 3A, "x2APIC State Transitions"). */
static bool enter_xapic(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if (apic_is_x2()) {
		wrmsr(MSR_APIC_BASE, base & ~(uint64_t)(APIC_BASE_EN | APIC_BASE_EXTD));
		wrmsr(MSR_APIC_BASE, (base | APIC_BASE_EN) & ~(uint64_t)APIC_BASE_EXTD);
	}
	apic_reset();
	return expect(!apic_is_x2(), "it is in x2APIC mode");
}

/* Source of all: SDM Vol. 3A, "Local APIC Register Address Map", "Handling Local Interrupts". */
BEHAVIOUR(the_page_names_the_apic_id_in_its_upper_byte)
{
	if (enter_xapic()) {
		expect_equal("ID", *at(APIC_ID) >> LOGICAL_SHIFT, cpuid(1).ebx >> 24);
	}
}

BEHAVIOUR(the_version_of_the_page_is_that_of_an_integrated_apic)
{
	if (enter_xapic()) {
		expect_between("version", *at(APIC_VERSION) & 0xFF, 0x10, 0x15);
	}
}

BEHAVIOUR(tpr_of_the_page_keeps_what_is_written)
{
	if (enter_xapic()) {
		*at(APIC_TPR) = 0x35;
		expect_equal("TPR", *at(APIC_TPR), 0x35);
		expect_equal("PPR", *at(APIC_PPR), 0x35);
	}
}

BEHAVIOUR(ldr_and_dfr_of_the_page_keep_what_is_written)
{
	if (enter_xapic()) {
		*at(APIC_DFR) = (uint32_t)MODEL_FLAT;
		*at(APIC_LDR) = 0x04000000;
		expect_equal("LDR", *at(APIC_LDR) & 0xFF000000, 0x04000000);
		expect_equal("DFR", *at(APIC_DFR), (uint32_t)MODEL_FLAT);
		*at(APIC_DFR) = MODEL_CLUSTER;
		expect_equal("DFR of the cluster model", *at(APIC_DFR), MODEL_CLUSTER);
	}
}

BEHAVIOUR(an_ipi_to_oneself_by_the_page_comes_once)
{
	if (enter_xapic()) {
		interrupt_handle(HIGH, NULL);
		apic_send(0, ICR_SELF | ICR_ASSERT | HIGH);
		expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
		expect(!interrupt_wait(HIGH, 2, SOON_US), "it came twice");
	}
}

BEHAVIOUR(an_ipi_by_flat_logical_destination_comes)
{
	if (enter_xapic()) {
		interrupt_handle(HIGH, NULL);
		*at(APIC_DFR) = (uint32_t)MODEL_FLAT;
		*at(APIC_LDR) = 0x02000000;
		apic_send(0x02, ICR_LOGICAL | ICR_ASSERT | HIGH);
		expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
		apic_send(0x04, ICR_LOGICAL | ICR_ASSERT | HIGH);
		expect(!interrupt_wait(HIGH, 2, SOON_US), "another's came");
	}
}

BEHAVIOUR(an_ipi_by_cluster_destination_comes)
{
	if (enter_xapic()) {
		interrupt_handle(HIGH, NULL);
		*at(APIC_DFR) = MODEL_CLUSTER;
		*at(APIC_LDR) = (1 << CLUSTER_SHIFT | 2) << LOGICAL_SHIFT;
		apic_send(1 << CLUSTER_SHIFT | 3, ICR_LOGICAL | ICR_ASSERT | HIGH);
		expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
		apic_send(2 << CLUSTER_SHIFT | 2, ICR_LOGICAL | ICR_ASSERT | HIGH);
		expect(!interrupt_wait(HIGH, 2, SOON_US), "another cluster's came");
	}
}

BEHAVIOUR(icr_of_the_page_reads_as_it_was_written)
{
	if (enter_xapic()) {
		interrupt_handle(HIGH, NULL);
		apic_send(0x5A, ICR_ASSERT | HIGH);
		expect_equal("high half", *at(APIC_ICR_HIGH) >> LOGICAL_SHIFT, 0x5A);
		expect_equal("low half", *at(APIC_ICR) & 0xFFFFF & ~(uint32_t)ICR_PENDING,
			     ICR_ASSERT | HIGH);
	}
}

BEHAVIOUR(the_timer_of_the_page_fires)
{
	if (enter_xapic()) {
		interrupt_handle(VECTOR_TICK, NULL);
		*at(APIC_TIMER_DIVIDE) = APIC_DIVIDE_BY_1;
		*at(APIC_LVT_TIMER) = VECTOR_TICK;
		*at(APIC_TIMER_INITIAL) = 20000;
		expect(*at(APIC_TIMER_CURRENT) <= 20000, "the count left its range");
		expect(interrupt_wait(VECTOR_TICK, 1, 100 * SOON_US), "it did not fire");
	}
}

/* By instructions that a hypervisor must decode: each way to read, and read-modify-write. */
BEHAVIOUR(the_page_takes_every_form_of_access)
{
	uint32_t value;

	if (!enter_xapic()) {
		return;
	}
	__asm__ volatile("movl $0x20, (%0)" : : "r"(at(APIC_TPR)) : "memory");
	expect_equal("MOV immediate", *at(APIC_TPR), 0x20);
	__asm__ volatile("orl $0x40, (%0)" : : "r"(at(APIC_TPR)) : "memory", "cc");
	expect_equal("OR", *at(APIC_TPR), 0x60);
	__asm__ volatile("andl %1, (%0)" : : "r"(at(APIC_TPR)), "r"(0x50) : "memory", "cc");
	expect_equal("AND", *at(APIC_TPR), 0x40);
	__asm__ volatile("xchgl %0, (%1)" : "=r"(value) : "r"(at(APIC_TPR)), "0"(0x30) : "memory");
	expect_equal("XCHG's register", value, 0x40);
	expect_equal("XCHG's memory", *at(APIC_TPR), 0x30);
	__asm__ volatile("testl $0x20, (%1); setnz %b0"
			 : "=q"(value)
			 : "r"(at(APIC_TPR)), "0"(0)
			 : "memory", "cc");
	expect_equal("TEST", value, 1);
	__asm__ volatile("movl 0xFEE00080, %%eax" : "=a"(value));
	expect_equal("MOV from an offset", value, 0x30);
	__asm__ volatile("addl (%1), %0"
			 : "=r"(value)
			 : "r"(at(APIC_TPR)), "0"(1)
			 : "memory", "cc");
	expect_equal("ADD", value, 0x31);
	__asm__ volatile("pushl (%1); popl %0" : "=r"(value) : "r"(at(APIC_TPR)) : "memory");
	expect_equal("PUSH", value, 0x30);
}

BEHAVIOUR(the_page_is_read_through_paging)
{
	if (enter_xapic()) {
		paging_enter_legacy();
		*at(APIC_TPR) = 0x20;
		expect_equal("TPR", *at(APIC_TPR), 0x20);
	}
}

/* In xAPIC mode the registers are no MSRs. */
BEHAVIOUR(in_xapic_mode_x2apic_msrs_fault)
{
	uint64_t value;

	if (enter_xapic()) {
		expect_fault("RDMSR of TPR", try_rdmsr(0x808, &value), VECTOR_GP);
		expect_fault("WRMSR of EOI", try_wrmsr(0x80B, 0), VECTOR_GP);
		expect_fault("WRMSR of ICR", try_wrmsr(0x830, 0), VECTOR_GP);
		expect_fault("WRMSR of SELF IPI", try_wrmsr(0x83F, HIGH), VECTOR_GP);
	}
}

static void nothing(void)
{
}

BEHAVIOUR(processors_start_by_the_page)
{
	if (enter_xapic() && smp_count() > 0) {
		expect(smp_run(smp_id(0), nothing), "it did not start");
	}
}

static volatile uint32_t woken;

static void halt_in_xapic(void)
{
	enter_xapic();
	*at(APIC_DFR) = (uint32_t)MODEL_FLAT;
	*at(APIC_LDR) = (0x10u << smp_own_id()) << LOGICAL_SHIFT;
	woken++;
	for (;;) {
		__asm__ volatile("sti; hlt" : : : "memory");
	}
}

static bool start_other(void)
{
	woken = 0;
	return enter_xapic() && smp_count() > 0 &&
	       expect(smp_start(smp_id(0), halt_in_xapic), "it did not start") &&
	       expect(clock_wait_for(&woken, 1, SOON_US), "it does not run");
}

BEHAVIOUR(an_ipi_by_the_page_reaches_another_processor)
{
	interrupt_handle(HIGH, NULL);
	if (start_other()) {
		apic_send(smp_id(0), ICR_ASSERT | HIGH);
		clock_wait(SOON_US);
		expect_equal("count", interrupt_count(HIGH), 1);
	}
}

BEHAVIOUR(a_flat_logical_destination_reaches_another_processor)
{
	interrupt_handle(HIGH, NULL);
	if (start_other()) {
		apic_send(0x10u << smp_id(0), ICR_LOGICAL | ICR_ASSERT | HIGH);
		clock_wait(SOON_US);
		expect_equal("count", interrupt_count(HIGH), 1);
	}
}

BEHAVIOUR(an_nmi_by_the_page_reaches_another_processor)
{
	interrupt_handle(VECTOR_NMI, NULL);
	if (start_other()) {
		apic_send(smp_id(0), ICR_NMI | ICR_ASSERT);
		clock_wait(SOON_US);
		expect_equal("count", interrupt_count(VECTOR_NMI), 1);
	}
}

/* EOI by the page ends what is in service. */
static uint32_t in_service;

static void look_and_end(struct frame *frame)
{
	(void)frame;
	in_service = *at(APIC_ISR + HIGH / 32 * 0x10);
	*at(APIC_EOI) = 0;
}

BEHAVIOUR(eoi_by_the_page_ends_what_is_in_service)
{
	if (enter_xapic()) {
		interrupt_handle(HIGH, look_and_end);
		apic_send(0, ICR_SELF | ICR_ASSERT | HIGH);
		expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
		expect_equal("ISR in the handler", in_service, 1u << HIGH % 32);
		expect_equal("ISR afterwards", *at(APIC_ISR + HIGH / 32 * 0x10), 0);
	}
}
