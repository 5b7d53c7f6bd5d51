/* SPDX-License-Identifier: Apache-2.0 */
/* cpuid_policy.c: what CPUID tells a guest (bits and leaves: SDM Vol. 2A, "CPUID-CPU Identification"). */
#include "kernel/cpuid_policy.h"

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs.h"

#define BIT(n) ((uint32_t)1 << (n))

enum {
	LEAF_CACHES = 4,
	LEAF_STRUCTURED = 7,
	LEAF_COUNTERS = 0xA,
	LEAF_TOPOLOGY = 0xB,
	LEAF_TOPOLOGY_V2 = 0x1F,
	LEAF_XSAVE = 0xD,
	LEAF_TSC = 0x15,
	LEAF_FREQUENCY = 0x16,
	TOPOLOGY_SMT = 1,
	TOPOLOGY_CORE = 2,
};

#define LEAF_HYPERVISOR 0x40000000u
#define LEAF_EXTENDED   0x80000000u

struct rule {
	uint32_t leaf;
	struct cpuid_values shown; /* bits of the machine's answer that pass */
	struct cpuid_values set;   /* bits that are 1 whatever the machine says */
	const char *why;
};

#define ALL 0xFFFFFFFFu

/* clang-format off */
static const struct rule rules[] = {
	{ 0x1, { ALL, 0xFFFF,
	         BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | BIT(17) | BIT(19) | BIT(20) | BIT(21) | BIT(22) |
	         BIT(23) | BIT(24) | BIT(25) | BIT(26) | BIT(28) | BIT(29) | BIT(30),
	         BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(9) | BIT(11) | BIT(12) |
	         BIT(13) | BIT(15) | BIT(16) | BIT(17) | BIT(19) | BIT(23) | BIT(24) | BIT(25) | BIT(26) | BIT(27) },
	  { 0, 0, 0, BIT(28) },
	  "no VMX, SMX, MONITOR, DS, thermal, machine check: they are the machine's, not a partition's" },
	{ 0x2, { ALL, ALL, ALL, ALL }, { 0, 0, 0, 0 }, "cache descriptors" },
	{ 0x6, { 0, 0, 0, 0 }, { BIT(2), 0, 0, 0 }, "ARAT: HLT never stops the APIC timer; no thermal control" },
	{ 0x7, { 0,
	         BIT(0) | BIT(1) | BIT(3) | BIT(5) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(16) | BIT(17) | BIT(18) |
	         BIT(19) | BIT(20) | BIT(21) | BIT(23) | BIT(24) | BIT(28) | BIT(29) | BIT(30) | BIT(31),
	         BIT(1) | BIT(2) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(14) | BIT(16) | BIT(22),
	         BIT(2) | BIT(3) | BIT(4) | BIT(8) | BIT(10) | BIT(26) | BIT(27) | BIT(28) | BIT(29) | BIT(31) },
	  { 0, 0, 0, 0 },
	  "no SGX, TSX, MPX, PT, RDT, PKU, CET, WAITPKG" },
	{ 0x80000001, { 0, 0, BIT(0) | BIT(5) | BIT(8), BIT(11) | BIT(20) | BIT(26) | BIT(27) | BIT(29) },
	  { 0, 0, 0, 0 }, "LAHF, LZCNT, PREFETCHW; SYSCALL, NX, 1 GiB pages, RDTSCP, long mode" },
	{ 0x80000002, { ALL, ALL, ALL, ALL }, { 0, 0, 0, 0 }, "brand string" },
	{ 0x80000003, { ALL, ALL, ALL, ALL }, { 0, 0, 0, 0 }, "brand string" },
	{ 0x80000004, { ALL, ALL, ALL, ALL }, { 0, 0, 0, 0 }, "brand string" },
	{ 0x80000006, { 0, 0, ALL, 0 }, { 0, 0, 0, 0 }, "L2 cache" },
	{ 0x80000007, { 0, 0, 0, BIT(8) }, { 0, 0, 0, 0 }, "invariant TSC: the guest has the real one" },
	{ 0x80000008, { 0xFFFF, 0, 0, 0 }, { 0, 0, 0, 0 }, "address widths" },
};
/* clang-format on */

