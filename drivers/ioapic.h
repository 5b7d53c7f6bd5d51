/* SPDX-License-Identifier: Apache-2.0 */
/* ioapic.h: a real I/O APIC: everything masked, but the one or two inputs Muntin itself listens to. */
#pragma once

#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct ioapic_route - where one input goes. */
struct ioapic_route {
	uint32_t pin;
	uint8_t vector;
	uint8_t apic_id; /* physical destination: 8 bits are all an entry has */
	bool level;
	bool active_low;
};

/** ioapic_pins() - how many inputs the I/O APIC at @base (mapped uncached, 1:1) has; 0 when none answers. */
uint32_t ioapic_pins(hpa_t base);

/** struct ioapic_entry - one input as it stands. */
struct ioapic_entry {
	uint8_t vector;
	uint8_t delivery; /* 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT */
	uint8_t destination;
	bool logical; /* @destination is a logical one */
	bool active_low;
	bool level;
	bool masked;
	bool remote_irr; /* a level-triggered interrupt waits for its EOI */
};

/** ioapic_decode() - a redirection table entry; pure. Source: 82093AA, "I/O Redirection Table Registers". */
struct ioapic_entry ioapic_decode(uint64_t entry);

/** ioapic_read() - input @pin, below ioapic_pins(). */
struct ioapic_entry ioapic_read(hpa_t base, uint32_t pin);

/** ioapic_mask_all() - mask every input. */
void ioapic_mask_all(hpa_t base);

/** ioapic_route() - unmask one input, fixed delivery. E_RANGE when there is no such pin. */
enum status ioapic_route(hpa_t base, const struct ioapic_route *route);
