/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu.c: the run loop of a virtual processor, and how others call it. */
#include "kernel/vcpu.h"

#include "arch/cpu/guest_state.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs_setup.h"
#include "kernel/exit.h"
#include "kernel/housekeeper.h"
#include "kernel/panic.h"
#include "kernel/partition.h"
#include "kernel/processors.h"
#include "kernel/vcpu_advance.h"
#include "kernel/vcpu_event.h"
#include "kernel/vcpu_snapshot.h"
#include "kernel/vlapic.h"

/* vectors.asm */
void cpu_sleep_until(const uint32_t *word);
extern const uint8_t cpu_sleep_start[], cpu_sleep_end[];

static const char *const state_texts[VCPU_STATE_COUNT] = {
	[VCPU_OFF] = "off",
	[VCPU_WAIT_SIPI] = "wait-for-SIPI",
	[VCPU_RUNNING] = "running",
};

const char *vcpu_state_text(enum vcpu_state state)
{
	return (unsigned)state < VCPU_STATE_COUNT ? state_texts[state] : "?";
}

void vcpu_call(struct vcpu *vcpu, enum vcpu_request request)
{
	__atomic_fetch_or(&vcpu->requests, (uint32_t)request, __ATOMIC_SEQ_CST);
	/* In root mode on its own processor: the run loop looks before the next entry. */
	if (vcpu->cpu != cpu_this()) {
		lapic_send(vcpu->cpu->apic_id, ICR_NMI, 0);
	}
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
	guest_state_reset();
	vmcs_reset_guest();
	vcpu->postponed.causes = 0;
	vlapic_init(vcpu);
	/* What waits for its window was for the guest before. */
	vcpu->due = 0;
	vmwrite(VMCS_PROC_CONTROLS, vcpu->controls.word[CONTROLS_PROC]);
	vmx_invalidate_linear();
}

