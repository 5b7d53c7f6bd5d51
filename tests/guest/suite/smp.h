/* SPDX-License-Identifier: Apache-2.0 */
/* smp.h: the other processors: found once, started anew by whoever needs one. */
#pragma once

#include "tests/guest/lib.h"

enum { SMP_MAX = 8, SMP_START_PAGE = 8 };

/** smp_find() - once: start all, to see who is there. They wait for SIPI afterwards. */
void smp_find(void);

/** smp_count() - how many processors there are besides the boot processor. */
uint32_t smp_count(void);

/** smp_id() - the APIC ID of one of them, @index below smp_count(). */
uint32_t smp_id(uint32_t index);

/** smp_prepare() - what a processor does that gets a SIPI for @page: run @task once, then HLT with IF clear. */
void smp_prepare(uint32_t page, void (*task)(void));

/** smp_run() - INIT and SIPI to the processor with the APIC ID @id, and wait until it is done with @task. */
bool smp_run(uint32_t id, void (*task)(void));

/** smp_start() - the same, and wait only until it has entered @task. */
bool smp_start(uint32_t id, void (*task)(void));

/** smp_wait_done() - wait until it is done; up to @us microseconds. */
bool smp_wait_done(uint32_t id, uint32_t us);

/** smp_entered() - how often the processor @id entered a task since smp_prepare(). */
uint32_t smp_entered(uint32_t id);

/** smp_segment() - CS with which the processor @id began when it was started last. */
uint32_t smp_segment(uint32_t id);

/** smp_code_bytes() - so many bytes at the start of its page smp_prepare() overwrites. */
uint32_t smp_code_bytes(void);

/** smp_own_id() - on another processor: its APIC ID, as CPUID says. */
uint32_t smp_own_id(void);

/** smp_park() - INIT to those that were started: they wait for SIPI. */
void smp_park(void);

/** smp_is_boot_processor() - who executes this? */
bool smp_is_boot_processor(void);

/** smp_died() - another processor's end by an exception that nobody expected. */
void smp_died(const struct frame *frame) __attribute__((noreturn));
