/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_step.c: single steps, with the monitor trap flag or with the guest's own. */
#include "kernel/vcpu_step.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"
#include "kernel/guest_walk.h"
#include "kernel/partition.h"
#include "kernel/processors.h"
#include "kernel/step_opcode.h"

enum {
	/* A guest that sleeps executes nothing: the VMX-preemption timer ends the try, after some ms. */
	STEP_TIMER_TICKS = 50000,
	STEP_TRIES = 16,
	CODE_BYTES = 15,
};

#define NO_EXIT        UINT64_MAX
#define FLAGS_BORROWED (RFLAGS_TF | RFLAGS_IF)

/* --- An entry that ends soon */

/* Whether the exit came before the instruction, which is then still to be executed. */
static bool is_before(uint64_t reason)
{
	uint32_t type =
		(uint32_t)vmread(VMCS_EXIT_INTERRUPTION) >> EVENT_TYPE_SHIFT & EVENT_TYPE_MASK;

	return reason == EXIT_REASON_INTERRUPT_WINDOW || reason == EXIT_REASON_NMI_WINDOW ||
	       (reason == EXIT_REASON_EXCEPTION_OR_NMI && type == EVENT_NMI);
}

/* Handlers of exits write these words too; so they are set for each entry. */
static void limit_entry(const struct vcpu *vcpu, uint32_t ticks, uint32_t trap)
{
	vmwrite(VMCS_PROC_CONTROLS, vmread(VMCS_PROC_CONTROLS) | trap);
	vmwrite(VMCS_PREEMPTION_TIMER, ticks);
	vmwrite(VMCS_PIN_CONTROLS, vcpu->controls.word[CONTROLS_PIN] | PIN_PREEMPTION_TIMER);
}

static void unlimit_entry(const struct vcpu *vcpu)
{
	vmwrite(VMCS_PROC_CONTROLS, vmread(VMCS_PROC_CONTROLS) & ~(uint64_t)PROC_MONITOR_TRAP);
	vmwrite(VMCS_PREEMPTION_TIMER, vcpu->shared_ticks);
	vcpu_uncancel_entry(vcpu);
}

/* Return: the reason of the exit that is still to be handled, or NO_EXIT when something else is asked of @vcpu. */
static uint64_t enter(struct vcpu *vcpu, uint32_t ticks, uint32_t trap)
{
	uint64_t reason = NO_EXIT;

	for (uint32_t i = 0; i < STEP_TRIES && reason == NO_EXIT; i++) {
		/* An NMI that comes from here on cancels the entry; one before has left its request. */
		limit_entry(vcpu, ticks, trap);
		if (__atomic_load_n(&vcpu->requests, __ATOMIC_ACQUIRE) != 0) {
			break;
		}
		reason = vcpu_enter_once(vcpu);
		if (is_before(reason)) {
			vcpu_handle_exit(vcpu);
			reason = NO_EXIT;
		}
	}
	unlimit_entry(vcpu);
	return reason;
}

/* Of an exit that is none of the stepper's own. */
static enum vcpu_step_result handle(struct vcpu *vcpu, uint64_t reason)
{
	if (reason == NO_EXIT || reason == EXIT_REASON_PREEMPTION_TIMER) {
		return STEP_NONE;
	}
	vcpu_handle_exit(vcpu);
	return STEP_EXITED;
}

static enum vcpu_step_result step_by_monitor_trap(struct vcpu *vcpu)
{
	uint64_t reason = enter(vcpu, STEP_TIMER_TICKS, PROC_MONITOR_TRAP);

	return reason == EXIT_REASON_MONITOR_TRAP ? STEP_EXECUTED : handle(vcpu, reason);
}

/* --- Without it: RFLAGS.TF, set and IF clear for one instruction, all exceptions exiting */

/* An event that is due is delivered by the entry, and the timer, which has run out, ends it before its handler. */
static enum vcpu_step_result deliver_event(struct vcpu *vcpu)
{
	uint64_t reason = enter(vcpu, 0, 0);

	return reason == EXIT_REASON_PREEMPTION_TIMER ? STEP_EXECUTED : handle(vcpu, reason);
}

static bool is_single_step(uint64_t reason)
{
	const uint32_t debug =
		EVENT_VALID | EVENT_HARDWARE_EXCEPTION << EVENT_TYPE_SHIFT | VECTOR_DB;
	uint32_t event = (uint32_t)vmread(VMCS_EXIT_INTERRUPTION) & ~EVENT_NMI_UNBLOCKED;

	return reason == EXIT_REASON_EXCEPTION_OR_NMI && event == debug &&
	       (vmread(VMCS_EXIT_QUALIFICATION) & DR6_BS) != 0;
}

/* A page fault that exits has not written CR2 (SDM Vol. 3C, "Architectural State Before a VM Exit"). */
static void finish_page_fault(uint64_t reason)
{
	if (reason == EXIT_REASON_EXCEPTION_OR_NMI &&
	    ((uint32_t)vmread(VMCS_EXIT_INTERRUPTION) & 0xFF) == VECTOR_PF) {
		write_cr2(vmread(VMCS_EXIT_QUALIFICATION));
	}
}

static enum vcpu_step_result run_with_flag(struct vcpu *vcpu, uint64_t flags)
{
	uint64_t exceptions = vmread(VMCS_EXCEPTION_BITMAP);

