/* SPDX-License-Identifier: Apache-2.0 */
/* ioapic.h: the I/O APIC at its usual place. */
#pragma once

#include "tests/guest/lib.h"

/* Source: Intel 82093AA I/O APIC data sheet, "Register Description". */
enum {
	IOAPIC_ID = 0,
	IOAPIC_VERSION = 1,
	IOAPIC_REDIRECTION = 0x10,
	IOAPIC_PIN_UART = 4, /* of COM1 */
	IOAPIC_MASKED = 1 << 16,
	IOAPIC_LEVEL = 1 << 15,
	IOAPIC_REMOTE_IRR = 1 << 14,
	IOAPIC_ACTIVE_LOW = 1 << 13,
	IOAPIC_PENDING = 1 << 12,
	IOAPIC_LOGICAL = 1 << 11,
};

/** ioapic_read(), ioapic_write() - a register by its index. */
uint32_t ioapic_read(uint32_t index);
void ioapic_write(uint32_t index, uint32_t value);

/** ioapic_route() - @pin goes to the processor @destination with @low (vector and bits). */
void ioapic_route(unsigned pin, uint32_t destination, uint32_t low);

/** ioapic_low() - the low half of a pin's redirection entry. */
uint32_t ioapic_low(unsigned pin);

/** ioapic_pins() - how many it has. */
unsigned ioapic_pins(void);

/** ioapic_mask_all() - edge-triggered and masked, each pin. */
void ioapic_mask_all(void);
