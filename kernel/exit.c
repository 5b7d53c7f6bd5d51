/* SPDX-License-Identifier: Apache-2.0 */
/* exit.c: the table from exit reasons to handlers. */
#include "kernel/exit.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/regs.h"
#include "kernel/guest_walk.h"
#include "kernel/lib/format.h"
#include "kernel/lib/log.h"
#include "kernel/partition.h"
#include "kernel/vcpu_advance.h"

enum { CODE_BYTES = 16 };

static enum exit_verdict exit_nothing(struct vcpu *vcpu)
{
	(void)vcpu;
	return EXIT_ADVANCE;
}

static enum exit_verdict exit_undefined(struct vcpu *vcpu)
{
	vcpu_inject(vcpu, VECTOR_UD, 0);
	return EXIT_INJECT;
}

/* Apart, and called last: the refusal that is the same as the last shall not pay for its registers. */
static __attribute__((noinline)) void refuse_another(struct vcpu *vcpu, uint64_t key,
						     uint64_t number)
{
	denied_select(&vcpu->denied, key);
	exit_refuse(vcpu, key, number);
}

void exit_refuse(struct vcpu *vcpu, uint64_t key, uint64_t number)
{
	if (__builtin_expect(!denied_is_last(&vcpu->denied, key), false)) {
		refuse_another(vcpu, key, number);
		return;
	}
	vcpu->exit.refused = 1;
	denied_count(&vcpu->denied, number, vmread(VMCS_GUEST_RIP), rdtsc());
}

enum exit_verdict exit_protected(struct vcpu *vcpu)
{
	vcpu_inject(vcpu, VECTOR_GP, 0);
	return EXIT_INJECT;
}

enum exit_verdict exit_fault(struct vcpu *vcpu, const struct guest_fault *fault)
{
	if (fault->vector == VECTOR_PF) {
		/* The register itself is the guest's, and an entry that injects does not write it. */
		write_cr2(fault->address);
	}
	vcpu_inject(vcpu, fault->vector, fault->error_code);
	return EXIT_INJECT;
}

static enum exit_verdict exit_triple_fault(struct vcpu *vcpu)
{
	vcpu_triple_fault(vcpu);
	return EXIT_STOP;
}

/* clang-format off */
static const exit_fn handlers[EXIT_REASON_COUNT] = {
	[EXIT_REASON_EXCEPTION_OR_NMI] = exit_exception_or_nmi,
	[EXIT_REASON_TRIPLE_FAULT] = exit_triple_fault,
	[EXIT_REASON_INTERRUPT_WINDOW] = exit_window,
	[EXIT_REASON_NMI_WINDOW] = exit_window,
	[EXIT_REASON_TASK_SWITCH] = exit_task_switch,
	[EXIT_REASON_CPUID] = exit_cpuid,
	[EXIT_REASON_GETSEC] = exit_undefined,      /* CPUID hides SMX */
	[EXIT_REASON_INVD] = exit_nothing,          /* would drop other partitions' cache lines */
	[EXIT_REASON_RDPMC] = exit_protected,       /* the counters are not the guest's */
	[EXIT_REASON_VMCALL] = exit_vmcall,
	[EXIT_REASON_VMCLEAR] = exit_undefined,     /* VMCLEAR to VMXON: CPUID hides VMX */
	[EXIT_REASON_VMCLEAR + 1] = exit_undefined, /* VMLAUNCH */
	[EXIT_REASON_VMCLEAR + 2] = exit_undefined, /* VMPTRLD */
	[EXIT_REASON_VMCLEAR + 3] = exit_undefined, /* VMPTRST */
	[EXIT_REASON_VMCLEAR + 4] = exit_undefined, /* VMREAD */
	[EXIT_REASON_VMCLEAR + 5] = exit_undefined, /* VMRESUME */
	[EXIT_REASON_VMCLEAR + 6] = exit_undefined, /* VMWRITE */
	[EXIT_REASON_VMCLEAR + 7] = exit_undefined, /* VMXOFF */
	[EXIT_REASON_VMXON] = exit_undefined,
	[EXIT_REASON_CR_ACCESS] = exit_cr,
	[EXIT_REASON_IO] = exit_io,
	[EXIT_REASON_RDMSR] = exit_rdmsr,
	[EXIT_REASON_WRMSR] = exit_wrmsr,
	[EXIT_REASON_MWAIT] = exit_undefined,       /* CPUID hides MONITOR */
	[EXIT_REASON_MONITOR] = exit_undefined,
	[EXIT_REASON_EPT_VIOLATION] = exit_ept_violation,
	[EXIT_REASON_INVEPT] = exit_undefined,
	[EXIT_REASON_PREEMPTION_TIMER] = exit_preemption_timer,
	[EXIT_REASON_INVVPID] = exit_undefined,
	[EXIT_REASON_XSETBV] = exit_xsetbv,
	[EXIT_REASON_VMFUNC] = exit_undefined,
	[EXIT_REASON_SEAMCALL] = exit_undefined,    /* exits at any privilege: a process must not stop its guest */
	[EXIT_REASON_TDCALL] = exit_undefined,
};
/* clang-format on */

