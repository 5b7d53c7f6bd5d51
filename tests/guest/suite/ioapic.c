/* SPDX-License-Identifier: Apache-2.0 */
/* ioapic.c: the I/O APIC at its usual place. */
#include "tests/guest/suite/ioapic.h"

#define IOREGSEL ((volatile uint32_t *)0xFEC00000)
#define IOWIN    ((volatile uint32_t *)0xFEC00010)

enum { DESTINATION_SHIFT = 24, LAST_PIN_SHIFT = 16, PINS_MAX = 240 };

uint32_t ioapic_read(uint32_t index)
{
	*IOREGSEL = index;
	return *IOWIN;
}

void ioapic_write(uint32_t index, uint32_t value)
{
	*IOREGSEL = index;
	*IOWIN = value;
}

/* The half with the mask last. */
void ioapic_route(unsigned pin, uint32_t destination, uint32_t low)
{
	ioapic_write(IOAPIC_REDIRECTION + 2 * pin, IOAPIC_MASKED);
	ioapic_write(IOAPIC_REDIRECTION + 2 * pin + 1, destination << DESTINATION_SHIFT);
	ioapic_write(IOAPIC_REDIRECTION + 2 * pin, low);
}

uint32_t ioapic_low(unsigned pin)
{
	return ioapic_read(IOAPIC_REDIRECTION + 2 * pin);
}

unsigned ioapic_pins(void)
{
	unsigned pins = (ioapic_read(IOAPIC_VERSION) >> LAST_PIN_SHIFT & 0xFF) + 1;

	return pins < PINS_MAX ? pins : PINS_MAX;
}

void ioapic_mask_all(void)
{
	for (unsigned pin = 0; pin < ioapic_pins(); pin++) {
		ioapic_write(IOAPIC_REDIRECTION + 2 * pin, IOAPIC_MASKED);
	}
}
