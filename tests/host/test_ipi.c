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

static struct ipi_apic apics[IPI_CPUS_MAX];

/* All in x2APIC mode and enabled, as stock kernels are started. */
static int all_x2apic(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < IPI_CPUS_MAX; i++) {
		apics[i] = (struct ipi_apic){ .mode = VLAPIC_X2APIC, .enabled = true };
	}
	return 0;
}

/* All in xAPIC mode and enabled, with the flat logical IDs that Linux gives: one bit each. */
static int all_xapic(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < IPI_CPUS_MAX; i++) {
		apics[i] = (struct ipi_apic){ .mode = VLAPIC_XAPIC,
					      .enabled = true,
					      .logical = (uint8_t)(i < 8 ? 1u << i : 0) };
	}
	return 0;
}

static uint64_t reached(uint64_t icr, uint32_t count)
{
	struct ipi ipi;

	assert_int_equal(ipi_from_icr(icr, &ipi), OK);
	return ipi_receivers(&ipi, apics, SENDER, count);
}

/* From an xAPIC: the destination is 8 bits, the highest. */
static uint64_t reached_from_xapic(uint64_t icr, uint32_t count)
{
	struct ipi ipi;

	assert_int_equal(ipi_from_xapic(icr, &ipi), OK);
	return ipi_receivers(&ipi, apics, SENDER, count);
}

static uint64_t to_xapic(uint8_t destination)
{
	return (uint64_t)destination << 56;
}

static uint64_t reached_by(struct vdev_message message, uint32_t count)
{
	struct ipi ipi = ipi_from_message(&message);

	return ipi_receivers(&ipi, apics, 0, count);
}

/* "Interrupt Command Register (ICR)": the trigger mode of an ICR is INIT's alone. */
static void only_a_devices_message_is_level_triggered(void **unused)
{
	struct vdev_message message = { .vector = VECTOR, .level = true };
	struct ipi ipi = ipi_from_message(&message);

	(void)unused;
	assert_true(ipi.level);
	message.level = false;
	assert_false(ipi_from_message(&message).level);
	assert_int_equal(ipi_from_icr(ICR_LEVEL | ICR_ASSERT | VECTOR, &ipi), OK);
	assert_false(ipi.level);
	assert_int_equal(ipi_from_xapic(ICR_LEVEL | ICR_ASSERT | VECTOR, &ipi), OK);
	assert_false(ipi.level);
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
	assert_int_equal(ipi_receivers(&ipi, apics, 0, 1), 0);
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

/* SDM Vol. 3A, "MP Initialization Protocol Algorithm for MP Systems": of a SIPI every vector is a page. */
static void sipi_takes_every_vector(void **unused)
{
	struct ipi ipi;

	(void)unused;
	for (uint64_t vector = 0; vector <= UINT8_MAX; vector++) {
		assert_int_equal(ipi_from_icr(to(1) | mode_bits(ICR_STARTUP) | vector, &ipi), OK);
		assert_int_equal(ipi.vector, vector);
		assert_int_equal(ipi_receivers(&ipi, apics, SENDER, COUNT), 2);
	}
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
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, ICR_FIXED, false, 0xFF, false },
				    LARGE_COUNT),
			 ((uint64_t)1 << LARGE_COUNT) - 1);
}

static void physical_destination_of_a_device_reaches_one(void **unused)
{
	(void)unused;
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, ICR_FIXED, false, 39, false },
				    LARGE_COUNT),
			 (uint64_t)1 << 39);
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, ICR_FIXED, false, 40, false },
				    LARGE_COUNT),
			 0);
}

/* In x2APIC mode the 8 bits stand in a destination of 32: members 0 to 7 of cluster 0. */
static void logical_destination_of_a_device_names_the_first_eight(void **unused)
{
	(void)unused;
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, ICR_FIXED, true, 0x81, false },
				    LARGE_COUNT),
			 0x81);
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, ICR_FIXED, true, 0xFF, false },
				    LARGE_COUNT),
			 0xFF);
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_FIXED, true, 0xFF, false }, COUNT),
		ALL_OF_COUNT);
}

static void lowest_priority_of_a_device_reaches_one(void **unused)
{
	(void)unused;
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_LOWEST, true, 0x06, false }, COUNT),
		2);
}

/* A model that sends what it may not still reaches nobody. */
static void device_cannot_send_smi(void **unused)
{
	(void)unused;
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_SMI, false, 0xFF, false }, COUNT), 0);
	assert_int_equal(reached_by((struct vdev_message){ VECTOR, 7, false, 0xFF, false }, COUNT),
			 0);
}