enum reg { EAX, EBX, ECX, EDX };

/* What is shown needs more than the machine's word: its VMX control, its bit of CR4. */
struct need {
	uint32_t leaf;
	enum reg reg;
	uint32_t bit;
	uint32_t control2;
	uint64_t cr4;
};

/* clang-format off */
static const struct need needs[] = {
	{ 0x1, ECX, BIT(17), 0, CR4_PCIDE },
	{ 0x1, ECX, BIT(26), 0, CR4_OSXSAVE },
	{ 0x1, EDX, BIT(1), 0, CR4_VME | CR4_PVI },
	{ 0x1, EDX, BIT(2), 0, CR4_DE },
	{ 0x1, EDX, BIT(3), 0, CR4_PSE },
	{ 0x1, EDX, BIT(4), 0, CR4_TSD },
	{ 0x1, EDX, BIT(6), 0, CR4_PAE },
	{ 0x1, EDX, BIT(13), 0, CR4_PGE },
	{ 0x1, EDX, BIT(24), 0, CR4_OSFXSR },
	{ 0x1, EDX, BIT(25), 0, CR4_OSXMMEXCPT },
	{ 0x7, EBX, BIT(0), 0, CR4_FSGSBASE },
	{ 0x7, EBX, BIT(7), 0, CR4_SMEP },
	{ 0x7, EBX, BIT(10), PROC2_INVPCID, 0 },
	{ 0x7, EBX, BIT(20), 0, CR4_SMAP },
	{ 0x7, ECX, BIT(2), 0, CR4_UMIP },
	{ 0x7, ECX, BIT(16), 0, CR4_LA57 },
	{ 0x7, ECX, BIT(22), PROC2_RDTSCP, 0 }, /* RDPID */
	{ 0x80000001, EDX, BIT(27), PROC2_RDTSCP, 0 },
};
/* clang-format on */

static struct cpuid_values *slot(struct cpuid_table *table, uint32_t leaf)
{
	return leaf >= LEAF_EXTENDED ? &table->extended[leaf - LEAF_EXTENDED] : &table->basic[leaf];
}

static struct cpuid_values host_leaf(const struct cpuid_setup *setup, uint32_t leaf)
{
	struct cpuid_values none = { 0, 0, 0, 0 };

	return leaf <= setup->host(leaf & LEAF_EXTENDED, 0).eax ? setup->host(leaf, 0) : none;
}

static void apply_rules(struct cpuid_table *table, const struct cpuid_setup *setup)
{
	for (unsigned i = 0; i < ARRAY_COUNT(rules); i++) {
		const struct rule *rule = &rules[i];
		struct cpuid_values host = host_leaf(setup, rule->leaf);

		*slot(table, rule->leaf) = (struct cpuid_values){
			(host.eax & rule->shown.eax) | rule->set.eax,
			(host.ebx & rule->shown.ebx) | rule->set.ebx,
			(host.ecx & rule->shown.ecx) | rule->set.ecx,
			(host.edx & rule->shown.edx) | rule->set.edx,
		};
	}
}

static uint32_t *word_of(struct cpuid_values *values, enum reg reg)
{
	uint32_t *const words[] = { &values->eax, &values->ebx, &values->ecx, &values->edx };

	return words[reg];
}

static void hide_what_does_not_work(struct cpuid_table *table, const struct cpuid_setup *setup)
{
	for (unsigned i = 0; i < ARRAY_COUNT(needs); i++) {
		const struct need *need = &needs[i];
		bool works = (setup->controls2 & need->control2) == need->control2 &&
			     (setup->cr4_guest & need->cr4) == need->cr4;

		*word_of(slot(table, need->leaf), need->reg) &= works ? UINT32_MAX : ~need->bit;
	}
}

/* Bits of the APIC ID that number the processors of the guest. */
static uint32_t core_bits(uint32_t vcpu_count)
{
	uint32_t bits = 0;

	while (((uint32_t)1 << bits) < vcpu_count) {
		bits++;
	}
	return bits;
}

