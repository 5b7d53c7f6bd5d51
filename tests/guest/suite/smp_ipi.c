/* SPDX-License-Identifier: Apache-2.0 */
/* smp_ipi.c: interrupts from one processor to others. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"

enum {
	VECTOR_NMI = 2,
	VECTOR_IPI = 0x91,
	SOON_US = 20000,
	STORM = 300,
	CLUSTER_SHIFT = 16,
	MEMBERS_A_CLUSTER = 16
};

static volatile uint32_t ready, received[SMP_MAX];
static bool want_x2;

static uint32_t own_id(void)
{
	return smp_own_id() % SMP_MAX;
}

static void on_ipi(struct frame *frame)
{
	__atomic_fetch_add(&received[own_id()], 1, __ATOMIC_SEQ_CST);
	if (frame->vector != VECTOR_NMI) {
		apic_write(APIC_EOI, 0);
	}
}

static void prepare_apic(void)
{
	if (want_x2) {
		apic_enter_x2();
	}
	apic_reset();
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
}

static void spin(void)
{
	prepare_apic();
	__asm__ volatile("sti" : : : "memory");
	for (;;) {
		__builtin_ia32_pause();
	}
}

static void spin_among_exits(void)
{
	prepare_apic();
	__asm__ volatile("sti" : : : "memory");
	for (;;) {
		cpuid(0);
		in8(0x61);
	}
}

static void halt(void)
{
	prepare_apic();
	for (;;) {
		__asm__ volatile("sti; hlt" : : : "memory");
	}
}

static void halt_without_if(void)
{
	prepare_apic();
	for (;;) {
		__asm__ volatile("cli; hlt" : : : "memory");
	}
}

/* All other processors in @task, their APICs in this one's mode. */
static bool start_all(void (*task)(void))
{
	if (smp_count() == 0) {
		skip("one processor");
		return false;
	}
	ready = 0;
	want_x2 = apic_enter_x2();
	for (uint32_t id = 0; id < SMP_MAX; id++) {
		received[id] = 0;
	}
	interrupt_handle(VECTOR_IPI, on_ipi);
	interrupt_handle(VECTOR_NMI, on_ipi);
	smp_prepare(SMP_START_PAGE, task);
	apic_send(0, ICR_INIT | ICR_ASSERT | ICR_OTHERS);
	clock_wait(SOON_US / 10);
	apic_send(0, ICR_STARTUP | ICR_ASSERT | ICR_OTHERS | SMP_START_PAGE);
	return expect(clock_wait_for(&ready, smp_count(), SOON_US), "the others did not start");
}

static uint32_t at(uint32_t index)
{
	return received[smp_id(index) % SMP_MAX];
}

static void expect_each(uint32_t wanted)
{
	clock_wait(SOON_US / 10);
	for (uint32_t i = 0; i < smp_count(); i++) {
		expect_equal("count at one", at(i), wanted);
	}
}

static void expect_only(uint32_t index)
{
	clock_wait(SOON_US / 10);
	for (uint32_t i = 0; i < smp_count(); i++) {
		expect_equal(i == index ? "count at the receiver" : "count at another", at(i),
			     i == index);
	}
}

/* SDM Vol. 3A, "Determining IPI Destination". */
BEHAVIOUR(an_ipi_reaches_the_processor_it_names_and_no_other)
{
	if (start_all(spin)) {
		apic_send(smp_id(0), ICR_ASSERT | VECTOR_IPI);
		expect_only(0);
	}
}

BEHAVIOUR(an_ipi_wakes_a_halted_processor)
{
	if (start_all(halt)) {
		clock_wait(SOON_US / 10);
		apic_send(smp_id(0), ICR_ASSERT | VECTOR_IPI);
		expect_only(0);
		apic_send(smp_id(0), ICR_ASSERT | VECTOR_IPI);
		clock_wait(SOON_US / 10);
		expect_equal("count", at(0), 2);
	}
}

BEHAVIOUR(an_ipi_to_all_but_self_reaches_all_but_self)
{
	if (start_all(spin)) {
		apic_send(0, ICR_OTHERS | ICR_ASSERT | VECTOR_IPI);
		expect_each(1);
		expect(!interrupt_wait(VECTOR_IPI, interrupt_count(VECTOR_IPI) + 1, SOON_US / 10),
		       "it reached the sender");
	}
}

BEHAVIOUR(an_ipi_to_all_reaches_all)
{
	if (start_all(spin)) {
		apic_send(0, ICR_ALL | ICR_ASSERT | VECTOR_IPI);
		expect_each(1);
		expect(interrupt_wait(VECTOR_IPI, smp_count() + 1, SOON_US),
		       "it did not reach the sender");
	}
}

