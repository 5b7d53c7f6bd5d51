/* SPDX-License-Identifier: Apache-2.0 */
/* test_ipi.c: which interrupts a guest may send, and whom they reach. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/ipi.h"

enum { VECTOR = 0x41, SENDER = 2, COUNT = 4, ALL_OF_COUNT = 0xF, LARGE_COUNT = 40 };

#define EVERYBODY ((uint64_t)UINT32_MAX << 32)

static uint64_t mode_bits(enum icr_mode mode)
{
	return (uint64_t)mode << 8;
}

static uint64_t shorthand_bits(enum icr_shorthand shorthand)
{
	return (uint64_t)shorthand << 18;
}

static uint64_t to(uint32_t destination)
{
	return (uint64_t)destination << 32;
}

static uint64_t reached(uint64_t icr, uint32_t count)
{
	struct ipi ipi;

	assert_int_equal(ipi_from_icr(icr, &ipi), OK);
	return ipi_receivers(&ipi, SENDER, count);
}

static uint64_t reached_by(struct vdev_message message, uint32_t count)
{
	struct ipi ipi = ipi_from_message(&message);

	return ipi_receivers(&ipi, 0, count);
}

/* SDM Vol. 3A, "ICR Operation in x2APIC Mode". */
static void fields_of_the_icr_are_where_the_manual_has_them(void **unused)
{
	struct ipi ipi;

	(void)unused;
	assert_int_equal(ipi_from_icr(0x89ABCDEF00084841 | (uint64_t)ICR_NMI << 8, &ipi), OK);
	assert_int_equal(ipi.destination, 0x89ABCDEF);
	assert_int_equal(ipi.shorthand, ICR_TO_ALL);
	assert_int_equal(ipi.vector, VECTOR);
	assert_int_equal(ipi.mode, ICR_NMI);
	assert_true(ipi.logical);
	assert_false(ipi.deassert);
}

/* Bits 31:20, 17:16 and 13:12 are reserved: WRMSR faults. */
static void each_reserved_bit_is_refused(void **unused)
{
	struct ipi ipi;

	(void)unused;
	for (unsigned bit = 0; bit < 64; bit++) {
		bool reserved = (bit >= 20 && bit <= 31) || bit == 16 || bit == 17 || bit == 12 ||
				bit == 13;
		bool is_mode = bit >= 8 && bit <= 10;

		if (!is_mode) {
			assert_int_equal(ipi_from_icr((uint64_t)1 << bit, &ipi),
					 reserved ? E_INVALID : OK);
		}
	}
}

/* SMI belongs to the machine; 3 and 7 are reserved. */
static void only_five_delivery_modes_are_legal(void **unused)
{
	struct ipi ipi;

	(void)unused;
	for (unsigned mode = 0; mode < 8; mode++) {
		bool legal = mode != ICR_SMI && mode != ICR_RESERVED3 && mode != 7;

		assert_int_equal(ipi_from_icr(mode_bits((enum icr_mode)mode) | VECTOR, &ipi),
				 legal ? OK : E_INVALID);
	}
}

static void physical_destination_reaches_the_one_with_that_id(void **unused)
{
	(void)unused;
	for (uint32_t id = 0; id < COUNT; id++) {
		assert_int_equal(reached(to(id) | VECTOR, COUNT), (uint64_t)1 << id);
	}
}

/* One's own ID is a destination as any other. */
static void sender_can_name_itself(void **unused)
{
	(void)unused;
	assert_int_equal(reached(to(SENDER) | VECTOR, COUNT), 1 << SENDER);
}

/* A neighbour's processor has no number in this guest. */
static void ids_the_guest_does_not_have_reach_nobody(void **unused)
{
	static const uint32_t ids[] = { COUNT, 63, 64, 0xFF, 0x100, 0x10000, 0xFFFFFFFE };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(ids); i++) {
		assert_int_equal(reached(to(ids[i]) | VECTOR, COUNT), 0);
	}
}

/* SDM Vol. 3A, "Physical Destination Mode": FFFFFFFFH is everybody. */
static void physical_broadcast_reaches_everybody_and_the_sender(void **unused)
{
	(void)unused;
	assert_int_equal(reached(EVERYBODY | VECTOR, COUNT), ALL_OF_COUNT);
}

/* SDM Vol. 3A, "Logical Destination Mode in x2APIC Mode". */
static void logical_broadcast_reaches_everybody_and_the_sender(void **unused)
{
	(void)unused;
	assert_int_equal(reached(EVERYBODY | ICR_LOGICAL | VECTOR, LARGE_COUNT),
			 ((uint64_t)1 << LARGE_COUNT) - 1);
}

