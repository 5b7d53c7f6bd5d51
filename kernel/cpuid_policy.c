/* SPDX-License-Identifier: Apache-2.0 */
/* cpuid_policy.c: what CPUID tells a guest (bits and leaves: SDM Vol. 2A, "CPUID-CPU Identification"). */
#include "kernel/cpuid_policy.h"

#define BIT(n) ((uint32_t)1 << (n))

enum {
	LEAF_CACHES = 4,
	LEAF_STRUCTURED = 7,
	LEAF_TOPOLOGY = 0xB,
	LEAF_XSAVE = 0xD,
	LEAF_TSC = 0x15,
	LEAF_FREQUENCY = 0x16,
	TOPOLOGY_SMT = 1,
	TOPOLOGY_CORE = 2,
	CRYSTAL_HZ_MIN = 1000000, /* slower, or standing still: nothing is claimed */
	CRYSTAL_PARTS = 4000,     /* off by one in so many: nobody tells the time by it */
	DENOMINATOR_MAX = 2000,
	ERROR_SHIFT = 23, /* the TSC shall be right to 2^-this: a tenth of a millionth */
};

#define LEAF_HYPERVISOR 0x40000000u
#define LEAF_EXTENDED   0x80000000u

/* x87, SSE, AVX, opmask and the two ZMM states: nothing in them outlives or escapes the guest. */
#define XCR0_SHOWN ((uint64_t)0xE7)

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
	         BIT(1) | BIT(2) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(14) | BIT(22),
	         BIT(2) | BIT(3) | BIT(4) | BIT(8) | BIT(10) | BIT(26) | BIT(27) | BIT(28) | BIT(29) | BIT(31) },
	  { 0, 0, 0, 0 },
	  "no SGX, TSX, MPX, PT, RDT, PKU, CET, WAITPKG, LA57" },
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

/* TSC = crystal * numerator / denominator, and how many Hz that is off. */
struct ratio {
	uint64_t crystal_khz, numerator, denominator, error_hz;
};

/* The best numerator to a denominator. */
static struct ratio ratio_with(uint64_t tsc_hz, uint64_t crystal_khz, uint64_t denominator)
{
	uint64_t crystal_hz = crystal_khz * 1000;
	uint64_t numerator = (tsc_hz * denominator + crystal_hz / 2) / crystal_hz;
	uint64_t hz = crystal_hz * numerator / denominator;

	return (struct ratio){ crystal_khz, numerator, denominator,
			       hz > tsc_hz ? hz - tsc_hz : tsc_hz - hz };
}

/*
 * Stock Linux multiplies the crystal's kHz by the numerator in 32 bits: with a denominator of the
 * crystal's size the product would not fit, and every clock of the guest be wrong. Within that bound
 * the crystal is moved by some kHz, if that makes the TSC, by which guests tell the time, right to
 * a few Hz (Linux, native_calibrate_tsc()).
 */
static struct ratio find_ratio(uint64_t tsc_hz, uint64_t lapic_hz)
{
	uint64_t khz = (lapic_hz + 500) / 1000;
	uint64_t good = tsc_hz >> ERROR_SHIFT;
	uint64_t last = min_u64(UINT32_MAX / (tsc_hz / 1000 + khz + 1), DENOMINATOR_MAX);
	struct ratio best = ratio_with(tsc_hz, khz, 1);

	for (uint64_t crystal = khz; crystal <= khz + khz / CRYSTAL_PARTS; crystal++) {
		for (uint64_t i = 1; i <= last && best.error_hz > good; i++) {
			struct ratio ratio = ratio_with(tsc_hz, crystal, i);

			best = ratio.error_hz < best.error_hz ? ratio : best;
		}
	}
	return best;
}

