/* SPDX-License-Identifier: Apache-2.0 */
/* test_vioapic.c: the I/O APIC as its data sheet (82093AA) and Linux see it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/vdev/vioapic.h"

enum {
	MASKED = 0x10000,
	LEVEL = 0x8000,
	REMOTE_IRR = 0x4000,
	ACTIVE_LOW = 0x2000,
	LOGICAL = 0x800,
	PIN = 4,
	EOI = 0x40,
};

static struct vioapic ioapic;
static struct vdev_message last;
static unsigned sent;

static void receive(void *context, const struct vdev_message *message)
{
	assert_ptr_equal(context, &ioapic);
	last = *message;
	sent++;
}

static int setup(void **state)
{
	(void)state;
	memset(&last, 0, sizeof(last));
	sent = 0;
	vioapic_init(&ioapic, receive, &ioapic);
	return 0;
}

static uint32_t get(uint8_t index)
{
	vioapic_write(&ioapic, 0x00, index);
	return vioapic_read(&ioapic, 0x10);
}

static void put(uint8_t index, uint32_t value)
{
	vioapic_write(&ioapic, 0x00, index);
	vioapic_write(&ioapic, 0x10, value);
}

static uint32_t entry(void)
{
	return get(0x10 + 2 * PIN);
}

static void set_entry(uint32_t low)
{
	put(0x10 + 2 * PIN, low);
}

static void pin(bool level)
{
	vioapic_set_pin(&ioapic, PIN, level);
}

/* "I/O Redirection Table Registers", defaults; version as of chips with an EOI register. */
static void power_on_state_is_the_data_sheets(void **state)
{
	(void)state;
	assert_int_equal(get(0), 0);
	assert_int_equal(get(1), 0x00170020);
	for (unsigned i = 0; i < 24; i++) {
		assert_int_equal(get((uint8_t)(0x10 + 2 * i)), MASKED);
		assert_int_equal(get((uint8_t)(0x11 + 2 * i)), 0);
	}
	assert_int_equal(get(0x10 + 48), 0);
}

static void id_keeps_four_bits_and_arbitration_follows(void **state)
{
	(void)state;
	put(0, 0xFFFFFFFF);
	assert_int_equal(get(0), 0x0F000000);
	assert_int_equal(get(2), 0x0F000000);
	put(1, 0);
	assert_int_equal(get(1), 0x00170020);
}

static void read_only_bits_of_an_entry_stay(void **state)
{
	(void)state;
	set_entry(0xFFFFFFFF);
	assert_int_equal(entry(), 0x0001AFFF);
	put(0x11 + 2 * PIN, 0xFFFFFFFF);
	assert_int_equal(get(0x11 + 2 * PIN), 0xFF000000);
	assert_int_equal(entry(), 0x0001AFFF);
}

static void a_rising_edge_sends_the_entrys_message(void **state)
{
	(void)state;
	set_entry(LOGICAL | 0x131);
	put(0x11 + 2 * PIN, 0x03000000);
	pin(true);
	assert_int_equal(sent, 1);
	assert_int_equal(last.vector, 0x31);
	assert_int_equal(last.delivery_mode, 1);
	assert_true(last.logical);
	assert_int_equal(last.destination, 3);
	assert_int_equal(entry() & REMOTE_IRR, 0);
	pin(true);
	pin(false);
	assert_int_equal(sent, 1);
	pin(true);
	assert_int_equal(sent, 2);
}

/* Interrupt Mask: edges on a masked pin are "not delivered or held pending". */
static void an_edge_on_a_masked_pin_is_lost(void **state)
{
	(void)state;
	set_entry(MASKED | 0x31);
	pin(true);
	set_entry(0x31);
	assert_int_equal(sent, 0);
	pin(false);
	pin(true);
	assert_int_equal(sent, 1);
}

static void a_level_is_sent_once_until_eoi(void **state)
{
	(void)state;
	set_entry(LEVEL | 0x40);
	pin(true);
	pin(true);
	assert_int_equal(sent, 1);
	assert_int_equal(entry() & REMOTE_IRR, REMOTE_IRR);
	vioapic_write(&ioapic, EOI, 0x41);
	assert_int_equal(sent, 1);
	vioapic_write(&ioapic, EOI, 0x40); /* still asserted: again */
	assert_int_equal(sent, 2);
	pin(false);
	vioapic_eoi(&ioapic, 0x40);
	assert_int_equal(sent, 2);
	assert_int_equal(entry() & REMOTE_IRR, 0);
}

static void a_level_waits_behind_its_mask(void **state)
{
	(void)state;
	set_entry(LEVEL | MASKED | 0x40);
	pin(true);
	assert_int_equal(sent, 0);
	set_entry(LEVEL | 0x40);
	assert_int_equal(sent, 1);
	set_entry(LEVEL | MASKED | 0x40);
	set_entry(LEVEL | 0x40); /* remote IRR still set */
	assert_int_equal(sent, 1);
}

/* Remote IRR: "reset to 0 when an EOI message is received", and by nothing else that a wire does. */
static void a_wire_that_falls_leaves_the_end_to_the_eoi(void **state)
{
	(void)state;
	set_entry(LEVEL | 0x40);
	pin(true);
	pin(false);
	assert_int_equal(entry() & REMOTE_IRR, REMOTE_IRR);
	pin(true);
	assert_int_equal(sent, 1);
	vioapic_eoi(&ioapic, 0x40);
	assert_int_equal(sent, 2);
	pin(false);
	vioapic_eoi(&ioapic, 0x40);
	assert_int_equal(entry() & REMOTE_IRR, 0);
	assert_int_equal(sent, 2);
}

