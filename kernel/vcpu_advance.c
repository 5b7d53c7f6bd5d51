/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_advance.c: what is rare when a vcpu goes on behind an instruction, and the injection of exceptions. */
#include "kernel/vcpu_advance.h"

#include "arch/cpu/regs.h"
#include "kernel/event_merge.h"
#include "kernel/partition.h"

/* Outside of 64-bit code RIP has 32 bits: behind the end of 4 GiB comes 0 (SDM Vol. 1, "Instruction Pointer"). */
void vcpu_cut_rip(uint64_t rip)
{
	bool long_mode = (vmread(VMCS_GUEST_EFER) & EFER_LMA) != 0;
	bool long_code = (vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_L) != 0;

	if (!long_mode || !long_code) {
		vmwrite(VMCS_GUEST_RIP, (uint32_t)rip);
	}
}

/*
 * RF was for this instruction alone. TF lets a trap follow it, unless the trap is for branches, which none of those
 * that exit is (SDM Vol. 3B, "Single-Step Exception Condition", "Single-Stepping on Branches").
 */
void vcpu_finish_flags(uint64_t rflags)
{
	bool branches_only = (vmread(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF) != 0;

	vmwrite(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_RF);
	if ((rflags & RFLAGS_TF) != 0 && !branches_only) {
		vmwrite(VMCS_GUEST_PENDING_DEBUG, vmread(VMCS_GUEST_PENDING_DEBUG) | DR6_BS);
	}
}

/* As an interrupt between two iterations leaves it: no instruction breakpoint at RIP (SDM Vol. 3B, "Resume Flag"). */
void vcpu_repeat(void)
{
	vcpu_advance(0);
	vmwrite(VMCS_GUEST_RFLAGS, vmread(VMCS_GUEST_RFLAGS) | RFLAGS_RF);
}

void vcpu_triple_fault(struct vcpu *vcpu)
{
	partition_triple_fault(vcpu->partition, vcpu->id, vmread(VMCS_GUEST_RIP),
			       vmread(VMCS_GUEST_CS_BASE));
}

static void enter_with(const struct vcpu_event *event)
{
	vmwrite(VMCS_ENTRY_INTERRUPTION, event->information);
	if ((event->information & EVENT_HAS_ERROR_CODE) != 0) {
		vmwrite(VMCS_ENTRY_ERROR_CODE, event->error_code);
	}
	/* What is pushed is what the field has. */
	if (event->fault) {
		vmwrite(VMCS_GUEST_RFLAGS, vmread(VMCS_GUEST_RFLAGS) | RFLAGS_RF);
	}
}

/* The exception was met while an event was delivered, which is then over. Return: false when the guest is, too. */
static __attribute__((noinline)) bool merge(struct vcpu *vcpu, uint32_t first)
{
	switch (event_merge(first, (uint8_t)vcpu->event.information)) {
	case EVENT_DOUBLE_FAULT:
		vcpu_inject(vcpu, VECTOR_DF, 0);
		return true;
	case EVENT_SHUTDOWN:
		vcpu_triple_fault(vcpu);
		return false;
	case EVENT_SECOND:
		break;
	}
	return true;
}

void vcpu_inject_event(struct vcpu *vcpu)
{
	uint32_t first = (uint32_t)vmread(VMCS_IDT_VECTORING);

	if (__builtin_expect((first & EVENT_VALID) == 0, true) || merge(vcpu, first)) {
		enter_with(&vcpu->event);
	}
}
