/* SPDX-License-Identifier: Apache-2.0 */
/* processors.c: the machine's processors. */
#include "kernel/processors.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/smp.h"
#include "kernel/address_space.h"
#include "kernel/clock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/vcpu.h"

/* vectors.asm */
void cpu_sleep_until(const uint32_t *word);

/* One page each: what one processor writes often is no other's cache line. */
struct place {
	struct cpu cpu;
	struct processor_facts facts; /* written by itself, when it starts */
	uint32_t resting;             /* it sleeps, out of VMX operation or nobody's, and answers */
	uint32_t asked;
	struct processor_answer answer;
};

static struct {
	uint8_t *places;
	uint32_t count;
	struct vmx_capabilities vmx;
	struct controls controls;
	uint64_t lapic_hz;
	struct vpmu pmu;
	struct smp_setup setup;
} all;

_Static_assert(sizeof(struct place) <= 4096, "a processor's structures fit a page");

static struct place *place(uint32_t index)
{
	return (struct place *)(void *)(all.places + index * PAGE_SIZE);
}

struct cpu *processor(uint32_t index)
{
	return &place(index)->cpu;
}

const struct processor_facts *processor_facts(uint32_t index)
{
	return &place(index)->facts;
}

uint32_t processor_count(void)
{
	return all.count;
}

const struct vmx_capabilities *processors_vmx(void)
{
	return &all.vmx;
}

const struct controls *processors_controls(void)
{
	return &all.controls;
}

uint64_t processors_lapic_hz(void)
{
	return all.lapic_hz;
}

const struct vpmu *processors_pmu(void)
{
	return &all.pmu;
}

/* An emulator may have the registers, and nothing behind them. */
static bool counter_keeps(void)
{
	uint64_t value;

	if (!msr_probe(MSR_IA32_PERF_GLOBAL_CTRL, &value) || !msr_probe(MSR_IA32_PMC0, &value) ||
	    !msr_probe(MSR_IA32_PERFEVTSEL0, &value)) {
		return false;
	}
	wrmsr(MSR_IA32_PERF_GLOBAL_CTRL, 0);
	wrmsr(MSR_IA32_PERFEVTSEL0, 0);
	wrmsr(MSR_IA32_PMC0, 0x1234);
	bool keeps = rdmsr(MSR_IA32_PMC0) == 0x1234;
	wrmsr(MSR_IA32_PMC0, 0);
	return keeps;
}

static void find_pmu(void)
{
	bool has_leaf = cpuid(0, 0).eax >= 0xA;
	struct cpuid_regs leaf = has_leaf ? cpuid(0xA, 0) : (struct cpuid_regs){ 0, 0, 0, 0 };
	struct vpmu_setup setup = {
		.leaf_eax = leaf.eax,
		.leaf_ebx = leaf.ebx,
		.leaf_edx = leaf.edx,
		.hybrid = has_leaf && (cpuid(7, 0).edx & 1u << 15) != 0,
		.switched =
			(all.controls.word[CONTROLS_ENTRY] & ENTRY_LOAD_PERF_GLOBAL) != 0 &&
			(all.controls.word[CONTROLS_EXIT] & EXIT_LOAD_PERF_GLOBAL) != 0 &&
			((uint32_t)all.vmx.controls.msr[CONTROLS_PROC] & PROC_RDPMC_EXITING) == 0,
		.counter_keeps = counter_keeps,
	};

	vpmu_find(&all.pmu, &setup);
}

void processors_create(const struct boot_info *info)
{
	uint32_t count = info->machine.cpu_count;

	/* The count last: a panic looks through as many as it says. */
	all.places = memory_pages(count);
	all.count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct cpu *cpu = processor(i);

		cpu->index = i;
		cpu->apic_id = info->machine.cpus[i].apic_id;
		cpu->stacks = memory_stacks(i);
		cpu->vmxon_region = memory_pages(1);
		address_space_attach_window(cpu);
	}
}

void processors_enter_vmx(void)
{
	struct report *nobody = NULL;

	vmx_read_capabilities(&all.vmx);
	/* The boot room has checked them and found no fault. */
	if (controls_resolve(&all.vmx.controls, &all.controls, nobody) != OK) {
		hv_panic(NULL, "VMX controls changed since the boot room looked");
	}
	processor_facts_read(&place(cpu_this()->index)->facts);
	enum status status = vmx_on(cpu_this()->vmxon_region);
	if (status != OK) {
		hv_panic(NULL, "VMXON on processor 0: %s", status_text(status));
	}
	all.lapic_hz = lapic_timer_measure(clock_hz());
	find_pmu();
	cpu_this()->online = 1;
}

/* VMCSs are made from the first processor's capabilities: one that differs cannot run them as planned. */
static void check_same(const struct cpu *cpu)
{
	struct vmx_capabilities own;

	vmx_read_capabilities(&own);
	if (memcmp(&own, &all.vmx, sizeof(own)) != 0) {
		hv_panic(NULL, "processor %u has other VMX capabilities than processor 0",
			 cpu->index);
	}
}

/* Interrupts are off; what wakes it is the NMI that a question comes with. */
static _Noreturn void rest(void)
{
	struct place *own = place(cpu_this()->index);

	__atomic_store_n(&own->resting, 1, __ATOMIC_RELEASE);
	for (;;) {
		cpu_sleep_until(&own->asked);
		own->answer.good = msr_probe(own->answer.msr, &own->answer.value);
		__atomic_store_n(&own->asked, 0, __ATOMIC_RELEASE);
	}
}

bool processor_ask(uint32_t index, uint32_t msr)
{
	struct place *other = place(index);

	if (__atomic_load_n(&other->resting, __ATOMIC_ACQUIRE) == 0) {
		return false;
	}
	other->answer = (struct processor_answer){ .cpu = index, .msr = msr };
	__atomic_store_n(&other->asked, 1, __ATOMIC_RELEASE);
	lapic_send(other->cpu.apic_id, ICR_NMI, 0);
	return true;
}

bool processor_answered(struct processor_answer *answer)
{
	const struct place *other = place(answer->cpu);

	if (__atomic_load_n(&other->asked, __ATOMIC_ACQUIRE) != 0) {
		return false;
	}
	*answer = other->answer;
	return true;
}

static void processor_main(struct cpu *cpu)
{
	/* By itself: what was asked of it in its sleep ended with that. */
	place(cpu->index)->resting = 0;
	place(cpu->index)->asked = 0;
	processor_facts_read(&place(cpu->index)->facts);
	check_same(cpu);
	enum status status = vmx_on(cpu->vmxon_region);

	if (status != OK) {
		hv_panic(NULL, "VMXON on processor %u: %s", cpu->index, status_text(status));
	}
	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	if (cpu->vcpu != NULL) {
		vcpu_main(cpu->vcpu);
	}
	rest();
}

_Noreturn void processor_retire(void *vmcs)
{
	vmx_off(vmcs);
	__atomic_store_n(&cpu_this()->online, 0, __ATOMIC_RELEASE);
	rest();
}

enum status processor_bring_back(struct cpu *cpu)
{
	if (__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE) != 0) {
		return OK;
	}
	cpu->vcpu->requests = 0;
	return smp_start(&all.setup, cpu);
}

void processors_start(const struct boot_info *info)
{
	all.setup = (struct smp_setup){ info->trampoline, info->tsc_hz, processor_main };
	for (uint32_t i = 1; i < all.count; i++) {
		if (smp_start(&all.setup, processor(i)) != OK) {
			hv_panic(NULL, "processor %u (APIC ID %u) does not start", i,
				 processor(i)->apic_id);
		}
	}
}
