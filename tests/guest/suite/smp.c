/* SPDX-License-Identifier: Apache-2.0 */
/* smp.c: the other processors. */
#include "tests/guest/suite/smp.h"

#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/suite.h"

/* smp.asm */
extern const uint8_t smp_begin[], smp_end[];
extern uint8_t smp_stacks[], smp_stacks_end[];
void smp_enter(uint32_t segment);

enum {
	PAGE_SHIFT = 12,
	INIT_US = 1000, /* the manual's 10 ms are for processors of 1995 */
	START_US = 20000,
	DONE_US = 500000,
	CPUID_ID_SHIFT = 24,
};

static void (*volatile task_now)(void);
static uint32_t ids[SMP_MAX];
static uint32_t count;
static bool any_started;
static volatile uint32_t entered[SMP_MAX];
static volatile uint32_t done[SMP_MAX];
static volatile bool died[SMP_MAX];
static volatile uint32_t segments[SMP_MAX];

uint32_t smp_own_id(void)
{
	return cpuid(1).ebx >> CPUID_ID_SHIFT;
}

/* Where a processor begins in C; smp.asm lets none in whose ID has no stack. */
void smp_enter(uint32_t segment)
{
	uint32_t id = smp_own_id();

	idt_reload();
	segments[id] = segment;
	__atomic_fetch_add(&entered[id], 1, __ATOMIC_SEQ_CST);
	task_now();
	__atomic_fetch_add(&done[id], 1, __ATOMIC_SEQ_CST);
	stop();
}

bool smp_is_boot_processor(void)
{
	const uint8_t *here = __builtin_frame_address(0);

	return here < smp_stacks || here >= smp_stacks_end;
}

void smp_died(const struct frame *frame)
{
	(void)frame;
	died[smp_own_id()] = true;
	stop();
}

uint32_t smp_count(void)
{
	return count;
}

uint32_t smp_id(uint32_t index)
{
	return ids[index];
}

uint32_t smp_entered(uint32_t id)
{
	return entered[id];
}

uint32_t smp_segment(uint32_t id)
{
	return segments[id];
}

uint32_t smp_code_bytes(void)
{
	return (uint32_t)(smp_end - smp_begin);
}

void smp_prepare(uint32_t page, void (*task)(void))
{
	uint8_t *to = (uint8_t *)(page << PAGE_SHIFT);

	for (uint32_t i = 0; i < smp_code_bytes(); i++) {
		to[i] = smp_begin[i];
	}
	for (uint32_t id = 0; id < SMP_MAX; id++) {
		entered[id] = 0;
		done[id] = 0;
		died[id] = false;
	}
	task_now = task;
	any_started = true;
}

bool smp_start(uint32_t id, void (*task)(void))
{
	smp_prepare(SMP_START_PAGE, task);
	apic_send(id, ICR_INIT | ICR_ASSERT);
	clock_wait(INIT_US);
	apic_send(id, ICR_STARTUP | ICR_ASSERT | SMP_START_PAGE);
	return clock_wait_for(&entered[id], 1, START_US);
}

bool smp_wait_done(uint32_t id, uint32_t us)
{
	bool is_done = clock_wait_for(&done[id], 1, us);

	if (died[id]) {
		error("another processor met an exception");
	}
	return is_done;
}

bool smp_run(uint32_t id, void (*task)(void))
{
	return smp_start(id, task) && smp_wait_done(id, DONE_US);
}

void smp_park(void)
{
	for (uint32_t i = 0; i < count && any_started; i++) {
		apic_send(ids[i], ICR_INIT | ICR_ASSERT);
	}
	if (any_started) {
		clock_wait(INIT_US);
	}
	any_started = false;
}

static void nothing(void)
{
}

void smp_find(void)
{
	smp_prepare(SMP_START_PAGE, nothing);
	apic_send(0, ICR_INIT | ICR_ASSERT | ICR_OTHERS);
	clock_wait(INIT_US);
	apic_send(0, ICR_STARTUP | ICR_ASSERT | ICR_OTHERS | SMP_START_PAGE);
	clock_wait(START_US);
	for (uint32_t id = 0; id < SMP_MAX; id++) {
		if (entered[id] != 0) {
			ids[count++] = id;
		}
	}
}
