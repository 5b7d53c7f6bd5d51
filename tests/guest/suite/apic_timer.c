/* SPDX-License-Identifier: Apache-2.0 */
/* apic_timer.c: the local APIC's timer. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/suite.h"

enum {
	VECTOR_TICK = 0x51,
	LEAF1_ECX_DEADLINE = 1 << 24,
	DIVIDE_BY_16 = 3,
	A_WHILE_US = 5000,
	PERIODS = 10,
	COUNT = 20000,
};

static void prepare(uint32_t divide)
{
	apic_enter_x2();
	interrupt_handle(VECTOR_TICK, NULL);
	apic_write(APIC_TIMER_DIVIDE, divide);
}

static bool has_deadline(void)
{
	if ((cpuid(1).ecx & LEAF1_ECX_DEADLINE) != 0) {
		return true;
	}
	skip("no TSC-deadline mode");
	return false;
}

/* Source of all: SDM Vol. 3A, "APIC Timer". */
BEHAVIOUR(the_timer_fires_once_in_one_shot_mode)
{
	prepare(APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK);
	apic_write(APIC_TIMER_INITIAL, COUNT);
	expect(interrupt_wait(VECTOR_TICK, 1, 100 * A_WHILE_US), "it did not fire");
	expect_equal("current count", apic_read(APIC_TIMER_CURRENT), 0);
	expect(!interrupt_wait(VECTOR_TICK, 2, A_WHILE_US), "it fired twice");
}

BEHAVIOUR(the_timer_fires_again_and_again_in_periodic_mode)
{
	prepare(APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK | APIC_LVT_PERIODIC);
	apic_write(APIC_TIMER_INITIAL, COUNT);
	expect(interrupt_wait(VECTOR_TICK, PERIODS, 1000 * A_WHILE_US), "it did not fire often");
	apic_write(APIC_TIMER_INITIAL, 0);
	interrupt_wait(VECTOR_TICK, PERIODS + 1, 100);
	uint32_t count = interrupt_count(VECTOR_TICK);

	expect(!interrupt_wait(VECTOR_TICK, count + 1, A_WHILE_US),
	       "an initial count of 0 did not stop it");
}

BEHAVIOUR(a_masked_timer_counts_and_does_not_fire)
{
	prepare(APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK | APIC_LVT_MASKED);
	apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
	clock_wait(A_WHILE_US);
	expect_between("current count", apic_read(APIC_TIMER_CURRENT), 1, UINT32_MAX - 1);
	apic_write(APIC_TIMER_INITIAL, 100);
	expect(!interrupt_wait(VECTOR_TICK, 1, A_WHILE_US), "it fired");
}

static uint32_t counted(uint32_t divide)
{
	uint32_t begin, end;

	prepare(divide);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK | APIC_LVT_MASKED);
	apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
	begin = apic_read(APIC_TIMER_CURRENT);
	clock_wait(10 * A_WHILE_US);
	end = apic_read(APIC_TIMER_CURRENT);
	return begin - end;
}

BEHAVIOUR(the_divider_divides)
{
	uint32_t by_1 = counted(APIC_DIVIDE_BY_1);
	uint32_t by_16 = counted(DIVIDE_BY_16);

	expect_between("per mille of by 1", divide((uint64_t)by_16 * 16000, by_1 == 0 ? 1 : by_1),
		       980, 1020);
}

BEHAVIOUR(the_deadline_fires_and_is_0_afterwards)
{
	uint64_t deadline;

	if (!has_deadline()) {
		return;
	}
	prepare(APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK | APIC_LVT_DEADLINE);
	deadline = clock_after(A_WHILE_US);
	wrmsr(MSR_TSC_DEADLINE, deadline);
	expect_equal("the MSR", rdmsr(MSR_TSC_DEADLINE), deadline);
	expect(interrupt_wait(VECTOR_TICK, 1, 10 * A_WHILE_US), "it did not fire");
	expect(rdtsc() >= deadline, "it fired early");
	expect_equal("the MSR afterwards", rdmsr(MSR_TSC_DEADLINE), 0);
}

BEHAVIOUR(a_deadline_in_the_past_fires_at_once)
{
	if (!has_deadline()) {
		return;
	}
	prepare(APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK | APIC_LVT_DEADLINE);
	wrmsr(MSR_TSC_DEADLINE, 1);
	expect(interrupt_wait(VECTOR_TICK, 1, A_WHILE_US), "it did not fire");
}

BEHAVIOUR(a_deadline_of_0_disarms)
{
	if (!has_deadline()) {
		return;
	}
	prepare(APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK | APIC_LVT_DEADLINE);
	wrmsr(MSR_TSC_DEADLINE, clock_after(A_WHILE_US));
	wrmsr(MSR_TSC_DEADLINE, 0);
	expect(!interrupt_wait(VECTOR_TICK, 1, 3 * A_WHILE_US), "it fired");
}

BEHAVIOUR(the_initial_count_does_nothing_in_deadline_mode)
{
	if (!has_deadline()) {
		return;
	}
	prepare(APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK | APIC_LVT_DEADLINE);
	apic_write(APIC_TIMER_INITIAL, 100);
	expect(!interrupt_wait(VECTOR_TICK, 1, A_WHILE_US), "it fired");
	expect_equal("current count", apic_read(APIC_TIMER_CURRENT), 0);
}

BEHAVIOUR(hlt_ends_when_the_timer_fires)
{
	prepare(APIC_DIVIDE_BY_1);
	for (uint32_t i = 1; i <= PERIODS; i++) {
		apic_write(APIC_LVT_TIMER, VECTOR_TICK);
		apic_write(APIC_TIMER_INITIAL, COUNT);
		__asm__ volatile("sti; hlt; cli" : : : "memory");
		expect_equal("count", interrupt_count(VECTOR_TICK), i);
	}
}
