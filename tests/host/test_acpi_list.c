/* SPDX-License-Identifier: Apache-2.0 */
/* test_acpi_list.c: ACPI tables one by one, and as text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "drivers/acpi_list.h"
#include "tests/host/acpi_bytes.h"

enum {
	RSDP = 0,
	RSDT = 0x100,
	XSDT = 0x200,
	FADT = 0x300,
	MADT = 0x500,
	DSDT = 0x600,
	FACS = 0x700
};

static struct firmware firmware;
static struct acpi_listed table;

static bool read(void *context, hpa_t at, void *to, size_t bytes)
{
	const void *from = firmware_map(context, at, bytes);

	if (from != NULL) {
		memcpy(to, from, bytes);
	}
	return from != NULL;
}

static const struct acpi_source source = { read, &firmware, { FIRMWARE_BASE + RSDP } };

static uint64_t address(uint32_t offset)
{
	return FIRMWARE_BASE + (uint64_t)offset;
}

/* An XSDT of MADT, a hole, and FADT; the FADT names DSDT and FACS by their long addresses. */
static int setup(void **state)
{
	uint8_t *b = firmware.bytes;

	(void)state;
	memset(&firmware, 0, sizeof(firmware));
	memcpy(b + RSDP, "RSD PTR ", 8);
	b[RSDP + 15] = 2;
	put(b + RSDP + 16, address(RSDT), 4);
	put(b + RSDP + 24, address(XSDT), 8);
	put(b + XSDT + 36, address(MADT), 8);
	put(b + XSDT + 44, 0, 8);
	put(b + XSDT + 52, address(FADT), 8);
	put_header(b + XSDT, "XSDT", 60);
	put(b + RSDT + 36, address(MADT), 4);
	put_header(b + RSDT, "RSDT", 40);
	put(b + FADT + 140, address(DSDT), 8);
	put(b + FADT + 132, address(FACS), 8);
	put_header(b + FADT, "FACP", 244);
	memcpy(b + MADT + 10,
	       "OEMID\x01"
	       "OEMTABLE",
	       14);
	put(b + MADT + 24, 0x12345678, 4);
	put_header(b + MADT, "APIC", 44);
	put_header(b + DSDT, "DSDT", 40);
	memcpy(b + FACS, "FACS", 4);
	put(b + FACS + 4, 64, 4);
	return 0;
}

static void assert_tables(const char *const *signatures, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(acpi_list(&source, i, &table), OK);
		assert_string_equal(table.signature, signatures[i]);
	}
	assert_int_equal(acpi_list(&source, count, &table), E_NOT_FOUND);
	assert_int_equal(acpi_list(&source, UINT32_MAX, &table), E_NOT_FOUND);
}

static void tables_come_in_order_and_holes_are_passed(void **state)
{
	static const char *const all[] = { "XSDT", "APIC", "FACP", "DSDT", "FACS" };

	(void)state;
	assert_tables(all, 5);
}

static void header_is_taken_apart(void **state)
{
	(void)state;
	assert_int_equal(acpi_list(&source, 1, &table), OK);
	assert_int_equal(table.at.value, address(MADT));
	assert_int_equal(table.length, 44);
	assert_int_equal(table.revision, 1);
	assert_string_equal(table.oem, "OEMID?");
	assert_string_equal(table.oem_table, "OEMTABLE");
	assert_int_equal(table.oem_revision, 0x12345678);
	assert_null(table.problem);
}

static void machine_of_revision_0_has_an_rsdt(void **state)
{
	static const char *const all[] = { "RSDT", "APIC" };

	(void)state;
	firmware.bytes[RSDP + 15] = 0;
	assert_tables(all, 2);
}

static void without_an_xsdt_the_rsdt_is_taken(void **state)
{
	static const char *const all[] = { "RSDT", "APIC" };

	(void)state;
	put(firmware.bytes + RSDP + 24, 0, 8);
	assert_tables(all, 2);
}