/* One package, a core a virtual processor, no SMT: which threads share a core is not the guest's to know yet. */
static void build_topology(struct cpuid_table *table, const struct cpuid_setup *setup)
{
	uint32_t ids = (uint32_t)1 << core_bits(setup->vcpu_count);

	table->basic[1].ebx |= (ids & 0xFF) << 16 | (setup->vcpu_id & 0xFF) << 24;
	for (uint32_t i = 0; i < CPUID_CACHES_MAX; i++) {
		struct cpuid_values host = setup->host(LEAF_CACHES, i);
		uint32_t level = host.eax >> 5 & 7;

		if ((host.eax & 0x1F) == 0) {
			break;
		}
		uint32_t sharing = level >= 3 ? ids - 1 : 0;
		host.eax = (host.eax & 0x3FFF) | (sharing & 0xFFF) << 14 | ((ids - 1) & 0x3F) << 26;
		table->caches[i] = host;
	}
}

static void build_frequencies(struct cpuid_table *table, const struct cpuid_setup *setup)
{
	uint32_t mhz = (uint32_t)((setup->tsc_hz + 500000) / 1000000);

	table->basic[LEAF_TSC] = cpuid_clock_leaf(setup->tsc_hz, setup->lapic_hz);
	table->basic[LEAF_FREQUENCY] = (struct cpuid_values){ mhz, mhz, 0, 0 };
}

static uint32_t text4(const char *text)
{
	return (uint32_t)(uint8_t)text[0] | (uint32_t)(uint8_t)text[1] << 8 |
	       (uint32_t)(uint8_t)text[2] << 16 | (uint32_t)(uint8_t)text[3] << 24;
}

/*
 * Stock Linux keeps x2APIC mode without interrupt remapping only under a hypervisor it knows; the KVM
 * signature with no paravirtual feature is what makes it take the exitless path. The one feature shown,
 * NOP_IO_DELAY, spares it the writes to port 0x80.
 * Source: Linux "KVM CPUID bits" (virt/kvm/x86/cpuid); VMware, "Mechanisms to determine if software is running in a
 * VMware virtual machine" (leaf 40000010H, which KVM's users keep as well).
 */
static void build_signature(struct cpuid_table *table, const struct cpuid_setup *setup)
{
	static const char *const names[] = {
		[CONFIG_SIGNATURE_KVM] = "KVMKVMKVM\0\0\0",
		[CONFIG_SIGNATURE_NATIVE] = "",
		[CONFIG_SIGNATURE_MUNTIN] = "MuntinMuntin",
	};
	const char *name = names[setup->signature];

	table->hypervisor_present = setup->signature != CONFIG_SIGNATURE_NATIVE;
	if (!table->hypervisor_present) {
		return;
	}
	table->basic[1].ecx |= BIT(31);
	table->hypervisor[0] =
		(struct cpuid_values){ LEAF_HYPERVISOR + CPUID_HYPERVISOR_COUNT - 1, text4(name),
				       text4(name + 4), text4(name + 8) };
	if (setup->signature == CONFIG_SIGNATURE_KVM) {
		table->hypervisor[1].eax = BIT(1);
	}
	/* "Timing information": kHz of the TSC and of the APIC timer; the BSDs look there. */
	table->hypervisor[0x10] = (struct cpuid_values){ (uint32_t)(setup->tsc_hz / 1000),
							 (uint32_t)(setup->lapic_hz / 1000), 0, 0 };
}

/* Linear addresses have 48 bits where five levels of paging are hidden. */
static void limit_linear_width(struct cpuid_table *table)
{
	struct cpuid_values *widths = &table->extended[8];
	bool la57 = (table->basic[LEAF_STRUCTURED].ecx & BIT(16)) != 0;
	uint32_t linear = widths->eax >> 8 & 0xFF;

	widths->eax = (widths->eax & 0xFF) | (uint32_t)min_u64(linear, la57 ? 57 : 48) << 8;
}

