/* SPDX-License-Identifier: Apache-2.0 */
/* vplatform_access.h: one access of a guest to its board, and what may come of it. */
#pragma once

#include "kernel/lib/types.h"

/** enum vplatform_action - what the guest's board asks its owner to do, once the write is done. */
enum vplatform_action {
	VPLATFORM_NONE,
	VPLATFORM_RESET,     /* as the reset button: all processors, RAM and devices start over */
	VPLATFORM_POWER_OFF, /* the guest is over until somebody starts it again */
};

/** struct vplatform_access - an IN or OUT of one value, or one iteration of INS or OUTS. */
struct vplatform_access {
	/* set by the caller */
	uint16_t port;
	uint8_t bytes;  /* 1, 2 or 4 */
	uint32_t value; /* of a write; bits above @bytes are ignored */
	uint64_t now;   /* the guest's clock, nanoseconds */

	/* answered */
	bool granted; /* every byte of it belongs to a device; the caller counts those that do not */
	bool retimed; /* a deadline may have moved: call vplatform_poll() */
};

/** struct vplatform_mmio - a read or write of one value at a guest-physical address. */
struct vplatform_mmio {
	uint64_t gpa;
	uint8_t bytes;  /* 1, 2, 4 or 8 */
	uint64_t value; /* in of a write, out of a read */
	uint64_t now;   /* the guest's clock, nanoseconds */
	bool retimed;   /* answered: a deadline may have moved: call vplatform_poll() */
};

/** vplatform_wide_ones() - the same of up to 8 @bytes. */
static inline uint64_t vplatform_wide_ones(unsigned bytes)
{
	return UINT64_MAX >> (64 - 8 * bytes);
}

/** vplatform_ones() - what a bus where nobody answers reads as, @bytes (1, 2 or 4) of it. */
static inline uint32_t vplatform_ones(unsigned bytes)
{
	return UINT32_MAX >> (32 - 8 * bytes);
}
