/* SPDX-License-Identifier: Apache-2.0 */
/* test_acpi.c: finding the ACPI tables of the machine. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/acpi.h"
#include "tests/host/acpi_bytes.h"

enum { RSDP = 0x1010, RSDT = 0x1100, XSDT = 0x1800, APIC = 0x3000, FACP = 0x3100, HPET = 0x3200 };

static struct firmware firmware;
static struct acpi_tables tables;
static const struct acpi_reader reader = { firmware_map, &firmware };

static uint8_t *at(uint64_t address)
{
	return firmware.bytes + (address - FIRMWARE_BASE);
}

static void put_rsdp(uint8_t revision, uint32_t rsdt, uint64_t xsdt)
{
	uint8_t *rsdp = at(RSDP);

	memcpy(rsdp, "RSD PTR ", 8);
	rsdp[15] = revision;
	put(rsdp + 16, rsdt, 4);
	put(rsdp + 20, 36, 4);
	put(rsdp + 24, xsdt, 8);
	fix_checksum(rsdp, 20, 8);
	fix_checksum(rsdp, 36, 32);
}

/* The RSDT names APIC and FACP, the XSDT APIC, FACP and HPET: so that one sees which was used. */
static int good_firmware(void **state)
{
	(void)state;
	memset(&firmware, 0, sizeof(firmware));
	put_header(at(APIC), "APIC", 60);
	put_header(at(FACP), "FACP", 116);
	put_header(at(HPET), "HPET", 56);
	put(at(RSDT) + 36, APIC, 4);
	put(at(RSDT) + 40, FACP, 4);
	put_header(at(RSDT), "RSDT", 44);
	put(at(XSDT) + 36, APIC, 8);
	put(at(XSDT) + 44, FACP, 8);
	put(at(XSDT) + 52, HPET, 8);
	put_header(at(XSDT), "XSDT", 60);
	put_rsdp(2, RSDT, XSDT);
	return 0;
}

static enum status find(void)
{
	return acpi_find(&reader, hpa(RSDP), &tables);
}

static void revision_2_is_read_through_the_xsdt(void **state)
{
	(void)state;
	assert_int_equal(find(), OK);
	assert_int_equal(tables.revision, 2);
	assert_int_equal(tables.count, 3);
	assert_int_equal(tables.skipped, 0);
	assert_string_equal(tables.why, "");
	assert_string_equal(tables.tables[2].signature, "HPET");
	assert_int_equal(tables.tables[2].at.value, HPET);
	assert_int_equal(tables.tables[2].length, 56);
	assert_ptr_equal(tables.tables[2].bytes, at(HPET));
}

/* ACPI Specification 6.5, "Root System Description Pointer (RSDP)": revision 0 has only an RSDT. */
static void revision_0_is_read_through_the_rsdt(void **state)
{
	(void)state;
	put_rsdp(0, RSDT, XSDT);
	at(RSDP)[32] ^= 1; /* no part of revision 0 */
	assert_int_equal(find(), OK);
	assert_int_equal(tables.revision, 0);
	assert_int_equal(tables.count, 2);
}

static void revision_0_needs_only_its_20_bytes_to_be_readable(void **state)
{
	uint64_t end = FIRMWARE_BASE + FIRMWARE_BYTES - 20;

	(void)state;
	put_rsdp(0, RSDT, 0);
	memcpy(at(end), at(RSDP), 20);
	assert_int_equal(acpi_find(&reader, hpa(end), &tables), OK);
	assert_int_equal(acpi_find(&reader, hpa(end + 1), &tables), E_RANGE);
}

static void xsdt_of_0_falls_back_to_the_rsdt(void **state)
{
	(void)state;
	put_rsdp(2, RSDT, 0);
	assert_int_equal(find(), OK);
	assert_int_equal(tables.count, 2);
}

static void broken_xsdt_falls_back_to_the_rsdt_and_says_so(void **state)
{
	(void)state;
	at(XSDT)[9] ^= 1;
	assert_int_equal(find(), OK);
	assert_int_equal(tables.count, 2);
	assert_non_null(strstr(tables.why, "XSDT"));
}

static void no_signature_is_not_found(void **state)
{
	(void)state;
	at(RSDP)[7] = 'x';
	fix_checksum(at(RSDP), 20, 8);
	assert_int_equal(find(), E_NOT_FOUND);
	assert_int_equal(tables.count, 0);
	assert_string_not_equal(tables.why, "");
}

