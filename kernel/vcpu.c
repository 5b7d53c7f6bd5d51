/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu.c: the run loop of a virtual processor, and how others call it. */
#include "kernel/vcpu.h"

#include "arch/cpu/guest_state.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs_setup.h"
#include "kernel/exit.h"
#include "kernel/housekeeper.h"
#include "kernel/panic.h"
#include "kernel/partition.h"
#include "kernel/processors.h"
#include "kernel/vcpu_snapshot.h"

/* vectors.asm */
void cpu_sleep_until(const uint32_t *word);
extern const uint8_t cpu_sleep_start[], cpu_sleep_end[];

static const char *const state_texts[VCPU_STATE_COUNT] = {
	[VCPU_OFF] = "off",
	[VCPU_WAIT_SIPI] = "wait-for-SIPI",
	[VCPU_RUNNING] = "running",
};

/* Exceptions with an error code (SDM Vol. 3A, "Error Code"). */
#define VECTORS_WITH_ERROR_CODE                                                                    \
	(1u << VECTOR_DF | 1u << 10 | 1u << 11 | 1u << 12 | 1u << VECTOR_GP | 1u << VECTOR_PF |    \
	 1u << VECTOR_AC)

const char *vcpu_state_text(enum vcpu_state state)
{
	return (unsigned)state < VCPU_STATE_COUNT ? state_texts[state] : "?";
}

void vcpu_inject(struct vcpu *vcpu, uint8_t vector, uint32_t error_code)
{
	uint32_t information = EVENT_VALID | EVENT_HARDWARE_EXCEPTION << EVENT_TYPE_SHIFT | vector;
	/* Real mode pushes no error codes. */
	bool real_mode = (vmread(VMCS_GUEST_CR0) & CR0_PE) == 0;

	if ((VECTORS_WITH_ERROR_CODE >> vector & 1) != 0 && !real_mode) {
		information |= EVENT_HAS_ERROR_CODE;
	}
	vcpu->event = (struct vcpu_event){ information, error_code };
}

void vcpu_call(struct vcpu *vcpu, enum vcpu_request request)
{
	__atomic_fetch_or(&vcpu->requests, (uint32_t)request, __ATOMIC_SEQ_CST);
	lapic_send(vcpu->cpu->apic_id, ICR_NMI, 0);
}

/*
 * An NMI in root mode. Its sender has set a request, which the run loop may have looked for already: make the
 * coming entry exit before its first instruction, and wake the processor if it is about to sleep.
 */
static void nmi_in_root(struct exception_frame *frame)
{
	struct cpu *cpu = cpu_this();

	cpu->nmi_count++;
	panic_park_if_asked();
	if (frame->rip >= (uint64_t)cpu_sleep_start && frame->rip < (uint64_t)cpu_sleep_end) {
		frame->rip = (uint64_t)cpu_sleep_end;
	}
	if (cpu->vmcs_current) {
		vmwrite(VMCS_PREEMPTION_TIMER, 0);
		vmwrite(VMCS_PIN_CONTROLS,
			cpu->vcpu->controls.word[CONTROLS_PIN] | PIN_PREEMPTION_TIMER);
	}
}

void vcpu_take_nmis(void)
{
	exception_set(VECTOR_NMI, nmi_in_root);
}

void vcpu_reset(struct vcpu *vcpu)
{
	uint64_t host_rsp = vcpu->guest.host_rsp;
	uint32_t launched = vcpu->guest.launched;

	vcpu->guest = (struct vmx_guest){
		.host_rsp = host_rsp,
		.launched = launched,
		/* Family, model and stepping (SDM Vol. 3A, "Processor State After Reset"). */
		.rdx = vcpu->cpuid.basic[1].eax,
	};
	vmsr_reset(&vcpu->msrs, vcpu->id == 0);
	guest_state_reset();
	vmcs_reset_guest();
	/* An NMI that waits for its window was for the guest before. */
	vmwrite(VMCS_PROC_CONTROLS, vcpu->controls.word[CONTROLS_PROC]);
	vmx_invalidate_linear();
}

