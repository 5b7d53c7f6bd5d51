/* SPDX-License-Identifier: Apache-2.0 */
/* test_cpuid_policy.c: what CPUID tells a guest, on a machine that has everything. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs.h"
#include "kernel/cpuid_policy.h"

#define BIT(n) ((uint32_t)1 << (n))
#define ALL    UINT32_MAX

enum { EXTENDED_MAX = 8, HOST_BASIC_MAX = 0x20 };

/* XCR0 bits of the machine: x87, SSE, AVX, MPX (2), AVX-512 (3), PKRU. */
enum { HOST_XCR0 = 0x2FF };
static uint32_t xcr0_of_the_machine;

/* Leaf 4 of the machine: L1 data, L1 code, L2 and L3; the last shared by 32 processors. */
static const struct cpuid_values host_caches[] = {
	{ 0x3C004121, 0x01C0003F, 0x3F, 0 },
	{ 0x3C004122, 0x01C0003F, 0x3F, 0 },
	{ 0x3C004143, 0x01C0003F, 0x3FF, 0 },
	{ 0x3C07C163, 0x03C0003F, 0x3FFF, 4 },
};

/* Size and offset of each state in an uncompacted XSAVE area, as processors have them. */
static const struct cpuid_values host_states[] = {
	[2] = { 256, 576, 0, 0 }, [3] = { 64, 960, 0, 0 },   [4] = { 64, 1024, 0, 0 },
	[5] = { 64, 1088, 0, 0 }, [6] = { 512, 1152, 2, 0 }, [7] = { 1024, 1664, 0, 0 },
	[9] = { 8, 2688, 0, 0 },
};

static struct cpuid_values xsave_leaf(uint32_t subleaf)
{
	switch (subleaf) {
	case 0:
		return (struct cpuid_values){ xcr0_of_the_machine, 832, 2696, 0 };
	case 1:
		return (struct cpuid_values){ 0xF, 832, 0x100, 0 };
	default:
		return subleaf < ARRAY_COUNT(host_states) ? host_states[subleaf]
							  : (struct cpuid_values){ 0, 0, 0, 0 };
	}
}

/* A machine whose every feature bit is 1, so that what a guest sees is what the policy shows. */
static struct cpuid_values rich_machine(uint32_t leaf, uint32_t subleaf)
{
	switch (leaf) {
	case 0:
		return (struct cpuid_values){ HOST_BASIC_MAX, 0x756E6547, 0x6C65746E, 0x49656E69 };
	case 1:
		return (struct cpuid_values){ 0x50654, 0x7B200800, ALL, ALL };
	case 4:
		return subleaf < ARRAY_COUNT(host_caches) ? host_caches[subleaf]
							  : (struct cpuid_values){ 0, 0, 0, 0 };
	case 0xD:
		return xsave_leaf(subleaf);
	case 0x80000000:
		return (struct cpuid_values){ 0x80000008, 0, 0, 0 };
	case 0x80000008:
		return (struct cpuid_values){ 0x302E, ALL, ALL, ALL };
	default:
		return (struct cpuid_values){ ALL, ALL, ALL, ALL };
	}
}

/* One of 2006: five basic leaves, no XSAVE, and leaves above the highest answer with nonsense. */
static struct cpuid_values poor_machine(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	switch (leaf) {
	case 0:
		return (struct cpuid_values){ 4, 0x756E6547, 0x6C65746E, 0x49656E69 };
	case 1:
		return (struct cpuid_values){ 0x10676, 0x00010800, ALL & ~BIT(26), ALL };
	case 4:
		return (struct cpuid_values){ 0, 0, 0, 0 };
	case 0x80000000:
		return (struct cpuid_values){ 0x80000004, 0, 0, 0 };
	default:
		return (struct cpuid_values){ ALL, ALL, ALL, ALL };
	}
}

static struct cpuid_setup setup;
static struct cpuid_table table;

static uint64_t xcr0_of_the_guest;

static uint64_t guest_xcr0(void)
{
	return xcr0_of_the_guest;
}

/* Leaf 0DH.1:EBX: what the machine says, and with which XCR0 it was asked. */
static uint32_t compact_answer;
static uint64_t compact_asked;

static uint32_t compact_bytes(uint64_t xcr0)
{
	compact_asked = xcr0;
	return compact_answer;
}

/* 576 bytes, AVX, opmask, ZMM_Hi256 on 64 bytes, Hi16_ZMM. */
enum { COMPACT_E7 = 576 + 256 + 64 + 512 + 1024 };

static const struct vpmu no_counters;

