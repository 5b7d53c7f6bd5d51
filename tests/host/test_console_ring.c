/* SPDX-License-Identifier: Apache-2.0 */
/* test_console_ring.c: a reader of a console ring. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/vdev/console_ring.h"

static struct console_ring ring;
static uint64_t position;
static uint64_t lost;
static uint8_t got[CONSOLE_RING_BYTES + 16];

static int setup(void **state)
{
	(void)state;
	memset(&ring, 0, sizeof(ring));
	memset(got, 0, sizeof(got));
	position = 0;
	lost = 0;
	return 0;
}

/** put_numbers() - @count bytes, each saying its own number modulo 251. */
static void put_numbers(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		console_ring_put(&ring, (uint8_t)(ring.written % 251));
	}
}

static void a_reader_gets_what_was_written_once(void **state)
{
	(void)state;
	console_ring_put(&ring, 'h');
	console_ring_put(&ring, 'i');
	assert_int_equal(console_ring_get(&ring, &position, got, sizeof(got), &lost), 2);
	assert_memory_equal(got, "hi", 2);
	assert_int_equal(console_ring_get(&ring, &position, got, sizeof(got), &lost), 0);
	assert_int_equal(lost, 0);
}

static void a_small_buffer_takes_its_part_and_the_rest_stays(void **state)
{
	(void)state;
	put_numbers(10);
	assert_int_equal(console_ring_get(&ring, &position, got, 4, &lost), 4);
	assert_int_equal(console_ring_get(&ring, &position, got, sizeof(got), &lost), 6);
	assert_int_equal(got[0], 4);
	assert_int_equal(position, 10);
}

static void a_read_goes_around_the_end_of_the_ring(void **state)
{
	(void)state;
	put_numbers(CONSOLE_RING_BYTES - 3);
	position = ring.written;
	put_numbers(8);
	assert_int_equal(console_ring_get(&ring, &position, got, sizeof(got), &lost), 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(got[i], (CONSOLE_RING_BYTES - 3 + i) % 251);
	}
	assert_int_equal(lost, 0);
}

static void a_late_reader_is_told_how_much_it_lost(void **state)
{
	(void)state;
	put_numbers(CONSOLE_RING_BYTES + 100);
	assert_int_equal(console_ring_get(&ring, &position, got, sizeof(got), &lost),
			 CONSOLE_RING_BYTES - 1);
	assert_int_equal(lost, 101);
	assert_int_equal(got[0], 101);
	assert_int_equal(position, ring.written);
}

static void two_readers_do_not_disturb_each_other(void **state)
{
	uint64_t other = 0;

	(void)state;
	put_numbers(5);
	assert_int_equal(console_ring_get(&ring, &position, got, sizeof(got), &lost), 5);
	assert_int_equal(console_ring_get(&ring, &other, got, sizeof(got), &lost), 5);
}

static void a_place_beyond_the_end_starts_over(void **state)
{
	(void)state;
	position = 1000;
	put_numbers(3);
	assert_int_equal(console_ring_get(&ring, &position, got, sizeof(got), &lost), 3);
	assert_int_equal(position, 3);
	assert_int_equal(lost, 0);
}

static void put_text(const char *text)
{
	for (; *text != '\0'; text++) {
		console_ring_put(&ring, (uint8_t)*text);
	}
}

static void the_last_lines_are_counted_from_the_end(void **state)
{
	(void)state;
	assert_int_equal(console_ring_last_lines(&ring, 3), 0);
	put_text("one\ntwo\nthree\n");
	assert_int_equal(console_ring_last_lines(&ring, 0), 14);
	assert_int_equal(console_ring_last_lines(&ring, 1), 8);
	assert_int_equal(console_ring_last_lines(&ring, 2), 4);
	assert_int_equal(console_ring_last_lines(&ring, 3), 0);
	assert_int_equal(console_ring_last_lines(&ring, UINT64_MAX), 0);
	put_text("$ ");
	assert_int_equal(console_ring_last_lines(&ring, 1), 14);
	assert_int_equal(console_ring_last_lines(&ring, 2), 8);
	put_text("\n\n");
	assert_int_equal(console_ring_last_lines(&ring, 1), 17);
}

static void the_last_lines_of_a_full_ring_begin_with_what_is_left(void **state)
{
	(void)state;
	put_text("x\n");
	for (unsigned i = 0; i < CONSOLE_RING_BYTES; i++) {
		console_ring_put(&ring, 'y');
	}
	assert_int_equal(console_ring_last_lines(&ring, 1), 3);
	put_text("\nz\n");
	assert_int_equal(console_ring_last_lines(&ring, 1), CONSOLE_RING_BYTES + 3);
}

static void what_a_reader_missed_is_known_before_it_reads(void **state)
{
	(void)state;
	put_numbers(CONSOLE_RING_BYTES + 100);
	assert_int_equal(console_ring_missed(&ring, 0), 101);
	assert_int_equal(console_ring_missed(&ring, 100), 1);
	assert_int_equal(console_ring_missed(&ring, 101), 0);
	assert_int_equal(console_ring_missed(&ring, ring.written + 1), 101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_reader_gets_what_was_written_once, setup),
		cmocka_unit_test_setup(a_small_buffer_takes_its_part_and_the_rest_stays, setup),
		cmocka_unit_test_setup(a_read_goes_around_the_end_of_the_ring, setup),
		cmocka_unit_test_setup(a_late_reader_is_told_how_much_it_lost, setup),
		cmocka_unit_test_setup(two_readers_do_not_disturb_each_other, setup),
		cmocka_unit_test_setup(a_place_beyond_the_end_starts_over, setup),
		cmocka_unit_test_setup(the_last_lines_are_counted_from_the_end, setup),
		cmocka_unit_test_setup(the_last_lines_of_a_full_ring_begin_with_what_is_left,
				       setup),
		cmocka_unit_test_setup(what_a_reader_missed_is_known_before_it_reads, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
