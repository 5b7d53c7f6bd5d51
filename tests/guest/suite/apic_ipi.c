/* SPDX-License-Identifier: Apache-2.0 */
/* apic_ipi.c: interrupts of this processor to itself, priorities, errors. x2APIC mode where there is one. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/suite.h"

enum {
	LOW = 0x41,
	HIGH = 0x81,
	CLASS_SHIFT = 4,
	SOON_US = 2000,
	ESR_SEND_ILLEGAL = 1 << 5,
	ESR_RECEIVED_ILLEGAL = 1 << 6,
	VECTOR_ERROR = 0x71,
	ILLEGAL_VECTOR = 5,
	X2APIC_ICR = 0x830,
	X2APIC_SELF = 0x83F,
	X2APIC_EOI = 0x80B,
	X2APIC_ID = 0x802,
	X2APIC_TPR = 0x808,
	X2APIC_SVR = 0x80F,
	X2APIC_ESR = 0x828,
	X2APIC_DFR = 0x80E,
	X2APIC_ICR_HIGH = 0x831,
	X2APIC_ISR = 0x810,
	X2APIC_PPR = 0x80A,
	X2APIC_LDR = 0x80D,
	X2APIC_BEYOND = 0x840,
	CLUSTER_SHIFT = 16,
	MEMBERS_A_CLUSTER = 16,
};

static unsigned order[4];
static unsigned taken;

static void note(struct frame *frame)
{
	if (taken < sizeof(order) / sizeof(order[0])) {
		order[taken] = frame->vector;
	}
	taken++;
	apic_write(APIC_EOI, 0);
}

static void prepare(void)
{
	apic_enter_x2();
	taken = 0;
	interrupt_handle(LOW, note);
	interrupt_handle(HIGH, note);
}

static bool needs_x2(void)
{
	if (apic_enter_x2()) {
		return true;
	}
	skip("no x2APIC");
	return false;
}

static void open(void)
{
	__asm__ volatile("sti; nop; nop; nop; nop; cli" : : : "memory");
}

/* SDM Vol. 3A, "Interrupt Command Register (ICR)": the self shorthand. */
BEHAVIOUR(an_ipi_to_oneself_by_shorthand_comes_once)
{
	prepare();
	apic_send(0, ICR_SELF | ICR_ASSERT | HIGH);
	expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
	expect(!interrupt_wait(HIGH, 2, SOON_US), "it came twice");
}

BEHAVIOUR(an_ipi_to_oneself_by_id_comes_once)
{
	prepare();
	apic_send(apic_id(), ICR_ASSERT | HIGH);
	expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
	expect(!interrupt_wait(HIGH, 2, SOON_US), "it came twice");
}

BEHAVIOUR(an_ipi_to_all_reaches_the_sender)
{
	prepare();
	apic_send(0, ICR_ALL | ICR_ASSERT | HIGH);
	expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
}

BEHAVIOUR(an_ipi_to_others_does_not_reach_the_sender)
{
	prepare();
	apic_send(0, ICR_OTHERS | ICR_ASSERT | HIGH);
	expect(!interrupt_wait(HIGH, 1, SOON_US), "it came");
}

/* SDM Vol. 3A, "Self IPI Register". */
BEHAVIOUR(the_self_ipi_register_sends)
{
	if (!needs_x2()) {
		return;
	}
	prepare();
	wrmsr(X2APIC_SELF, HIGH);
	expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
}

/* SDM Vol. 3A, "Interrupt, Task, and Processor Priority". */
BEHAVIOUR(the_higher_vector_comes_first)
{
	prepare();
	apic_send(0, ICR_SELF | ICR_ASSERT | LOW);
	apic_send(0, ICR_SELF | ICR_ASSERT | HIGH);
	expect(apic_bit(APIC_IRR, LOW) && apic_bit(APIC_IRR, HIGH), "they are not requested");
	open();
	expect_equal("count", taken, 2);
	expect_equal("first", order[0], HIGH);
	expect_equal("second", order[1], LOW);
}

BEHAVIOUR(tpr_holds_back_its_class_and_those_below)
{
	prepare();
	apic_write(APIC_TPR, LOW >> CLASS_SHIFT << CLASS_SHIFT);
	apic_send(0, ICR_SELF | ICR_ASSERT | LOW);
	open();
	expect_equal("count while held back", taken, 0);
	apic_send(0, ICR_SELF | ICR_ASSERT | HIGH);
	open();
	expect_equal("count of the higher", taken, 1);
	apic_write(APIC_TPR, 0);
	open();
	expect_equal("count", taken, 2);
}

static void nest(struct frame *frame)
{
	note(frame);
}

