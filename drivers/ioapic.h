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

/** ioapic_mask_all() - mask every input. */
void ioapic_mask_all(hpa_t base);

/** ioapic_route() - unmask one input, fixed delivery. E_RANGE when there is no such pin. */
enum status ioapic_route(hpa_t base, const struct ioapic_route *route);
