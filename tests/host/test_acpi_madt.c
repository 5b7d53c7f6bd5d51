/* SPDX-License-Identifier: Apache-2.0 */
/* test_acpi_madt.c: processors and interrupt controllers the MADT lists. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/acpi_madt.h"
#include "tests/host/acpi_bytes.h"

static uint8_t bytes[32 * 1024];
static size_t used;
static struct acpi_madt madt;

static int empty_madt(void **state)
{
	(void)state;
	memset(bytes, 0, sizeof(bytes));
	put(bytes + 36, 0xfee00000, 4);
	used = 44;
	return 0;
}

/** add() - an entry: type, length, and behind them the bytes of @low and @high. */
static void add(uint8_t type, uint8_t length, uint64_t low, uint64_t high)
{
	uint8_t payload[16];

	put(payload, low, 8);
	put(payload + 8, high, 8);
	bytes[used] = type;
	bytes[used + 1] = length;
	memcpy(bytes + used + 2, payload, length > 2 ? length - 2u : 0);
	used += length;
}

static void add_apic(uint8_t uid, uint8_t id, uint32_t flags)
{
	add(0, 8, uid | (uint64_t)id << 8 | (uint64_t)flags << 16, 0);
}

static void add_x2apic(uint32_t id, uint32_t flags, uint32_t uid)
{
	add(9, 16, (uint64_t)id << 16 | (uint64_t)flags << 48,
	    (uint64_t)flags >> 16 | (uint64_t)uid << 16);
}

static enum status parse(void)
{
	struct acpi_table table = { .bytes = bytes, .length = (uint32_t)used };

	put_header(bytes, "APIC", (uint32_t)used);
	return acpi_madt_parse(&table, &madt);
}

static void processors_of_both_kinds_are_listed(void **state)
{
	(void)state;
	add_apic(1, 0, 1);
	add_apic(2, 6, 1);
	add_x2apic(0x12345, 1, 77);
	assert_int_equal(parse(), OK);
	assert_string_equal(madt.why, "");
	assert_int_equal(madt.local_apic.value, 0xfee00000);
	assert_int_equal(madt.processor_count, 3);
	assert_int_equal(madt.processors[1].apic_id, 6);
	assert_int_equal(madt.processors[1].uid, 2);
	assert_true(madt.processors[1].enabled);
	assert_int_equal(madt.processors[2].apic_id, 0x12345);
	assert_int_equal(madt.processors[2].uid, 77);
}

/* ACPI Specification 6.5, "Local APIC Flags": bit 0 enabled, bit 1 online capable. */
static void processor_that_is_off_for_good_is_only_counted(void **state)
{
	(void)state;
	add_apic(1, 0, 0);
	add_apic(2, 1, 2);
	add_apic(3, 2, 1);
	assert_int_equal(parse(), OK);
	assert_int_equal(madt.disabled, 1);
	assert_int_equal(madt.processor_count, 2);
	assert_int_equal(madt.processors[0].apic_id, 1);
	assert_false(madt.processors[0].enabled);
	assert_true(madt.processors[1].enabled);
}

static void id_that_means_everybody_is_ignored(void **state)
{
	(void)state;
	add_apic(1, 0xff, 1);
	add_x2apic(UINT32_MAX, 1, 1);
	add_x2apic(0xff, 1, 2);
	assert_int_equal(parse(), OK);
	assert_int_equal(madt.processor_count, 1);
	assert_int_equal(madt.processors[0].uid, 2);
}

static void processor_listed_twice_counts_once_and_enabled_wins(void **state)
{
	(void)state;
	add_apic(1, 5, 2);
	add_x2apic(5, 1, 9);
	add_apic(3, 5, 1);
	assert_int_equal(parse(), OK);
	assert_int_equal(madt.processor_count, 1);
	assert_true(madt.processors[0].enabled);
	assert_int_equal(madt.processors[0].uid, 9);
}

static void ioapics_and_overrides_are_listed(void **state)
{
	(void)state;
	add(1, 12, 4 | 0xfec00000ull << 16 | 24ull << 48, 0);
	add(2, 10, 9 << 8 | 20ull << 16 | 0xdull << 48, 0);
	add(2, 10, 2ull << 16, 0);
	assert_int_equal(parse(), OK);
	assert_int_equal(madt.ioapic_count, 1);
	assert_int_equal(madt.ioapics[0].id, 4);
	assert_int_equal(madt.ioapics[0].address.value, 0xfec00000);
	assert_int_equal(madt.ioapics[0].gsi_base, 24);
	assert_int_equal(madt.override_count, 2);
	assert_int_equal(madt.overrides[0].isa_irq, 9);
	assert_int_equal(madt.overrides[0].gsi, 20);
	assert_int_equal(madt.overrides[0].flags, 0xd);
	assert_int_equal(madt.overrides[1].isa_irq, 0);
	assert_int_equal(madt.overrides[1].gsi, 2);
}