/* An NMI is an edge, whatever its entry says (Delivery Mode 100). */
static void messages_say_how_their_pin_is_triggered(void **state)
{
	(void)state;
	set_entry(0x40);
	pin(true);
	assert_false(last.level);
	pin(false);
	set_entry(LEVEL | 0x40);
	pin(true);
	assert_true(last.level);
	vioapic_eoi(&ioapic, 0x40);
	assert_true(last.level);
	pin(false);
	set_entry(LEVEL | 0x402);
	pin(true);
	assert_int_equal(last.delivery_mode, 4);
	assert_false(last.level);
}

/* How Linux clears remote IRR on chips without EOI register. */
static void making_a_pin_edge_triggered_clears_remote_irr(void **state)
{
	(void)state;
	set_entry(LEVEL | 0x40);
	pin(true);
	set_entry(MASKED | 0x40);
	assert_int_equal(entry(), MASKED | 0x40);
}

static void polarity_is_kept_and_changes_nothing(void **state)
{
	(void)state;
	set_entry(LEVEL | ACTIVE_LOW | 0x40);
	assert_int_equal(sent, 0);
	pin(true);
	assert_int_equal(sent, 1);
	assert_int_equal(entry() & ACTIVE_LOW, ACTIVE_LOW);
}

static void smi_init_extint_and_reserved_modes_are_refused(void **state)
{
	static const uint32_t modes[] = { 2, 3, 5, 6, 7 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(modes); i++) {
		set_entry(modes[i] << 8 | 0x31);
		pin(true);
		pin(false);
	}
	assert_int_equal(sent, 0);
	assert_int_equal(ioapic.refused, 5);
}

static void a_vector_below_16_is_refused_except_for_nmi(void **state)
{
	(void)state;
	set_entry(LEVEL | 0x0F);
	pin(true);
	assert_int_equal(sent, 0);
	assert_int_equal(ioapic.refused, 1);
	assert_int_equal(entry() & REMOTE_IRR, 0);
	pin(false);
	set_entry(LEVEL | 0x402); /* NMI, an edge even so */
	pin(true);
	assert_int_equal(sent, 1);
	assert_int_equal(last.delivery_mode, 4);
	assert_int_equal(entry() & REMOTE_IRR, 0);
}

static void an_eoi_of_another_vector_ends_nothing(void **state)
{
	(void)state;
	set_entry(LEVEL | 0x4F);
	pin(true);
	vioapic_eoi(&ioapic, 0x4E);
	assert_int_equal(entry() & REMOTE_IRR, REMOTE_IRR);
	assert_int_equal(sent, 1);
	vioapic_eoi(&ioapic, 0x4F); /* still asserted */
	assert_int_equal(sent, 2);
}

/* MultiProcessor Specification 1.4, "Virtual Wire Mode": the 8259s are at pin 0, as ExtINT. */
static void pin_0_as_extint_is_the_8259s_way_and_sends_nothing(void **state)
{
	struct vdev_message whom;

	(void)state;
	assert_false(vioapic_extint(&ioapic, &whom));
	put(0x11, 0x03000000);
	put(0x10, LOGICAL | 7 << 8);
	assert_true(vioapic_extint(&ioapic, &whom));
	assert_true(whom.logical);
	assert_int_equal(whom.destination, 3);
	assert_int_equal(whom.delivery_mode, 0);
	assert_in_range(whom.vector, 16, 255);
	vioapic_set_pin(&ioapic, 0, true);
	assert_int_equal(sent, 0);
	assert_int_equal(ioapic.refused, 0);
	put(0x10, MASKED | 7 << 8);
	assert_false(vioapic_extint(&ioapic, &whom));
	put(0x10, 0x31);
	assert_false(vioapic_extint(&ioapic, &whom));
}

static void pins_and_offsets_that_are_not_there_do_nothing(void **state)
{
	(void)state;
	vioapic_set_pin(&ioapic, 24, true);
	vioapic_set_pin(&ioapic, ~0u, true);
	vioapic_write(&ioapic, 0x20, 0x12345678);
	put(0xFF, 0);
	put(0x40, 0);
	assert_int_equal(vioapic_read(&ioapic, 0x20), 0);
	assert_int_equal(get(0xFF), 0);
	assert_int_equal(sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(power_on_state_is_the_data_sheets, setup),
		cmocka_unit_test_setup(id_keeps_four_bits_and_arbitration_follows, setup),
		cmocka_unit_test_setup(read_only_bits_of_an_entry_stay, setup),
		cmocka_unit_test_setup(a_rising_edge_sends_the_entrys_message, setup),
		cmocka_unit_test_setup(an_edge_on_a_masked_pin_is_lost, setup),
		cmocka_unit_test_setup(a_level_is_sent_once_until_eoi, setup),
		cmocka_unit_test_setup(a_level_waits_behind_its_mask, setup),
		cmocka_unit_test_setup(a_wire_that_falls_leaves_the_end_to_the_eoi, setup),
		cmocka_unit_test_setup(messages_say_how_their_pin_is_triggered, setup),
		cmocka_unit_test_setup(making_a_pin_edge_triggered_clears_remote_irr, setup),
		cmocka_unit_test_setup(polarity_is_kept_and_changes_nothing, setup),
		cmocka_unit_test_setup(smi_init_extint_and_reserved_modes_are_refused, setup),
		cmocka_unit_test_setup(a_vector_below_16_is_refused_except_for_nmi, setup),
		cmocka_unit_test_setup(an_eoi_of_another_vector_ends_nothing, setup),
		cmocka_unit_test_setup(pin_0_as_extint_is_the_8259s_way_and_sends_nothing, setup),
		cmocka_unit_test_setup(pins_and_offsets_that_are_not_there_do_nothing, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
