/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_step.h: one instruction of a paused guest. */
#pragma once

#include "kernel/vcpu.h"

/** enum vcpu_step_result - what became of it. */
enum vcpu_step_result {
	STEP_NONE, /* nothing was executed: it sleeps, waits for a SIPI, or something else is asked of it */
	STEP_REFUSED, /* an instruction that cannot be stepped on a processor without the monitor trap flag */
	STEP_EXECUTED, /* an instruction, or the delivery of an event */
	STEP_EXITED, /* an instruction that made an exit, which was handled; or one that faulted */
};

/**
 * vcpu_step() - on the owner, for a held @vcpu: execute one instruction of its guest, or deliver one event.
 *
 * With the monitor trap flag. A processor without (Bochs) gets RFLAGS.TF for the time of the instruction: then the
 * guest's interrupts wait while it is stepped, MOV SS takes the next instruction along, and a few instructions
 * that save or load all flags at once are refused. Returns soon in any case.
 *
 * Source: SDM Vol. 3C, "Monitor Trap Flag"; Vol. 3B, "Single-Step Exception Condition".
 */
enum vcpu_step_result vcpu_step(struct vcpu *vcpu);
