/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vpit_channel.h: one counter of an 8254.
 *
 * Nothing counts. A counter is the tick at which it was loaded and what it was loaded with; its
 * value, its output and its next edge are computed from that. Time is in ticks of the 8254's clock.
 *
 * Source: Intel 8254 data sheet; section titles stand by the code.
 */
#pragma once

#include "kernel/lib/types.h"

/** struct vpit_channel - one counter. */
struct vpit_channel {
	uint8_t mode;   /* 0 to 5 */
	uint8_t access; /* 1 least significant byte, 2 most significant, 3 both in this order */
	bool bcd;
	bool gate;
	bool counting; /* no: the counter stands, at @elapsed if it is loaded */
	bool loaded;
	uint32_t reload;   /* ticks of a full count, 1 to 65536 */
	uint64_t start;    /* tick of the load, while counting; ticks elapsed, while not */
	uint32_t phase;    /* ticks into its cycle at @start: its low half may come first */
	bool next_pending; /* a new count waits for the end of the (half-)cycle, at tick next_start */
	uint32_t next_reload;
	uint64_t next_start;
	uint32_t next_phase;

	bool write_high;       /* the next byte written is the second of two */
	uint8_t write_low;     /* the first of two */
	bool read_high;        /* the next byte read is the second of two */
	uint8_t latched_bytes; /* of the latched count still to be read */
	uint16_t latched_count;
	bool status_latched;
	uint8_t latched_status;
};

/** vpit_channel_init() - power on: mode 3, no count, output high; @gate as wired. */
void vpit_channel_init(struct vpit_channel *channel, bool gate);

/**
 * vpit_channel_control() - a control word for this counter; @word's counter number is not looked
 * at.
 */
void vpit_channel_control(struct vpit_channel *channel, uint8_t word, uint64_t tick);

/**
 * vpit_channel_read_back() - a read-back command chose this counter; latches what @word asks for.
 */
void vpit_channel_read_back(struct vpit_channel *channel, uint8_t word, uint64_t tick);

/** vpit_channel_read() - the guest reads a byte of count or status. */
uint8_t vpit_channel_read(struct vpit_channel *channel, uint64_t tick);

/** vpit_channel_write() - the guest writes a byte of a count. */
void vpit_channel_write(struct vpit_channel *channel, uint8_t byte, uint64_t tick);

/** vpit_channel_gate() - the GATE input is now @level. */
void vpit_channel_gate(struct vpit_channel *channel, bool level, uint64_t tick);

/** vpit_channel_output() - the OUT pin at @tick, which must not be before the last change. */
bool vpit_channel_output(const struct vpit_channel *channel, uint64_t tick);

/** vpit_channel_next_rise() - first tick after @tick at which OUT goes high; VDEV_NEVER if none. */
uint64_t vpit_channel_next_rise(const struct vpit_channel *channel, uint64_t tick);
