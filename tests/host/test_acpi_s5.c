/* SPDX-License-Identifier: Apache-2.0 */
/* test_acpi_s5.c: \_S5 as compilers write it, and what is not it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/acpi_s5.h"
#include "generated/dsdt_aml.h"

static struct acpi_s5 s5;

/* @length bytes of AML behind a header, in a buffer of exactly that size. */
static enum status parse(const void *aml, size_t length)
{
	uint8_t *bytes = test_malloc(ACPI_HEADER_BYTES + length);
	struct acpi_table table = { .bytes = bytes,
				    .length = (uint32_t)(ACPI_HEADER_BYTES + length) };

	memset(bytes, 0, ACPI_HEADER_BYTES);
	memcpy(bytes + ACPI_HEADER_BYTES, aml, length);
	s5 = (struct acpi_s5){ 0xEE, 0xEE };
	enum status status = acpi_s5_parse(&table, &s5);
	test_free(bytes);
	return status;
}

#define PARSE(...) parse((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define S5         0x08, '_', 'S', '5', '_'

static void types_are_read_in_every_encoding_of_a_number(void **state)
{
	(void)state;
	assert_int_equal(PARSE(S5, 0x12, 0x06, 0x04, 0x00, 0x00, 0x00, 0x00), OK);
	assert_int_equal(s5.type_a, 0);
	assert_int_equal(s5.type_b, 0);
	assert_int_equal(PARSE(S5, 0x12, 0x08, 0x04, 0x0A, 0x07, 0x0A, 0x05, 0x00, 0x00), OK);
	assert_int_equal(s5.type_a, 7);
	assert_int_equal(s5.type_b, 5);
	assert_int_equal(PARSE(S5, 0x12, 0x09, 0x02, 0x0B, 6, 0, 0x0C, 1, 0, 0, 0), E_NOT_FOUND);
	assert_int_equal(PARSE(S5, 0x12, 0x0A, 0x02, 0x0B, 6, 0, 0x0C, 1, 0, 0, 0), OK);
	assert_int_equal(s5.type_a, 6);
	assert_int_equal(s5.type_b, 1);
	assert_int_equal(PARSE(S5, 0x12, 0x0C, 0x02, 0x01, 0x0E, 2, 0, 0, 0, 0, 0, 0, 0), OK);
	assert_int_equal(s5.type_a, 1);
	assert_int_equal(s5.type_b, 2);
}

static void name_may_be_written_from_the_root_and_lengths_in_several_bytes(void **state)
{
	(void)state;
	assert_int_equal(PARSE(0x08, 0x5C, '_', 'S', '5', '_', 0x12, 0x04, 0x02, 0x01, 0x01), OK);
	assert_int_equal(s5.type_a, 1);
	assert_int_equal(PARSE(S5, 0x12, 0x45, 0x00, 0x02, 0x01, 0x00), OK);
	assert_int_equal(PARSE(S5, 0x12, 0x86, 0x00, 0x00, 0x02, 0x01, 0x00), OK);
	assert_int_equal(PARSE(S5, 0x12, 0xC7, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00), OK);
}

static void one_element_is_for_both_registers(void **state)
{
	(void)state;
	assert_int_equal(PARSE(S5, 0x12, 0x04, 0x01, 0x0A, 0x05), OK);
	assert_int_equal(s5.type_a, 5);
	assert_int_equal(s5.type_b, 5);
}

static void what_only_looks_like_it_is_passed_over(void **state)
{
	(void)state;
	/* The name in a string, then the real one; an alias first; S4 before S5. */
	assert_int_equal(PARSE(0x0D, '_', 'S', '5', '_', 0, S5, 0x12, 0x04, 0x02, 0x01, 0x00), OK);
	assert_int_equal(s5.type_a, 1);
	assert_int_equal(PARSE(S5, 'X', S5, 0x12, 0x04, 0x02, 0x01, 0x00), OK);
	assert_int_equal(PARSE(0x08, '_', 'S', '4', '_', 0x12, 0x04, 0x02, 0x01, 0x00),
			 E_NOT_FOUND);
	assert_int_equal(PARSE('_', 'S', '5', '_', 0x12, 0x04, 0x02, 0x01, 0x00), E_NOT_FOUND);
}

static void package_that_is_no_pair_of_types_is_not_taken(void **state)
{
	(void)state;
	assert_int_equal(PARSE(S5, 0x12, 0x05, 0x02, 0x0A, 0x08, 0x00), E_NOT_FOUND);
	assert_int_equal(PARSE(S5, 0x12, 0x04, 0x02, 0xFF, 0x00), E_NOT_FOUND);
	assert_int_equal(PARSE(S5, 0x12, 0x02, 0x00), E_NOT_FOUND);
	assert_int_equal(PARSE(S5, 0x12, 0x07, 0x02, 'N', 'A', 'M', 'E', 0x00), E_NOT_FOUND);
	assert_int_equal(PARSE(S5, 0x12, 0x00, 0x02, 0x01, 0x00), E_NOT_FOUND);
	/* Longer than the table. */
	assert_int_equal(PARSE(S5, 0x12, 0x06, 0x02, 0x01, 0x00), E_NOT_FOUND);
	assert_int_equal(PARSE(S5, 0x12, 0xCF, 0xFF, 0xFF, 0xFF, 0x02, 0x01, 0x00), E_NOT_FOUND);
}

static void table_that_ends_anywhere_is_safe(void **state)
{
	static const uint8_t aml[] = { 0x08, 0x5C, '_',  'S',  '5',  '_',  0x12, 0x4B, 0x00,
				       0x04, 0x0B, 0x05, 0x00, 0x0C, 0x05, 0x00, 0x00, 0x00 };
	struct acpi_table none = { .bytes = aml, .length = sizeof(aml) };

	(void)state;
	for (size_t length = 0; length < sizeof(aml); length++) {
		assert_int_equal(parse(aml, length), E_NOT_FOUND);
	}
	assert_int_equal(acpi_s5_parse(&none, &s5), E_TRUNCATED);
}

/* iasl's work: kernel/vdev/dsdt.asl has Name (_S5, Package () { 5, 0, 0, 0 }). */
static void types_of_the_guests_own_dsdt_are_found(void **state)
{
	struct acpi_table table = { .bytes = dsdt_aml, .length = sizeof(dsdt_aml) };

	(void)state;
	assert_int_equal(acpi_s5_parse(&table, &s5), OK);
	assert_int_equal(s5.type_a, 5);
	assert_int_equal(s5.type_b, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_read_in_every_encoding_of_a_number),
		cmocka_unit_test(name_may_be_written_from_the_root_and_lengths_in_several_bytes),
		cmocka_unit_test(one_element_is_for_both_registers),
		cmocka_unit_test(what_only_looks_like_it_is_passed_over),
		cmocka_unit_test(package_that_is_no_pair_of_types_is_not_taken),
		cmocka_unit_test(table_that_ends_anywhere_is_safe),
		cmocka_unit_test(types_of_the_guests_own_dsdt_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