static int rich(void **unused)
{
	(void)unused;
	xcr0_of_the_machine = HOST_XCR0;
	xcr0_of_the_guest = 0x7;
	compact_answer = COMPACT_E7;
	setup = (struct cpuid_setup){
		.host = rich_machine,
		.xcr0 = guest_xcr0,
		.signature = CONFIG_SIGNATURE_KVM,
		.vcpu_count = 2,
		.vcpu_id = 1,
		.tsc_hz = 2400000000,
		.lapic_hz = 24000000,
		.controls2 = UINT32_MAX,
		.cr4_guest = UINT64_MAX & ~CR4_LA57,
		.compact_bytes = compact_bytes,
		.pmu = &no_counters,
	};
	cpuid_policy_build(&table, &setup);
	return 0;
}

static void rebuild(void)
{
	cpuid_policy_build(&table, &setup);
}

static struct cpuid_values get(uint32_t leaf, uint32_t subleaf)
{
	return cpuid_policy_lookup(&table, leaf, subleaf, false);
}

static void assert_values(struct cpuid_values is, struct cpuid_values expected)
{
	assert_int_equal(is.eax, expected.eax);
	assert_int_equal(is.ebx, expected.ebx);
	assert_int_equal(is.ecx, expected.ecx);
	assert_int_equal(is.edx, expected.edx);
}

static const struct cpuid_values none = { 0, 0, 0, 0 };

static void vendor_is_the_machines(void **unused)
{
	struct cpuid_values values = get(0, 0);

	(void)unused;
	assert_memory_equal(&values.ebx, "Genu", 4);
	assert_memory_equal(&values.edx, "ineI", 4);
	assert_memory_equal(&values.ecx, "ntel", 4);
}

static void family_model_and_stepping_are_the_machines(void **unused)
{
	(void)unused;
	assert_int_equal(get(1, 0).eax, 0x50654);
}

/* What a guest must not see: each bit is for something that no guest has. */
struct bit {
	uint32_t leaf;
	unsigned reg; /* 0 EAX to 3 EDX */
	unsigned bit;
	const char *what;
};

static const struct bit hidden[] = {
	{ 1, 2, 2, "DTES64" },
	{ 1, 2, 3, "MONITOR" },
	{ 1, 2, 4, "DS-CPL" },
	{ 1, 2, 5, "VMX" },
	{ 1, 2, 6, "SMX" },
	{ 1, 2, 7, "EIST" },
	{ 1, 2, 8, "TM2" },
	{ 1, 2, 11, "SDBG" },
	{ 1, 2, 14, "xTPR update control" },
	{ 1, 2, 15, "PDCM" },
	{ 1, 2, 18, "DCA" },
	{ 1, 2, 27, "OSXSAVE, while CR4 has it off" },
	{ 1, 3, 7, "MCE" },
	{ 1, 3, 14, "MCA" },
	{ 1, 3, 18, "PSN" },
	{ 1, 3, 21, "DS" },
	{ 1, 3, 22, "ACPI thermal control" },
	{ 1, 3, 29, "TM" },
	{ 1, 3, 31, "PBE" },
	{ 7, 1, 2, "SGX" },
	{ 7, 1, 4, "HLE" },
	{ 7, 1, 11, "RTM" },
	{ 7, 1, 12, "RDT-M" },
	{ 7, 1, 14, "MPX" },
	{ 7, 1, 15, "RDT-A" },
	{ 7, 1, 25, "PT" },
	{ 7, 2, 3, "PKU" },
	{ 7, 2, 4, "OSPKE" },
	{ 7, 2, 5, "WAITPKG" },
	{ 7, 2, 7, "CET_SS" },
	{ 7, 2, 13, "TME" },
	{ 7, 2, 16, "LA57" },
	{ 7, 2, 23, "KL" },
	{ 7, 2, 24, "bus-lock detect" },
	{ 7, 2, 29, "ENQCMD" },
	{ 7, 2, 30, "SGX_LC" },
	{ 7, 2, 31, "PKS" },
	{ 7, 3, 5, "UINTR" },
	{ 7, 3, 9, "SRBDS_CTRL" },
	{ 7, 3, 18, "PCONFIG" },
	{ 7, 3, 19, "architectural LBR" },
	{ 7, 3, 20, "CET_IBT" },
	{ 7, 3, 22, "AMX" },
	{ 7, 3, 30, "IA32_CORE_CAPABILITIES" },
	{ 0x80000001, 2, 2, "SVM, of other makers" },
	{ 0x80000001, 2, 6, "SSE4A, of other makers" },
};

