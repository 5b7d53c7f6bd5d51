/* SPDX-License-Identifier: Apache-2.0 */
/* xapic_page.c: the registers of an xAPIC, in their page. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/suite.h"
#include "tests/guest/suite/xapic.h"

enum {
	VECTOR = 0x51,
	VECTOR_OF_ERRORS = 0x52,
	SOON_US = 20000,
	MSR_X2APIC_ID = 0x802,
	MSR_X2APIC_ICR = 0x830,
	REGISTER_OF_NOBODY = 0x40,
	ERROR_SEND_VECTOR = 1 << 5,
	ERROR_REGISTER = 1 << 7,
	DFR_FLAT = -1,
};

/* SDM Vol. 3A, "x2APIC Register Address Space": MSRs of x2APIC mode alone. */
BEHAVIOUR(in_xapic_mode_the_x2apic_msrs_fault)
{
	uint64_t value;

	if (xapic_enter()) {
		expect_fault("RDMSR of the ID", try_rdmsr(MSR_X2APIC_ID, &value), VECTOR_GP);
		expect_fault("WRMSR of the ICR", try_wrmsr(MSR_X2APIC_ICR, VECTOR), VECTOR_GP);
	}
}

/* SDM Vol. 3A, "Local APIC ID". */
BEHAVIOUR(the_id_of_an_xapic_is_that_of_cpuid)
{
	if (xapic_enter()) {
		expect_equal("ID", apic_read(APIC_ID), cpuid(1).ebx & 0xFF000000);
	}
}

BEHAVIOUR(the_task_priority_of_an_xapic_reads_as_written)
{
	if (xapic_enter()) {
		apic_write(APIC_TPR, 0x53);
		expect_equal("TPR", apic_read(APIC_TPR), 0x53);
		expect_equal("PPR", apic_read(APIC_PPR), 0x53);
	}
}

/* SDM Vol. 3A, "Logical Destination Mode". */
BEHAVIOUR(the_logical_destination_keeps_eight_bits)
{
	if (xapic_enter()) {
		apic_write(APIC_LDR, 0x81FFFFFF);
		expect_equal("LDR", apic_read(APIC_LDR), 0x81000000);
	}
}

BEHAVIOUR(the_destination_format_keeps_four_bits_and_reads_ones)
{
	if (xapic_enter()) {
		apic_write(APIC_DFR, 0);
		expect_equal("DFR", apic_read(APIC_DFR), 0x0FFFFFFF);
		apic_write(APIC_DFR, (uint32_t)DFR_FLAT);
		expect_equal("DFR", apic_read(APIC_DFR), 0xFFFFFFFF);
	}
}

/* SDM Vol. 3A, "Interrupt Command Register (ICR)". */
BEHAVIOUR(an_xapic_sends_itself_an_interrupt)
{
	if (xapic_enter()) {
		interrupt_handle(VECTOR, NULL);
		apic_send(apic_id(), ICR_ASSERT | VECTOR);
		expect(interrupt_wait(VECTOR, 1, SOON_US), "it did not come by its ID");
		apic_send(0, ICR_ASSERT | ICR_SELF | VECTOR);
		expect(interrupt_wait(VECTOR, 2, SOON_US), "it did not come by shorthand");
		expect_equal("delivery status", apic_read(APIC_ICR) & ICR_PENDING, 0);
	}
}

/* SDM Vol. 3A, "Signaling Interrupt Servicing Completion". */
BEHAVIOUR(end_of_interrupt_empties_the_isr_of_an_xapic)
{
	if (xapic_enter()) {
		interrupt_handle(VECTOR, NULL);
		apic_send(0, ICR_ASSERT | ICR_SELF | VECTOR);
		interrupt_wait(VECTOR, 1, SOON_US);
		expect_equal("ISR", apic_bit(APIC_ISR, VECTOR), 0);
		expect_equal("IRR", apic_bit(APIC_IRR, VECTOR), 0);
	}
}

BEHAVIOUR(an_interrupt_that_waits_shows_in_the_irr_of_an_xapic)
{
	if (xapic_enter()) {
		apic_send(0, ICR_ASSERT | ICR_SELF | VECTOR);
		clock_wait(10);
		expect_equal("IRR", apic_bit(APIC_IRR, VECTOR), 1);
		interrupt_handle(VECTOR, NULL);
		expect(interrupt_wait(VECTOR, 1, SOON_US), "it did not come");
	}
}

/* SDM Vol. 3A, "APIC Timer". */
BEHAVIOUR(the_timer_of_an_xapic_interrupts)
{
	if (xapic_enter()) {
		interrupt_handle(VECTOR, NULL);
		apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
		apic_write(APIC_LVT_TIMER, VECTOR | APIC_LVT_PERIODIC);
		apic_write(APIC_TIMER_INITIAL, 5000);
		expect(interrupt_wait(VECTOR, 3, SOON_US), "it did not come three times");
		expect_between("count", apic_read(APIC_TIMER_CURRENT), 1, 5000);
	}
}

/* SDM Vol. 3A, "Local APIC State After It Has Been Software Disabled". */
BEHAVIOUR(software_disabled_an_xapic_masks_its_local_vectors)
{
	if (xapic_enter()) {
		apic_write(APIC_SVR, VECTOR_SPURIOUS);
		apic_write(APIC_LVT_LINT0, VECTOR);
		expect_equal("LINT0", apic_read(APIC_LVT_LINT0), APIC_LVT_MASKED | VECTOR);
		apic_write(APIC_LVT_TIMER, VECTOR);
		expect_equal("timer", apic_read(APIC_LVT_TIMER), APIC_LVT_MASKED | VECTOR);
	}
}

BEHAVIOUR(software_disabled_an_xapic_takes_no_interrupt)
{
	if (xapic_enter()) {
		interrupt_handle(VECTOR, NULL);
		apic_write(APIC_SVR, VECTOR_SPURIOUS);
		apic_send(apic_id(), ICR_ASSERT | VECTOR);
		interrupt_wait(VECTOR, 1, 1000);
		expect_equal("interrupts", interrupt_count(VECTOR), 0);
	}
}

static uint32_t errors(void)
{
	apic_write(APIC_ESR, 0);
	return apic_read(APIC_ESR);
}

/* SDM Vol. 3A, "Error Status Register (ESR)". */
BEHAVIOUR(a_register_of_an_xapic_that_is_none_is_an_error)
{
	if (xapic_enter()) {
		expect_equal("value", apic_read(REGISTER_OF_NOBODY), 0);
		expect_equal("errors of the read", errors(), ERROR_REGISTER);
		apic_write(REGISTER_OF_NOBODY, 1);
		expect_equal("errors of the write", errors(), ERROR_REGISTER);
		expect_equal("errors later", errors(), 0);
	}
}

BEHAVIOUR(an_illegal_vector_is_an_error_of_its_sender)
{
	if (xapic_enter()) {
		apic_send(apic_id(), ICR_ASSERT | 5);
		expect_equal("send illegal vector", errors() & ERROR_SEND_VECTOR,
			     ERROR_SEND_VECTOR);
	}
}

BEHAVIOUR(an_error_interrupts_where_its_entry_is_open)
{
	if (xapic_enter()) {
		interrupt_handle(VECTOR_OF_ERRORS, NULL);
		apic_write(APIC_LVT_ERROR, VECTOR_OF_ERRORS);
		apic_read(REGISTER_OF_NOBODY);
		expect(interrupt_wait(VECTOR_OF_ERRORS, 1, SOON_US), "it did not come");
	}
}
