/* SPDX-License-Identifier: Apache-2.0 */
/* lapic.c: the local APIC of the processor this code runs on, in x2APIC mode. */
#include "arch/cpu/lapic.h"

#include "arch/cpu/cpu.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"

enum {
	TIMER_DIVIDE_1 = 0xB,
	TIMER_DIVIDE_16 = 0x3,
	SVR_RESET = 0xFF,
	TPR_CLASS_1 = 0x1F, /* holds back vectors 16 to 31 */
	/* Interrupts a processor can hold: 256 in service and 256 requested. */
	DRAIN_MAX = 512,
};

#define CPUID_1_ECX_X2APIC       ((uint32_t)1 << 21)
#define CPUID_1_ECX_TSC_DEADLINE ((uint32_t)1 << 24)

bool lapic_supported(void)
{
	return (cpuid(1, 0).ecx & CPUID_1_ECX_X2APIC) != 0;
}

bool lapic_has_deadline(void)
{
	return (cpuid(1, 0).ecx & CPUID_1_ECX_TSC_DEADLINE) != 0;
}

uint64_t lapic_read(uint32_t msr)
{
	return rdmsr(msr);
}

void lapic_write(uint32_t msr, uint64_t value)
{
	wrmsr(msr, value);
}

uint32_t lapic_id(void)
{
	return (uint32_t)rdmsr(X2APIC_ID);
}

static bool lvt_exists(uint32_t msr)
{
	uint64_t version = rdmsr(X2APIC_VERSION);
	uint64_t last = version >> 16 & 0xFF;

	/* SDM Vol. 3A, "Local Vector Table": the thermal, performance and CMCI entries came later. */
	switch (msr) {
	case X2APIC_LVT_CMCI:
		return last >= 6;
	case X2APIC_LVT_THERMAL:
		return last >= 5;
	case X2APIC_LVT_PMC:
		return last >= 4;
	default:
		return true;
	}
}

static void mask_all(void)
{
	static const uint32_t lvts[] = { X2APIC_LVT_CMCI, X2APIC_LVT_TIMER, X2APIC_LVT_THERMAL,
					 X2APIC_LVT_PMC,  X2APIC_LVT_LINT0, X2APIC_LVT_LINT1,
					 X2APIC_LVT_ERROR };

	for (unsigned i = 0; i < ARRAY_COUNT(lvts); i++) {
		if (lvt_exists(lvts[i])) {
			wrmsr(lvts[i], LVT_MASKED);
		}
	}
	wrmsr(X2APIC_TIMER_INITIAL, 0);
	wrmsr(X2APIC_TIMER_DIVIDE, 0);
}

static bool in_service(void)
{
	for (uint32_t i = 0; i < 8; i++) {
		if (rdmsr(X2APIC_ISR0 + i) != 0) {
			return true;
		}
	}
	return false;
}

void lapic_enable(void)
{
	uint64_t base = rdmsr(MSR_IA32_APIC_BASE);

	/* Two writes: from disabled to x2APIC there is no direct way (SDM Vol. 3A, "x2APIC State Transitions"). */
	wrmsr(MSR_IA32_APIC_BASE, base | APIC_BASE_EN);
	wrmsr(MSR_IA32_APIC_BASE, base | APIC_BASE_EN | APIC_BASE_EXTD);
	mask_all();
	wrmsr(X2APIC_TPR, 0);
	for (unsigned i = 0; i < DRAIN_MAX && in_service(); i++) {
		wrmsr(X2APIC_EOI, 0);
	}
	wrmsr(X2APIC_ESR, 0);
	wrmsr(X2APIC_SVR, SVR_RESET);
}

static bool is_requested(void)
{
	/* Vectors 0 to 31 would be taken for exceptions. */
	for (uint32_t i = 1; i < 8; i++) {
		if (rdmsr(X2APIC_IRR0 + i) != 0) {
			return true;
		}
	}
	return false;
}

void lapic_clear(void)
{
	struct cpu *cpu = cpu_this();

	lapic_enable();
	wrmsr(X2APIC_TPR, TPR_CLASS_1);
	cpu->drains_interrupts = true;
	for (unsigned i = 0; i < DRAIN_MAX && is_requested(); i++) {
		interrupts_enable();
		__asm__ volatile("nop");
		interrupts_disable();
	}
	cpu->drains_interrupts = false;
	wrmsr(X2APIC_TPR, 0);
}

void lapic_send(uint32_t to, enum icr_mode mode, uint8_t vector)
{
	/* An x2APIC ICR write does not wait for earlier stores (SDM Vol. 3A, "MSR Access in x2APIC Mode"). */
	__asm__ volatile("mfence; lfence" : : : "memory");
	wrmsr(X2APIC_ICR, (uint64_t)to << 32 | ICR_ASSERT | (uint64_t)mode << 8 | vector);
}

void lapic_eoi(void)
{
	wrmsr(X2APIC_EOI, 0);
}

void lapic_accept(uint8_t spurious)
{
	wrmsr(X2APIC_SVR, SVR_ENABLE | spurious);
}

void lapic_timer_once(uint8_t vector, uint32_t count)
{
	wrmsr(X2APIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	wrmsr(X2APIC_LVT_TIMER, vector);
	wrmsr(X2APIC_TIMER_INITIAL, count);
}

uint64_t lapic_timer_measure(uint64_t tsc_hz)
{
	uint64_t ticks = tsc_hz / 100;

	wrmsr(X2APIC_TIMER_DIVIDE, TIMER_DIVIDE_1);
	wrmsr(X2APIC_LVT_TIMER, LVT_MASKED);
	wrmsr(X2APIC_TIMER_INITIAL, UINT32_MAX);
	uint64_t count_from = rdmsr(X2APIC_TIMER_CURRENT);
	uint64_t from = rdtsc();
	while (rdtsc() - from < ticks) {
		__builtin_ia32_pause();
	}
	uint64_t count = count_from - rdmsr(X2APIC_TIMER_CURRENT);
	uint64_t passed = rdtsc() - from;
	wrmsr(X2APIC_TIMER_INITIAL, 0);
	return count * tsc_hz / passed; /* a hundredth of a second's count: no overflow */
}
