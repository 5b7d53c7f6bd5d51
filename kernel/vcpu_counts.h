/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_counts.h: a virtual processor as others see it: its state and its counters. */
#pragma once

#include "arch/vmx/exit_reason.h"
#include "kernel/lib/types.h"

/** enum vcpu_state - what its processor does with it. */
enum vcpu_state {
	VCPU_OFF,       /* parked in root mode; its guest does not run */
	VCPU_WAIT_SIPI, /* parked in root mode until the guest sends a SIPI */
	VCPU_RUNNING,
	VCPU_STATE_COUNT
};

/** enum exit_slot - what an exit is counted as: its basic exit reason, or one of these. */
enum exit_slot {
	EXIT_SLOT_IPI = EXIT_REASON_COUNT, /* a write of the ICR that reached another processor */
	EXIT_SLOT_UNKNOWN, /* a reason the manual does not have; it stops the guest */
	EXIT_SLOT_COUNT
};

/** struct vcpu_exit - the exit that is being handled, as it is counted and traced. */
struct vcpu_exit {
	uint16_t slot;   /* basic exit reason, or another enum exit_slot */
	uint8_t refused; /* it asked for what the guest does not have */
	uint8_t vector;  /* what is injected with EXIT_INJECT */
};

/** struct exit_count - of one virtual processor and one slot. */
struct exit_count {
	uint64_t count;
	uint64_t
		ticks; /* of the time-stamp counter, from behind the exit to before the next entry */
	uint64_t ticks_max; /* of one exit; the monitor may set it back to 0 */
	uint64_t last_tsc;  /* when the last one was done */
};

/** struct vcpu_counts - written by the owner only, plain increments; readers may see a slightly old value. */
struct vcpu_counts {
	struct exit_count exits[EXIT_SLOT_COUNT];
	uint64_t denied_msrs;
	uint64_t denied_ports;
	uint64_t denied_addresses;
};

/** struct vcpu_counts_base - what the counts were when the monitor began to count anew; its own. */
struct vcpu_counts_base {
	uint64_t us; /* clock_us() then; 0: never, it counts from the start on */
	struct vcpu_counts counts;
};

/** exit_slot_name() - the manual's name of a basic exit reason; "IPI", "UNKNOWN". */
static inline const char *exit_slot_name(uint32_t slot)
{
	return slot == EXIT_SLOT_IPI       ? "IPI"
	       : slot == EXIT_SLOT_UNKNOWN ? "UNKNOWN"
					   : exit_reason_name(slot);
}

/** vcpu_state_text() - a word for @state. */
const char *vcpu_state_text(enum vcpu_state state);