static void wrong_checksum_of_the_rsdp_is_refused(void **state)
{
	(void)state;
	at(RSDP)[8] ^= 1;
	assert_int_equal(find(), E_CHECKSUM);
	good_firmware(NULL);
	put_rsdp(0, RSDT, 0);
	at(RSDP)[8] ^= 1;
	assert_int_equal(find(), E_CHECKSUM);
	good_firmware(NULL);
	at(RSDP)[33] ^= 1; /* only the checksum over all 36 bytes sees this one */
	assert_int_equal(find(), E_CHECKSUM);
}

static void length_of_the_rsdp_is_bounded(void **state)
{
	(void)state;
	put(at(RSDP) + 20, 35, 4);
	assert_int_equal(find(), E_RANGE);
	put(at(RSDP) + 20, UINT32_MAX, 4);
	assert_int_equal(find(), E_RANGE);
}

/* A reader that trusts its caller; remembers the most it was asked for. */
static size_t most_asked;

static const void *trusting_map(void *context, hpa_t address, size_t bytes)
{
	most_asked = bytes > most_asked ? bytes : most_asked;
	return address.value > UINT64_MAX - bytes ? firmware.bytes
						  : firmware_map(context, address, bytes);
}

static const struct acpi_reader trusting_reader = { trusting_map, &firmware };

static void range_that_wraps_around_is_not_asked_for(void **state)
{
	(void)state;
	assert_int_equal(acpi_find(&trusting_reader, hpa(UINT64_MAX - 18), &tables), E_RANGE);
}

static void more_than_the_limits_is_not_asked_for(void **state)
{
	(void)state;
	most_asked = 0;
	put(at(RSDP) + 20, 257, 4);
	assert_int_equal(acpi_find(&trusting_reader, hpa(RSDP), &tables), E_RANGE);
	assert_int_equal(most_asked, 36);
	good_firmware(NULL);
	put(at(APIC) + 4, ACPI_TABLE_BYTES_MAX + 1, 4);
	assert_int_equal(acpi_find(&trusting_reader, hpa(RSDP), &tables), OK);
	assert_in_range(most_asked, 1, 256);
}

static void address_that_may_not_be_read_is_refused(void **state)
{
	(void)state;
	assert_int_equal(acpi_find(&reader, hpa(0), &tables), E_RANGE);
	assert_int_equal(acpi_find(&reader, hpa(UINT64_MAX), &tables), E_RANGE);
	put_rsdp(2, 0, UINT64_MAX - 20);
	assert_int_equal(find(), E_RANGE);
}

static void root_with_another_signature_is_refused(void **state)
{
	(void)state;
	put_rsdp(0, FACP, 0);
	assert_int_equal(find(), E_INVALID);
}

static void table_with_a_wrong_checksum_is_skipped(void **state)
{
	(void)state;
	at(FACP)[50] ^= 1;
	assert_int_equal(find(), OK);
	assert_int_equal(tables.count, 2);
	assert_int_equal(tables.skipped, 1);
	assert_null(acpi_table_find(&tables, "FACP", 0));
	assert_string_equal(tables.why, "FACP at 0x3100: its bytes do not add up to 0 (checksum)");
}

static void table_shorter_than_a_header_is_skipped(void **state)
{
	(void)state;
	put_header(at(APIC), "APIC", 35);
	assert_int_equal(find(), OK);
	assert_int_equal(tables.skipped, 1);
	assert_null(acpi_table_find(&tables, "APIC", 0));
}

static void table_longer_than_a_megabyte_is_skipped(void **state)
{
	(void)state;
	put(at(APIC) + 4, ACPI_TABLE_BYTES_MAX + 1, 4);
	assert_int_equal(find(), OK);
	assert_int_equal(tables.skipped, 1);
}

static void table_that_leaves_readable_memory_is_skipped(void **state)
{
	(void)state;
	put(at(APIC) + 4, FIRMWARE_BYTES, 4);
	assert_int_equal(find(), OK);
	assert_int_equal(tables.skipped, 1);
}

static void entry_of_0_is_no_table(void **state)
{
	(void)state;
	put(at(XSDT) + 44, 0, 8);
	put_header(at(XSDT), "XSDT", 60);
	assert_int_equal(find(), OK);
	assert_int_equal(tables.count, 2);
	assert_int_equal(tables.skipped, 0);
}

static void half_an_entry_at_the_end_is_not_read(void **state)
{
	(void)state;
	put_header(at(XSDT), "XSDT", 59);
	assert_int_equal(find(), OK);
	assert_int_equal(tables.count, 2);
}

static void more_tables_than_fit_are_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ACPI_TABLES_MAX + 3; i++) {
		put(at(XSDT) + 36 + 8 * i, APIC, 8);
	}
	put_header(at(XSDT), "XSDT", 36 + 8 * (ACPI_TABLES_MAX + 3));
	assert_int_equal(find(), OK);
	assert_int_equal(tables.count, ACPI_TABLES_MAX);
	assert_int_equal(tables.skipped, 3);
}

