/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_step.h: one instruction of a paused guest. */
#pragma once

#include "kernel/vcpu.h"

/** vcpu_step_supported() - whether the machine's processors have the monitor trap flag. */
bool vcpu_step_supported(void);

/**
 * vcpu_step() - on the owner, for a held @vcpu: execute one instruction of its guest, or deliver one event.
 *
 * An instruction that exits is one. Returns soon also where none can be executed.
 *
 * Return: whether one was; false when the guest sleeps and nothing wakes it, or when something else is asked of @vcpu.
 * Source: SDM Vol. 3C, "Monitor Trap Flag".
 */
bool vcpu_step(struct vcpu *vcpu);
