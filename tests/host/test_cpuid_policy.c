/* SPDX-License-Identifier: Apache-2.0 */
/* test_cpuid_policy.c: which features CPUID shows a guest, under which signature, and what lies out of range. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/host/cpuid_machine.h"

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
		cmocka_unit_test_setup(kvm_signature_offers_no_paravirtual_device, rich),
		cmocka_unit_test_setup(muntin_signature_has_no_features, rich),
		cmocka_unit_test_setup(native_signature_differs_in_nothing_else, rich),
		cmocka_unit_test_setup(native_signature_shows_no_hypervisor, rich),
		cmocka_unit_test_setup(address_widths_are_the_machines, rich),
		cmocka_unit_test_setup(brand_string_is_the_machines, rich),
		cmocka_unit_test_setup(leaves_out_of_range_answer_as_the_highest_basic_leaf, rich),
		cmocka_unit_test_setup(processors_differ_in_their_ids_only, rich),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