/* --- Lowest priority */

/* SDM Vol. 3A, "Lowest Priority Delivery Mode": it is delivered, so not to one that takes nothing. */
static void lowest_priority_passes_over_one_that_is_off(void **unused)
{
	uint64_t lowest = mode_bits(ICR_LOWEST) | VECTOR;

	(void)unused;
	apics[0].enabled = false;
	apics[1].mode = VLAPIC_DISABLED;
	assert_int_equal(reached(EVERYBODY | lowest, COUNT), 4);
	assert_int_equal(reached(to(0x3) | ICR_LOGICAL | lowest, COUNT), 0);
}

/* SDM Vol. 3A, "Local APIC State After It Has Been Software Disabled": it responds to INIT, NMI and SIPI. */
static void one_that_software_disabled_hears_what_has_no_vector(void **unused)
{
	(void)unused;
	apics[1].enabled = false;
	assert_int_equal(reached(to(1) | VECTOR, COUNT), 0);
	assert_int_equal(reached(EVERYBODY | VECTOR, COUNT), 0xD);
	assert_int_equal(reached(to(1) | mode_bits(ICR_NMI), COUNT), 2);
	assert_int_equal(reached(to(1) | mode_bits(ICR_INIT) | ICR_ASSERT, COUNT), 2);
	assert_int_equal(reached(to(1) | mode_bits(ICR_STARTUP), COUNT), 2);
}

/* --- xAPIC mode (SDM Vol. 3A, "Determining IPI Destination") */

static void fields_of_an_xapics_icr_are_where_the_manual_has_them(void **unused)
{
	struct ipi ipi;

	(void)unused;
	assert_int_equal(ipi_from_xapic(0xAB00000000084841 | (uint64_t)ICR_NMI << 8, &ipi), OK);
	assert_int_equal(ipi.destination, 0xAB);
	assert_true(ipi.narrow);
	assert_int_equal(ipi.shorthand, ICR_TO_ALL);
	assert_int_equal(ipi.vector, VECTOR);
	assert_int_equal(ipi.mode, ICR_NMI);
	assert_true(ipi.logical);
}

/* No write to the page faults. */
static void reserved_bits_of_an_xapics_icr_are_ignored(void **unused)
{
	(void)unused;
	assert_int_equal(reached_from_xapic(to_xapic(1) | 0x00FFFFFFFFF33000 | VECTOR, COUNT), 2);
}

static void modes_no_guest_may_send_are_refused_to_an_xapic_too(void **unused)
{
	struct ipi ipi;

	(void)unused;
	assert_int_equal(ipi_from_xapic(mode_bits(ICR_SMI), &ipi), E_INVALID);
	assert_int_equal(ipi_from_xapic(mode_bits(ICR_RESERVED3), &ipi), E_INVALID);
	assert_int_equal(ipi_from_xapic(7 << 8, &ipi), E_INVALID);
}

/* "Physical Destination Mode": FFH is everybody. */
static void physical_destination_of_an_xapic_reaches_one_or_all(void **unused)
{
	(void)unused;
	assert_int_equal(reached_from_xapic(to_xapic(3) | VECTOR, COUNT), 8);
	assert_int_equal(reached_from_xapic(to_xapic(COUNT) | VECTOR, COUNT), 0);
	assert_int_equal(reached_from_xapic(to_xapic(0xFF) | VECTOR, COUNT), ALL_OF_COUNT);
}

/* "Logical Destination Mode", flat model: a bit that is in both. */
static void flat_destination_reaches_those_that_share_a_bit(void **unused)
{
	(void)unused;
	apics[2].logical = 0x82;
	assert_int_equal(reached_from_xapic(to_xapic(0x02) | ICR_LOGICAL | VECTOR, COUNT), 0x6);
	assert_int_equal(reached_from_xapic(to_xapic(0x80) | ICR_LOGICAL | VECTOR, COUNT), 0x4);
	assert_int_equal(reached_from_xapic(to_xapic(0x40) | ICR_LOGICAL | VECTOR, COUNT), 0);
	assert_int_equal(reached_from_xapic(to_xapic(0xFF) | ICR_LOGICAL | VECTOR, COUNT),
			 ALL_OF_COUNT);
}

/* After reset the LDR is 0: flat logical destinations name nobody. */
static void flat_destination_does_not_reach_one_without_a_logical_id(void **unused)
{
	(void)unused;
	assert_int_equal(reached_from_xapic(to_xapic(0xFF) | ICR_LOGICAL | VECTOR, 9), 0xFF);
}