static void table_is_found_by_signature_and_position(void **state)
{
	(void)state;
	memcpy(at(HPET), "APIC", 4);
	put_header(at(HPET), "APIC", 56);
	assert_int_equal(find(), OK);
	assert_int_equal(acpi_table_find(&tables, "APIC", 0)->at.value, APIC);
	assert_int_equal(acpi_table_find(&tables, "APIC", 1)->at.value, HPET);
	assert_null(acpi_table_find(&tables, "APIC", 2));
}

static void signature_that_is_not_text_is_shown_as_question_marks(void **state)
{
	(void)state;
	put_header(at(APIC), "\x1b[\x07\xff", 60);
	assert_int_equal(find(), OK);
	assert_string_equal(tables.tables[0].signature, "?[??");
}

static void open_stays_inside_of_what_is_there(void **state)
{
	uint8_t bytes[60] = { 0 };
	char why[ACPI_WHY_BYTES];
	struct cursor body;
	struct acpi_table table = { .bytes = bytes, .length = sizeof(bytes) };

	(void)state;
	put_header(bytes, "APIC", 44);
	assert_int_equal(acpi_table_open(&table, "APIC", why, &body), OK);
	assert_int_equal(cursor_left(&body), 8);
	assert_int_equal(acpi_table_open(&table, "FACP", why, &body), E_INVALID);
	put(bytes + 4, 61, 4);
	assert_int_equal(acpi_table_open(&table, "APIC", why, &body), E_TRUNCATED);
	table.length = 3;
	assert_int_equal(acpi_table_open(&table, "APIC", why, &body), E_TRUNCATED);
}

/* ACPI Specification 6.5, "Generic Address Structure". */
static void register_needs_a_usable_space_and_address(void **state)
{
	static const struct {
		uint8_t space;
		uint64_t address;
		bool present;
	} cases[] = {
		{ ACPI_SPACE_MEMORY, 0xfed00000, true },
		{ ACPI_SPACE_MEMORY, 0, false },
		{ ACPI_SPACE_MEMORY, UINT64_MAX, false },
		{ ACPI_SPACE_IO, 0xcf9, true },
		{ ACPI_SPACE_IO, 0x10000, false },
		{ ACPI_SPACE_IO, 0, false },
		{ ACPI_SPACE_PCI, 0, true },
		{ 3, 0x1000, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		uint8_t bytes[12];
		struct cursor c = cursor_over(bytes, sizeof(bytes));

		put_register(bytes, cases[i].space, 3, cases[i].address);
		struct acpi_register reg = acpi_register_read(&c);
		assert_int_equal(reg.present, cases[i].present);
		assert_int_equal(reg.address, cases[i].address);
		assert_int_equal(reg.access_bytes, 4);
	}
}

static void register_that_is_cut_off_is_not_present(void **state)
{
	uint8_t bytes[12];
	struct cursor c = cursor_over(bytes, 11);

	(void)state;
	put_register(bytes, ACPI_SPACE_PCI, 5, 0);
	assert_false(acpi_register_read(&c).present);
}

#define CASE(name) cmocka_unit_test_setup(name, good_firmware)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(revision_2_is_read_through_the_xsdt),
		CASE(revision_0_is_read_through_the_rsdt),
		CASE(revision_0_needs_only_its_20_bytes_to_be_readable),
		CASE(xsdt_of_0_falls_back_to_the_rsdt),
		CASE(broken_xsdt_falls_back_to_the_rsdt_and_says_so),
		CASE(no_signature_is_not_found),
		CASE(wrong_checksum_of_the_rsdp_is_refused),
		CASE(length_of_the_rsdp_is_bounded),
		CASE(range_that_wraps_around_is_not_asked_for),
		CASE(more_than_the_limits_is_not_asked_for),
		CASE(address_that_may_not_be_read_is_refused),
		CASE(root_with_another_signature_is_refused),
		CASE(table_with_a_wrong_checksum_is_skipped),
		CASE(table_shorter_than_a_header_is_skipped),
		CASE(table_longer_than_a_megabyte_is_skipped),
		CASE(table_that_leaves_readable_memory_is_skipped),
		CASE(entry_of_0_is_no_table),
		CASE(half_an_entry_at_the_end_is_not_read),
		CASE(more_tables_than_fit_are_counted),
		CASE(table_is_found_by_signature_and_position),
		CASE(signature_that_is_not_text_is_shown_as_question_marks),
		CASE(open_stays_inside_of_what_is_there),
		CASE(register_needs_a_usable_space_and_address),
		CASE(register_that_is_cut_off_is_not_present),
	};
	return cmocka_run_group_tests_name("acpi", tests, NULL, NULL);
}
