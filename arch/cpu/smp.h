/* SPDX-License-Identifier: Apache-2.0 */
/* smp.h: starts the other processors. */
#pragma once

#include "arch/cpu/cpu.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct smp_setup - what starting processors share. */
struct smp_setup {
	hpa_t trampoline; /* page below 1 MiB, from smp_prepare(); executable in the page tables in use */
	uint64_t tsc_hz;
	void (*main)(
		struct cpu
			*cpu); /* runs on the started processor, on its main stack; never returns */
};

/** smp_prepare() - write the start code, for page tables at @cr3 (below 4 GiB), while the page is writable. */
void smp_prepare(hpa_t trampoline, uint64_t cr3);

/**
 * smp_start() - start one processor and wait until it has taken over its structure.
 *
 * Return: OK, or E_TIMEOUT when it did not report within a second.
 * Source: SDM Vol. 3A, "MP Initialization Protocol Algorithm for MP Systems".
 */
enum status smp_start(const struct smp_setup *setup, struct cpu *cpu);