static const struct bit shown[] = {
	{ 1, 2, 0, "SSE3" },
	{ 1, 2, 21, "x2APIC" },
	{ 1, 2, 24, "TSC-deadline" },
	{ 1, 2, 26, "XSAVE" },
	{ 1, 2, 30, "RDRAND" },
	{ 1, 2, 31, "HYPERVISOR" },
	{ 1, 3, 4, "TSC" },
	{ 1, 3, 9, "APIC" },
	{ 1, 3, 12, "MTRR" },
	{ 1, 3, 16, "PAT" },
	{ 1, 3, 28, "HTT: EBX has a count" },
	{ 6, 0, 2, "ARAT" },
	{ 7, 1, 0, "FSGSBASE" },
	{ 7, 1, 7, "SMEP" },
	{ 7, 1, 10, "INVPCID" },
	{ 7, 1, 20, "SMAP" },
	{ 7, 2, 2, "UMIP" },
	{ 7, 3, 26, "IBRS and IBPB" },
	{ 7, 3, 29, "IA32_ARCH_CAPABILITIES" },
	{ 0x80000001, 3, 11, "SYSCALL" },
	{ 0x80000001, 3, 20, "NX" },
	{ 0x80000001, 3, 26, "1 GiB pages" },
	{ 0x80000001, 3, 27, "RDTSCP" },
	{ 0x80000001, 3, 29, "long mode" },
	{ 0x80000007, 3, 8, "invariant TSC" },
};

static bool sees(const struct bit *b)
{
	struct cpuid_values values = get(b->leaf, 0);
	const uint32_t regs[] = { values.eax, values.ebx, values.ecx, values.edx };

	return (regs[b->reg] >> b->bit & 1) != 0;
}

static void features_no_guest_has_are_hidden(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(hidden); i++) {
		if (sees(&hidden[i])) {
			fail_msg("%s is shown", hidden[i].what);
		}
	}
}

static void features_guests_have_are_shown(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(shown); i++) {
		if (!sees(&shown[i])) {
			fail_msg("%s is hidden", shown[i].what);
		}
	}
}

/* A bit is shown only where the machine has it. ARAT is not the processor's but Muntin's to say. */
static void nothing_is_shown_that_the_machine_does_not_have(void **unused)
{
	(void)unused;
	setup.host = poor_machine;
	rebuild();
	assert_values(get(7, 0), none);
	assert_values(get(0x80000007, 0), none);
	assert_values(get(0x80000008, 0), none);
	assert_int_equal(get(6, 0).eax, BIT(2));
}

/* No row, nothing said: MONITOR, cache access, performance counters, RDT, SGX, PT. */
static void leaves_without_a_row_are_zero(void **unused)
{
	static const uint32_t leaves[] = { 3,   5,    8,    9,    0xA,  0xC, 0xE,
					   0xF, 0x10, 0x11, 0x12, 0x13, 0x14 };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(leaves); i++) {
		assert_values(get(leaves[i], 0), none);
		assert_values(get(leaves[i], 1), none);
	}
	assert_values(get(0x80000005, 0), none);
}

/* SDM Vol. 3B, "Architectural Performance Monitoring": version, counters, their bits, the length of EBX. */
static void leaf_0ah_has_the_counters_that_guests_have(void **unused)
{
	static const struct vpmu pmu = { 4, 48, 3, 48, 7, 0x40 };

	(void)unused;
	setup.pmu = &pmu;
	rebuild();
	assert_values(get(0xA, 0), (struct cpuid_values){ 0x07300402, 0x40, 0, 0x8603 });
}

static void structured_features_have_one_subleaf(void **unused)
{
	(void)unused;
	assert_int_equal(get(7, 0).eax, 0);
	assert_values(get(7, 1), none);
	assert_values(get(7, 2), none);
}

/* SDM Vol. 2A, "CPUID": OSXSAVE is a copy of CR4.OSXSAVE. */
static void osxsave_mirrors_cr4(void **unused)
{
	(void)unused;
	assert_true((cpuid_policy_lookup(&table, 1, 0, true).ecx & CPUID_1_ECX_OSXSAVE) != 0);
	assert_true((cpuid_policy_lookup(&table, 1, 0, false).ecx & CPUID_1_ECX_OSXSAVE) == 0);
	assert_int_equal(cpuid_policy_lookup(&table, 7, 0, true).ecx, get(7, 0).ecx);
}

/*
 * What is shown has its control enabled. SDM Vol. 3C, "Changes to Instruction Behavior in VMX Non-Root Operation": RDTSCP,
 * RDPID and INVPCID are #UD without their controls. SDM Vol. 3A, "Control Registers": who may set a bit of CR4.
 */
struct dependence {
	uint32_t leaf;
	unsigned reg;
	unsigned bit;
	uint32_t control2;
	uint64_t cr4;
	const char *what;
};

