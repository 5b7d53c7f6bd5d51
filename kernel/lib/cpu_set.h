/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_set.h: a set of processor indexes. An index is Muntin's own count from 0, never an APIC ID. */
#pragma once

#include "kernel/lib/types.h"

enum { CPU_INDEX_MAX = 1023, CPU_SET_WORDS = (CPU_INDEX_MAX + 1) / 64 };

/** struct cpu_set - empty when zeroed. */
struct cpu_set {
	uint64_t words[CPU_SET_WORDS];
};

/** cpu_set_add() - put @index (0 to CPU_INDEX_MAX) in. */
static inline void cpu_set_add(struct cpu_set *set, unsigned index)
{
	set->words[index / 64] |= (uint64_t)1 << (index % 64);
}

/** cpu_set_has() - whether @index is in; false for any index above CPU_INDEX_MAX. */
static inline bool cpu_set_has(const struct cpu_set *set, unsigned index)
{
	return index <= CPU_INDEX_MAX && (set->words[index / 64] >> (index % 64) & 1) != 0;
}

/** cpu_set_count() - how many are in. */
static inline unsigned cpu_set_count(const struct cpu_set *set)
{
	unsigned count = 0;

	for (unsigned i = 0; i <= CPU_INDEX_MAX; i++) {
		count += cpu_set_has(set, i) ? 1 : 0;
	}
	return count;
}
