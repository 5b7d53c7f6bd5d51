/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vhpet.h: a guest's high precision event timers: a counter of 64 bits and three timers.
 *
 * Nothing counts: the counter is the guest's clock and a base, and matches are computed from that, so
 * that nothing adds up that could drift. Interrupts by message (FSB) are not offered.
 *
 * An edge is a pulse; but on a legacy route, which leads to the 8259s too, its wire stays high until the next one or until
 * the guest takes timer or route away, since a request goes away with its input there (vpic.h).
 *
 * Source: Intel, IA-PC HPET Specification 1.0a; section titles stand by the code.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vdev/vdev.h"

#define VHPET_BASE 0xFED00000U

enum {
	VHPET_BYTES = 0x1000, /* of address space: no other device shares the page */
	VHPET_TIMERS = 3,
	VHPET_TICK_NS =
		100, /* the slowest clock the specification allows: its ticks are exact in ns */
	VHPET_PERIOD_MIN_NS = 50000, /* two polls for a periodic interrupt are this far apart */

	/* Where interrupts go with legacy replacement, in place of the 8254's and the RTC's. */
	VHPET_LEGACY_GSI_TIMER = 2,
	VHPET_LEGACY_GSI_RTC = 8,
};

/* General capabilities, low half; also in the ACPI table: Intel's vendor ID, legacy routes, 64 bits, 3 timers. */
#define VHPET_BLOCK_ID 0x8086A201U

/** struct vhpet_timer - one timer. */
struct vhpet_timer {
	uint32_t config; /* the bits that can be written */
	uint64_t comparator;
	uint64_t period; /* what was written to the comparator last */
	uint64_t from;   /* tick of the guest's clock up to which matches were looked for */
};

/** struct vhpet - one block. */
struct vhpet {
	struct irq_line line; /* its gsi is not used: each timer chooses */
	bool enabled;
	bool legacy;
	uint64_t base;   /* the counter is @base while it stands, and @base + ticks while it runs */
	uint32_t status; /* bit n: timer n, level-triggered, has matched */
	uint32_t edges;  /* bit n: an edge of timer n holds its wire high */
	uint32_t pins;   /* bit n: GSI n is held high */
	struct vhpet_timer timers[VHPET_TIMERS];
};

/** vhpet_init() - power on, or reset: the counter stands at 0; wires are taken as low. */
void vhpet_init(struct vhpet *hpet, struct irq_line line);

/**
 * vhpet_read() - the guest reads a register, or a part of it.
 * @offset: below VHPET_BYTES
 * @bytes:  1, 2, 4 or 8
 * @now:    the guest's clock, nanoseconds
 *
 * Return: the value, zero-extended; all ones for an access that is not aligned to its width.
 */
uint64_t vhpet_read(struct vhpet *hpet, uint32_t offset, unsigned bytes, uint64_t now);

/**
 * vhpet_write() - the guest writes likewise; what is no aligned access of 4 or 8 bytes does nothing.
 *
 * May change the next deadline: ask vhpet_poll() afterwards.
 */
void vhpet_write(struct vhpet *hpet, uint32_t offset, unsigned bytes, uint64_t value, uint64_t now);

/**
 * vhpet_poll() - raise the interrupts that are due; those of one timer missed since the last poll are one.
 *
 * Return: when to call again (ns), VDEV_NEVER if no interrupt is ahead. A period shorter than
 * VHPET_PERIOD_MIN_NS is stretched to it.
 */
uint64_t vhpet_poll(struct vhpet *hpet, uint64_t now);

/** vhpet_replaces() - whether the wire of @gsi is the HPET's, and not its legacy owner's. */
bool vhpet_replaces(const struct vhpet *hpet, unsigned gsi);