/* "Logical Destination Mode", cluster model: 4 bits of cluster, 4 of members. */
static void cluster_destination_reaches_members_of_one_cluster(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < COUNT; i++) {
		apics[i].clusters = true;
		apics[i].logical = (uint8_t)(i / 2 << 4 | 1u << i % 2);
	}
	assert_int_equal(reached_from_xapic(to_xapic(0x01) | ICR_LOGICAL | VECTOR, COUNT), 0x1);
	assert_int_equal(reached_from_xapic(to_xapic(0x13) | ICR_LOGICAL | VECTOR, COUNT), 0xC);
	assert_int_equal(reached_from_xapic(to_xapic(0x2F) | ICR_LOGICAL | VECTOR, COUNT), 0);
	assert_int_equal(reached_from_xapic(to_xapic(0xFF) | ICR_LOGICAL | VECTOR, COUNT),
			 ALL_OF_COUNT);
}

/* --- Processors in different modes, as they are while a guest starts them */

static void xapic_reaches_those_still_in_x2apic_mode(void **unused)
{
	uint64_t init = mode_bits(ICR_INIT) | ICR_ASSERT;

	(void)unused;
	apics[1].mode = VLAPIC_X2APIC;
	apics[3].mode = VLAPIC_X2APIC;
	assert_int_equal(reached_from_xapic(to_xapic(1) | init, COUNT), 2);
	assert_int_equal(reached_from_xapic(to_xapic(0xFF) | VECTOR, COUNT), ALL_OF_COUNT);
	assert_int_equal(reached_from_xapic(to_xapic(0x08) | ICR_LOGICAL | VECTOR, COUNT), 0x8);
}

static void x2apic_reaches_xapics_by_the_8_bits_they_have(void **unused)
{
	(void)unused;
	apics[SENDER].mode = VLAPIC_X2APIC;
	assert_int_equal(reached(to(3) | VECTOR, COUNT), 8);
	assert_int_equal(reached(EVERYBODY | VECTOR, COUNT), ALL_OF_COUNT);
	assert_int_equal(reached(to(0x09) | ICR_LOGICAL | VECTOR, COUNT), 0x9);
	assert_int_equal(reached(to(0x10009) | ICR_LOGICAL | VECTOR, COUNT), 0);
}

/* SDM Vol. 3A, "Enabling or Disabling the Local APIC": as a processor without one. */
static void apic_that_is_switched_off_hears_nothing(void **unused)
{
	static const enum icr_mode modes[] = { ICR_FIXED, ICR_NMI, ICR_INIT, ICR_STARTUP };

	(void)unused;
	apics[1].mode = VLAPIC_DISABLED;
	for (unsigned i = 0; i < ARRAY_COUNT(modes); i++) {
		uint64_t icr = mode_bits(modes[i]) | ICR_ASSERT | VECTOR;

		assert_int_equal(reached(to(1) | icr, COUNT), 0);
		assert_int_equal(reached(shorthand_bits(ICR_TO_OTHERS) | icr, COUNT), 0x9);
	}
}

/* An IOAPIC's message is as narrow as an xAPIC's. */
static void logical_destination_of_a_device_finds_xapics_by_their_ldr(void **unused)
{
	(void)unused;
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_FIXED, true, 0x05, false }, COUNT),
		0x5);
	assert_int_equal(
		reached_by((struct vdev_message){ VECTOR, ICR_LOWEST, true, 0xFE, false }, COUNT),
		0x2);
}

static bool is_plain(const struct ipi *ipi)
{
	return ipi->mode == ICR_FIXED && ipi->shorthand == ICR_TO_DESTINATION;
}

/* Whoever is named alone by ID or as a member of a cluster, with every bit of the ICR on and off. */
static void single_receiver_is_the_one_all_rules_together_find(void **unused)
{
	static const uint32_t names[] = { 0,          1,       3,         4,       0x8,
					  0x10,       0x10001, 0x18000,   0x20080, 0x20100,
					  0xFFFF0001, 0xFF,    UINT32_MAX };
	unsigned found = 0;

	(void)unused;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]) * 32 * 2; i++) {
		uint64_t icr = to(names[i / 64]) | VECTOR | (i % 2 != 0 ? ICR_LOGICAL : 0);
		struct ipi ipi;

		icr ^= (uint64_t)1 << i / 2 % 32;
		uint32_t single = ipi_single(icr, LARGE_COUNT);

		if (single != IPI_NOT_SINGLE) {
			assert_true(single < LARGE_COUNT);
			assert_int_equal(ipi_from_icr(icr, &ipi), OK);
			assert_true(is_plain(&ipi));
			assert_int_equal(reached(icr, LARGE_COUNT), (uint64_t)1 << single);
			found++;
		}
	}
	assert_true(found > 100);
}

