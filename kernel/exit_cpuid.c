/* SPDX-License-Identifier: Apache-2.0 */
/* exit_cpuid.c: CPUID, and the hypercall. */
#include "kernel/exit.h"

#include "arch/cpu/regs.h"

enum exit_verdict exit_cpuid(struct vcpu *vcpu)
{
	struct vmx_guest *guest = &vcpu->guest;
	uint32_t leaf = (uint32_t)guest->rax;
	bool osxsave = leaf == 1 && (vmread(VMCS_GUEST_CR4) & CR4_OSXSAVE) != 0;
	struct cpuid_values values =
		cpuid_policy_lookup(&vcpu->cpuid, leaf, (uint32_t)guest->rcx, osxsave);

	guest->rax = values.eax;
	guest->rbx = values.ebx;
	guest->rcx = values.ecx;
	guest->rdx = values.edx;
	return EXIT_ADVANCE;
}

/* No call is offered yet: every number is answered with KVM's "no such call", -1000 (KVM_ENOSYS). */
enum exit_verdict exit_vmcall(struct vcpu *vcpu)
{
	vcpu->guest.rax = (uint64_t)-1000;
	return EXIT_ADVANCE;
}
