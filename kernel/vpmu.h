/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vpmu.h: the performance counters, which belong to the guest of their processor.
 *
 * Counters pass through; VM exit and entry switch IA32_PERF_GLOBAL_CTRL, so that nothing counts in the hypervisor. What
 * selects an event is looked at. Shown is version 2: no counting for the other thread of a core, no PEBS, no BTS.
 * Pure: leaf 0AH and what VMX can do come in as values.
 */
#pragma once

#include "kernel/lib/types.h"

/** struct vpmu - what guests have; gp_count 0: nothing. */
struct vpmu {
	uint32_t gp_count, gp_bits;
	uint32_t fixed_count, fixed_bits;
	uint32_t event_count; /* of EBX */
	uint32_t events_missing;
};

/** struct vpmu_setup - the machine. */
struct vpmu_setup {
	uint32_t leaf_eax, leaf_ebx, leaf_edx; /* CPUID leaf 0AH */
	bool hybrid;                           /* its processors are not all alike */
	bool switched; /* VM entry and exit load IA32_PERF_GLOBAL_CTRL, and RDPMC need not exit */
	bool (*counter_keeps)(void); /* asked last: whether a counter holds what is written to it */
};

/** vpmu_find() - whether guests can have the counters. A machine that fails in one point gives none. */
void vpmu_find(struct vpmu *pmu, const struct vpmu_setup *setup);

/** vpmu_leaf() - words of leaf 0AH as guests see them: EAX, EBX, EDX; all 0 without counters. */
void vpmu_leaf(const struct vpmu *pmu, uint32_t *eax, uint32_t *ebx, uint32_t *edx);

/** vpmu_has() - whether @msr is one of its registers. */
bool vpmu_has(const struct vpmu *pmu, uint32_t msr);

/** vpmu_global() - bits of IA32_PERF_GLOBAL_CTRL that are not reserved. */
uint64_t vpmu_global(const struct vpmu *pmu);

/** vpmu_is_legal() - whether WRMSR may write @value to @msr, one that vpmu_has() and that selects or enables. */
bool vpmu_is_legal(const struct vpmu *pmu, uint32_t msr, uint64_t value);
