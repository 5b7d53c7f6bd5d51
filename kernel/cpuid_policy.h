/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpuid_policy.h: what CPUID tells a guest: one table of what is shown, everything else is 0.
 *
 * Pure: the machine's CPUID comes in through a function. A bit is shown only when what it promises works.
 */
#pragma once

#include "kernel/config.h"
#include "kernel/lib/types.h"
#include "kernel/vpmu.h"

enum {
	CPUID_BASIC_COUNT = 0x20,
	CPUID_EXTENDED_COUNT = 9,
	CPUID_HYPERVISOR_COUNT = 0x11,
	CPUID_CACHES_MAX = 4
};

/** struct cpuid_values - what one leaf returns. */
struct cpuid_values {
	uint32_t eax, ebx, ecx, edx;
};

/** struct cpuid_setup - what the answers depend on. */
struct cpuid_setup {
	struct cpuid_values (*host)(uint32_t leaf, uint32_t subleaf);
	uint64_t (*xcr0)(void); /* the guest's XCR0 at the moment */
	enum config_signature signature;
	uint32_t vcpu_count;
	uint32_t vcpu_id; /* virtual APIC ID */
	uint64_t tsc_hz;
	uint64_t lapic_hz;  /* undivided clock of the APIC timer */
	uint32_t controls2; /* CONTROLS_PROC2 as it stands in the VMCS */
	uint64_t cr4_guest; /* CR4 bits that the guest may set */
	const struct vpmu *pmu;
	/* Leaf 0DH.1:EBX while XCR0 is @xcr0: how long the machine says a compacted XSAVE area is. */
	uint32_t (*compact_bytes)(uint64_t xcr0);
};

/** struct cpuid_table - the answers of one virtual processor, made once, so that an exit only looks up. */
struct cpuid_table {
	struct cpuid_values basic[CPUID_BASIC_COUNT];
	struct cpuid_values hypervisor[CPUID_HYPERVISOR_COUNT];
	struct cpuid_values extended[CPUID_EXTENDED_COUNT];
	struct cpuid_values caches[CPUID_CACHES_MAX];
	struct cpuid_values (*host)(uint32_t leaf, uint32_t subleaf);
	uint64_t (*xcr0)(void);
	uint32_t vcpu_count;
	uint32_t vcpu_id;
	bool hypervisor_present;
	bool xsavec;        /* XSAVEC is shown, */
	bool xsaves;        /* and XSAVES */
	bool xsavec_hidden; /* the machine claims to have it, and its leaf 0DH contradicts itself */
};

#define CPUID_1_ECX_OSXSAVE ((uint32_t)1 << 27)

/** cpuid_policy_build() - make the answers of one virtual processor. */
void cpuid_policy_build(struct cpuid_table *table, const struct cpuid_setup *setup);

/**
 * cpuid_policy_lookup() - answer one CPUID.
 * @table:   answers
 * @leaf:    EAX; @subleaf: ECX
 * @osxsave: the guest's CR4.OSXSAVE, which leaf 1 mirrors
 *
 * A leaf above the highest answers as the highest basic leaf does (SDM Vol. 2A, "CPUID").
 */
struct cpuid_values cpuid_policy_lookup(const struct cpuid_table *table, uint32_t leaf,
					uint32_t subleaf, bool osxsave);

/** cpuid_policy_xcr0() - the XCR0 bits a guest may set. */
uint64_t cpuid_policy_xcr0(const struct cpuid_table *table);

/** cpuid_xsave_decide() - whether XSAVEC and XSAVES are shown; the feature bits stand in @table. In cpuid_xsave.c. */
void cpuid_xsave_decide(struct cpuid_table *table, const struct cpuid_setup *setup);

/** cpuid_xsave_leaf() - leaf 0DH. In cpuid_xsave.c. */
struct cpuid_values cpuid_xsave_leaf(const struct cpuid_table *table, uint32_t subleaf);

/** cpuid_clock_leaf() - leaf 15H: TSC and APIC timer; all 0 when the timer stands still. In cpuid_clock.c. */
struct cpuid_values cpuid_clock_leaf(uint64_t tsc_hz, uint64_t lapic_hz);