static void override_of_no_isa_interrupt_is_ignored(void **state)
{
	(void)state;
	add(2, 10, 1 | 9 << 8 | 9ull << 16, 0);
	add(2, 10, 16 << 8 | 9ull << 16, 0);
	assert_int_equal(parse(), OK);
	assert_int_equal(madt.override_count, 0);
}

static void local_apic_address_has_64_bits_when_an_entry_says_so(void **state)
{
	(void)state;
	put(bytes + 40, 1, 4);
	add(5, 12, 0x123456780000ull << 16, 0);
	assert_int_equal(parse(), OK);
	assert_int_equal(madt.local_apic.value, 0x123456780000);
	assert_true(madt.has_8259);
}

static void entry_of_unknown_type_is_skipped(void **state)
{
	(void)state;
	add(4, 6, 0, 0);
	add(0x80, 2, 0, 0);
	add_apic(1, 7, 1);
	assert_int_equal(parse(), OK);
	assert_int_equal(madt.processor_count, 1);
}

static void entry_without_length_ends_the_table_in_words(void **state)
{
	(void)state;
	add_apic(1, 7, 1);
	used += 2;
	assert_int_equal(parse(), E_TRUNCATED);
	assert_int_equal(madt.processor_count, 1);
	assert_string_equal(madt.why,
			    "APIC: entry of type 0 at offset 52 says 0 bytes, 2 are left");
}

static void entry_past_the_end_is_refused_and_what_came_before_is_kept(void **state)
{
	(void)state;
	add_apic(1, 7, 1);
	add_apic(2, 8, 1);
	used--;
	assert_int_equal(parse(), E_TRUNCATED);
	assert_int_equal(madt.processor_count, 1);
	assert_string_equal(madt.why,
			    "APIC: entry of type 0 at offset 52 says 8 bytes, 7 are left");
}

static void single_byte_at_the_end_is_refused(void **state)
{
	(void)state;
	add_apic(1, 7, 1);
	used++;
	assert_int_equal(parse(), E_TRUNCATED);
	assert_int_equal(madt.processor_count, 1);
}

static void entry_shorter_than_its_type_is_refused(void **state)
{
	(void)state;
	add(9, 15, 0, 0);
	assert_int_equal(parse(), E_TRUNCATED);
	assert_string_equal(madt.why, "APIC: local x2APIC entry at offset 44 has only 15 bytes");
	assert_int_equal(madt.processor_count + madt.disabled, 0);
}

static void table_that_ends_inside_of_its_fixed_part_is_refused(void **state)
{
	(void)state;
	used = 43;
	assert_int_equal(parse(), E_TRUNCATED);
}

static void more_processors_than_fit_are_counted(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ACPI_PROCESSORS_MAX + 2; i++) {
		add_x2apic(i * 3, 1, i);
	}
	assert_int_equal(parse(), E_FULL);
	assert_int_equal(madt.processor_count, ACPI_PROCESSORS_MAX);
	assert_int_equal(madt.dropped, 2);
}

static void more_ioapics_and_overrides_than_fit_are_counted(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ACPI_IOAPICS_MAX + 1; i++) {
		add(1, 12, i | 0xfec00000ull << 16, 0);
	}
	for (uint32_t i = 0; i < ACPI_OVERRIDES_MAX + 1; i++) {
		add(2, 10, 9 << 8, 0);
	}
	assert_int_equal(parse(), E_FULL);
	assert_int_equal(madt.dropped, 2);
}

#define CASE(name) cmocka_unit_test_setup(name, empty_madt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(processors_of_both_kinds_are_listed),
		CASE(processor_that_is_off_for_good_is_only_counted),
		CASE(id_that_means_everybody_is_ignored),
		CASE(processor_listed_twice_counts_once_and_enabled_wins),
		CASE(ioapics_and_overrides_are_listed),
		CASE(override_of_no_isa_interrupt_is_ignored),
		CASE(local_apic_address_has_64_bits_when_an_entry_says_so),
		CASE(entry_of_unknown_type_is_skipped),
		CASE(entry_without_length_ends_the_table_in_words),
		CASE(entry_past_the_end_is_refused_and_what_came_before_is_kept),
		CASE(single_byte_at_the_end_is_refused),
		CASE(entry_shorter_than_its_type_is_refused),
		CASE(table_that_ends_inside_of_its_fixed_part_is_refused),
		CASE(more_processors_than_fit_are_counted),
		CASE(more_ioapics_and_overrides_than_fit_are_counted),
	};
	return cmocka_run_group_tests_name("acpi_madt", tests, NULL, NULL);
}
