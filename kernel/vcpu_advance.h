/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_advance.h: how a vcpu goes on behind an instruction that a handler has executed. */
#pragma once

#include "arch/cpu/regs.h"
#include "arch/vmx/vmx.h"
#include "kernel/vcpu.h"

/** vcpu_cut_rip() - @rip has left the 4 GiB that it was in. */
void vcpu_cut_rip(uint64_t rip);

/** vcpu_finish_flags() - @rflags has RF or TF set. */
void vcpu_finish_flags(uint64_t rflags);

/** vcpu_inject_event() - inject vcpu->event; with the rules of the double fault. */
void vcpu_inject_event(struct vcpu *vcpu);

/** vcpu_triple_fault() - @vcpu met a fault that cannot be delivered: its guest resets itself. */
void vcpu_triple_fault(struct vcpu *vcpu);

/** vcpu_advance() - go on @bytes behind RIP. */
static inline __attribute__((always_inline)) void vcpu_advance(uint64_t bytes)
{
	uint64_t blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY);
	uint64_t rip = vmread(VMCS_GUEST_RIP);
	uint64_t next = rip + bytes;

	vmwrite(VMCS_GUEST_RIP, next);
	if (__builtin_expect((rip ^ next) >> 32 != 0, false)) {
		vcpu_cut_rip(next);
	}
	/* The shadow of STI and MOV SS ends behind the next instruction, which was this one. */
	if ((blocking & (BLOCKING_STI | BLOCKING_MOV_SS)) != 0) {
		vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
			blocking & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOV_SS));
	}
	uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);
	if (__builtin_expect((rflags & (RFLAGS_TF | RFLAGS_RF)) != 0, false)) {
		vcpu_finish_flags(rflags);
	}
}
