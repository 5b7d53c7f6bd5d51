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

/** struct vcpu_counts - written by the owner only, plain increments; readers may see a slightly old value. */
struct vcpu_counts {
	uint64_t exits[EXIT_REASON_COUNT]; /* by basic exit reason, ICR writes apart */
	uint64_t ipis; /* exits for writing the ICR to reach another processor */
	uint64_t denied_msrs;
	uint64_t denied_ports;
	uint64_t denied_addresses;
};

/** vcpu_state_text() - a word for @state. */
const char *vcpu_state_text(enum vcpu_state state);
