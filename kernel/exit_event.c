/* SPDX-License-Identifier: Apache-2.0 */
/* exit_event.c: NMIs, which are calls from other processors, and the few exceptions that exit. */
#include "kernel/exit.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/regs.h"
#include "kernel/exit_debug.h"
#include "kernel/lib/log.h"
#include "kernel/panic.h"
#include "kernel/partition.h"
#include "kernel/vcpu_event.h"

/* DR6 bits a debug exit reports: B0 to B3, BD, BS. */
#define DEBUG_CAUSES ((uint64_t)0x600F)

static uint64_t read_dr6(void)
{
	uint64_t value;

	__asm__ volatile("mov %%dr6, %0" : "=r"(value));
	return value;
}

static void write_dr6(uint64_t value)
{
	__asm__ volatile("mov %0, %%dr6" : : "r"(value));
}

/*
 * The exit came before DR6, DR7.GD and IA32_DEBUGCTL.LBR changed; the guest's handler expects them changed
 * (SDM Vol. 3C, "Architectural State Before a VM Exit").
 */
static void finish_debug_exception(uint64_t causes)
{
	write_dr6(read_dr6() | causes);
	vmwrite(VMCS_GUEST_DR7, vmread(VMCS_GUEST_DR7) & ~DR7_GD);
	vmwrite(VMCS_GUEST_DEBUGCTL, vmread(VMCS_GUEST_DEBUGCTL) & ~DEBUGCTL_LBR);
}

enum exit_verdict exit_debug_trap(struct vcpu *vcpu, uint64_t causes)
{
	finish_debug_exception(causes);
	vcpu_inject(vcpu, VECTOR_DB, 0);
	return EXIT_INJECT;
}

static bool is_delivering(void)
{
	return (vmread(VMCS_IDT_VECTORING) & EVENT_VALID) != 0;
}

static enum exit_verdict reflect(struct vcpu *vcpu, uint32_t information)
{
	uint32_t type = information >> EVENT_TYPE_SHIFT & EVENT_TYPE_MASK;

	if ((information & 0xFF) == VECTOR_DB) {
		finish_debug_exception(vmread(VMCS_EXIT_QUALIFICATION) & DEBUG_CAUSES);
	}
	/* While an event is delivered the bit means nothing (SDM Vol. 3C, "Information for VM Exits Due to Vectored Events"). */
	if ((information & EVENT_NMI_UNBLOCKED) != 0 && !is_delivering()) {
		/* It was an IRET that faulted: NMIs are blocked as they were before it. */
		vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
			vmread(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
	}
	if (type != EVENT_HARDWARE_EXCEPTION) {
		vmwrite(VMCS_ENTRY_INSTRUCTION_LENGTH, vmread(VMCS_INSTRUCTION_LENGTH));
	}
	vcpu->exit.vector = (uint8_t)information;
	vcpu->event.information = information & ~EVENT_NMI_UNBLOCKED;
	vcpu->event.error_code = (uint32_t)vmread(VMCS_EXIT_INTERRUPTION_ERROR);
	vcpu->event.fault = event_is_fault(information);
	return EXIT_INJECT;
}

/*
 * An NMI may as well be that of the guest's performance counters: then it is the guest's. A call that comes in the same
 * moment has its request bit.
 */
static void pass_on_counters_nmi(struct vcpu *vcpu)
{
	if (vlapic_regs_pmc_fired(&vcpu->apic)) {
		__atomic_fetch_or(&vcpu->requests, VCPU_REQUEST_NMI, __ATOMIC_SEQ_CST);
	}
}

enum exit_verdict exit_exception_or_nmi(struct vcpu *vcpu)
{
	uint32_t information = (uint32_t)vmread(VMCS_EXIT_INTERRUPTION);
	uint32_t type = information >> EVENT_TYPE_SHIFT & EVENT_TYPE_MASK;

	if (type == EVENT_NMI) {
		vmx_unblock_nmis();
		panic_park_if_asked();
		exit_requeue_event();
		pass_on_counters_nmi(vcpu);
		return EXIT_RESUME;
	}
	if ((information & 0xFF) == VECTOR_MC) {
		hv_panic(NULL, "machine check on processor %u", vcpu->cpu->index);
	}
	if ((information & 0xFF) == VECTOR_DB && is_delivering()) {
		/* Its frame was pushed onto a watched word: the event goes on, and the trap is taken behind it. */
		exit_debug_postpone(vcpu, vmread(VMCS_EXIT_QUALIFICATION) & DEBUG_CAUSES);
		exit_requeue_event();
		return EXIT_RESUME;
	}
	return reflect(vcpu, information);
}

enum exit_verdict exit_window(struct vcpu *vcpu)
{
	vcpu_event_deliver(vcpu);
	return EXIT_RESUME;
}

/*
 * The entry was cancelled by an NMI in root mode; the run loop looks for its request next. On a processor that is
 * shared it may as well be the monitor's turn.
 */
enum exit_verdict exit_preemption_timer(struct vcpu *vcpu)
{
	uint64_t causes = exit_debug_resume(vcpu);

	vcpu_uncancel_entry(vcpu);
	pass_on_counters_nmi(vcpu);
	if (vcpu->shared) {
		vcpu_housekeep(vcpu);
	}
	if (causes != 0) {
		return exit_debug_trap(vcpu, causes);
	}
	return EXIT_RESUME;
}