	/* An entry with TF set, or IF clear, wants these clear (SDM Vol. 3C, "Checks on Guest Non-Register State"). */
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
		vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOV_SS));
	vmwrite(VMCS_GUEST_RFLAGS, (flags | RFLAGS_TF) & ~RFLAGS_IF);
	vmwrite(VMCS_EXCEPTION_BITMAP, UINT32_MAX);
	uint64_t reason = enter(vcpu, STEP_TIMER_TICKS, 0);
	vmwrite(VMCS_EXCEPTION_BITMAP, exceptions);
	if ((flags & RFLAGS_TF) == 0 && is_single_step(reason)) {
		return STEP_EXECUTED;
	}
	finish_page_fault(reason);
	enum vcpu_step_result result = handle(vcpu, reason);
	if ((flags & RFLAGS_TF) == 0) {
		/* A handler that goes on behind the instruction has seen TF. */
		vmwrite(VMCS_GUEST_PENDING_DEBUG, vmread(VMCS_GUEST_PENDING_DEBUG) & ~DR6_BS);
	}
	return result;
}

/* Whether POPF and IRET may change IF (SDM Vol. 2B, "POPF/POPFD/POPFQ"). */
static bool owns_if(uint64_t flags, uint64_t cpl)
{
	return cpl <= (flags >> RFLAGS_IOPL_SHIFT & 3);
}

/* What the guest's flags would be if nobody had stepped it. */
static uint64_t flags_after(enum step_opcode opcode, uint64_t before, uint64_t cpl)
{
	uint64_t now = vmread(VMCS_GUEST_RFLAGS);
	uint64_t kept = before & FLAGS_BORROWED;

	switch (opcode) {
	case STEP_OPCODE_CLI:
		kept &= ~RFLAGS_IF;
		break;
	case STEP_OPCODE_STI:
		kept |= RFLAGS_IF;
		break;
	case STEP_OPCODE_POPF:
		kept = now & (owns_if(before, cpl) ? FLAGS_BORROWED : RFLAGS_TF);
		kept |= owns_if(before, cpl) ? 0 : before & RFLAGS_IF;
		break;
	default:
		break;
	}
	return (now & ~FLAGS_BORROWED) | kept;
}

/* HLT is not entered with IF clear: it would be for ever. */
static enum vcpu_step_result step_hlt(uint32_t bytes)
{
	vmwrite(VMCS_GUEST_RIP, vmread(VMCS_GUEST_RIP) + bytes);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
		vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOV_SS));
	vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	return STEP_EXECUTED;
}

/* With BTF the trap would wait for a branch. A WRMSR of it is the guest's last word. */
static enum vcpu_step_result run_without_btf(struct vcpu *vcpu, uint64_t flags)
{
	uint64_t debugctl = vmread(VMCS_GUEST_DEBUGCTL);

	vmwrite(VMCS_GUEST_DEBUGCTL, debugctl & ~DEBUGCTL_BTF);
	enum vcpu_step_result result = run_with_flag(vcpu, flags);
	bool wrote = result == STEP_EXITED && vcpu->exit.slot == EXIT_REASON_WRMSR &&
		     (uint32_t)vcpu->guest.rcx == MSR_IA32_DEBUGCTL;
	if (!wrote) {
		vmwrite(VMCS_GUEST_DEBUGCTL,
			vmread(VMCS_GUEST_DEBUGCTL) | (debugctl & DEBUGCTL_BTF));
	}
	return result;
}

static enum vcpu_step_result step_by_trap_flag(struct vcpu *vcpu)
{
	uint8_t code[CODE_BYTES];
	uint64_t flags = vmread(VMCS_GUEST_RFLAGS);
	uint64_t cpl = vmread(VMCS_GUEST_SS_ACCESS) >> ACCESS_DPL_SHIFT & 3;
	bool wide = guest_walk_is_64bit();

	if ((vmread(VMCS_ENTRY_INTERRUPTION) & EVENT_VALID) != 0) {
		return deliver_event(vcpu);
	}
	if (vmread(VMCS_GUEST_ACTIVITY) != ACTIVITY_ACTIVE) {
		return STEP_NONE;
	}
	struct step_instruction instruction =
		step_decode(code, guest_walk_code(vcpu, code, sizeof(code)), wide);
	if (instruction.opcode == STEP_OPCODE_REFUSED) {
		return STEP_REFUSED;
	}
	if (instruction.opcode == STEP_OPCODE_HLT && cpl == 0) {
		return step_hlt(instruction.bytes);
	}
	enum vcpu_step_result result = run_without_btf(vcpu, flags);
	vmwrite(VMCS_GUEST_RFLAGS,
		flags_after(result == STEP_EXECUTED ? instruction.opcode : STEP_OPCODE_OTHER, flags,
			    cpl));
	return result;
}

enum vcpu_step_result vcpu_step(struct vcpu *vcpu)
{
	bool monitor_trap =
		controls_has(&processors_vmx()->controls, CONTROLS_PROC, PROC_MONITOR_TRAP);

	if (!vcpu->held || vcpu->state != VCPU_RUNNING) {
		return STEP_NONE;
	}
	return monitor_trap ? step_by_monitor_trap(vcpu) : step_by_trap_flag(vcpu);
}
