/* SPDX-License-Identifier: Apache-2.0 */
/* exit.h: from an exit reason to the handler that knows it. */
#pragma once

#include "arch/vmx/vmexit.h"
#include "kernel/exit_verdict.h"
#include "kernel/guest_access.h"
#include "kernel/vcpu.h"

/** exit_fn - handles one reason; runs on the vcpu's processor with its VMCS current. */
typedef enum exit_verdict (*exit_fn)(struct vcpu *vcpu);

/** exit_dispatch() - count the exit and have it handled; a reason nobody handles stops the partition. */
enum exit_verdict exit_dispatch(struct vcpu *vcpu);

/** exit_unhandled() - stop the partition with reason, qualification, RIP and the bytes at RIP in the log. */
enum exit_verdict exit_unhandled(struct vcpu *vcpu, const char *what);

/* One file a reason group. */
enum exit_verdict exit_cpuid(struct vcpu *vcpu);
enum exit_verdict exit_vmcall(struct vcpu *vcpu);
enum exit_verdict exit_rdmsr(struct vcpu *vcpu);
enum exit_verdict exit_wrmsr(struct vcpu *vcpu);
enum exit_verdict exit_io(struct vcpu *vcpu);
enum exit_verdict exit_cr(struct vcpu *vcpu);
enum exit_verdict exit_xsetbv(struct vcpu *vcpu);
enum exit_verdict exit_ept_violation(struct vcpu *vcpu);
enum exit_verdict exit_exception_or_nmi(struct vcpu *vcpu);
enum exit_verdict exit_task_switch(struct vcpu *vcpu);
enum exit_verdict exit_window(struct vcpu *vcpu);
enum exit_verdict exit_preemption_timer(struct vcpu *vcpu);

/** exit_refuse() - note that the exit asked for what the guest does not have; as denied_key() and denied_count(). */
void exit_refuse(struct vcpu *vcpu, uint64_t key, uint64_t number);

/** exit_protected() - it faults with #GP(0). Return: EXIT_INJECT. */
enum exit_verdict exit_protected(struct vcpu *vcpu);

/** exit_fault() - it faults with @fault. Return: EXIT_INJECT. */
enum exit_verdict exit_fault(struct vcpu *vcpu, const struct guest_fault *fault);

/** exit_debug_trap() - it is followed by #DB; @causes are set in DR6. Return: EXIT_INJECT. */
enum exit_verdict exit_debug_trap(struct vcpu *vcpu, uint64_t causes);

/** exit_load_pdptes() - what PAE paging takes from memory at @cr3. Return: false, and nothing loaded: not valid. */
bool exit_load_pdptes(struct vcpu *vcpu, uint64_t cr3);

/** exit_io_port() - one IN or OUT of @value. Return: EXIT_ADVANCE, or EXIT_STOP: that ended the guest. */
enum exit_verdict exit_io_port(struct vcpu *vcpu, const struct vmexit_io *io, uint32_t *value);

/** exit_string_io() - INS and OUTS, with REP too. */
enum exit_verdict exit_string_io(struct vcpu *vcpu);

/** exit_requeue_event() - inject again the event whose delivery an exit interrupted, if one did. */
void exit_requeue_event(void);
