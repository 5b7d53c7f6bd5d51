/* SPDX-License-Identifier: Apache-2.0 */
/* device_level.c: level-triggered interrupts at local APICs in x2APIC mode, and edges among them; COM1's transmitter is the wire. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"

enum {
	PIN_COM1 = 4,
	UART_IER = UART_DATA + 1,
	UART_IIR = UART_DATA + 2,
	IER_TRANSMIT = 1 << 1,
	VECTOR_EDGE_BELOW = 0x52,
	VECTOR_LEVEL = 0x62,
	VECTOR_EDGE_ABOVE = 0x92,
	TPR_HIGH = 0xF0,
	TIMES = 3,
	EDGES = 100,
	SOON_US = 20000,
};

static volatile uint32_t came, showed_in_tmr, remote_irr_inside;

static bool start(interrupt_handler handler)
{
	if (!apic_enter_x2()) {
		skip("no x2APIC");
		return false;
	}
	came = 0;
	showed_in_tmr = 0;
	interrupt_handle(VECTOR_LEVEL, handler);
	interrupt_handle(VECTOR_EDGE_BELOW, NULL);
	interrupt_handle(VECTOR_EDGE_ABOVE, NULL);
	return true;
}

static void wire_up(uint32_t processor)
{
	ioapic_route(PIN_COM1, processor, IOAPIC_LEVEL | VECTOR_LEVEL);
	out8(UART_IER, IER_TRANSMIT);
}

/* The transmitter asks until it is turned off. */
static void wire_down(void)
{
	out8(UART_IER, 0);
}

static void send_to_self(uint8_t vector)
{
	apic_send(apic_id(), ICR_ASSERT | vector);
}

/* Nothing but the EOI, until the last time. */
static void end_alone(struct frame *frame)
{
	(void)frame;
	showed_in_tmr += apic_bit(APIC_TMR, VECTOR_LEVEL);
	if (came + 1 == TIMES) {
		wire_down();
	}
	came++;
	apic_write(APIC_EOI, 0);
}

static void expect_each_time_once(void)
{
	clock_wait(SOON_US);
	expect_equal("count", came, TIMES);
	expect_equal("count with its bit of the TMR", showed_in_tmr, TIMES);
	expect_equal("remote IRR afterwards", ioapic_low(PIN_COM1) & IOAPIC_REMOTE_IRR, 0);
}

/* Source of all: SDM Vol. 3A, "Interrupt Acceptance for Fixed Interrupts", "Signaling Interrupt Servicing Completion". */
BEHAVIOUR(a_level_comes_again_after_the_eoi_of_an_x2apic)
{
	if (start(end_alone)) {
		wire_up(apic_id());
		interrupt_wait(VECTOR_LEVEL, TIMES, 10 * SOON_US);
		expect(!interrupt_wait(VECTOR_LEVEL, TIMES + 1, SOON_US), "it came too often");
		expect_each_time_once();
	}
}

static volatile uint32_t ready;

static void halt_in_x2(void)
{
	apic_enter_x2();
	apic_reset();
	ready = 1;
	for (;;) {
		__asm__ volatile("sti; hlt" : : : "memory");
	}
}

static void spin_in_x2(void)
{
	apic_enter_x2();
	apic_reset();
	ready = 1;
	__asm__ volatile("sti" : : : "memory");
	for (;;) {
		__builtin_ia32_pause();
	}
}

static bool start_other(void (*task)(void))
{
	if (smp_count() == 0) {
		skip("one processor");
		return false;
	}
	ready = 0;
	return start(end_alone) && expect(smp_start(smp_id(0), task), "it did not start") &&
	       expect(clock_wait_for(&ready, 1, SOON_US), "it is not ready");
}

BEHAVIOUR(a_level_comes_again_at_another_processor_that_spins)
{
	if (start_other(spin_in_x2)) {
		wire_up(smp_id(0));
		clock_wait_for(&came, TIMES, 10 * SOON_US);
		expect_each_time_once();
	}
}

BEHAVIOUR(a_level_comes_again_at_another_processor_that_halts)
{
	if (start_other(halt_in_x2)) {
		clock_wait(SOON_US / 10);
		wire_up(smp_id(0));
		clock_wait_for(&came, TIMES, 10 * SOON_US);
		expect_each_time_once();
	}
}

/* One edge above it, which is ended first, and one below it, which waits. */
static void end_after_edges(struct frame *frame)
{
	(void)frame;
	in8(UART_IIR);
	send_to_self(VECTOR_EDGE_BELOW);
	send_to_self(VECTOR_EDGE_ABOVE);
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
	remote_irr_inside = ioapic_low(PIN_COM1) & IOAPIC_REMOTE_IRR;
	came++;
	apic_write(APIC_EOI, 0);
}

