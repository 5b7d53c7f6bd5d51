/* SPDX-License-Identifier: Apache-2.0 */
/* test_cpuid_topology.c: processors and caches as CPUID tells a guest of them. */
#include "tests/host/cpuid_machine.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(leaf_1_has_the_virtual_id_and_a_count_that_covers_all_ids,
				       rich),
		cmocka_unit_test_setup(
			small_caches_are_a_processors_own_and_the_last_is_shared_by_all, rich),
		cmocka_unit_test_setup(sizes_of_caches_are_the_machines, rich),
		cmocka_unit_test_setup(list_of_caches_ends, rich),
		cmocka_unit_test_setup(topology_is_one_package_of_cores_without_smt, rich),
		cmocka_unit_test_setup(leaf_1fh_says_what_leaf_0bh_says, rich),
		cmocka_unit_test_setup(topology_ends_after_the_cores, rich),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
