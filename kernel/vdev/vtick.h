/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vtick.h: nanoseconds of the guest's clock and ticks of a device's clock, exactly.
 *
 * Whole seconds and the rest are converted apart, so that each product fits into 64 bits and no
 * 128-bit division (a library call) is needed: floor((s * G + r) * hz / G) is s * hz + floor(r * hz
 * / G) with G = 10^9, and nothing is ever added up that could drift.
 */
#pragma once

#include "kernel/lib/types.h"

#define VTICK_NS_PER_S UINT64_C(1000000000)

/** vtick_at() - ticks of a clock of @hz (1 to 10^9) that are over at @ns. */
static inline uint64_t vtick_at(uint64_t ns, uint32_t hz)
{
	return ns / VTICK_NS_PER_S * hz + ns % VTICK_NS_PER_S * hz / VTICK_NS_PER_S;
}

/**
 * vtick_ns() - the first ns at which @tick is over: vtick_at(that) is @tick, one ns earlier it is
 * not.
 */
static inline uint64_t vtick_ns(uint64_t tick, uint32_t hz)
{
	return tick / hz * VTICK_NS_PER_S + (tick % hz * VTICK_NS_PER_S + hz - 1) / hz;
}