BEHAVIOUR(the_eoi_of_an_edge_does_not_end_a_level_in_service)
{
	if (start(end_after_edges)) {
		wire_up(apic_id());
		interrupt_wait(VECTOR_EDGE_BELOW, 1, SOON_US);
		expect_equal("count", came, 1);
		expect_equal("edges above it", interrupt_count(VECTOR_EDGE_ABOVE), 1);
		expect_equal("edges below it", interrupt_count(VECTOR_EDGE_BELOW), 1);
		expect_equal("remote IRR behind the EOI of the edge", remote_irr_inside,
			     IOAPIC_REMOTE_IRR);
		expect_equal("remote IRR afterwards", ioapic_low(PIN_COM1) & IOAPIC_REMOTE_IRR, 0);
	}
}

BEHAVIOUR(edges_between_levels_all_come)
{
	if (!start(end_alone)) {
		return;
	}
	wire_up(apic_id());
	for (uint32_t i = 1; i <= EDGES; i++) {
		send_to_self(i % 2 != 0 ? VECTOR_EDGE_BELOW : VECTOR_EDGE_ABOVE);
		__asm__ volatile("sti; nop; nop; cli" : : : "memory");
	}
	interrupt_wait(VECTOR_LEVEL, TIMES, 10 * SOON_US);
	expect_equal("edges",
		     interrupt_count(VECTOR_EDGE_BELOW) + interrupt_count(VECTOR_EDGE_ABOVE),
		     EDGES);
	expect_each_time_once();
}

/* One vector for both. */
static void end_at_once(struct frame *frame)
{
	(void)frame;
	in8(UART_IIR);
	came++;
	apic_write(APIC_EOI, 0);
}

/* "Upon acceptance of an interrupt": at no other time. */
BEHAVIOUR(tmr_keeps_its_bit_behind_the_eoi)
{
	if (start(end_at_once)) {
		wire_up(apic_id());
		expect(interrupt_wait(VECTOR_LEVEL, 1, SOON_US), "it did not come");
		expect(!apic_bit(APIC_ISR, VECTOR_LEVEL), "it is still in service");
		expect(apic_bit(APIC_TMR, VECTOR_LEVEL), "TMR lost its bit");
	}
}

BEHAVIOUR(tmr_clears_when_the_vector_comes_as_an_edge)
{
	if (!start(end_at_once)) {
		return;
	}
	wire_up(apic_id());
	expect(interrupt_wait(VECTOR_LEVEL, 1, SOON_US), "the level did not come");
	send_to_self(VECTOR_LEVEL);
	clock_wait(SOON_US / 10);
	expect(apic_bit(APIC_IRR, VECTOR_LEVEL), "the edge is not requested");
	expect(!apic_bit(APIC_TMR, VECTOR_LEVEL), "TMR has its bit for an edge");
	expect(interrupt_wait(VECTOR_LEVEL, 2, SOON_US), "the edge did not come");
	wire_down();
	wire_up(apic_id());
	clock_wait(SOON_US);
	expect(apic_bit(APIC_TMR, VECTOR_LEVEL), "TMR lacks its bit for the next level");
	expect(interrupt_wait(VECTOR_LEVEL, 3, SOON_US), "the next level did not come");
}

/* SDM Vol. 3A, "Task and Processor Priorities". */
BEHAVIOUR(a_level_waits_behind_the_task_priority)
{
	if (!start(end_alone)) {
		return;
	}
	apic_write(APIC_TPR, TPR_HIGH);
	wire_up(apic_id());
	expect(!interrupt_wait(VECTOR_LEVEL, 1, SOON_US), "it came");
	expect(apic_bit(APIC_IRR, VECTOR_LEVEL), "it is not requested");
	apic_write(APIC_TPR, 0);
	interrupt_wait(VECTOR_LEVEL, TIMES, 10 * SOON_US);
	expect_each_time_once();
}

/* SDM Vol. 3A, "Local APIC State After It Has Been Software Disabled": what is pending is held. */
BEHAVIOUR(a_level_that_is_requested_outlives_software_disable)
{
	if (!start(end_alone)) {
		return;
	}
	wire_up(apic_id());
	clock_wait(SOON_US / 10);
	apic_write(APIC_SVR, VECTOR_SPURIOUS);
	apic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
	interrupt_wait(VECTOR_LEVEL, TIMES, 10 * SOON_US);
	expect_each_time_once();
}