BEHAVIOUR(a_broadcast_destination_reaches_all)
{
	if (start_all(spin)) {
		apic_send(ICR_EVERYBODY, ICR_ASSERT | VECTOR_IPI);
		expect_each(1);
		expect(interrupt_wait(VECTOR_IPI, smp_count() + 1, SOON_US),
		       "it did not reach the sender");
	}
}

static uint32_t logical(uint32_t id)
{
	return id / MEMBERS_A_CLUSTER << CLUSTER_SHIFT | 1u << id % MEMBERS_A_CLUSTER;
}

static bool start_x2(void (*task)(void))
{
	if (!start_all(task)) {
		return false;
	}
	if (!want_x2) {
		skip("no x2APIC");
	}
	return want_x2;
}

BEHAVIOUR(a_logical_destination_reaches_its_member)
{
	if (start_x2(spin)) {
		apic_send(logical(smp_id(0)), ICR_LOGICAL | ICR_ASSERT | VECTOR_IPI);
		expect_only(0);
	}
}

BEHAVIOUR(a_logical_destination_of_several_reaches_each)
{
	uint32_t set = 0;

	if (start_x2(spin)) {
		for (uint32_t i = 0; i < smp_count(); i++) {
			set |= logical(smp_id(i));
		}
		apic_send(set, ICR_LOGICAL | ICR_ASSERT | VECTOR_IPI);
		expect_each(1);
	}
}

BEHAVIOUR(a_cluster_that_nobody_is_in_reaches_nobody)
{
	if (start_x2(spin)) {
		apic_send(5 << CLUSTER_SHIFT | 0xF, ICR_LOGICAL | ICR_ASSERT | VECTOR_IPI);
		expect_each(0);
	}
}

/* SDM Vol. 3A, "Lowest Priority Delivery Mode": one of them; which is not said where it is not supported. */
BEHAVIOUR(lowest_priority_reaches_one)
{
	uint32_t set = 0;
	uint32_t sum = 0;

	if (!start_x2(spin)) {
		return;
	}
	for (uint32_t i = 0; i < smp_count(); i++) {
		set |= logical(smp_id(i));
	}
	apic_send(set, ICR_LOWEST | ICR_LOGICAL | ICR_ASSERT | VECTOR_IPI);
	clock_wait(SOON_US / 10);
	for (uint32_t i = 0; i < smp_count(); i++) {
		sum += at(i);
	}
	expect_equal("count", sum, 1);
}

BEHAVIOUR(an_nmi_ipi_reaches_a_processor_with_if_clear)
{
	if (start_all(halt_without_if)) {
		apic_send(smp_id(0), ICR_NMI | ICR_ASSERT);
		expect_only(0);
	}
}

BEHAVIOUR(an_nmi_ipi_reaches_a_spinning_processor)
{
	if (start_all(spin)) {
		apic_send(smp_id(0), ICR_NMI | ICR_ASSERT);
		expect_only(0);
	}
}

BEHAVIOUR(an_nmi_ipi_to_all_but_self_reaches_each_once)
{
	if (start_all(spin_among_exits)) {
		apic_send(0, ICR_NMI | ICR_ASSERT | ICR_OTHERS);
		expect_each(1);
	}
}

BEHAVIOUR(an_ipi_does_not_reach_a_processor_with_if_clear)
{
	if (start_all(halt_without_if)) {
		apic_send(smp_id(0), ICR_ASSERT | VECTOR_IPI);
		expect_each(0);
	}
}

/* One after the other: none is lost, whatever the receiver is doing. */
static void storm(uint32_t command)
{
	for (uint32_t i = 1; i <= STORM; i++) {
		apic_send(smp_id(0), command | ICR_ASSERT);
		if (!clock_wait_for(&received[smp_id(0) % SMP_MAX], i, SOON_US)) {
			expect_equal("count", at(0), i);
			return;
		}
	}
	expect_equal("count", at(0), STORM);
}

BEHAVIOUR(no_ipi_is_lost_at_a_processor_that_exits_all_the_time)
{
	if (start_all(spin_among_exits)) {
		storm(ICR_FIXED | VECTOR_IPI);
	}
}

BEHAVIOUR(no_ipi_is_lost_at_a_processor_that_halts)
{
	if (start_all(halt)) {
		storm(ICR_FIXED | VECTOR_IPI);
	}
}

BEHAVIOUR(no_nmi_is_lost_at_a_processor_that_exits_all_the_time)
{
	if (start_all(spin_among_exits)) {
		storm(ICR_NMI);
	}
}
