/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: time from the time-stamp counter. */
#include "kernel/clock.h"

#include "arch/cpu/insn.h"

enum { NS_SHIFT = 32 };

#define NS_PER_SECOND ((uint64_t)1000000000)

static struct {
	uint64_t hz;
	uint64_t zero;
	uint64_t ns_per_tick; /* fixed point, NS_SHIFT bits behind the point */
} the_clock;

void clock_init(uint64_t tsc_hz, uint64_t tsc_zero)
{
	the_clock.hz = tsc_hz;
	the_clock.zero = tsc_zero;
	the_clock.ns_per_tick = (NS_PER_SECOND << NS_SHIFT) / tsc_hz;
}

uint64_t clock_ticks_ns(uint64_t ticks)
{
	return (uint64_t)((unsigned __int128)ticks * the_clock.ns_per_tick >> NS_SHIFT);
}

uint64_t clock_ns(void)
{
	return clock_ticks_ns(rdtsc() - the_clock.zero);
}

uint64_t clock_us_at(uint64_t tsc)
{
	return clock_ticks_ns(tsc - the_clock.zero) / 1000;
}

uint64_t clock_us(void)
{
	return clock_ns() / 1000;
}

uint64_t clock_hz(void)
{
	return the_clock.hz;
}
