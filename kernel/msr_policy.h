/* SPDX-License-Identifier: Apache-2.0 */
/* msr_policy.h: which MSRs a guest has. One table; an MSR that is not in it is not there (#GP). */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vcpu.h"

/**
 * msr_policy_open() - clear the bits of an MSR bitmap for what the table passes through.
 * @x2apic: it is for a processor in x2APIC mode; in the other modes those MSRs do not exist
 */
void msr_policy_open(void *msr_bitmap, bool x2apic);

/** msr_policy_read() - RDMSR that exited. Return: false for #GP. */
bool msr_policy_read(struct vcpu *vcpu, uint32_t msr, uint64_t *value);

/** msr_policy_write() - WRMSR that exited. Return: false for #GP. */
bool msr_policy_write(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/** msr_policy_passes() - whether the table lets reads (or writes) of @msr through, in x2APIC mode or not; for selftest. */
bool msr_policy_passes(uint32_t msr, bool write, bool x2apic);

/** msr_policy_clear_xss() - IA32_XSS of this processor, if it has one, becomes 0: no guest has a bit of it. */
void msr_policy_clear_xss(void);