static uint32_t ppr_inside;
static bool lower_came_inside;

static void on_high(struct frame *frame)
{
	(void)frame;
	ppr_inside = apic_read(APIC_PPR);
	expect(apic_bit(APIC_ISR, HIGH), "ISR lacks its bit");
	apic_send(0, ICR_SELF | ICR_ASSERT | LOW);
	open();
	lower_came_inside = interrupt_count(LOW) != 0;
	apic_write(APIC_EOI, 0);
}

BEHAVIOUR(what_is_in_service_holds_back_lower_ones)
{
	prepare();
	interrupt_handle(HIGH, on_high);
	interrupt_handle(LOW, nest);
	apic_send(0, ICR_SELF | ICR_ASSERT | HIGH);
	open();
	expect_equal("PPR in the handler", ppr_inside, HIGH >> CLASS_SHIFT << CLASS_SHIFT);
	expect(!lower_came_inside, "the lower one came before EOI");
	expect_equal("lower ones afterwards", interrupt_count(LOW), 1);
	expect(!apic_bit(APIC_ISR, HIGH), "ISR still has its bit");
}

/* IRR has one bit a vector. */
BEHAVIOUR(the_same_ipi_twice_is_one_while_it_waits)
{
	prepare();
	apic_send(0, ICR_SELF | ICR_ASSERT | LOW);
	apic_send(0, ICR_SELF | ICR_ASSERT | LOW);
	open();
	expect_equal("count", taken, 1);
}

/* SDM Vol. 3A, "Error Handling": ESR is written before it is read. */
static uint32_t read_esr(void)
{
	apic_write(APIC_ESR, 0);
	return apic_read(APIC_ESR);
}

BEHAVIOUR(an_ipi_with_an_illegal_vector_sets_esr_and_raises_the_error_interrupt)
{
	prepare();
	interrupt_handle(VECTOR_ERROR, NULL);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_send(0, ICR_SELF | ICR_ASSERT | ILLEGAL_VECTOR);
	expect(interrupt_wait(VECTOR_ERROR, 1, SOON_US), "no error interrupt");
	expect((read_esr() & (ESR_SEND_ILLEGAL | ESR_RECEIVED_ILLEGAL)) != 0,
	       "ESR has neither bit 5 nor 6");
}

BEHAVIOUR(esr_is_empty_after_a_second_write)
{
	prepare();
	apic_send(0, ICR_SELF | ICR_ASSERT | ILLEGAL_VECTOR);
	expect(read_esr() != 0, "ESR is empty");
	expect_equal("ESR", read_esr(), 0);
}

/* SDM Vol. 3A, "x2APIC Register Address Space", "Reserved Bit Checking". */
BEHAVIOUR(x2apic_registers_that_are_read_only_fault_when_written)
{
	static const uint32_t msrs[] = { X2APIC_ID, X2APIC_PPR, X2APIC_LDR, X2APIC_ISR,
					 0x803,     0x820,      0x839 };

	for (unsigned i = 0; i < sizeof(msrs) / sizeof(msrs[0]) && needs_x2(); i++) {
		expect_fault("a read-only register", try_wrmsr(msrs[i], 0), VECTOR_GP);
	}
}

BEHAVIOUR(x2apic_registers_that_are_write_only_fault_when_read)
{
	uint64_t value;

	if (needs_x2()) {
		expect_fault("EOI", try_rdmsr(X2APIC_EOI, &value), VECTOR_GP);
		expect_fault("SELF IPI", try_rdmsr(X2APIC_SELF, &value), VECTOR_GP);
	}
}

BEHAVIOUR(x2apic_registers_that_do_not_exist_fault)
{
	static const uint32_t msrs[] = { 0x800,      0x801,           0x804, 0x809, 0x80C,
					 X2APIC_DFR, X2APIC_ICR_HIGH, 0x83A, 0x83D, X2APIC_BEYOND,
					 0x8FF };

	for (unsigned i = 0; i < sizeof(msrs) / sizeof(msrs[0]) && needs_x2(); i++) {
		uint64_t value;

		if (try_rdmsr(msrs[i], &value) != VECTOR_GP || try_wrmsr(msrs[i], 0) != VECTOR_GP) {
			expect_equal("MSR that does not fault", msrs[i], 0);
		} else {
			expect(true, "");
		}
	}
}

static void expect_reserved(const char *what, uint32_t msr, uint64_t value)
{
	expect_fault(what, try_wrmsr(msr, value), VECTOR_GP);
}

