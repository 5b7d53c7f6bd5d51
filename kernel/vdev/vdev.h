/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vdev.h: what every device model shares.
 *
 * A model never touches hardware and never waits. It is plain data, driven by calls; time comes in as a
 * parameter (nanoseconds of the guest's clock, which starts at 0 and never stops), interrupts go out
 * through an irq_line. The partition's device lock is held around every call.
 */
#pragma once

#include "kernel/lib/types.h"

/** struct irq_line - where a model's interrupt output goes. */
struct irq_line {
	void (*set)(void *context, unsigned gsi, bool level); /* level of the wire, not an edge */
	void *context;
	unsigned gsi; /* ISA interrupt n is GSI n (MADT override for the 8254: IRQ 0 is GSI 2) */
};

/** irq_line_set() - drive the wire high or low. */
static inline void irq_line_set(const struct irq_line *line, bool level)
{
	line->set(line->context, line->gsi, level);
}

/** struct vdev_message - an interrupt message as an IOAPIC sends it; destination as the guest numbers it. */
struct vdev_message {
	uint8_t vector;        /* 16 to 255 */
	uint8_t delivery_mode; /* 0 fixed, 1 lowest priority, 4 NMI; others are never sent */
	bool logical;          /* destination mode */
	uint32_t destination;
	bool level; /* trigger mode: its end is to be told to the sender */
};

/** vdev_message_fn - sends a message to the processors of the guest it names. */
typedef void (*vdev_message_fn)(void *context, const struct vdev_message *message);

/** VDEV_NEVER - a model with no event ahead answers this for its next deadline. */
#define VDEV_NEVER UINT64_MAX
