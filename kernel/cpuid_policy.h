/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpuid_policy.h: what CPUID tells a guest: one table of what is shown, everything else is 0.
 *
 * Pure: the machine's CPUID comes in through a function. A bit is shown only when what it promises works.
 */
#pragma once

#include "kernel/config.h"
#include "kernel/lib/types.h"

enum {
	CPUID_BASIC_COUNT = 0x17,
	CPUID_EXTENDED_COUNT = 9,
	CPUID_HYPERVISOR_COUNT = 2,
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
	uint64_t lapic_hz; /* undivided clock of the APIC timer */
	bool rdtscp;       /* VMX lets the guest have it */
	bool invpcid;
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
