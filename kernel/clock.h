/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: time from the time-stamp counter, which all processors share. */
#pragma once

#include "kernel/lib/types.h"

/** clock_init() - the counter runs at @tsc_hz; time 0 is when it was @tsc_zero. */
void clock_init(uint64_t tsc_hz, uint64_t tsc_zero);

/** clock_ns() - nanoseconds since time 0. */
uint64_t clock_ns(void);

/** clock_us() - microseconds since time 0. */
uint64_t clock_us(void);

/** clock_ticks_ns() - nanoseconds that so many ticks take. */
uint64_t clock_ticks_ns(uint64_t ticks);

/** clock_us_at() - what clock_us() was when the counter was @tsc. */
uint64_t clock_us_at(uint64_t tsc);

/** clock_hz() - ticks a second. */
uint64_t clock_hz(void);