static const struct dependence dependences[] = {
	{ 0x80000001, 3, 27, 1u << 3, 0, "RDTSCP" },
	{ 7, 2, 22, 1u << 3, 0, "RDPID" },
	{ 7, 1, 10, 1u << 12, 0, "INVPCID" },
	{ 1, 3, 1, 0, 1 << 0, "VME" },
	{ 1, 3, 1, 0, 1 << 1, "VME by PVI" },
	{ 1, 3, 4, 0, 1 << 2, "TSC by TSD" },
	{ 1, 3, 2, 0, 1 << 3, "DE" },
	{ 1, 3, 3, 0, 1 << 4, "PSE" },
	{ 1, 3, 6, 0, 1 << 5, "PAE" },
	{ 1, 3, 13, 0, 1 << 7, "PGE" },
	{ 1, 3, 24, 0, 1 << 9, "FXSR" },
	{ 1, 3, 25, 0, 1 << 10, "SSE" },
	{ 7, 2, 2, 0, 1 << 11, "UMIP" },
	{ 7, 2, 16, 0, 1 << 12, "LA57" },
	{ 7, 1, 0, 0, 1 << 16, "FSGSBASE" },
	{ 1, 2, 17, 0, 1 << 17, "PCID" },
	{ 1, 2, 26, 0, 1 << 18, "XSAVE" },
	{ 7, 1, 7, 0, 1 << 20, "SMEP" },
	{ 7, 1, 20, 0, 1 << 21, "SMAP" },
};

static void what_is_shown_has_its_control_enabled(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(dependences); i++) {
		const struct dependence *d = &dependences[i];
		struct bit bit = { d->leaf, d->reg, d->bit, d->what };

		setup.controls2 = UINT32_MAX;
		setup.cr4_guest = UINT64_MAX;
		rebuild();
		assert_true(sees(&bit));
		setup.controls2 = ~d->control2;
		setup.cr4_guest = ~d->cr4;
		rebuild();
		if (sees(&bit)) {
			fail_msg("%s is shown without its control", d->what);
		}
	}
}

/* SDM Vol. 2A, "CPUID": EAX[15:8] of leaf 80000008H; five levels translate 57 bits. */
static struct cpuid_values wide_machine(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_values wide = { 0x3934, 0, 0, 0 };

	return leaf == 0x80000008 ? wide : rich_machine(leaf, subleaf);
}

static void linear_addresses_are_as_wide_as_the_paging_that_is_shown(void **unused)
{
	(void)unused;
	setup.host = wide_machine;
	rebuild();
	assert_int_equal(get(0x80000008, 0).eax, 0x3034);
	setup.cr4_guest |= CR4_LA57;
	rebuild();
	assert_int_equal(get(0x80000008, 0).eax, 0x3934);
	assert_true((get(7, 0).ecx & BIT(16)) != 0);
}

static void assert_signature(const char *signature)
{
	struct cpuid_values values = get(0x40000000, 0);
	char text[13] = "";

	memcpy(text, &values.ebx, 4);
	memcpy(text + 4, &values.ecx, 4);
	memcpy(text + 8, &values.edx, 4);
	assert_string_equal(text, signature);
	assert_int_equal(values.eax, 0x40000010);
	assert_true((get(1, 0).ecx & BIT(31)) != 0);
}

/* The features of KVM that are shown: NOP_IO_DELAY and no other, as nothing of KVM's is offered. */
static void kvm_signature_offers_no_paravirtual_device(void **unused)
{
	(void)unused;
	assert_signature("KVMKVMKVM");
	assert_values(get(0x40000001, 0), (struct cpuid_values){ BIT(1), 0, 0, 0 });
}

static void muntin_signature_has_no_features(void **unused)
{
	(void)unused;
	setup.signature = CONFIG_SIGNATURE_MUNTIN;
	rebuild();
	assert_signature("MuntinMuntin");
	assert_values(get(0x40000001, 0), none);
}

/* "Timing information" of VMware's convention: EAX the TSC, EBX the APIC timer. */
static void leaf_40000010h_has_kilohertz(void **unused)
{
	(void)unused;
	assert_values(get(0x40000010, 0), (struct cpuid_values){ 2400000, 24000, 0, 0 });
	assert_values(get(0x4000000F, 0), none);
	setup.signature = CONFIG_SIGNATURE_MUNTIN;
	rebuild();
	assert_values(get(0x40000010, 0), (struct cpuid_values){ 2400000, 24000, 0, 0 });
}

static void native_signature_differs_in_nothing_else(void **unused)
{
	struct cpuid_table native;

	(void)unused;
	setup.signature = CONFIG_SIGNATURE_NATIVE;
	cpuid_policy_build(&native, &setup);
	for (uint32_t leaf = 0; leaf <= get(0, 0).eax; leaf++) {
		struct cpuid_values values = cpuid_policy_lookup(&native, leaf, 0, false);

		values.ecx |= leaf == 1 ? BIT(31) : 0;
		assert_values(values, get(leaf, 0));
	}
}