/* What Linux sends: to one, by ID or as a member of a cluster. */
static void single_receiver_is_found_where_systems_name_one(void **unused)
{
	(void)unused;
	assert_int_equal(ipi_single(to(3) | VECTOR, COUNT), 3);
	assert_int_equal(ipi_single(to(3) | ICR_ASSERT | VECTOR, COUNT), 3);
	assert_int_equal(ipi_single(to(0x20080) | ICR_LOGICAL | VECTOR, LARGE_COUNT), 39);
	assert_int_equal(ipi_single(to(COUNT) | VECTOR, COUNT), IPI_NOT_SINGLE);
	assert_int_equal(ipi_single(to(0x20100) | ICR_LOGICAL | VECTOR, LARGE_COUNT),
			 IPI_NOT_SINGLE);
	assert_int_equal(ipi_single(to(3) | ICR_LOGICAL | VECTOR, COUNT), IPI_NOT_SINGLE);
	assert_int_equal(ipi_single(EVERYBODY | VECTOR, COUNT), IPI_NOT_SINGLE);
	assert_int_equal(ipi_single(to(3) | 15, COUNT), IPI_NOT_SINGLE);
	assert_int_equal(ipi_single(to(3) | mode_bits(ICR_NMI) | VECTOR, COUNT), IPI_NOT_SINGLE);
}

#define X2(test) cmocka_unit_test_setup(test, all_x2apic)
#define X1(test) cmocka_unit_test_setup(test, all_xapic)

int main(void)
{
	const struct CMUnitTest tests[] = {
		X2(only_a_devices_message_is_level_triggered),
		X2(fields_of_the_icr_are_where_the_manual_has_them),
		X2(each_reserved_bit_is_refused),
		X2(only_five_delivery_modes_are_legal),
		X2(physical_destination_reaches_the_one_with_that_id),
		X2(sender_can_name_itself),
		X2(ids_the_guest_does_not_have_reach_nobody),
		X2(physical_broadcast_reaches_everybody_and_the_sender),
		X2(logical_broadcast_reaches_everybody_and_the_sender),
		X2(id_255_of_an_icr_is_no_broadcast),
		X2(logical_id_has_the_cluster_above_and_one_bit_below),
		X2(logical_destination_reaches_the_members_it_names),
		X2(logical_destination_does_not_reach_the_same_bit_of_another_cluster),
		X2(shorthand_wins_over_the_destination),
		X2(all_of_64_processors_are_reached),
		X2(only_processor_has_no_others),
		X2(lowest_priority_reaches_one),
		X2(vectors_below_16_reach_nobody),
		X2(sipi_takes_every_vector),
		X2(other_modes_do_not_care_for_the_vector),
		X2(init_deassert_reaches_nobody),
		X2(init_and_sipi_reach_the_others_but_not_oneself),
		X2(physical_broadcast_of_a_device_reaches_everybody),
		X2(physical_destination_of_a_device_reaches_one),
		X2(logical_destination_of_a_device_names_the_first_eight),
		X2(lowest_priority_of_a_device_reaches_one),
		X2(device_cannot_send_smi),
		X2(lowest_priority_passes_over_one_that_is_off),
		X2(one_that_software_disabled_hears_what_has_no_vector),
		X1(fields_of_an_xapics_icr_are_where_the_manual_has_them),
		X1(reserved_bits_of_an_xapics_icr_are_ignored),
		X1(modes_no_guest_may_send_are_refused_to_an_xapic_too),
		X1(physical_destination_of_an_xapic_reaches_one_or_all),
		X1(flat_destination_reaches_those_that_share_a_bit),
		X1(flat_destination_does_not_reach_one_without_a_logical_id),
		X1(cluster_destination_reaches_members_of_one_cluster),
		X1(xapic_reaches_those_still_in_x2apic_mode),
		X1(x2apic_reaches_xapics_by_the_8_bits_they_have),
		X2(apic_that_is_switched_off_hears_nothing),
		X1(logical_destination_of_a_device_finds_xapics_by_their_ldr),
		X2(single_receiver_is_the_one_all_rules_together_find),
		X2(single_receiver_is_found_where_systems_name_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
