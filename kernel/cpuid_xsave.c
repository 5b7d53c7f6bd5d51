/* SPDX-License-Identifier: Apache-2.0 */
/* cpuid_xsave.c: CPUID leaf 0DH: XCR0, and where the states lie in memory (SDM Vol. 1, "XSAVE Area"). */
#include "kernel/cpuid_policy.h"

#include "arch/vmx/vmcs.h"

#define LEAF_XSAVE    0xD
#define LEAF_1_XSAVE  ((uint32_t)1 << 26)
#define STATE_ALIGNED ((uint32_t)1 << 1) /* ECX of a state: on 64 bytes in the compacted format */
#define HAS_XSAVEOPT  ((uint32_t)1 << 0)
#define HAS_XSAVEC    ((uint32_t)1 << 1)
#define HAS_XGETBV_1  ((uint32_t)1 << 2)
#define HAS_XSAVES    ((uint32_t)1 << 3)

/* x87, SSE, AVX, opmask and the two ZMM states: nothing in them outlives or escapes the guest. */
#define XCR0_SHOWN ((uint64_t)0xE7)

/* Legacy region and header, then the states from 2 on. */
enum { XSAVE_LEGACY_BYTES = 576, XSAVE_FIRST = 2, XSAVE_STATES = 63 };

uint64_t cpuid_policy_xcr0(const struct cpuid_table *table)
{
	/* A processor without XSAVE answers leaf 0DH with what its highest leaf says. */
	if ((table->basic[1].ecx & LEAF_1_XSAVE) == 0) {
		return 0;
	}
	struct cpuid_values host = table->host(LEAF_XSAVE, 0);

	return ((uint64_t)host.edx << 32 | host.eax) & XCR0_SHOWN;
}

/* Each state of @states at its own place. */
static uint32_t standard_bytes(const struct cpuid_table *table, uint64_t states)
{
	uint32_t bytes = XSAVE_LEGACY_BYTES;

	for (uint32_t i = XSAVE_FIRST; i < XSAVE_STATES; i++) {
		if ((states >> i & 1) != 0) {
			struct cpuid_values state = table->host(LEAF_XSAVE, i);

			bytes = (uint32_t)max_u64(bytes, state.eax + state.ebx);
		}
	}
	return bytes;
}

/* One behind the other (SDM Vol. 1, "Compacted Format for the Extended Region"). */
static uint32_t compact_bytes(const struct cpuid_table *table, uint64_t states)
{
	uint32_t bytes = XSAVE_LEGACY_BYTES;

	for (uint32_t i = XSAVE_FIRST; i < XSAVE_STATES; i++) {
		if ((states >> i & 1) != 0) {
			struct cpuid_values state = table->host(LEAF_XSAVE, i);
			bool aligned = (state.ecx & STATE_ALIGNED) != 0;

			bytes = (aligned ? (uint32_t)align_up(bytes, 64) : bytes) + state.eax;
		}
	}
	return bytes;
}

/*
 * Bochs 2.7 has XSAVEC, and stores AVX state inside of the header that XRSTOR checks: programs die of #GP. What gives it
 * away is the size, which is that of the standard format. A processor that cannot count is not believed.
 */
void cpuid_xsave_decide(struct cpuid_table *table, const struct cpuid_setup *setup)
{
	uint64_t shown = cpuid_policy_xcr0(table);
	uint32_t features = shown != 0 ? table->host(LEAF_XSAVE, 1).eax : 0;

	if ((features & HAS_XSAVEC) == 0) {
		return;
	}
	table->xsavec = setup->compact_bytes(shown) == compact_bytes(table, shown);
	table->xsavec_hidden = !table->xsavec;
	table->xsaves = table->xsavec && (features & HAS_XSAVES) != 0 &&
			(setup->controls2 & PROC2_XSAVES) != 0;
}

/* IA32_XSS has no bit for guests: XSAVES saves what XSAVEC does. XFD and AMX are hidden. */
static struct cpuid_values features_leaf(const struct cpuid_table *table)
{
	uint32_t features = table->host(LEAF_XSAVE, 1).eax & (HAS_XSAVEOPT | HAS_XGETBV_1);

	if (!table->xsavec) {
		return (struct cpuid_values){ features, 0, 0, 0 };
	}
	return (struct cpuid_values){ features | HAS_XSAVEC | (table->xsaves ? HAS_XSAVES : 0),
				      compact_bytes(table, table->xcr0()), 0, 0 };
}

/* Sizes are counted up here: what the machine says may include states that guests do not have. */
struct cpuid_values cpuid_xsave_leaf(const struct cpuid_table *table, uint32_t subleaf)
{
	struct cpuid_values none = { 0, 0, 0, 0 };
	uint64_t shown = cpuid_policy_xcr0(table);

	if (shown == 0) {
		return none;
	}
	if (subleaf == 0) {
		return (struct cpuid_values){ (uint32_t)shown, standard_bytes(table, table->xcr0()),
					      standard_bytes(table, shown),
					      (uint32_t)(shown >> 32) };
	}
	if (subleaf == 1) {
		return features_leaf(table);
	}
	return subleaf < XSAVE_STATES && (shown >> subleaf & 1) != 0
		       ? table->host(LEAF_XSAVE, subleaf)
		       : none;
}