static void old_fadt_names_its_dsdt_by_the_short_address(void **state)
{
	static const char *const all[] = { "XSDT", "APIC", "FACP", "DSDT" };

	(void)state;
	put(firmware.bytes + FADT + 40, address(DSDT), 4);
	put_header(firmware.bytes + FADT, "FACP", 116);
	assert_tables(all, 4);
}

static void no_rsdp_is_said(void **state)
{
	struct acpi_source none = { read, &firmware, { 0 } };

	(void)state;
	assert_int_equal(acpi_list(&none, 0, &table), E_INVALID);
	none.rsdp = hpa(UINT64_MAX);
	assert_int_equal(acpi_list(&none, 0, &table), E_INVALID);
	firmware.bytes[RSDP] = 'X';
	assert_int_equal(acpi_list(&source, 0, &table), E_INVALID);
}

static void assert_problem(uint32_t length, const char *problem)
{
	put(firmware.bytes + MADT + 4, length, 4);
	assert_int_equal(acpi_list(&source, 1, &table), OK);
	assert_string_equal(table.signature, "APIC");
	assert_int_equal(table.length, 0);
	assert_string_equal(table.problem, problem);
}

static void impossible_length_is_a_problem_not_a_length(void **state)
{
	(void)state;
	assert_problem(0, "its length is less than a header");
	assert_problem(35, "its length is less than a header");
	assert_problem(ACPI_LIST_BYTES_MAX + 1, "its length is more than 1 MiB");
	assert_problem(UINT32_MAX, "its length is more than 1 MiB");
}

static void table_that_cannot_be_read_is_listed_with_its_address(void **state)
{
	(void)state;
	put(firmware.bytes + XSDT + 36, 0xFFFFFFFFFFFFFFF0, 8);
	assert_int_equal(acpi_list(&source, 1, &table), OK);
	assert_string_equal(table.signature, "?");
	assert_int_equal(table.at.value, 0xFFFFFFFFFFFFFFF0);
	assert_string_equal(table.problem, "lies where nothing may be read");
}

/* ACPI, "Firmware ACPI Control Structure (FACS)" */
static void facs_has_no_checksum(void **state)
{
	(void)state;
	assert_false(acpi_has_sum("FACS"));
	assert_true(acpi_has_sum("FACP"));
}

static void dump_is_in_the_format_of_acpidump(void **state)
{
	char line[ACPI_DUMP_LINE_BYTES];
	char wanted[ACPI_DUMP_LINE_BYTES];
	const uint8_t bytes[] = "FACP\x01\x7f 0123456789";

	(void)state;
	acpi_dump_line(line, 0x10, bytes, 16);
	assert_string_equal(line, "    0010: 46 41 43 50 01 7F 20 30 31 32 33 34 35 36 37 38 "
				  " FACP.. 012345678");
	acpi_dump_line(line, 0xFFFF0, bytes, 1);
	snprintf(wanted, sizeof(wanted), "    FFFF0: 46 %45s F", "");
	assert_string_equal(line, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tables_come_in_order_and_holes_are_passed, setup),
		cmocka_unit_test_setup(header_is_taken_apart, setup),
		cmocka_unit_test_setup(machine_of_revision_0_has_an_rsdt, setup),
		cmocka_unit_test_setup(without_an_xsdt_the_rsdt_is_taken, setup),
		cmocka_unit_test_setup(old_fadt_names_its_dsdt_by_the_short_address, setup),
		cmocka_unit_test_setup(no_rsdp_is_said, setup),
		cmocka_unit_test_setup(impossible_length_is_a_problem_not_a_length, setup),
		cmocka_unit_test_setup(table_that_cannot_be_read_is_listed_with_its_address, setup),
		cmocka_unit_test(facs_has_no_checksum),
		cmocka_unit_test(dump_is_in_the_format_of_acpidump),
	};
	return cmocka_run_group_tests_name("acpi_list", tests, NULL, NULL);
}