/* As on a bare machine: no bit, and the leaves of hypervisors are beyond the highest. */
static void native_signature_shows_no_hypervisor(void **unused)
{
	(void)unused;
	setup.signature = CONFIG_SIGNATURE_NATIVE;
	rebuild();
	assert_true((get(1, 0).ecx & BIT(31)) == 0);
	assert_values(get(0x40000000, 0), get(0x1F, 0));
	assert_values(get(0x40000010, 0), get(0x1F, 0));
}

/* SDM Vol. 2A, "CPUID": EBX[31:24] is the APIC ID, EBX[23:16] how many IDs the package may use. */
static void leaf_1_has_the_virtual_id_and_a_count_that_covers_all_ids(void **unused)
{
	(void)unused;
	for (uint32_t count = 1; count <= 64; count++) {
		for (uint32_t id = 0; id < count; id++) {
			setup.vcpu_count = count;
			setup.vcpu_id = id;
			rebuild();
			assert_int_equal(get(1, 0).ebx >> 24, id);
			assert_true((get(1, 0).ebx >> 16 & 0xFF) >= count);
			assert_true((get(1, 0).ebx >> 16 & 0xFF) < 2 * count);
			assert_int_equal(get(1, 0).ebx & 0xFFFF, 0x0800);
		}
	}
}

/* Bits 25:14: processors that share the cache; 31:26: cores of the package. Both less one. */
static uint32_t sharing(uint32_t subleaf)
{
	return (get(4, subleaf).eax >> 14 & 0xFFF) + 1;
}

static void small_caches_are_a_processors_own_and_the_last_is_shared_by_all(void **unused)
{
	(void)unused;
	for (uint32_t count = 1; count <= 64; count++) {
		setup.vcpu_count = count;
		setup.vcpu_id = 0;
		rebuild();
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(sharing(i), 1);
		}
		assert_true(sharing(3) >= count && sharing(3) < 2 * count);
		assert_true((get(4, 3).eax >> 26) + 1 >= count);
	}
}

static void sizes_of_caches_are_the_machines(void **unused)
{
	(void)unused;
	for (uint32_t i = 0; i < ARRAY_COUNT(host_caches); i++) {
		assert_int_equal(get(4, i).eax & 0x3FFF, host_caches[i].eax & 0x3FFF);
		assert_int_equal(get(4, i).ebx, host_caches[i].ebx);
		assert_int_equal(get(4, i).ecx, host_caches[i].ecx);
		assert_int_equal(get(4, i).edx, host_caches[i].edx);
	}
}

/* A subleaf of type 0 ends the list. */
static void list_of_caches_ends(void **unused)
{
	(void)unused;
	assert_values(get(4, ARRAY_COUNT(host_caches)), none);
	assert_values(get(4, UINT32_MAX), none);
}

/*
 * SDM Vol. 3A, "Hierarchical Mapping of CPUID Extended Topology Leaf": the package is the ID
 * shifted right by the last level's EAX.
 */
static void topology_is_one_package_of_cores_without_smt(void **unused)
{
	(void)unused;
	for (uint32_t count = 1; count <= 64; count++) {
		for (uint32_t id = 0; id < count; id++) {
			setup.vcpu_count = count;
			setup.vcpu_id = id;
			rebuild();
			assert_values(get(0xB, 0), (struct cpuid_values){ 0, 1, 1 << 8, id });
			assert_int_equal(get(0xB, 1).ebx, count);
			assert_int_equal(get(0xB, 1).ecx, 2 << 8 | 1);
			assert_int_equal(get(0xB, 1).edx, id);
			assert_int_equal(id >> get(0xB, 1).eax, 0);
			assert_true(count == 1 || (count - 1) >> (get(0xB, 1).eax - 1) == 1);
		}
	}
}

/* SDM Vol. 2A, "CPUID", leaf 1FH: as leaf 0BH where there are no modules, tiles and dies. */
static void leaf_1fh_says_what_leaf_0bh_says(void **unused)
{
	(void)unused;
	assert_true(get(0, 0).eax >= 0x1F);
	for (uint32_t subleaf = 0; subleaf < 4; subleaf++) {
		assert_values(get(0x1F, subleaf), get(0xB, subleaf));
	}
}

/* Level type 0 ends the list; ECX[7:0] repeats the subleaf, EDX the ID. */
static void topology_ends_after_the_cores(void **unused)
{
	(void)unused;
	assert_values(get(0xB, 2), (struct cpuid_values){ 0, 0, 2, 1 });
	assert_values(get(0xB, 0x1FF), (struct cpuid_values){ 0, 0, 0xFF, 1 });
}

