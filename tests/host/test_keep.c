/* SPDX-License-Identifier: Apache-2.0 */
/* test_keep.c: what one run finds of the run before, whatever happened to the memory meanwhile. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/keep.h"

static uint64_t memory[KEEP_BYTES / 8];

static int forget(void **state)
{
	(void)state;
	memset(memory, 0xA5, sizeof(memory));
	return 0;
}

/* The run before's is the other one. */
static void *log_of_this_run(void)
{
	return (char *)keep_record() - 16 + KEEP_SLOT_BYTES - LOG_BYTES;
}

/* The text of the first message of the run before; "" for none. */
static const char *previous(void)
{
	static struct log_entry entry;
	struct log_ring ring;
	uint64_t position = 0;

	entry.text[0] = '\0';
	if (keep_previous_log(&ring)) {
		log_ring_next(&ring, &position, &entry);
	}
	return entry.text;
}

static void first_run_finds_nothing(void **state)
{
	static const uint64_t zeros[KEEP_RECORD_BYTES / 8];

	(void)state;
	assert_false(keep_known(memory));
	keep_open(memory);
	assert_true(keep_known(memory));
	assert_int_equal(keep_run(), 1);
	assert_string_equal(previous(), "");
	assert_memory_equal(keep_record(), zeros, sizeof(zeros));
}

static void each_run_finds_the_log_of_the_one_before(void **state)
{
	char text[] = "run 0";

	(void)state;
	for (char i = 0; i < 9; i++) {
		keep_open(memory);
		assert_int_equal(keep_run(), i + 1);
		assert_string_equal(previous(), i == 0 ? "" : text);
		/* Its own messages do not disturb it. */
		for (unsigned j = 0; i > 0 && j < 2000; j++) {
			log_info("more and more");
		}
		assert_string_equal(previous(), i == 0 ? "" : text);
		log_init(log_of_this_run());
		text[4] = (char)('0' + i);
		log_info("%s", text);
	}
}

static void record_is_handed_on_from_run_to_run(void **state)
{
	(void)state;
	keep_open(memory);
	strcpy(keep_record(), "a record");
	for (unsigned i = 0; i < 5; i++) {
		keep_open(memory);
		assert_string_equal(keep_record(), "a record");
	}
	memset(keep_record(), 0xFF, KEEP_RECORD_BYTES);
	log_info("is not harmed by a full record");
	keep_open(memory);
	assert_string_equal(previous(), "is not harmed by a full record");
}

static void reset_while_a_run_begins_loses_nothing_of_the_one_before(void **state)
{
	(void)state;
	keep_open(memory);
	log_info("before");
	keep_open(memory);
	/* As if it had not come to the last store. */
	uint64_t *second = &memory[KEEP_SLOT_BYTES / 8];
	second[0] = 0;
	keep_open(memory);
	assert_string_equal(previous(), "before");
}

static void damaged_slot_is_not_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < 16; i++) {
		forget(NULL);
		keep_open(memory);
		((char *)memory)[i] ^= 1;
		assert_false(keep_known(memory));
		keep_open(memory);
		assert_int_equal(keep_run(), 1);
	}
}

static void any_memory_can_be_opened(void **state)
{
	(void)state;
	srand(1);
	for (unsigned round = 0; round < 200; round++) {
		keep_open(memory);
		log_info("something");
		for (unsigned i = 0; i < 40; i++) {
			((char *)memory)[rand() % (i < 20 ? KEEP_BYTES : 4096 + 64)] = (char)rand();
		}
		keep_open(memory);
		struct log_ring ring;
		struct log_entry entry;
		uint64_t position = 0;
		if (keep_previous_log(&ring)) {
			while (log_ring_next(&ring, &position, &entry)) {
				assert_true(entry.length < sizeof(entry.text));
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(first_run_finds_nothing, forget),
		cmocka_unit_test_setup(each_run_finds_the_log_of_the_one_before, forget),
		cmocka_unit_test_setup(record_is_handed_on_from_run_to_run, forget),
		cmocka_unit_test_setup(reset_while_a_run_begins_loses_nothing_of_the_one_before,
				       forget),
		cmocka_unit_test_setup(damaged_slot_is_not_taken, forget),
		cmocka_unit_test_setup(any_memory_can_be_opened, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