BEHAVIOUR(reserved_bits_of_x2apic_registers_fault)
{
	if (!needs_x2()) {
		return;
	}
	expect_reserved("EOI not 0", X2APIC_EOI, 1);
	expect_reserved("TPR bit 8", X2APIC_TPR, 1 << 8);
	expect_reserved("SVR bit 32", X2APIC_SVR, (uint64_t)1 << 32 | 0x1FF);
	expect_reserved("ESR not 0", X2APIC_ESR, 1);
	expect_reserved("SELF IPI bit 8", X2APIC_SELF, 1 << 8);
	expect_reserved("ICR bit 13", X2APIC_ICR, 1 << 13 | ICR_SELF | LOW);
	expect_reserved("ICR bit 20", X2APIC_ICR, 1 << 20 | ICR_SELF | LOW);
}

/* SDM Vol. 3A, "Deriving Logical x2APIC ID from the Local x2APIC ID". */
BEHAVIOUR(the_logical_id_comes_from_the_id)
{
	uint32_t id;

	if (needs_x2()) {
		id = apic_id();
		expect_equal("LDR", apic_read(APIC_LDR),
			     id / MEMBERS_A_CLUSTER << CLUSTER_SHIFT |
				     1u << id % MEMBERS_A_CLUSTER);
	}
}

BEHAVIOUR(icr_reads_as_it_was_written)
{
	if (needs_x2()) {
		prepare();
		wrmsr(X2APIC_ICR, (uint64_t)apic_id() << 32 | ICR_ASSERT | HIGH);
		expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
		expect_equal("ICR", rdmsr(X2APIC_ICR) & ~(uint64_t)ICR_PENDING,
			     (uint64_t)apic_id() << 32 | ICR_ASSERT | HIGH);
	}
}

BEHAVIOUR(an_ipi_by_logical_id_comes)
{
	if (needs_x2()) {
		prepare();
		wrmsr(X2APIC_ICR,
		      (uint64_t)apic_read(APIC_LDR) << 32 | ICR_LOGICAL | ICR_ASSERT | HIGH);
		expect(interrupt_wait(HIGH, 1, SOON_US), "it did not come");
	}
}

BEHAVIOUR(an_ipi_to_an_id_that_nobody_has_goes_nowhere)
{
	prepare();
	apic_send(0xEE, ICR_ASSERT | HIGH);
	expect(!interrupt_wait(HIGH, 1, SOON_US), "it came");
}

/* SDM Vol. 3A, "Local APIC State After It Has Been Software Disabled". */
BEHAVIOUR(software_disable_masks_every_lvt)
{
	prepare();
	apic_write(APIC_LVT_TIMER, LOW);
	apic_write(APIC_LVT_ERROR, LOW);
	apic_write(APIC_LVT_LINT1, ICR_NMI);
	apic_write(APIC_SVR, VECTOR_SPURIOUS);
	expect((apic_read(APIC_LVT_TIMER) & APIC_LVT_MASKED) != 0, "the timer's is not masked");
	expect((apic_read(APIC_LVT_ERROR) & APIC_LVT_MASKED) != 0, "the error's is not masked");
	expect((apic_read(APIC_LVT_LINT1) & APIC_LVT_MASKED) != 0, "LINT1's is not masked");
	apic_write(APIC_LVT_TIMER, LOW);
	expect((apic_read(APIC_LVT_TIMER) & APIC_LVT_MASKED) != 0, "the timer's can be unmasked");
}

BEHAVIOUR(software_disable_keeps_ipis_out)
{
	prepare();
	apic_write(APIC_SVR, VECTOR_SPURIOUS);
	apic_send(apic_id(), ICR_ASSERT | HIGH);
	expect(!interrupt_wait(HIGH, 1, SOON_US), "it came");
	apic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
	expect(!interrupt_wait(HIGH, 1, SOON_US), "it came later");
	apic_send(apic_id(), ICR_ASSERT | HIGH);
	expect(interrupt_wait(HIGH, 1, SOON_US), "it does not come any more");
}

/* SDM Vol. 3A, "Local Vector Table": LVT entries keep what is written. */
BEHAVIOUR(lint_entries_keep_what_is_written)
{
	prepare();
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED | 7 << 8);
	expect_equal("LINT0", apic_read(APIC_LVT_LINT0), APIC_LVT_MASKED | 7 << 8);
	apic_write(APIC_LVT_LINT1, APIC_LVT_MASKED | ICR_NMI);
	expect_equal("LINT1", apic_read(APIC_LVT_LINT1), APIC_LVT_MASKED | ICR_NMI);
}

BEHAVIOUR(the_version_names_the_lvt_entries)
{
	uint32_t version = apic_read(APIC_VERSION);

	expect_between("version", version & 0xFF, 0x10, 0x15);
	expect_between("highest LVT entry", version >> 16 & 0xFF, 3, 6);
}
