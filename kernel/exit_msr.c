/* SPDX-License-Identifier: Apache-2.0 */
/* exit_msr.c: RDMSR and WRMSR that are not passed through. */
#include "kernel/exit.h"

#include "arch/cpu/regs.h"
#include "kernel/lib/log.h"
#include "kernel/msr_policy.h"
#include "kernel/partition.h"
#include "kernel/vlapic.h"

enum { DENIED_LOGGED_MAX = 16 };

/* Never inlined: the refusals that are only counted shall not pay for its registers. */
static __attribute__((noinline)) void log_denied(const struct vcpu *vcpu, enum denied_kind kind)
{
	log_info("%s: vcpu%u: %s of MSR 0x%x refused (#GP), RIP 0x%lx",
		 partition_name(vcpu->partition), vcpu->id,
		 denied_is_write(kind) ? "write" : "read", (uint32_t)vcpu->guest.rcx,
		 vmread(VMCS_GUEST_RIP));
}

/* The first few are logged; all are counted. */
static enum exit_verdict deny(struct vcpu *vcpu, enum denied_kind kind)
{
	if (vcpu->counts.denied_msrs++ < DENIED_LOGGED_MAX) {
		log_denied(vcpu, kind);
	}
	/* Read anew: an MSR kept over log_denied() would cost a register. */
	uint32_t msr = (uint32_t)vcpu->guest.rcx;

	exit_refuse(vcpu, denied_key(kind, msr), msr);
	return exit_protected(vcpu);
}

enum exit_verdict exit_rdmsr(struct vcpu *vcpu)
{
	uint64_t value;

	if (!msr_policy_read(vcpu, (uint32_t)vcpu->guest.rcx, &value)) {
		return deny(vcpu, DENIED_MSR_READ);
	}
	vcpu->guest.rax = (uint32_t)value;
	vcpu->guest.rdx = value >> 32;
	return EXIT_ADVANCE;
}

enum exit_verdict exit_wrmsr(struct vcpu *vcpu)
{
	uint64_t value = (uint32_t)vcpu->guest.rax | vcpu->guest.rdx << 32;

	/* The one exit of steady state, and another processor waits for it: past the table. */
	if ((uint32_t)vcpu->guest.rcx == X2APIC_ICR && vlapic_send_single(vcpu, value)) {
		return EXIT_ADVANCE;
	}
	if (!msr_policy_write(vcpu, (uint32_t)vcpu->guest.rcx, value)) {
		return deny(vcpu, DENIED_MSR_WRITE);
	}
	return EXIT_ADVANCE;
}
