/* SPDX-License-Identifier: Apache-2.0 */
/* device_ioapic.c: the I/O APIC: its registers, and both triggers, with COM1's transmitter at pin 4 and the 8254. */
#include "tests/guest/suite/acpi.h"
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"

enum {
	VECTOR_UART_PIN = 0x62,
	VECTOR_TICK = 0x63,
	IRQ_UART = 4,
	UART_IER = UART_DATA + 1,
	UART_IIR = UART_DATA + 2,
	IER_TRANSMIT = 1 << 1,
	SOON_US = 20000,
	PIT_DATA = 0x40,
	PIT_CONTROL = 0x43,
	PIT_PERIODIC = 0x34,
	PIT_ONCE = 0x30,
	COUNT_10_MS = 11932,
	KEPT = 0xA9FF, /* masks nothing; without delivery status and remote IRR */
	CLEAR_AFTER = 3,
};

static volatile uint32_t remote_irr_inside, came;

static void transmitter_interrupt(bool on)
{
	out8(UART_IER, on ? IER_TRANSMIT : 0);
}

static void clear_and_end(struct frame *frame)
{
	(void)frame;
	remote_irr_inside = ioapic_low(IRQ_UART) & IOAPIC_REMOTE_IRR;
	in8(UART_IIR);
	came++;
	apic_write(APIC_EOI, 0);
}

/* Source of all: Intel 82093AA I/O APIC data sheet, "Register Description", "I/O Redirection Table Registers". */
BEHAVIOUR(the_ioapic_has_24_pins)
{
	expect_equal("pins", ioapic_pins(), 24);
	expect_between("version", ioapic_read(IOAPIC_VERSION) & 0xFF, 0x10, 0x20);
}

BEHAVIOUR(the_ioapic_keeps_its_id)
{
	uint32_t before = ioapic_read(IOAPIC_ID);

	ioapic_write(IOAPIC_ID, 0xB << 24);
	expect_equal("ID", ioapic_read(IOAPIC_ID) >> 24 & 0xF, 0xB);
	ioapic_write(IOAPIC_ID, before);
}

BEHAVIOUR(a_redirection_entry_keeps_what_is_written)
{
	for (unsigned pin = 5; pin < 24; pin += 6) {
		ioapic_write(IOAPIC_REDIRECTION + 2 * pin + 1, 0x03000000);
		ioapic_write(IOAPIC_REDIRECTION + 2 * pin, IOAPIC_MASKED | KEPT);
		expect_equal("high half", ioapic_read(IOAPIC_REDIRECTION + 2 * pin + 1),
			     0x03000000);
		expect_equal("low half",
			     ioapic_low(pin) & ~(uint32_t)(IOAPIC_PENDING | IOAPIC_REMOTE_IRR),
			     IOAPIC_MASKED | KEPT);
		ioapic_write(IOAPIC_REDIRECTION + 2 * pin, IOAPIC_MASKED);
	}
}

BEHAVIOUR(the_select_register_keeps_what_is_written)
{
	*(volatile uint32_t *)0xFEC00000 = 0x12;
	expect_equal("IOREGSEL", *(volatile uint32_t *)0xFEC00000 & 0xFF, 0x12);
}

BEHAVIOUR(an_edge_interrupts_once)
{
	came = 0;
	interrupt_handle(VECTOR_UART_PIN, clear_and_end);
	ioapic_route(IRQ_UART, apic_id(), VECTOR_UART_PIN);
	transmitter_interrupt(true);
	expect(interrupt_wait(VECTOR_UART_PIN, 1, SOON_US), "it did not come");
	expect(!interrupt_wait(VECTOR_UART_PIN, 2, SOON_US), "it came again");
	expect_equal("remote IRR in the handler", remote_irr_inside, 0);
}

BEHAVIOUR(an_edge_that_stays_up_interrupts_once)
{
	interrupt_handle(VECTOR_UART_PIN, NULL);
	ioapic_route(IRQ_UART, apic_id(), VECTOR_UART_PIN);
	transmitter_interrupt(true);
	expect(interrupt_wait(VECTOR_UART_PIN, 1, SOON_US), "it did not come");
	expect(!interrupt_wait(VECTOR_UART_PIN, 2, SOON_US), "it came again");
}

BEHAVIOUR(a_level_sets_remote_irr_until_eoi)
{
	interrupt_handle(VECTOR_UART_PIN, clear_and_end);
	came = 0;
	ioapic_route(IRQ_UART, apic_id(), VECTOR_UART_PIN | IOAPIC_LEVEL);
	transmitter_interrupt(true);
	expect(interrupt_wait(VECTOR_UART_PIN, 1, SOON_US), "it did not come");
	expect_equal("remote IRR in the handler", remote_irr_inside, IOAPIC_REMOTE_IRR);
	expect_equal("remote IRR afterwards", ioapic_low(IRQ_UART) & IOAPIC_REMOTE_IRR, 0);
	expect(!interrupt_wait(VECTOR_UART_PIN, 2, SOON_US), "it came again");
}