void vcpu_clear(struct vcpu *vcpu)
{
	vmsr_clear_hardware();
	guest_state_clear(cpuid_policy_xcr0(&vcpu->cpuid));
	lapic_enable();
	vcpu_reset(vcpu);
}

static void serve_sipi(struct vcpu *vcpu)
{
	if (vcpu->state != VCPU_WAIT_SIPI) {
		return;
	}
	vmcs_set_sipi((uint8_t)vcpu->sipi_vector);
	vcpu->state = VCPU_RUNNING;
}

/*
 * The end of its run. Its processor leaves VMX operation and sleeps until it is reset for the next start; the one
 * that the monitor shares has to do without a reset.
 */
static void retire(struct vcpu *vcpu)
{
	vcpu->state = VCPU_OFF;
	vcpu->held = false;
	if (!vcpu->shared) {
		vcpu->cpu->vmcs_current = false;
		processor_retire(vcpu->vmcs);
	}
}

bool vcpu_parked(const struct vcpu *vcpu)
{
	return vcpu->shared ? vcpu->state == VCPU_OFF
			    : __atomic_load_n(&vcpu->cpu->online, __ATOMIC_ACQUIRE) == 0;
}

/* INIT before SIPI: that is the order in which they are sent. */
static void serve_requests(struct vcpu *vcpu)
{
	uint32_t requests = __atomic_exchange_n(&vcpu->requests, 0, __ATOMIC_SEQ_CST);

	if ((requests & VCPU_REQUEST_STOP) != 0) {
		retire(vcpu);
		return;
	}
	if ((requests & (VCPU_REQUEST_PAUSE | VCPU_REQUEST_RESUME)) != 0) {
		vcpu->held = partition_state(vcpu->partition) == PARTITION_PAUSED;
	}
	if ((requests & VCPU_REQUEST_START) != 0) {
		partition_load(vcpu->partition);
	}
	if ((requests & VCPU_REQUEST_WAIT) != 0) {
		vcpu_clear(vcpu);
		vcpu->state = VCPU_WAIT_SIPI;
	}
	if ((requests & VCPU_REQUEST_INIT) != 0 && vcpu->state != VCPU_OFF) {
		lapic_enable();
		vcpu_reset(vcpu);
		vcpu->state = VCPU_WAIT_SIPI;
	}
	if ((requests & VCPU_REQUEST_SIPI) != 0) {
		serve_sipi(vcpu);
	}
	if ((requests & VCPU_REQUEST_NMI) != 0 && vcpu->state == VCPU_RUNNING) {
		vcpu_inject_nmi(vcpu);
	}
	/* Last: what it shows is what all the others made of it. */
	if ((requests & (VCPU_REQUEST_SNAPSHOT | VCPU_REQUEST_STEP)) != 0) {
		vcpu_snapshot_serve(vcpu, requests);
	}
}

/*
 * Now, or as soon as the guest can take it: an entry that injects an NMI wants no blocking by NMI or MOV SS, and
 * on some processors none by STI (SDM Vol. 3C, "Checks on Guest Non-Register State").
 */
void vcpu_inject_nmi(struct vcpu *vcpu)
{
	uint64_t blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY);
	bool busy = (vmread(VMCS_ENTRY_INTERRUPTION) & EVENT_VALID) != 0;

	if (busy || (blocking & (BLOCKING_NMI | BLOCKING_MOV_SS | BLOCKING_STI)) != 0) {
		/* An NMI window may open although STI blocks; an interrupt window does not, and IF is 1 then. */
		uint32_t window =
			(blocking & BLOCKING_STI) != 0 ? PROC_INTERRUPT_WINDOW : PROC_NMI_WINDOW;

		vmwrite(VMCS_PROC_CONTROLS, vcpu->controls.word[CONTROLS_PROC] | window);
		return;
	}
	vmwrite(VMCS_ENTRY_INTERRUPTION, EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI);
}