static void build_frequencies(struct cpuid_table *table, const struct cpuid_setup *setup)
{
	uint32_t mhz = (uint32_t)((setup->tsc_hz + 500000) / 1000000);

	if (setup->lapic_hz >= CRYSTAL_HZ_MIN) {
		struct ratio ratio = find_ratio(setup->tsc_hz, setup->lapic_hz);

		table->basic[LEAF_TSC] = (struct cpuid_values){
			(uint32_t)ratio.denominator,
			(uint32_t)ratio.numerator,
			(uint32_t)(ratio.crystal_khz * 1000),
			0,
		};
	}
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
 * Source: Linux "KVM CPUID bits" (virt/kvm/x86/cpuid).
 */
static void build_signature(struct cpuid_table *table, enum config_signature signature)
{
	static const char *const names[] = {
		[CONFIG_SIGNATURE_KVM] = "KVMKVMKVM\0\0\0",
		[CONFIG_SIGNATURE_NATIVE] = "",
		[CONFIG_SIGNATURE_MUNTIN] = "MuntinMuntin",
	};
	const char *name = names[signature];

	table->hypervisor_present = signature != CONFIG_SIGNATURE_NATIVE;
	if (!table->hypervisor_present) {
		return;
	}
	table->basic[1].ecx |= BIT(31);
	table->hypervisor[0] = (struct cpuid_values){ LEAF_HYPERVISOR + 1, text4(name),
						      text4(name + 4), text4(name + 8) };
	if (signature == CONFIG_SIGNATURE_KVM) {
		table->hypervisor[1].eax = BIT(1);
	}
}

/* Five levels of paging (LA57) are hidden, so linear addresses have 48 bits. */
static void hide_57_bits(struct cpuid_values *widths)
{
	uint32_t linear = widths->eax >> 8 & 0xFF;

	widths->eax = (widths->eax & 0xFF) | (uint32_t)min_u64(linear, 48) << 8;
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
	build_signature(table, setup->signature);
	hide_57_bits(&table->extended[8]);
	if (!setup->rdtscp) {
		/* RDPID hangs on the same control. */
		table->basic[LEAF_STRUCTURED].ecx &= ~BIT(22);
		table->extended[1].edx &= ~BIT(27);
	}
	if (!setup->invpcid) {
		table->basic[LEAF_STRUCTURED].ebx &= ~BIT(10);
	}
}

uint64_t cpuid_policy_xcr0(const struct cpuid_table *table)
{
	struct cpuid_values host = table->host(LEAF_XSAVE, 0);

	/* A processor without XSAVE answers leaf 0DH with what its highest leaf says. */
	if ((table->basic[1].ecx & BIT(26)) == 0) {
		return 0;
	}
	return ((uint64_t)host.edx << 32 | host.eax) & XCR0_SHOWN;
}

enum { XSAVE_LEGACY_BYTES = 576, XSAVE_STATES = 63 };

/* Legacy region and header, then each state of @states at its own place (SDM Vol. 1, "XSAVE Area"). */
static uint32_t xsave_bytes(const struct cpuid_table *table, uint64_t states)
{
	uint32_t bytes = XSAVE_LEGACY_BYTES;

	for (uint32_t i = 2; i < XSAVE_STATES; i++) {
		struct cpuid_values state = table->host(LEAF_XSAVE, i);

		if ((states >> i & 1) != 0 && state.eax + state.ebx > bytes) {
			bytes = state.eax + state.ebx;
		}
	}
	return bytes;
}

/* Sizes are counted up here: what the machine says may include states that guests do not have. */
static struct cpuid_values xsave_leaf(const struct cpuid_table *table, uint32_t subleaf)
{
	struct cpuid_values host = table->host(LEAF_XSAVE, subleaf);
	struct cpuid_values none = { 0, 0, 0, 0 };
	uint64_t shown = cpuid_policy_xcr0(table);

	if ((table->basic[1].ecx & BIT(26)) == 0) {
		return none;
	}
	if (subleaf == 0) {
		return (struct cpuid_values){ (uint32_t)shown, xsave_bytes(table, table->xcr0()),
					      xsave_bytes(table, shown), (uint32_t)(shown >> 32) };
	}
	if (subleaf == 1) {
		/*
		 * XSAVEOPT and XGETBV(1). Not XSAVEC: with its compacted format programs of Linux crashed on
		 * Bochs, and why is not known (docs/known-gaps.md). Not XSAVES, which would bring IA32_XSS.
		 */
		return (struct cpuid_values){ host.eax & 5, 0, 0, 0 };
	}
	return subleaf < XSAVE_STATES && (shown >> subleaf & 1) != 0 ? host : none;
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
		return topology_leaf(table, subleaf);
	case LEAF_XSAVE:
		return xsave_leaf(table, subleaf);
	default:
		return table->basic[leaf];
	}
}

/* Leaves that are not a plain look-up. */
#define LEAVES_SPECIAL                                                                             \
	(BIT(1) | BIT(LEAF_CACHES) | BIT(LEAF_STRUCTURED) | BIT(LEAF_TOPOLOGY) | BIT(LEAF_XSAVE))

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
	return table->basic[CPUID_BASIC_COUNT - 1];
}

struct cpuid_values cpuid_policy_lookup(const struct cpuid_table *table, uint32_t leaf,
					uint32_t subleaf, bool osxsave)
{
	if (leaf < CPUID_BASIC_COUNT && (LEAVES_SPECIAL >> leaf & 1) == 0) {
		return table->basic[leaf];
	}
	return special_leaf(table, leaf, subleaf, osxsave);
}