/* Never inlined: the exits that happen shall not pay for its registers. */
static __attribute__((noinline)) enum exit_verdict dispatch_unknown(struct vcpu *vcpu,
								    uint64_t reason)
{
	uint64_t basic = reason & EXIT_REASON_BASIC_MASK;
	bool entry_failed = (reason & EXIT_REASON_ENTRY_FAILURE) != 0;

	if (reason == (EXIT_REASON_ENTRY_FAILURE | EXIT_REASON_ENTRY_MACHINE_CHECK)) {
		hv_panic(NULL, "machine check at a VM entry on processor %u", vcpu->cpu->index);
	}
	vcpu->exit = (struct vcpu_exit){
		.slot = (uint16_t)(basic < EXIT_REASON_COUNT ? basic : EXIT_SLOT_UNKNOWN),
	};
	return exit_unhandled(vcpu, entry_failed ? "VM entry failed" : "unknown VM exit");
}

enum exit_verdict exit_dispatch(struct vcpu *vcpu)
{
	uint64_t reason = vmread(VMCS_EXIT_REASON);

	if (__builtin_expect(reason >= EXIT_REASON_COUNT, false)) {
		return dispatch_unknown(vcpu, reason);
	}
	vcpu->exit = (struct vcpu_exit){ .slot = (uint16_t)reason };
	exit_fn handler = handlers[reason];
	return handler != NULL ? handler(vcpu) : exit_unhandled(vcpu, "VM exit nobody handles");
}

static void format_code(struct vcpu *vcpu, char *text, size_t size)
{
	uint8_t code[CODE_BYTES];
	size_t count = guest_walk_code(vcpu, code, sizeof(code));
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count && used < size; i++) {
		used += format(text + used, size - used, " %02x", code[i]);
	}
}

enum exit_verdict exit_unhandled(struct vcpu *vcpu, const char *what)
{
	uint64_t reason = vmread(VMCS_EXIT_REASON);
	char code[3 * CODE_BYTES + 1];

	format_code(vcpu, code, sizeof(code));
	log_error(
		"%s: vcpu%u: %s: reason 0x%lx %s, qualification 0x%lx, RIP 0x%lx, bytes at RIP:%s",
		partition_name(vcpu->partition), vcpu->id, what, reason,
		exit_reason_name((uint32_t)reason & EXIT_REASON_BASIC_MASK),
		vmread(VMCS_EXIT_QUALIFICATION), vmread(VMCS_GUEST_RIP), code);
	partition_stop(vcpu->partition, "%s: %s at RIP 0x%lx", what,
		       exit_reason_name((uint32_t)reason & EXIT_REASON_BASIC_MASK),
		       vmread(VMCS_GUEST_RIP));
	return EXIT_STOP;
}

/*
 * An exit in the middle of an event's delivery leaves the event in the IDT-vectoring information; nobody else
 * remembers it (SDM Vol. 3C, "Information for VM Exits That Occur During Event Delivery").
 */
void exit_requeue_event(void)
{
	uint32_t event = (uint32_t)vmread(VMCS_IDT_VECTORING);

	if ((event & EVENT_VALID) == 0) {
		return;
	}
	uint32_t type = event >> EVENT_TYPE_SHIFT & EVENT_TYPE_MASK;
	if (type == EVENT_NMI) {
		/* Delivery set the blocking; the entry that injects again wants it clear. */
		vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
			vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~(uint64_t)BLOCKING_NMI);
	}
	if ((event & EVENT_HAS_ERROR_CODE) != 0) {
		vmwrite(VMCS_ENTRY_ERROR_CODE, vmread(VMCS_IDT_VECTORING_ERROR));
	}
	if (type >= EVENT_SOFTWARE_INTERRUPT) {
		vmwrite(VMCS_ENTRY_INSTRUCTION_LENGTH, vmread(VMCS_INSTRUCTION_LENGTH));
	}
	/* Undefined in the vectoring information, reserved at an entry. */
	vmwrite(VMCS_ENTRY_INTERRUPTION, event & ~EVENT_NMI_UNBLOCKED);
}