/* MPX and PKRU are left out: their features are hidden. */
static void xcr0_has_the_states_of_shown_features_only(void **unused)
{
	(void)unused;
	assert_int_equal(cpuid_policy_xcr0(&table), 0xE7);
	assert_int_equal(get(0xD, 0).eax, 0xE7);
	assert_int_equal(get(0xD, 0).edx, 0);
}

/* ECX of subleaf 0: bytes for all states there are, whatever XCR0 has now. */
static void xsave_area_is_as_long_as_the_shown_states_need(void **unused)
{
	(void)unused;
	assert_int_equal(get(0xD, 0).ecx, 1664 + 1024);
	xcr0_of_the_machine = 0x7;
	assert_int_equal(get(0xD, 0).ecx, 576 + 256);
	xcr0_of_the_machine = 0x3;
	assert_int_equal(get(0xD, 0).ecx, 576);
}

/* EBX follows the guest's XCR0: each state at its place. */
static void xsave_sizes_follow_the_guests_xcr0(void **unused)
{
	(void)unused;
	assert_int_equal(get(0xD, 0).ebx, 832);
	xcr0_of_the_guest = 0xE7;
	assert_int_equal(get(0xD, 0).ebx, 1664 + 1024);
	xcr0_of_the_guest = 0x1;
	assert_int_equal(get(0xD, 0).ebx, 576);
}

/* Bits of leaf 0DH.1:EAX. */
enum { XSAVEOPT = 1, XSAVEC = 2, XGETBV_1 = 4, XSAVES = 8 };

static void features_are(uint32_t features, uint32_t bytes)
{
	rebuild();
	assert_values(get(0xD, 1), (struct cpuid_values){ features, bytes, 0, 0 });
}

/* ECX and EDX of subleaf 1 are the bits of IA32_XSS: none. EBX is the size with the guest's XCR0. */
static void xsavec_and_xsaves_are_shown_without_a_bit_of_xss(void **unused)
{
	(void)unused;
	features_are(XSAVEOPT | XSAVEC | XGETBV_1 | XSAVES, 576 + 256);
	assert_int_equal(compact_asked, 0xE7);
	xcr0_of_the_guest = 0x27; /* opmask alone: legal or not, it counts */
	features_are(XSAVEOPT | XSAVEC | XGETBV_1 | XSAVES, 576 + 256 + 64);
	xcr0_of_the_guest = 0xE7;
	features_are(XSAVEOPT | XSAVEC | XGETBV_1 | XSAVES, COMPACT_E7);
	assert_true(table.xsavec && table.xsaves && !table.xsavec_hidden);
}

/* A state with ECX bit 1 begins on 64 bytes (SDM Vol. 2A, "CPUID", leaf 0DH). */
static struct cpuid_values odd_machine(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_values odd = { 8, 1088, 0, 0 };

	return leaf == 0xD && subleaf == 5 ? odd : rich_machine(leaf, subleaf);
}

static void an_aligned_state_begins_on_64_bytes(void **unused)
{
	(void)unused;
	setup.host = odd_machine;
	compact_answer = 576 + 256 + 64 + 512 + 1024;
	xcr0_of_the_guest = 0xE7;
	features_are(XSAVEOPT | XSAVEC | XGETBV_1 | XSAVES, compact_answer);
	compact_answer = 576 + 256 + 8 + 512 + 1024;
	features_are(XSAVEOPT | XGETBV_1, 0);
}

/* Bochs: the standard format's size. Its XSAVEC is wrong as well (docs/rigs.md). */
static void xsavec_of_a_machine_that_cannot_count_is_hidden(void **unused)
{
	(void)unused;
	compact_answer = 1664 + 1024;
	features_are(XSAVEOPT | XGETBV_1, 0);
	assert_true(!table.xsavec && !table.xsaves && table.xsavec_hidden);
}

/* SDM Vol. 3C, "Changes to Instruction Behavior": XSAVES is #UD without "enable XSAVES/XRSTORS". */
static void xsaves_is_hidden_without_its_control(void **unused)
{
	(void)unused;
	setup.controls2 = ~(uint32_t)PROC2_XSAVES;
	features_are(XSAVEOPT | XSAVEC | XGETBV_1, 576 + 256);
	assert_true(table.xsavec && !table.xsaves);
}

static uint32_t features_of_the_machine;

static struct cpuid_values plain_machine(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_values values = { features_of_the_machine, 832, 0x100, 0 };

	return leaf == 0xD && subleaf == 1 ? values : rich_machine(leaf, subleaf);
}

static void a_machine_without_xsavec_has_nothing_to_hide(void **unused)
{
	(void)unused;
	setup.host = plain_machine;
	features_of_the_machine = XSAVEOPT | XSAVES;
	features_are(XSAVEOPT, 0);
	assert_true(!table.xsavec && !table.xsaves && !table.xsavec_hidden);
	features_of_the_machine = XSAVEC;
	features_are(XSAVEC, 576 + 256);
	assert_true(table.xsavec && !table.xsaves);
}