/* In physical mode 8 bits of ones are ID 255, no broadcast: an x2APIC has 32. */
static void id_255_of_an_icr_is_no_broadcast(void **unused)
{
	(void)unused;
	assert_int_equal(reached(to(0xFF) | VECTOR, COUNT), 0);
}

/* SDM Vol. 3A, "Deriving Logical x2APIC ID from the Local x2APIC ID". */
static void logical_id_has_the_cluster_above_and_one_bit_below(void **unused)
{
	(void)unused;
	assert_int_equal(ipi_logical_id(0), 0x00001);
	assert_int_equal(ipi_logical_id(15), 0x08000);
	assert_int_equal(ipi_logical_id(16), 0x10001);
	assert_int_equal(ipi_logical_id(39), 0x20080);
}

static void logical_destination_reaches_the_members_it_names(void **unused)
{
	(void)unused;
	assert_int_equal(reached(to(0x0000000A) | ICR_LOGICAL | VECTOR, COUNT), 0xA);
	assert_int_equal(reached(to(0x00010003) | ICR_LOGICAL | VECTOR, LARGE_COUNT), 0x30000);
	assert_int_equal(reached(to(0x0002FFFF) | ICR_LOGICAL | VECTOR, LARGE_COUNT), 0xFF00000000);
}

static void logical_destination_does_not_reach_the_same_bit_of_another_cluster(void **unused)
{
	(void)unused;
	assert_int_equal(reached(to(0x00030001) | ICR_LOGICAL | VECTOR, LARGE_COUNT), 0);
	assert_int_equal(reached(to(0x80000001) | ICR_LOGICAL | VECTOR, LARGE_COUNT), 0);
}

static void shorthand_wins_over_the_destination(void **unused)
{
	uint64_t named = to(0) | VECTOR;

	(void)unused;
	assert_int_equal(reached(named | shorthand_bits(ICR_TO_SELF), COUNT), 1 << SENDER);
	assert_int_equal(reached(named | shorthand_bits(ICR_TO_ALL), COUNT), ALL_OF_COUNT);
	assert_int_equal(reached(named | shorthand_bits(ICR_TO_OTHERS), COUNT),
			 ALL_OF_COUNT & ~(1 << SENDER));
}

static void all_of_64_processors_are_reached(void **unused)
{
	(void)unused;
	assert_int_equal(reached(shorthand_bits(ICR_TO_ALL) | VECTOR, 64), UINT64_MAX);
	assert_int_equal(reached(EVERYBODY | VECTOR, 64), UINT64_MAX);
}

static void only_processor_has_no_others(void **unused)
{
	struct ipi ipi;

	(void)unused;
	assert_int_equal(ipi_from_icr(shorthand_bits(ICR_TO_OTHERS) | VECTOR, &ipi), OK);
	assert_int_equal(ipi_receivers(&ipi, 0, 1), 0);
}

/* One receiver, and whoever it is, it is one of those named. */
static void lowest_priority_reaches_one(void **unused)
{
	uint64_t lowest = mode_bits(ICR_LOWEST) | VECTOR;

	(void)unused;
	assert_int_equal(reached(EVERYBODY | lowest, COUNT), 1);
	assert_int_equal(reached(to(0xC) | ICR_LOGICAL | lowest, COUNT), 4);
	assert_int_equal(reached(to(0x30000) | ICR_LOGICAL | lowest, COUNT), 0);
}

/* SDM Vol. 3A, "Valid Interrupt Vectors": 0 to 15 are never sent. */
static void vectors_below_16_reach_nobody(void **unused)
{
	(void)unused;
	assert_int_equal(reached(EVERYBODY | 15, COUNT), 0);
	assert_int_equal(reached(EVERYBODY | mode_bits(ICR_LOWEST) | 15, COUNT), 0);
	assert_int_equal(reached(EVERYBODY | 16, COUNT), ALL_OF_COUNT);
}

/* NMI has no vector; INIT wants 0; of a SIPI it is a page. */
static void other_modes_do_not_care_for_the_vector(void **unused)
{
	(void)unused;
	assert_int_equal(reached(to(1) | mode_bits(ICR_NMI), COUNT), 2);
	assert_int_equal(reached(to(1) | mode_bits(ICR_INIT) | ICR_ASSERT, COUNT), 2);
	assert_int_equal(reached(to(1) | mode_bits(ICR_STARTUP), COUNT), 2);
}

