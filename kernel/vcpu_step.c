/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_step.c: single steps with the monitor trap flag. */
#include "kernel/vcpu_step.h"

#include "kernel/processors.h"

/*
 * A guest that sleeps in HLT executes nothing: the VMX-preemption timer ends the try. One tick is 2^0 to 2^31 TSC ticks; on
 * the processors there are, 2^5.
 */
enum { STEP_TIMER_TICKS = 50000, STEP_TRIES = 16 };

bool vcpu_step_supported(void)
{
	return controls_has(&processors_vmx()->controls, CONTROLS_PROC, PROC_MONITOR_TRAP);
}

/* Exits that come before the instruction, which is then still to be executed. */
static bool is_before(uint64_t reason)
{
	uint32_t type =
		(uint32_t)vmread(VMCS_EXIT_INTERRUPTION) >> EVENT_TYPE_SHIFT & EVENT_TYPE_MASK;

	switch (reason) {
	case EXIT_REASON_EXCEPTION_OR_NMI:
		return type == EVENT_NMI;
	case EXIT_REASON_INTERRUPT_WINDOW:
	case EXIT_REASON_NMI_WINDOW:
		return true;
	default:
		return false;
	}
}

/* An exit's handler may write these words; so they are set for each entry. */
static void trap_next(const struct vcpu *vcpu)
{
	vmwrite(VMCS_PROC_CONTROLS, vmread(VMCS_PROC_CONTROLS) | PROC_MONITOR_TRAP);
	vmwrite(VMCS_PREEMPTION_TIMER, STEP_TIMER_TICKS);
	vmwrite(VMCS_PIN_CONTROLS, vcpu->controls.word[CONTROLS_PIN] | PIN_PREEMPTION_TIMER);
}

static void trap_no_more(const struct vcpu *vcpu)
{
	vmwrite(VMCS_PROC_CONTROLS, vmread(VMCS_PROC_CONTROLS) & ~(uint64_t)PROC_MONITOR_TRAP);
	vmwrite(VMCS_PREEMPTION_TIMER, vcpu->shared_ticks);
	vcpu_uncancel_entry(vcpu);
}

bool vcpu_step(struct vcpu *vcpu)
{
	bool done = false;

	if (!vcpu->held || vcpu->state != VCPU_RUNNING || !vcpu_step_supported()) {
		return false;
	}
	for (uint32_t i = 0; i < STEP_TRIES && !done; i++) {
		/* An NMI that comes from here on cancels the entry; one before has left its request. */
		trap_next(vcpu);
		if (__atomic_load_n(&vcpu->requests, __ATOMIC_ACQUIRE) != 0) {
			break;
		}
		uint64_t reason = vcpu_run_once(vcpu);
		if (reason == EXIT_REASON_PREEMPTION_TIMER) {
			break;
		}
		done = !is_before(reason);
	}
	trap_no_more(vcpu);
	return done;
}