static void each_shown_state_has_the_machines_place(void **unused)
{
	(void)unused;
	assert_values(get(0xD, 2), host_states[2]);
	assert_values(get(0xD, 7), host_states[7]);
	for (uint32_t i = 3; i < 70; i++) {
		if (i < 5 || i > 7) {
			assert_values(get(0xD, i), none);
		}
	}
	assert_values(get(0xD, UINT32_MAX), none);
}

static void without_xsave_its_leaf_is_zero(void **unused)
{
	(void)unused;
	setup.host = poor_machine;
	rebuild();
	assert_values(get(0xD, 0), none);
	assert_values(get(0xD, 1), none);
	assert_values(get(0xD, 2), none);
	assert_int_equal(cpuid_policy_xcr0(&table), 0);
}

static void frequency_leaf_has_megahertz(void **unused)
{
	(void)unused;
	assert_values(get(0x16, 0), (struct cpuid_values){ 2400, 2400, 0, 0 });
	setup.tsc_hz = 1999499999;
	rebuild();
	assert_int_equal(get(0x16, 0).eax, 1999);
	setup.tsc_hz = 1999500000;
	rebuild();
	assert_int_equal(get(0x16, 0).eax, 2000);
}

/* SDM Vol. 2A, "CPUID": the TSC has ECX * EBX / EAX Hz; ECX is the clock of the APIC timer. */
static void tsc_leaf_gives_both_frequencies(void **unused)
{
	(void)unused;
	struct cpuid_values values = get(0x15, 0);

	assert_int_equal((uint64_t)values.ecx * values.ebx / values.eax, 2400000000);
	assert_int_equal(values.ecx, 24000000);
}

/* Crystals of 19.2 to 38.4 MHz, buses of 100 and 133 MHz, an emulator's 20 MHz. */
static const uint64_t lapic_speeds[] = { 19200000, 20000000, 24000000,  25000000,
					 38400000, 99999987, 100000000, 133333333 };

static void assert_frequencies(uint64_t tsc_hz, uint64_t lapic_hz)
{
	setup.tsc_hz = tsc_hz;
	setup.lapic_hz = lapic_hz;
	rebuild();
	struct cpuid_values values = get(0x15, 0);

	assert_true(values.eax != 0);
	uint64_t hz = (uint64_t)values.ecx * values.ebx / values.eax;

	/* An eighth of a millionth: a second in three months. The APIC timer: 300 times that. */
	assert_in_range(hz, tsc_hz - tsc_hz / 8000000 - 1, tsc_hz + tsc_hz / 8000000 + 1);
	assert_in_range(values.ecx, lapic_hz - 1000, lapic_hz + lapic_hz / 4000 + 1000);
	/* Linux, native_calibrate_tsc(): kHz, in 32 bits. */
	uint32_t khz = values.ecx / 1000 * values.ebx / values.eax;

	assert_in_range(khz, tsc_hz / 1000 - 1, tsc_hz / 1000 + 1);
}

static void tsc_leaf_is_right_for_any_machine(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(lapic_speeds); i++) {
		for (uint64_t hz = 20000000; hz < 6000000000; hz += 98765432) {
			assert_frequencies(hz, lapic_speeds[i]);
		}
		assert_frequencies(2400000000, lapic_speeds[i]);
		assert_frequencies(125 * lapic_speeds[i] / 4 + 8001, lapic_speeds[i]);
	}
}

/* EAX or EBX of 0: "not enumerated". */
static void timer_that_stands_still_makes_no_claim(void **unused)
{
	(void)unused;
	setup.lapic_hz = 0;
	rebuild();
	assert_values(get(0x15, 0), none);
}

static void address_widths_are_the_machines(void **unused)
{
	(void)unused;
	assert_values(get(0x80000008, 0), (struct cpuid_values){ 0x302E, 0, 0, 0 });
}

static void brand_string_is_the_machines(void **unused)
{
	(void)unused;
	for (uint32_t leaf = 0x80000002; leaf <= 0x80000004; leaf++) {
		assert_values(get(leaf, 0), (struct cpuid_values){ ALL, ALL, ALL, ALL });
	}
}

