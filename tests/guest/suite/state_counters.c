/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_counters.c: the performance counters, where there are any (SDM Vol. 3B, "Architectural Performance Monitoring").
 *
 * No rig of ours has them: these behaviours are for QEMU with KVM, and for servers.
 */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/suite.h"

enum {
	LEAF_COUNTERS = 0xA,
	MSR_PMC0 = 0xC1,
	MSR_PERFEVTSEL0 = 0x186,
	MSR_FIXED_CTR0 = 0x309, /* instructions retired */
	MSR_FIXED_CTR_CTRL = 0x38D,
	MSR_GLOBAL_STATUS = 0x38E,
	MSR_GLOBAL_CTRL = 0x38F,
	MSR_GLOBAL_OVF_CTRL = 0x390,
	FIXED_CTR0_ALL_RINGS = 3,
	INSTRUCTIONS_RETIRED = 0xC0,
	SELECT_USER = 1 << 16,
	SELECT_OS = 1 << 17,
	SELECT_INTERRUPT = 1 << 20,
	SELECT_ENABLE = 1 << 22,
	SELECT_INSTRUCTIONS = INSTRUCTIONS_RETIRED | SELECT_USER | SELECT_OS | SELECT_ENABLE,
	VECTOR_OVERFLOW = 0x61,
	LOOPS = 10000,
	LOOP_INSTRUCTIONS = 2,
	SLACK = 1000,
	A_WHILE_US = 1000,
};

#define GLOBAL_PMC0  ((uint64_t)1 << 0)
#define GLOBAL_FIXED ((uint64_t)1 << 32)

static uint32_t version(void)
{
	return cpuid(0).eax >= LEAF_COUNTERS ? cpuid(LEAF_COUNTERS).eax & 0xFF : 0;
}

/* From version 2 on there are the registers that switch all counters, and fixed ones. */
static bool counters_are_there(void)
{
	if (version() < 2 || (cpuid(LEAF_COUNTERS).edx & 0x1F) == 0) {
		skip("no performance counters of version 2");
		return false;
	}
	return true;
}

static void loop(void)
{
	uint32_t count = LOOPS;

	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(count));
}

static void all_off(void)
{
	wrmsr(MSR_GLOBAL_CTRL, 0);
	wrmsr(MSR_FIXED_CTR_CTRL, 0);
	wrmsr(MSR_PERFEVTSEL0, 0);
	wrmsr(MSR_GLOBAL_OVF_CTRL, GLOBAL_PMC0 | GLOBAL_FIXED);
}

/* Instructions that the first fixed counter counts during @work. */
static uint64_t counted(void (*work)(void))
{
	all_off();
	wrmsr(MSR_FIXED_CTR0, 0);
	wrmsr(MSR_FIXED_CTR_CTRL, FIXED_CTR0_ALL_RINGS);
	wrmsr(MSR_GLOBAL_CTRL, GLOBAL_FIXED);
	work();
	wrmsr(MSR_GLOBAL_CTRL, 0);
	return rdmsr(MSR_FIXED_CTR0);
}

BEHAVIOUR(fixed_counter_counts_instructions)
{
	if (counters_are_there()) {
		expect_between("instructions", counted(loop), LOOPS * LOOP_INSTRUCTIONS,
			       LOOPS * LOOP_INSTRUCTIONS + SLACK);
		all_off();
	}
}

static void many_cpuids(void)
{
	for (unsigned i = 0; i < LOOPS / 10; i++) {
		cpuid(0);
	}
}

/* CPUID is what every hypervisor looks at: what that takes is not the guest's. */
BEHAVIOUR(counters_count_nothing_but_this_machines_instructions)
{
	if (counters_are_there()) {
		expect_between("instructions for a thousand CPUIDs", counted(many_cpuids),
			       LOOPS / 10, LOOPS * 3);
		all_off();
	}
}

BEHAVIOUR(general_counter_counts_what_is_selected_while_it_is_on)
{
	if (!counters_are_there()) {
		return;
	}
	all_off();
	wrmsr(MSR_PMC0, 0);
	wrmsr(MSR_PERFEVTSEL0, SELECT_INSTRUCTIONS);
	loop();
	expect_equal("counted while it is off", rdmsr(MSR_PMC0), 0);
	wrmsr(MSR_GLOBAL_CTRL, GLOBAL_PMC0);
	loop();
	wrmsr(MSR_GLOBAL_CTRL, 0);
	expect_between("instructions", rdmsr(MSR_PMC0), LOOPS * LOOP_INSTRUCTIONS,
		       LOOPS * LOOP_INSTRUCTIONS + SLACK);
	all_off();
}

/* What is written to it is extended by its sign from bit 31. The APIC masks the entry as it takes the interrupt. */
BEHAVIOUR(counter_that_overflows_interrupts_once)
{
	if (!counters_are_there()) {
		return;
	}
	all_off();
	interrupt_handle(VECTOR_OVERFLOW, NULL);
	apic_write(APIC_LVT_PERFORMANCE, VECTOR_OVERFLOW);
	wrmsr(MSR_PMC0, (uint32_t)-LOOPS);
	wrmsr(MSR_PERFEVTSEL0, SELECT_INSTRUCTIONS | SELECT_INTERRUPT);
	wrmsr(MSR_GLOBAL_CTRL, GLOBAL_PMC0);
	loop();
	expect(interrupt_wait(VECTOR_OVERFLOW, 1, A_WHILE_US), "no interrupt");
	wrmsr(MSR_GLOBAL_CTRL, 0);
	expect_equal("overflow of the first", rdmsr(MSR_GLOBAL_STATUS) & GLOBAL_PMC0, GLOBAL_PMC0);
	expect(apic_read(APIC_LVT_PERFORMANCE) == (VECTOR_OVERFLOW | APIC_LVT_MASKED),
	       "its entry is not masked afterwards");
	all_off();
	expect_equal("overflow, cleared", rdmsr(MSR_GLOBAL_STATUS) & GLOBAL_PMC0, 0);
}

BEHAVIOUR(counters_that_leaf_0ah_hides_are_not_there)
{
	uint64_t value;

	if (version() != 0) {
		skip("there are counters");
		return;
	}
	expect_fault("RDMSR of IA32_PERF_GLOBAL_CTRL", try_rdmsr(MSR_GLOBAL_CTRL, &value),
		     VECTOR_GP);
	expect_fault("RDMSR of IA32_FIXED_CTR0", try_rdmsr(MSR_FIXED_CTR0, &value), VECTOR_GP);
	expect_fault("WRMSR of IA32_PERF_GLOBAL_CTRL", try_wrmsr(MSR_GLOBAL_CTRL, 0), VECTOR_GP);
}
