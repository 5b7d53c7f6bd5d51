/* SPDX-License-Identifier: Apache-2.0 */
/* second.c: the second processor of a guest that has one. */
#include "tests/guest/second.h"

#include "tests/guest/suite/apic.h"

/* suite/smp.asm */
extern const uint8_t smp_begin[], smp_end[];
void smp_enter(void);

/* Source: SDM Vol. 3A, "MP Initialization Protocol Algorithm for MP Systems". */
enum {
	SECOND = 1, /* its APIC ID */
	PAGE_SHIFT = 12,
	START_PAGE = 8, /* at 32 KiB: RAM that a loader may have used, and nobody else */
	ROUNDS = 100000000,
};

static void (*volatile task_now)(void);
static volatile bool done;

void smp_enter(void)
{
	task_now();
	done = true;
}

bool second_begin(void (*task)(void))
{
	uint8_t *page = (uint8_t *)(START_PAGE << PAGE_SHIFT);

	if ((cpuid(1).ebx >> 16 & 0xFF) < 2) {
		return false;
	}
	for (uint32_t i = 0; &smp_begin[i] < smp_end; i++) {
		page[i] = smp_begin[i];
	}
	done = false;
	task_now = task;
	apic_send(SECOND, ICR_INIT | ICR_ASSERT);
	apic_send(SECOND, ICR_STARTUP | ICR_ASSERT | START_PAGE);
	return true;
}

bool second_wait(void)
{
	for (uint32_t i = 0; i < ROUNDS && !done; i++) {
		__builtin_ia32_pause();
	}
	return done;
}

bool second_run(void (*task)(void))
{
	return second_begin(task) && second_wait();
}
