/* SPDX-License-Identifier: Apache-2.0 */
/* vpmu.c: the performance counters of guests (SDM Vol. 3B, "Architectural Performance Monitoring"). */
#include "kernel/vpmu.h"

#include "arch/cpu/msr.h"

/* More have MSRs elsewhere. */
enum { GP_MAX = 8, FIXED_MAX = 4, VERSION = 2, FIXED_SHIFT = 32, FIXED_FIELD = 4 };

#define ANYTHREAD_GONE ((uint32_t)1 << 15)
/*
 * IA32_PERFEVTSELx: event, mask, USR, OS, edge, INT, EN, INV, counter mask. Not PC (19), which drives a pin of the
 * machine, nor AnyThread (21), which counts what another guest does.
 */
#define EVENT_BITS ((uint64_t)0xFFD7FFFF)
/* A counter's field of IA32_FIXED_CTR_CTRL: OS, USR, interrupt; not AnyThread. */
#define FIXED_BITS ((uint64_t)0xB)

static bool in(uint32_t msr, uint32_t first, uint32_t count)
{
	return msr - first < count;
}

void vpmu_find(struct vpmu *pmu, const struct vpmu_setup *setup)
{
	uint32_t version = setup->leaf_eax & 0xFF;
	uint32_t gp_count = setup->leaf_eax >> 8 & 0xFF;
	uint32_t fixed_count = setup->leaf_edx & 0x1F;

	*pmu = (struct vpmu){ 0 };
	if (version < VERSION || gp_count == 0 || setup->hybrid || !setup->switched ||
	    !setup->counter_keeps()) {
		return;
	}
	*pmu = (struct vpmu){
		.gp_count = (uint32_t)min_u64(gp_count, GP_MAX),
		.gp_bits = setup->leaf_eax >> 16 & 0xFF,
		.fixed_count = (uint32_t)min_u64(fixed_count, FIXED_MAX),
		.fixed_bits = setup->leaf_edx >> 5 & 0xFF,
		.event_count = setup->leaf_eax >> 24,
		.events_missing = setup->leaf_ebx,
	};
}

void vpmu_leaf(const struct vpmu *pmu, uint32_t *eax, uint32_t *ebx, uint32_t *edx)
{
	bool none = pmu->gp_count == 0;

	*eax = none ? 0
		    : VERSION | pmu->gp_count << 8 | pmu->gp_bits << 16 | pmu->event_count << 24;
	*ebx = none ? 0 : pmu->events_missing;
	*edx = none ? 0 : pmu->fixed_count | pmu->fixed_bits << 5 | ANYTHREAD_GONE;
}

bool vpmu_has(const struct vpmu *pmu, uint32_t msr)
{
	if (pmu->gp_count == 0) {
		return false;
	}
	return in(msr, MSR_IA32_PMC0, pmu->gp_count) ||
	       in(msr, MSR_IA32_PERFEVTSEL0, pmu->gp_count) ||
	       in(msr, MSR_IA32_FIXED_CTR0, pmu->fixed_count) ||
	       (msr == MSR_IA32_FIXED_CTR_CTRL && pmu->fixed_count > 0) ||
	       in(msr, MSR_IA32_PERF_GLOBAL_STATUS, 3);
}

uint64_t vpmu_global(const struct vpmu *pmu)
{
	uint64_t gp = ((uint64_t)1 << pmu->gp_count) - 1;
	uint64_t fixed = ((uint64_t)1 << pmu->fixed_count) - 1;

	return gp | fixed << FIXED_SHIFT;
}

static uint64_t fixed_control(const struct vpmu *pmu)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < pmu->fixed_count; i++) {
		bits |= FIXED_BITS << FIXED_FIELD * i;
	}
	return bits;
}

bool vpmu_is_legal(const struct vpmu *pmu, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_IA32_PERF_GLOBAL_CTRL:
		return (value & ~vpmu_global(pmu)) == 0;
	case MSR_IA32_FIXED_CTR_CTRL:
		return (value & ~fixed_control(pmu)) == 0;
	default:
		return (value & ~EVENT_BITS) == 0;
	}
}