static void clear_late(struct frame *frame)
{
	(void)frame;
	came++;
	if (came >= CLEAR_AFTER) {
		in8(UART_IIR);
		transmitter_interrupt(false);
	}
	apic_write(APIC_EOI, 0);
}

BEHAVIOUR(a_level_that_stays_up_interrupts_again_after_each_eoi)
{
	came = 0;
	interrupt_handle(VECTOR_UART_PIN, clear_late);
	ioapic_route(IRQ_UART, apic_id(), VECTOR_UART_PIN | IOAPIC_LEVEL);
	transmitter_interrupt(true);
	expect(interrupt_wait(VECTOR_UART_PIN, CLEAR_AFTER, 10 * SOON_US),
	       "it did not come often enough");
	expect(!interrupt_wait(VECTOR_UART_PIN, CLEAR_AFTER + 1, SOON_US), "it came too often");
}

BEHAVIOUR(tmr_tells_a_level_from_an_edge)
{
	interrupt_handle(VECTOR_UART_PIN, clear_and_end);
	ioapic_route(IRQ_UART, apic_id(), VECTOR_UART_PIN | IOAPIC_LEVEL);
	transmitter_interrupt(true);
	clock_wait(SOON_US);
	expect(apic_bit(APIC_IRR, VECTOR_UART_PIN), "it is not requested");
	expect(apic_bit(APIC_TMR, VECTOR_UART_PIN), "TMR lacks its bit");
	interrupt_wait(VECTOR_UART_PIN, 1, SOON_US);
}

BEHAVIOUR(a_masked_pin_does_not_interrupt)
{
	interrupt_handle(VECTOR_UART_PIN, clear_and_end);
	ioapic_route(IRQ_UART, apic_id(), VECTOR_UART_PIN | IOAPIC_MASKED);
	transmitter_interrupt(true);
	expect(!interrupt_wait(VECTOR_UART_PIN, 1, SOON_US), "it did");
}

/* A level waits behind the mask; an edge is lost there. */
BEHAVIOUR(a_level_behind_the_mask_interrupts_when_it_is_unmasked)
{
	came = 0;
	interrupt_handle(VECTOR_UART_PIN, clear_and_end);
	ioapic_route(IRQ_UART, apic_id(), VECTOR_UART_PIN | IOAPIC_LEVEL | IOAPIC_MASKED);
	transmitter_interrupt(true);
	clock_wait(SOON_US);
	ioapic_route(IRQ_UART, apic_id(), VECTOR_UART_PIN | IOAPIC_LEVEL);
	expect(interrupt_wait(VECTOR_UART_PIN, 1, SOON_US), "it did not come");
}

static void start_timer(uint8_t mode)
{
	out8(PIT_CONTROL, mode);
	out8(PIT_DATA, COUNT_10_MS & 0xFF);
	out8(PIT_DATA, COUNT_10_MS >> 8);
}

static void halt_with_apic(void)
{
	apic_reset();
	for (;;) {
		__asm__ volatile("sti; hlt" : : : "memory");
	}
}

BEHAVIOUR(a_pin_interrupts_the_processor_it_names)
{
	if (smp_count() == 0) {
		skip("one processor");
		return;
	}
	interrupt_handle(VECTOR_TICK, NULL);
	expect(smp_start(smp_id(0), halt_with_apic), "it did not start");
	clock_wait(SOON_US / 10);
	ioapic_route(acpi_isa_pin(0), smp_id(0), VECTOR_TICK);
	start_timer(PIT_ONCE);
	clock_wait(SOON_US);
	expect_equal("count", interrupt_count(VECTOR_TICK), 1);
}

BEHAVIOUR(a_pin_with_delivery_mode_nmi_gives_an_nmi)
{
	interrupt_handle(2, NULL);
	ioapic_route(acpi_isa_pin(0), apic_id(), ICR_NMI);
	start_timer(PIT_ONCE);
	clock_wait(SOON_US);
	expect_equal("count", interrupt_count(2), 1);
}

BEHAVIOUR(a_periodic_timer_wakes_hlt)
{
	interrupt_handle(VECTOR_TICK, NULL);
	ioapic_route(acpi_isa_pin(0), apic_id(), VECTOR_TICK);
	start_timer(PIT_PERIODIC);
	for (uint32_t i = 1; i <= 5; i++) {
		__asm__ volatile("sti; hlt; cli" : : : "memory");
		expect_between("count", interrupt_count(VECTOR_TICK), i, i + 1);
	}
}
