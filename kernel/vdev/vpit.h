/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vpit.h: a guest's 8254, ports 0x40 to 0x43, and what port 0x61 has of it.
 *
 * Counter 0 raises the timer interrupt, counter 1 once refreshed memory, counter 2 sounds or
 * measures. Nothing is programmed at power on, so that an 8254 nobody uses never asks to be polled.
 *
 * Deviation: counter 0's wire falls when the guest's writes make its output low, else only right before it rises
 * again. The output itself falls for a tick (mode 2) or half the time (mode 3), and a request falls with it (vpic.h):
 * who polls late, or a processor that hears of it late, would lose an interrupt that no PC loses.
 *
 * Source: Intel 8254 data sheet.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vdev/vdev.h"
#include "kernel/vdev/vpit_channel.h"

enum {
	VPIT_HZ = 1193182, /* a third of the NTSC colour clock's fourfold, as in every PC */
	VPIT_CHANNELS = 3,
	VPIT_PORTS = 4,             /* from 0x40 */
	VPIT_PERIOD_MIN_NS = 50000, /* two polls for a periodic interrupt are this far apart */
};

/** struct vpit - one 8254. */
struct vpit {
	struct vpit_channel channels[VPIT_CHANNELS];
	uint64_t seen; /* tick up to which counter 0's edges were raised */
	bool line_level;
	struct irq_line line;
};

/**
 * vpit_init() - power on, or reset; @line is counter 0's output (GSI 2 and IRQ 0), taken as low.
 */
void vpit_init(struct vpit *pit, struct irq_line line);

/** vpit_read() - port 0x40 + @offset (0 to 3); @now in ns. The control port reads as 0xFF. */
uint8_t vpit_read(struct vpit *pit, unsigned offset, uint64_t now);

/**
 * vpit_write() - port 0x40 + @offset (0 to 3); @now in ns.
 *
 * A write to offset 0 or 3 may change the next deadline: ask vpit_poll() afterwards.
 */
void vpit_write(struct vpit *pit, unsigned offset, uint8_t value, uint64_t now);

/** vpit_gate2_set() - port 0x61 bit 0, the gate of counter 2. */
void vpit_gate2_set(struct vpit *pit, bool level, uint64_t now);

/** vpit_output2() - port 0x61 bit 5, the output of counter 2. */
bool vpit_output2(const struct vpit *pit, uint64_t now);

/**
 * vpit_poll() - raise the edges of counter 0 that are due; those missed since the last poll are
 * one.
 *
 * Return: when to call again (ns), VDEV_NEVER if no edge is ahead. A period shorter than
 * VPIT_PERIOD_MIN_NS is stretched to it, so that a guest cannot keep who polls busy for ever.
 */
uint64_t vpit_poll(struct vpit *pit, uint64_t now);