void vcpu_housekeep(struct vcpu *vcpu)
{
	bool busy;

	housekeeper_step(&busy);
	vmwrite(VMCS_PREEMPTION_TIMER, vcpu->shared_ticks);
}

void vcpu_uncancel_entry(const struct vcpu *vcpu)
{
	vmwrite(VMCS_PIN_CONTROLS, vcpu->controls.word[CONTROLS_PIN]);
}

/* A trap that was due after the instruction (SDM Vol. 3B, "Single-Step Exception Condition"). */
static void pend_single_step(void)
{
	vmwrite(VMCS_GUEST_PENDING_DEBUG, vmread(VMCS_GUEST_PENDING_DEBUG) | DR6_BS);
}

static uint64_t instruction_bytes(const struct vcpu *vcpu, enum exit_verdict verdict)
{
	return __builtin_expect(verdict == EXIT_ADVANCE, true) ? vmread(VMCS_INSTRUCTION_LENGTH)
							       : vcpu->skip_bytes;
}

static void advance(uint64_t bytes)
{
	uint64_t blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY);

	vmwrite(VMCS_GUEST_RIP, vmread(VMCS_GUEST_RIP) + bytes);
	/* The shadow of STI and MOV SS ends behind the next instruction, which was this one. */
	if ((blocking & (BLOCKING_STI | BLOCKING_MOV_SS)) != 0) {
		vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
			blocking & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOV_SS));
	}
	if ((vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF) != 0) {
		pend_single_step();
	}
}

static void inject(const struct vcpu *vcpu)
{
	vmwrite(VMCS_ENTRY_INTERRUPTION, vcpu->event.information);
	if ((vcpu->event.information & EVENT_HAS_ERROR_CODE) != 0) {
		vmwrite(VMCS_ENTRY_ERROR_CODE, vcpu->event.error_code);
	}
}

/* The one place that moves RIP or injects. */
static void vcpu_apply(const struct vcpu *vcpu, enum exit_verdict verdict)
{
	switch (verdict) {
	case EXIT_ADVANCE:
	case EXIT_SKIP:
		/* One call for both: with two, advance() is not inlined. */
		advance(instruction_bytes(vcpu, verdict));
		break;
	case EXIT_INJECT:
		inject(vcpu);
		break;
	case EXIT_RESUME:
	case EXIT_STOP:
		break;
	}
}

static inline __attribute__((always_inline)) void enter(struct vcpu *vcpu)
{
	if (vmx_enter(&vcpu->guest) != 0) {
		hv_panic(NULL, "VM entry of %s vcpu%u refused: instruction error %lu",
			 partition_name(vcpu->partition), vcpu->id, vmread(VMCS_INSTRUCTION_ERROR));
	}
	vcpu->guest.launched = 1;
}

/* The hot loop. Whatever else there is to do comes as a request, also from this processor itself. */
static void run_until_called(struct vcpu *vcpu)
{
	while (__atomic_load_n(&vcpu->requests, __ATOMIC_ACQUIRE) == 0) {
		enter(vcpu);
		vcpu_apply(vcpu, exit_dispatch(vcpu));
	}
}

uint64_t vcpu_enter_once(struct vcpu *vcpu)
{
	enter(vcpu);
	return vmread(VMCS_EXIT_REASON);
}

void vcpu_handle_exit(struct vcpu *vcpu)
{
	vcpu_apply(vcpu, exit_dispatch(vcpu));
}

_Noreturn void vcpu_main(struct vcpu *vcpu)
{
	vcpu_activate(vcpu);
	vcpu->cpu->vmcs_current = true;
	for (;;) {
		serve_requests(vcpu);
		if (vcpu->state == VCPU_RUNNING && !vcpu->held) {
			run_until_called(vcpu);
		} else if (vcpu->shared) {
			vcpu_housekeep(vcpu);
		} else {
			cpu_sleep_until(&vcpu->requests);
		}
	}
}