/* SDM Vol. 2A, "CPUID": beyond the highest leaf, the data of the highest basic leaf is returned. */
static void leaves_out_of_range_answer_as_the_highest_basic_leaf(void **unused)
{
	uint32_t highest = get(0, 0).eax;
	const uint32_t beyond[] = { highest + 1,
				    0x20,
				    0x3FFFFFFF,
				    0x40000011,
				    0x400000FF,
				    0x7FFFFFFF,
				    get(0x80000000, 0).eax + 1,
				    0x8FFFFFFF,
				    0xC0000000,
				    UINT32_MAX };

	(void)unused;
	assert_int_equal(highest, 0x1F);
	assert_int_equal(get(0x80000000, 0).eax, 0x80000000 + EXTENDED_MAX);
	for (unsigned i = 0; i < ARRAY_COUNT(beyond); i++) {
		assert_values(get(beyond[i], 0), get(highest, 0));
	}
}

static void processors_differ_in_their_ids_only(void **unused)
{
	struct cpuid_table other;

	(void)unused;
	setup.vcpu_id = 0;
	cpuid_policy_build(&other, &setup);
	for (uint32_t leaf = 0; leaf <= 0x1F; leaf++) {
		if (leaf != 1 && leaf != 0xB && leaf != 0x1F) {
			assert_values(cpuid_policy_lookup(&other, leaf, 0, false), get(leaf, 0));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(vendor_is_the_machines, rich),
		cmocka_unit_test_setup(family_model_and_stepping_are_the_machines, rich),
		cmocka_unit_test_setup(features_no_guest_has_are_hidden, rich),
		cmocka_unit_test_setup(features_guests_have_are_shown, rich),
		cmocka_unit_test_setup(nothing_is_shown_that_the_machine_does_not_have, rich),
		cmocka_unit_test_setup(leaves_without_a_row_are_zero, rich),
		cmocka_unit_test_setup(leaf_0ah_has_the_counters_that_guests_have, rich),
		cmocka_unit_test_setup(structured_features_have_one_subleaf, rich),
		cmocka_unit_test_setup(osxsave_mirrors_cr4, rich),
		cmocka_unit_test_setup(what_is_shown_has_its_control_enabled, rich),
		cmocka_unit_test_setup(linear_addresses_are_as_wide_as_the_paging_that_is_shown,
				       rich),
		cmocka_unit_test_setup(leaf_40000010h_has_kilohertz, rich),
		cmocka_unit_test_setup(native_signature_differs_in_nothing_else, rich),
		cmocka_unit_test_setup(kvm_signature_offers_no_paravirtual_device, rich),
		cmocka_unit_test_setup(muntin_signature_has_no_features, rich),
		cmocka_unit_test_setup(native_signature_shows_no_hypervisor, rich),
		cmocka_unit_test_setup(leaf_1_has_the_virtual_id_and_a_count_that_covers_all_ids,
				       rich),
		cmocka_unit_test_setup(
			small_caches_are_a_processors_own_and_the_last_is_shared_by_all, rich),
		cmocka_unit_test_setup(sizes_of_caches_are_the_machines, rich),
		cmocka_unit_test_setup(list_of_caches_ends, rich),
		cmocka_unit_test_setup(topology_is_one_package_of_cores_without_smt, rich),
		cmocka_unit_test_setup(leaf_1fh_says_what_leaf_0bh_says, rich),
		cmocka_unit_test_setup(topology_ends_after_the_cores, rich),
		cmocka_unit_test_setup(xcr0_has_the_states_of_shown_features_only, rich),
		cmocka_unit_test_setup(xsave_area_is_as_long_as_the_shown_states_need, rich),
		cmocka_unit_test_setup(xsave_sizes_follow_the_guests_xcr0, rich),
		cmocka_unit_test_setup(xsavec_and_xsaves_are_shown_without_a_bit_of_xss, rich),
		cmocka_unit_test_setup(an_aligned_state_begins_on_64_bytes, rich),
		cmocka_unit_test_setup(xsavec_of_a_machine_that_cannot_count_is_hidden, rich),
		cmocka_unit_test_setup(xsaves_is_hidden_without_its_control, rich),
		cmocka_unit_test_setup(a_machine_without_xsavec_has_nothing_to_hide, rich),
		cmocka_unit_test_setup(each_shown_state_has_the_machines_place, rich),
		cmocka_unit_test_setup(without_xsave_its_leaf_is_zero, rich),
		cmocka_unit_test_setup(frequency_leaf_has_megahertz, rich),
		cmocka_unit_test_setup(tsc_leaf_gives_both_frequencies, rich),
		cmocka_unit_test_setup(tsc_leaf_is_right_for_any_machine, rich),
		cmocka_unit_test_setup(timer_that_stands_still_makes_no_claim, rich),
		cmocka_unit_test_setup(address_widths_are_the_machines, rich),
		cmocka_unit_test_setup(brand_string_is_the_machines, rich),
		cmocka_unit_test_setup(leaves_out_of_range_answer_as_the_highest_basic_leaf, rich),
		cmocka_unit_test_setup(processors_differ_in_their_ids_only, rich),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
