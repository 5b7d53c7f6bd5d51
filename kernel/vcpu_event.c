/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_event.c: events that wait until a virtual processor can take them. */
#include "kernel/vcpu_event.h"

#include "arch/cpu/regs.h"
#include "kernel/extint.h"

/* An entry that injects drops debug traps that are due (SDM Vol. 3C, "Delivery of Pending Debug Exceptions after VM Entry"). */
static bool is_busy(void)
{
	return (vmread(VMCS_ENTRY_INTERRUPTION) & EVENT_VALID) != 0 ||
	       (vmread(VMCS_GUEST_PENDING_DEBUG) & (DR6_BS | PENDING_ENABLED_BREAKPOINT)) != 0;
}

static void inject(enum event_type type, uint32_t vector)
{
	vmwrite(VMCS_ENTRY_INTERRUPTION, EVENT_VALID | (uint32_t)type << EVENT_TYPE_SHIFT | vector);
}

/*
 * An entry that injects an NMI wants no blocking by NMI or MOV SS, and on some processors none by STI. An NMI window
 * may open although STI blocks; an interrupt window does not, and IF is 1 then. Return: the window to wait at.
 */
static uint32_t deliver_nmi(struct vcpu *vcpu)
{
	uint64_t blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY);

	if (is_busy() || (blocking & (BLOCKING_NMI | BLOCKING_MOV_SS | BLOCKING_STI)) != 0) {
		return (blocking & BLOCKING_STI) != 0 ? PROC_INTERRUPT_WINDOW : PROC_NMI_WINDOW;
	}
	vcpu->due &= ~(uint32_t)VCPU_DUE_NMI;
	inject(EVENT_NMI, VECTOR_NMI);
	return 0;
}

static bool takes_interrupts(void)
{
	return !is_busy() && (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF) != 0 &&
	       (vmread(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_MOV_SS)) == 0;
}

/* The 8259s are asked for the vector only when it is certain to be taken: that is their acknowledge cycle. */
static uint32_t deliver_external(struct vcpu *vcpu)
{
	if (takes_interrupts()) {
		int vector = extint_acknowledge(vcpu);

		if (vector >= 0) {
			inject(EVENT_EXTERNAL, (uint32_t)vector);
		}
	}
	if (!extint_waits(vcpu)) {
		vcpu->due &= ~(uint32_t)VCPU_DUE_EXTERNAL;
		return 0;
	}
	return PROC_INTERRUPT_WINDOW;
}

void vcpu_event_deliver(struct vcpu *vcpu)
{
	uint32_t window = 0;

	if ((vcpu->due & VCPU_DUE_NMI) != 0) {
		window |= deliver_nmi(vcpu);
	}
	if ((vcpu->due & VCPU_DUE_EXTERNAL) != 0) {
		window |= deliver_external(vcpu);
	}
	vmwrite(VMCS_PROC_CONTROLS, vcpu->controls.word[CONTROLS_PROC] | window);
}

void vcpu_event_due(struct vcpu *vcpu, enum vcpu_due due)
{
	vcpu->due |= (uint32_t)due;
	vcpu_event_deliver(vcpu);
}