void cpuid_policy_build(struct cpuid_table *table, const struct cpuid_setup *setup)
{
	*table = (struct cpuid_table){
		.host = setup->host,
		.xcr0 = setup->xcr0,
		.vcpu_count = setup->vcpu_count,
		.vcpu_id = setup->vcpu_id,
	};
	table->basic[0] = setup->host(0, 0);
	table->basic[0].eax = CPUID_BASIC_COUNT - 1;
	table->extended[0].eax = LEAF_EXTENDED + CPUID_EXTENDED_COUNT - 1;
	apply_rules(table, setup);
	build_topology(table, setup);
	build_frequencies(table, setup);
	vpmu_leaf(setup->pmu, &table->basic[LEAF_COUNTERS].eax, &table->basic[LEAF_COUNTERS].ebx,
		  &table->basic[LEAF_COUNTERS].edx);
	build_signature(table, setup);
	hide_what_does_not_work(table, setup);
	limit_linear_width(table);
	cpuid_xsave_decide(table, setup);
}

static struct cpuid_values topology_leaf(const struct cpuid_table *table, uint32_t subleaf)
{
	switch (subleaf) {
	case 0:
		return (struct cpuid_values){ 0, 1, TOPOLOGY_SMT << 8, table->vcpu_id };
	case 1:
		return (struct cpuid_values){ core_bits(table->vcpu_count), table->vcpu_count,
					      TOPOLOGY_CORE << 8 | 1, table->vcpu_id };
	default:
		return (struct cpuid_values){ 0, 0, subleaf & 0xFF, table->vcpu_id };
	}
}

static struct cpuid_values subleaf_of(const struct cpuid_table *table, uint32_t leaf,
				      uint32_t subleaf)
{
	struct cpuid_values none = { 0, 0, 0, 0 };

	switch (leaf) {
	case LEAF_CACHES:
		return subleaf < CPUID_CACHES_MAX ? table->caches[subleaf] : none;
	case LEAF_STRUCTURED:
		return subleaf == 0 ? table->basic[LEAF_STRUCTURED] : none;
	case LEAF_TOPOLOGY:
	case LEAF_TOPOLOGY_V2:
		return topology_leaf(table, subleaf);
	case LEAF_XSAVE:
		return cpuid_xsave_leaf(table, subleaf);
	default:
		return table->basic[leaf];
	}
}

/* Leaves that are not a plain look-up. */
#define LEAVES_SPECIAL                                                                             \
	(BIT(1) | BIT(LEAF_CACHES) | BIT(LEAF_STRUCTURED) | BIT(LEAF_TOPOLOGY) | BIT(LEAF_XSAVE) | \
	 BIT(LEAF_TOPOLOGY_V2))

/* Apart and never inlined: what it needs of registers and stack would cost every plain leaf 20 instructions. */
static __attribute__((noinline)) struct cpuid_values
special_leaf(const struct cpuid_table *table, uint32_t leaf, uint32_t subleaf, bool osxsave)
{
	if (leaf == 1) {
		struct cpuid_values values = table->basic[1];

		values.ecx |= osxsave ? CPUID_1_ECX_OSXSAVE : 0;
		return values;
	}
	if (leaf < CPUID_BASIC_COUNT) {
		return subleaf_of(table, leaf, subleaf);
	}
	if (table->hypervisor_present && leaf - LEAF_HYPERVISOR < CPUID_HYPERVISOR_COUNT) {
		return table->hypervisor[leaf - LEAF_HYPERVISOR];
	}
	if (leaf - LEAF_EXTENDED < CPUID_EXTENDED_COUNT) {
		return table->extended[leaf - LEAF_EXTENDED];
	}
	return topology_leaf(table, subleaf);
}

struct cpuid_values cpuid_policy_lookup(const struct cpuid_table *table, uint32_t leaf,
					uint32_t subleaf, bool osxsave)
{
	if (leaf < CPUID_BASIC_COUNT && (LEAVES_SPECIAL >> leaf & 1) == 0) {
		return table->basic[leaf];
	}
	return special_leaf(table, leaf, subleaf, osxsave);
}
