/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrtc.h: a guest's real-time clock and CMOS RAM, an MC146818 with a century byte at 0x32.
 *
 * The time is the guest's clock plus a base. Setting the time moves the base of this guest and
 * nothing else. The day of the week follows from the date; what a guest writes there is kept only
 * while the clock stands still.
 *
 * Source: Motorola MC146818 data sheet; section titles stand by the code. Century byte: ACPI, FADT
 * field CENTURY (tables must say 0x32).
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vdev/vdev.h"

enum {
	VRTC_PORT_INDEX = 0x70,
	VRTC_PORT_DATA = 0x71,
	VRTC_RAM_BYTES = 128,
	VRTC_CENTURY = 0x32, /* CMOS index */
};

/** struct vrtc - one clock. */
struct vrtc {
	uint8_t index;
	uint8_t ram[VRTC_RAM_BYTES]; /* and registers; time bytes count while the clock stands */
	int64_t base_s;              /* since 1970; time is base_s + (now + phase_ns) / 10^9 */
	uint64_t phase_ns;           /* 0 to 10^9 - 1: how far into a second now = 0 was */
	uint64_t seen_ns;            /* events up to here are in register C */
	bool line_level;
	struct irq_line line;
};

/**
 * vrtc_init() - power on, or reset: RAM is zero, 24 hours, BCD, interrupts off, and the time is the
 * base.
 * @epoch_s: seconds since 1970 when the guest's clock was at 0
 * @line:    interrupt output (GSI 8); taken as low
 *
 * The host's time is what a reset returns to; the guest's own changes of it are gone.
 */
void vrtc_init(struct vrtc *rtc, int64_t epoch_s, struct irq_line line);

/** vrtc_read() - the guest reads port @port; 0xFF for the index port, which cannot be read. */
uint8_t vrtc_read(struct vrtc *rtc, uint16_t port, uint64_t now);

/**
 * vrtc_write() - the guest writes port @port; @now in ns.
 *
 * Any access may change the next deadline: ask vrtc_poll() afterwards.
 */
void vrtc_write(struct vrtc *rtc, uint16_t port, uint8_t value, uint64_t now);

/**
 * vrtc_poll() - let the events up to @now happen.
 *
 * Return: when to call again (ns), VDEV_NEVER while no interrupt is enabled, or until register C is
 * read.
 */
uint64_t vrtc_poll(struct vrtc *rtc, uint64_t now);
