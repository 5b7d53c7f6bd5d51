/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: time by the TSC, whose rate is measured once against the 8254's channel 2. */
#pragma once

#include "tests/guest/lib.h"

/** clock_start() - measure. With an 8254 that does not move, a rate of 1 GHz is assumed. */
void clock_start(void);

/** clock_khz() - ticks of the TSC in a millisecond. */
uint32_t clock_khz(void);

/** clock_after() - what the TSC will say in @us microseconds. */
uint64_t clock_after(uint32_t us);

/** clock_wait() - spin for @us microseconds. */
void clock_wait(uint32_t us);

/** clock_wait_for() - spin until *@word is @wanted; false when @us microseconds passed. */
bool clock_wait_for(const volatile uint32_t *word, uint32_t wanted, uint32_t us);
