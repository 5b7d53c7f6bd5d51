/* SPDX-License-Identifier: Apache-2.0 */
/* msr_policy.h: which MSRs a guest has. One table; an MSR that is not in it is not there (#GP). */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vcpu.h"

/** enum msr_view - what passes through also depends on the local APIC of the processor. */
enum msr_view {
	MSR_VIEW_NO_X2APIC, /* in the other modes: the MSRs of the x2APIC do not exist */
	MSR_VIEW_X2APIC,
	MSR_VIEW_LEVEL, /* in x2APIC mode, while a level-triggered interrupt is not ended: EOI is looked at */
	MSR_VIEWS
};

/** msr_policy_open() - clear the bits of an MSR bitmap for what the table passes through in @view. */
void msr_policy_open(void *msr_bitmap, enum msr_view view);

/** msr_policy_read() - RDMSR that exited. Return: false for #GP. */
bool msr_policy_read(struct vcpu *vcpu, uint32_t msr, uint64_t *value);

/** msr_policy_write() - WRMSR that exited. Return: false for #GP. */
bool msr_policy_write(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/** msr_policy_passes() - whether the table lets reads (or writes) of @msr through in @view; for selftest. */
bool msr_policy_passes(uint32_t msr, bool write, enum msr_view view);

/** msr_policy_clear_xss() - IA32_XSS of this processor, if it has one, becomes 0: no guest has a bit of it. */
void msr_policy_clear_xss(void);
