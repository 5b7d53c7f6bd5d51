/* SPDX-License-Identifier: Apache-2.0 */
/* xapic_level.c: level-triggered interrupts of the I/O APIC, and their end at an xAPIC. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/suite.h"
#include "tests/guest/suite/xapic.h"

/* COM1's transmitter is empty: an interrupt that stays until it is asked for (PC16550D, "Interrupt Enable Register"). */
enum {
	PIN_COM1 = 4,
	UART_IER = UART_DATA + 1,
	UART_IIR = UART_DATA + 2,
	IER_TRANSMIT = 1 << 1,
	VECTOR_LEVEL = 0x61,
	SOON_US = 20000,
};

static uint32_t was_level;
static uint32_t was_waiting;

static void on_level(struct frame *frame)
{
	(void)frame;
	was_level = apic_bit(APIC_TMR, VECTOR_LEVEL);
	was_waiting = ioapic_low(PIN_COM1) & IOAPIC_REMOTE_IRR;
	if (interrupt_count(VECTOR_LEVEL) == 3) {
		out8(UART_IER, 0);
	}
	apic_write(APIC_EOI, 0);
}

/* SDM Vol. 3A, "Signaling Interrupt Servicing Completion"; 82093AA, "I/O Redirection Table Registers", Remote IRR. */
BEHAVIOUR(a_level_comes_again_after_the_eoi_of_an_xapic)
{
	if (!xapic_enter()) {
		return;
	}
	interrupt_handle(VECTOR_LEVEL, on_level);
	ioapic_route(PIN_COM1, apic_id(), IOAPIC_LEVEL | VECTOR_LEVEL);
	out8(UART_IER, IER_TRANSMIT);
	expect(interrupt_wait(VECTOR_LEVEL, 3, SOON_US), "it did not come three times");
	expect_equal("its bit of the TMR", was_level, 1);
	expect_equal("remote IRR until the EOI", was_waiting, IOAPIC_REMOTE_IRR);
	expect_equal("remote IRR after it", ioapic_low(PIN_COM1) & IOAPIC_REMOTE_IRR, 0);
	out8(UART_IER, 0);
	ioapic_mask_all();
}