void vcpu_clear(struct vcpu *vcpu)
{
	vmsr_clear_hardware();
	vmcs_clear_msrs();
	guest_state_clear(cpuid_policy_xcr0(&vcpu->cpuid));
	lapic_clear();
	vmsr_reset(&vcpu->msrs);
	vcpu->apic.base = vlapic_mode_base(vcpu->partition->apic_start, vcpu->id == 0);
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

/*
 * The first processor may ask the others to wait for a SIPI just after its guest's end has begun: one that is shared
 * has stopped by then, and has to stay so.
 */
static bool is_alive(const struct partition *partition)
{
	enum partition_state state = partition_state(partition);

	return state == PARTITION_RUNNING || state == PARTITION_PAUSED;
}

/* The boot processor goes to the reset vector, if there is anything (SDM Vol. 3A, "MP Initialization Protocol Algorithm for MP Systems"). */
static bool starts_at_reset(const struct vcpu *vcpu)
{
	return (vcpu->apic.base & APIC_BASE_BSP) != 0 && vcpu->partition->memory.rom.bytes > 0;
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
	if ((requests & VCPU_REQUEST_WAIT) != 0 && is_alive(vcpu->partition)) {
		vcpu_clear(vcpu);
		vcpu->state = VCPU_WAIT_SIPI;
	}
	if ((requests & VCPU_REQUEST_INIT) != 0 && vcpu->state != VCPU_OFF) {
		lapic_clear();
		vcpu_reset(vcpu);
		vcpu->state = starts_at_reset(vcpu) ? VCPU_RUNNING : VCPU_WAIT_SIPI;
	}
	if ((requests & VCPU_REQUEST_SIPI) != 0) {
		serve_sipi(vcpu);
	}
	if ((requests & VCPU_REQUEST_LEVEL) != 0 && vcpu->state == VCPU_RUNNING) {
		vlapic_take_levels(vcpu);
	}
	if ((requests & VCPU_REQUEST_NMI) != 0 && vcpu->state == VCPU_RUNNING) {
		vcpu_event_due(vcpu, VCPU_DUE_NMI);
	}
	if ((requests & VCPU_REQUEST_EXTINT) != 0 && vcpu->state == VCPU_RUNNING) {
		vcpu_event_due(vcpu, VCPU_DUE_EXTERNAL);
	}
	/* Last: what it shows is what all the others made of it. */
	if ((requests & (VCPU_REQUEST_SNAPSHOT | VCPU_REQUEST_STEP)) != 0) {
		vcpu_snapshot_serve(vcpu, requests);
	}
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

/* The one place that moves RIP or injects. The first verdict is by far the most frequent. */
static inline __attribute__((always_inline)) void vcpu_apply(struct vcpu *vcpu,
							     enum exit_verdict verdict)
{
	if (__builtin_expect(verdict == EXIT_ADVANCE, true)) {
		vcpu_advance(vmread(VMCS_INSTRUCTION_LENGTH));
	} else if (verdict == EXIT_SKIP) {
		vcpu_advance(vcpu->skip_bytes);
	} else if (verdict == EXIT_INJECT) {
		vcpu_inject_event(vcpu);
	}
}

/* Only this processor writes: no lock, no locked instruction. Return: how long it took. */
static inline uint64_t count_exit(struct vcpu *vcpu, uint64_t began)
{
	struct exit_count *count = vcpu->counts.exits + vcpu->exit.slot;
	uint64_t now = rdtsc();
	uint64_t ticks = now - began;

	count->count++;
	count->ticks += ticks;
	count->last_tsc = now;
	if (ticks > count->ticks_max) {
		count->ticks_max = ticks;
	}
	return ticks;
}

/* One instruction; the request itself is taken with an atomic one. */
static inline bool is_called(const struct vcpu *vcpu)
{
	return *(const volatile uint32_t *)&vcpu->requests != 0;
}

static inline uint64_t enter(struct vcpu **vcpu)
{
	struct vmx_guest *guest = &(*vcpu)->guest;
	uint64_t tsc = vmx_enter(&guest);

	*vcpu = (struct vcpu *)guest;
	return tsc;
}

static inline struct trace_entry *trace_exit(struct vcpu *vcpu, uint64_t began)
{
	struct trace_entry *entry = trace_open(&vcpu->trace);

	entry->tsc = began;
	entry->rip = vmread(VMCS_GUEST_RIP);
	entry->qualification = vmread(VMCS_EXIT_QUALIFICATION);
	entry->eax = (uint32_t)vcpu->guest.rax;
	entry->ecx = (uint32_t)vcpu->guest.rcx;
	entry->edx = (uint32_t)vcpu->guest.rdx;
	return entry;
}

static inline void trace_handled(struct vcpu *vcpu, struct trace_entry *entry, uint64_t ticks)
{
	if (vcpu->exit.slot == EXIT_REASON_EPT_VIOLATION) {
		entry->address = vmread(VMCS_GUEST_PHYSICAL_ADDRESS);
	}
	entry->exit = vcpu->exit;
	entry->ticks = (uint32_t)ticks;
	trace_close(&vcpu->trace);
}

/* To the next exit, and behind it. Return: @vcpu. */
static inline __attribute__((always_inline)) struct vcpu *run_once(struct vcpu *vcpu)
{
	uint64_t began = enter(&vcpu);

	vcpu_apply(vcpu, exit_dispatch(vcpu));
	count_exit(vcpu, began);
	return vcpu;
}

/* The hot loop. Whatever else there is to do comes as a request, also from this processor itself. */
static __attribute__((noinline)) void run_until_called(struct vcpu *vcpu)
{
	while (!is_called(vcpu)) {
		vcpu = run_once(vcpu);
	}
}

/* The same, and each exit is traced. A loop of its own: without a trace nobody pays for it. */
static __attribute__((noinline)) void run_traced(struct vcpu *vcpu)
{
	while (!is_called(vcpu)) {
		uint64_t began = enter(&vcpu);
		struct trace_entry *entry = trace_exit(vcpu, began);

		enum exit_verdict verdict = exit_dispatch(vcpu);
		entry->verdict = (uint8_t)verdict;
		vcpu_apply(vcpu, verdict);
		trace_handled(vcpu, entry, count_exit(vcpu, entry->tsc));
	}
}

static void run(struct vcpu *vcpu)
{
	if (__atomic_load_n(&vcpu->traced, __ATOMIC_RELAXED)) {
		run_traced(vcpu);
	} else {
		run_until_called(vcpu);
	}
}

uint64_t vcpu_enter_once(struct vcpu *vcpu)
{
	(void)enter(&vcpu);
	return vmread(VMCS_EXIT_REASON);
}

void vcpu_handle_exit(struct vcpu *vcpu)
{
	uint64_t began = rdtsc();

	vcpu_apply(vcpu, exit_dispatch(vcpu));
	count_exit(vcpu, began);
}

_Noreturn void vcpu_main(struct vcpu *vcpu)
{
	vcpu_activate(vcpu);
	vcpu->cpu->vmcs_current = true;
	for (;;) {
		serve_requests(vcpu);
		if (vcpu->state == VCPU_RUNNING && !vcpu->held) {
			run(vcpu);
		} else if (vcpu->shared) {
			vcpu_housekeep(vcpu);
		} else {
			cpu_sleep_until(&vcpu->requests);
		}
	}
}
