/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vcpu.h: one virtual processor, pinned for ever to one physical processor.
 *
 * Owned by that processor: it alone runs it, touches its VMCS and counts its exits. Others only set
 * request bits and call it with an NMI.
 */
#pragma once

#include "arch/cpu/cpu.h"
#include "arch/cpu/exception.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/decode.h"
#include "arch/vmx/vmx.h"
#include "kernel/cpuid_policy.h"
#include "kernel/denied.h"
#include "kernel/event_merge.h"
#include "kernel/image.h"
#include "kernel/lib/types.h"
#include "kernel/trace.h"
#include "kernel/vcpu_counts.h"
#include "kernel/vlapic_regs.h"
#include "kernel/vmsr.h"

struct partition;

/** enum vcpu_request - what others ask of a vcpu; bits of vcpu.requests. */
enum vcpu_request {
	VCPU_REQUEST_START = 1 << 0, /* load the guest and run; of the first processor only */
	VCPU_REQUEST_STOP = 1 << 1,
	VCPU_REQUEST_INIT = 1 << 2,
	VCPU_REQUEST_SIPI = 1 << 3,
	VCPU_REQUEST_NMI = 1 << 4,
	VCPU_REQUEST_WAIT = 1 << 5, /* the guest starts: clear everything, wait for a SIPI */
	VCPU_REQUEST_PAUSE = 1 << 6,
	VCPU_REQUEST_RESUME = 1 << 7,
	VCPU_REQUEST_SNAPSHOT = 1 << 8, /* vcpu_snapshot.h */
	VCPU_REQUEST_STEP = 1 << 9,     /* the same, behind one instruction of a paused guest */
	VCPU_REQUEST_TRACE = 1 << 10,   /* look at @traced again */
	VCPU_REQUEST_EXTINT = 1 << 11,  /* the 8259s ask for an interrupt: vcpu_event.h */
	VCPU_REQUEST_LEVEL = 1 << 12,   /* look at @levels_due */
};

/** struct vcpu_event - what to inject when a handler's verdict is EXIT_INJECT. */
struct vcpu_event {
	uint32_t information; /* as VMCS_ENTRY_INTERRUPTION */
	uint32_t error_code;
	bool fault; /* event_is_fault() */
};

/** struct vcpu_postponed - a breakpoint met while an event was delivered; exit_debug.h. */
struct vcpu_postponed {
	uint64_t causes; /* for DR6; 0: none */
	uint64_t dr7;    /* what it is again then */
};

/** struct vcpu - page aligned. */
struct vcpu {
	struct vmx_guest guest; /* first: vmentry.asm finds it through cpu->vcpu */
	enum vcpu_state state;
	uint32_t requests; /* VCPU_REQUEST_..., set by anybody, taken by the owner */
	uint32_t sipi_vector;
	uint32_t levels_due[VLAPIC_WORDS]; /* level-triggered vectors, likewise */
	uint32_t id;                       /* virtual APIC ID, the place in the partition */
	struct partition *partition;
	struct cpu *cpu;
	void *vmcs;
	uint16_t vpid;
	struct controls controls; /* the words as they stand in the VMCS */
	bool shared;              /* the monitor lives on this processor too */
	uint32_t shared_ticks;    /* and gets its turn after so many of the VMX-preemption timer */
	uint32_t skip_bytes;      /* for EXIT_SKIP */
	bool held;                /* paused: it does not enter its guest */
	struct vcpu_exit exit;
	struct vcpu_event event;
	struct vcpu_postponed postponed;
	uint32_t due; /* VCPU_DUE_... */
	struct vcpu_counts counts;
	struct decode_memo decoded; /* the last instruction that touched a device */
	struct vmsr msrs;
	struct vlapic apic;
	struct cpuid_table cpuid;
	struct denied denied;
	bool traced; /* set by the monitor: @trace is written at every exit */
	struct vcpu_counts_base base;
	struct trace trace;
};

_Static_assert(offsetof(struct vcpu, guest) == 0,
	       "vmentry.asm takes a vcpu for its struct vmx_guest");

/** vcpu_main() - be @vcpu on its own processor for ever. */
_Noreturn void vcpu_main(struct vcpu *vcpu);

/** vcpu_activate() - make its VMCS and make it current; on its own processor, once. In partition_create.c. */
void vcpu_activate(struct vcpu *vcpu);

/** vcpu_parked() - from any processor: whether it has left its guest for good, and its processor can be reset. */
bool vcpu_parked(const struct vcpu *vcpu);

/** vcpu_call() - from any processor: set @request and call the processor that owns @vcpu, unless it is this one. */
void vcpu_call(struct vcpu *vcpu, enum vcpu_request request);

/** vcpu_reset() - the state after INIT; on the owner, its VMCS current. Memory, the real APIC and TSC are not touched. */
void vcpu_reset(struct vcpu *vcpu);

/** vcpu_enter_once() - on the owner: one VM entry. Return: the exit reason, to be handled or not. */
uint64_t vcpu_enter_once(struct vcpu *vcpu);

/** vcpu_handle_exit() - on the owner: do what the exit asks for. */
void vcpu_handle_exit(struct vcpu *vcpu);

/** vcpu_clear() - before a start of the guest, on the owner: nothing of an earlier one is left. */
void vcpu_clear(struct vcpu *vcpu);

/** vcpu_repeat() - part of a string instruction with REP is done, and its registers say so: it goes on at RIP. */
void vcpu_repeat(void);

/** vcpu_housekeep() - on a shared processor: give the monitor its turn. */
void vcpu_housekeep(struct vcpu *vcpu);

/** vcpu_uncancel_entry() - take back what an NMI in root mode did to the VMCS; on the owner. */
void vcpu_uncancel_entry(const struct vcpu *vcpu);

/** vcpu_take_nmis() - from now on NMIs are calls to vcpus. */
void vcpu_take_nmis(void);

/* Exceptions with an error code (SDM Vol. 3A, "Error Code"). */
#define VECTORS_WITH_ERROR_CODE                                                                    \
	(1u << VECTOR_DF | 1u << 10 | 1u << 11 | 1u << 12 | 1u << VECTOR_GP | 1u << VECTOR_PF |    \
	 1u << VECTOR_AC)

/**
 * vcpu_inject() - note an exception for EXIT_INJECT; @error_code is ignored where @vector has none.
 *
 * Inlined: callers know the vector, and of all this little is left.
 */
static inline void vcpu_inject(struct vcpu *vcpu, uint8_t vector, uint32_t error_code)
{
	uint32_t information = EVENT_VALID | EVENT_HARDWARE_EXCEPTION << EVENT_TYPE_SHIFT | vector;

	/* Real mode pushes no error codes. */
	if ((VECTORS_WITH_ERROR_CODE >> vector & 1) != 0 &&
	    (vmread(VMCS_GUEST_CR0) & CR0_PE) != 0) {
		information |= EVENT_HAS_ERROR_CODE;
	}
	vcpu->event = (struct vcpu_event){ information, error_code, event_vector_is_fault(vector) };
	vcpu->exit.vector = vector;
}