/* SDM Vol. 3A, "Interrupt Command Register (ICR)": INIT level de-assert has no effect. */
static void init_deassert_reaches_nobody(void **unused)
{
	uint64_t init = mode_bits(ICR_INIT) | ICR_LEVEL;

	(void)unused;
	assert_int_equal(reached(to(1) | init, COUNT), 0);
	assert_int_equal(reached(to(1) | init | ICR_ASSERT, COUNT), 2);
}

static void init_and_sipi_reach_the_others_but_not_oneself(void **unused)
{
	static const enum icr_mode modes[] = { ICR_INIT, ICR_STARTUP };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(modes); i++) {
		uint64_t icr = mode_bits(modes[i]) | ICR_ASSERT;

		assert_int_equal(reached(icr | shorthand_bits(ICR_TO_OTHERS), COUNT),
				 ALL_OF_COUNT & ~(1 << SENDER));
		assert_int_equal(reached(icr | shorthand_bits(ICR_TO_SELF), COUNT), 0);
		assert_int_equal(reached(icr | shorthand_bits(ICR_TO_ALL), COUNT), 0);
	}
}

/* An IOAPIC's destination has 8 bits; all of them set are everybody. */
static void physical_broadcast_of_a_device_reaches_everybody(void **unused)
{
	(void)unused;
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_FIXED, false, 0xFF }, LARGE_COUNT),
		((uint64_t)1 << LARGE_COUNT) - 1);
}

static void physical_destination_of_a_device_reaches_one(void **unused)
{
	(void)unused;
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_FIXED, false, 39 }, LARGE_COUNT),
		(uint64_t)1 << 39);
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_FIXED, false, 40 }, LARGE_COUNT), 0);
}

/* In x2APIC mode the 8 bits stand in a destination of 32: members 0 to 7 of cluster 0. */
static void logical_destination_of_a_device_names_the_first_eight(void **unused)
{
	(void)unused;
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_FIXED, true, 0x81 }, LARGE_COUNT),
		0x81);
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_FIXED, true, 0xFF }, LARGE_COUNT),
		0xFF);
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, ICR_FIXED, true, 0xFF }, COUNT),
			 ALL_OF_COUNT);
}

static void lowest_priority_of_a_device_reaches_one(void **unused)
{
	(void)unused;
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, ICR_LOWEST, true, 0x06 }, COUNT),
			 2);
}

/* A model that sends what it may not still reaches nobody. */
static void device_cannot_send_smi(void **unused)
{
	(void)unused;
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, ICR_SMI, false, 0xFF }, COUNT),
			 0);
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, 7, false, 0xFF }, COUNT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_the_icr_are_where_the_manual_has_them),
		cmocka_unit_test(each_reserved_bit_is_refused),
		cmocka_unit_test(only_five_delivery_modes_are_legal),
		cmocka_unit_test(physical_destination_reaches_the_one_with_that_id),
		cmocka_unit_test(sender_can_name_itself),
		cmocka_unit_test(ids_the_guest_does_not_have_reach_nobody),
		cmocka_unit_test(physical_broadcast_reaches_everybody_and_the_sender),
		cmocka_unit_test(logical_broadcast_reaches_everybody_and_the_sender),
		cmocka_unit_test(id_255_of_an_icr_is_no_broadcast),
		cmocka_unit_test(logical_id_has_the_cluster_above_and_one_bit_below),
		cmocka_unit_test(logical_destination_reaches_the_members_it_names),
		cmocka_unit_test(
			logical_destination_does_not_reach_the_same_bit_of_another_cluster),
		cmocka_unit_test(shorthand_wins_over_the_destination),
		cmocka_unit_test(all_of_64_processors_are_reached),
		cmocka_unit_test(only_processor_has_no_others),
		cmocka_unit_test(lowest_priority_reaches_one),
		cmocka_unit_test(vectors_below_16_reach_nobody),
		cmocka_unit_test(other_modes_do_not_care_for_the_vector),
		cmocka_unit_test(init_deassert_reaches_nobody),
		cmocka_unit_test(init_and_sipi_reach_the_others_but_not_oneself),
		cmocka_unit_test(physical_broadcast_of_a_device_reaches_everybody),
		cmocka_unit_test(physical_destination_of_a_device_reaches_one),
		cmocka_unit_test(logical_destination_of_a_device_names_the_first_eight),
		cmocka_unit_test(lowest_priority_of_a_device_reaches_one),
		cmocka_unit_test(device_cannot_send_smi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
