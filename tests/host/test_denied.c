/* SPDX-License-Identifier: Apache-2.0 */
/* test_denied.c: the table of what a virtual processor was refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* Not linked in, so that this test does not depend on what the library of pure sources has. */
#include "kernel/denied.c"

static struct denied table;
static uint64_t now;

static int empty(void **state)
{
	(void)state;
	table = (struct denied){ 0 };
	denied_init(&table);
	now = 1000;
	return 0;
}

/* As exit_refuse() does. */
static void refuse(enum denied_kind kind, uint64_t number, uint64_t rip)
{
	uint64_t key = denied_key(kind, number);

	if (!denied_is_last(&table, key)) {
		denied_select(&table, key);
	}
	denied_count(&table, number, rip, now++);
}

static uint32_t rows(void)
{
	struct denied_entry row;
	uint32_t count = 0;

	for (uint32_t i = 0; i < DENIED_ENTRIES; i++) {
		count += denied_read(&table, i, &row) ? 1 : 0;
	}
	return count;
}

static bool find_row(enum denied_kind kind, uint64_t number, struct denied_entry *row)
{
	for (uint32_t i = 0; i < DENIED_ENTRIES; i++) {
		if (denied_read(&table, i, row) && row->key == denied_key(kind, number)) {
			return true;
		}
	}
	return false;
}

static void empty_table_shows_no_row(void **state)
{
	(void)state;
	assert_int_equal(rows(), 0);
}

static void refusals_of_one_msr_are_one_row_with_the_last_rip(void **state)
{
	struct denied_entry row;

	(void)state;
	refuse(DENIED_MSR_READ, 0x1234, 0x1000);
	refuse(DENIED_PORT_WRITE, 0x80, 0x2000);
	refuse(DENIED_MSR_READ, 0x1234, 0x3000);
	assert_int_equal(rows(), 2);
	assert_true(find_row(DENIED_MSR_READ, 0x1234, &row));
	assert_int_equal(row.count, 2);
	assert_int_equal(row.number, 0x1234);
	assert_int_equal(row.rip, 0x3000);
	assert_int_equal(row.tsc, 1002);
	assert_int_equal(denied_kind(&row), DENIED_MSR_READ);
}

static void msr_0_and_port_0_are_rows_like_others(void **state)
{
	struct denied_entry row;

	(void)state;
	refuse(DENIED_MSR_READ, 0, 1);
	refuse(DENIED_PORT_READ, 0, 2);
	assert_int_equal(rows(), 2);
	assert_true(find_row(DENIED_MSR_READ, 0, &row));
	assert_int_equal(row.rip, 1);
}

static void reads_and_writes_are_rows_of_their_own(void **state)
{
	(void)state;
	refuse(DENIED_PORT_READ, 0x60, 1);
	refuse(DENIED_PORT_WRITE, 0x60, 2);
	refuse(DENIED_MSR_READ, 0x60, 3);
	refuse(DENIED_MSR_WRITE, 0x60, 4);
	assert_int_equal(rows(), 4);
}

/* A guest that looks through a region of memory must not push everything else out of the table. */
static void addresses_of_a_page_are_one_row_with_the_last_address(void **state)
{
	struct denied_entry row;

	(void)state;
	refuse(DENIED_ADDRESS_READ, 0xFED40000, 1);
	refuse(DENIED_ADDRESS_READ, 0xFED40FFF, 2);
	refuse(DENIED_ADDRESS_READ, 0xFED41000, 3);
	assert_int_equal(rows(), 2);
	assert_true(find_row(DENIED_ADDRESS_READ, 0xFED40000, &row));
	assert_int_equal(row.count, 2);
	assert_int_equal(row.number, 0xFED40FFF);
}

static void full_table_lets_the_row_go_that_was_quiet_longest_and_counts_it(void **state)
{
	struct denied_entry row;

	(void)state;
	for (uint32_t i = 0; i < DENIED_ENTRIES; i++) {
		refuse(DENIED_PORT_READ, i, 1);
	}
	assert_int_equal(table.displaced, 0);
	refuse(DENIED_PORT_READ, 0, 2);
	refuse(DENIED_PORT_READ, 0x99, 3);
	assert_int_equal(table.displaced, 1);
	assert_int_equal(rows(), DENIED_ENTRIES);
	assert_false(find_row(DENIED_PORT_READ, 1, &row));
	assert_true(find_row(DENIED_PORT_READ, 0, &row));
	assert_int_equal(row.count, 2);
	assert_true(find_row(DENIED_PORT_READ, 0x99, &row));
	assert_int_equal(row.count, 1);
}

/* The owner may stand anywhere between denied_select() and the end of denied_count(). */
static void row_that_is_just_being_made_is_not_shown(void **state)
{
	(void)state;
	denied_select(&table, denied_key(DENIED_MSR_WRITE, 0x10));
	assert_int_equal(rows(), 0);
	denied_count(&table, 0x10, 1, 1);
	assert_int_equal(rows(), 1);
	table.entries[0].key = 0;
	assert_int_equal(rows(), 0);
}

static void kinds_have_words(void **state)
{
	static const struct {
		enum denied_kind kind;
		const char *what;
		bool is_write;
	} words[] = {
		{ DENIED_MSR_READ, "msr", false },
		{ DENIED_MSR_WRITE, "msr", true },
		{ DENIED_PORT_READ, "port", false },
		{ DENIED_PORT_WRITE, "port", true },
		{ DENIED_ADDRESS_READ, "address", false },
		{ DENIED_ADDRESS_WRITE, "address", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		assert_string_equal(denied_what(words[i].kind), words[i].what);
		assert_int_equal(denied_is_write(words[i].kind), words[i].is_write);
	}
}

#define T(name) cmocka_unit_test_setup(name, empty)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(empty_table_shows_no_row),
		T(refusals_of_one_msr_are_one_row_with_the_last_rip),
		T(msr_0_and_port_0_are_rows_like_others),
		T(reads_and_writes_are_rows_of_their_own),
		T(addresses_of_a_page_are_one_row_with_the_last_address),
		T(full_table_lets_the_row_go_that_was_quiet_longest_and_counts_it),
		T(row_that_is_just_being_made_is_not_shown),
		T(kinds_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
