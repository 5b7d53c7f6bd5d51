/* SPDX-License-Identifier: Apache-2.0 */
/* test_crash.c: the record of a panic: when it is taken for one, and the return addresses on a stack. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/crash.c"

static uint64_t memory[KEEP_RECORD_BYTES / 8];

static int forget(void **state)
{
	(void)state;
	memset(memory, 0, sizeof(memory));
	return 0;
}

static struct crash_record *panic_in_run(uint32_t run)
{
	struct crash_record *record = crash_begin(memory, run);

	strcpy(record->reason, "a reason");
	crash_seal(record);
	return record;
}

static void record_is_found_as_it_was_sealed(void **state)
{
	(void)state;
	assert_null(crash_known(memory));
	assert_null(crash_known(NULL));
	panic_in_run(7);
	const struct crash_record *record = crash_known(memory);
	assert_non_null(record);
	assert_int_equal(record->run, 7);
	assert_int_equal(record->vector, CRASH_NO_VECTOR);
	assert_string_equal(record->reason, "a reason");
}

static void record_that_is_not_sealed_is_none(void **state)
{
	(void)state;
	panic_in_run(1);
	crash_begin(memory, 2);
	assert_null(crash_known(memory));
}

static void record_with_any_damaged_byte_is_none(void **state)
{
	(void)state;
	panic_in_run(1);
	for (size_t i = 0; i < sizeof(struct crash_record); i++) {
		((uint8_t *)memory)[i] ^= 0x40;
		assert_null(crash_known(memory));
		((uint8_t *)memory)[i] ^= 0x40;
	}
	assert_non_null(crash_known(memory));
}

/* Of another version, say, that has other fields there. */
static void record_whose_texts_do_not_end_is_none(void **state)
{
	struct crash_record *record = panic_in_run(1);

	(void)state;
	memset(record->reason, 'x', sizeof(record->reason));
	crash_seal(record);
	assert_null(crash_known(memory));
	record = panic_in_run(1);
	record->trace_count = CRASH_TRACE_MAX + 1;
	crash_seal(record);
	assert_null(crash_known(memory));
}

static void panics_in_a_row_are_counted_and_a_good_run_ends_the_row(void **state)
{
	(void)state;
	assert_int_equal(panic_in_run(5)->in_a_row, 1);
	assert_int_equal(panic_in_run(6)->in_a_row, 2);
	assert_int_equal(panic_in_run(7)->in_a_row, 3);
	assert_int_equal(panic_in_run(9)->in_a_row, 1);
}

static void every_register_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CRASH_REGISTERS; i++) {
		assert_true(strlen(crash_register_name(i)) >= 2);
		for (unsigned j = 0; j < i; j++) {
			assert_string_not_equal(crash_register_name(i), crash_register_name(j));
		}
	}
	assert_string_equal(crash_register_name(CRASH_RIP), "rip");
	assert_string_equal(crash_register_name(CRASH_RAX), "rax");
	assert_string_equal(crash_register_name(CRASH_R15), "r15");
	assert_string_equal(crash_register_name(CRASH_REGISTERS), "");
}

/* Where @at is behind each encoding of CALL: E8 rel32; FF /2 with register, [reg], disp8, SIB, disp32, SIB and disp32. */
static void addresses_behind_a_call_are_found(void **state)
{
	static const uint8_t code[] = {
		0xE8, 1,    2,    3,    4,       /* 5 */
		0xFF, 0xD0,                      /* 7: call rax */
		0xFF, 0x13,                      /* 9: call [rbx] */
		0xFF, 0x50, 0x08,                /* 12: call [rax+8] */
		0x41, 0xFF, 0x14, 0xC4,          /* 16: call [r12+rax*8] */
		0xFF, 0x90, 1,    0,    0, 0,    /* 22: call [rax+1] */
		0xFF, 0x94, 0xC8, 1,    0, 0, 0, /* 29: call [rax+rcx*8+1] */
	};
	static const unsigned behind[] = { 5, 7, 9, 12, 16, 22, 29 };
	/* Copied: nothing may be read beyond it. */
	uint8_t *text = malloc(sizeof(code) + 1);
	uint64_t words[ARRAY_COUNT(behind)];
	uint64_t trace[CRASH_TRACE_MAX];
	struct crash_stack stack = { words, ARRAY_COUNT(behind), text, sizeof(code) + 1 };

	(void)state;
	memcpy(text, code, sizeof(code));
	text[sizeof(code)] = 0x90;
	for (size_t i = 0; i < ARRAY_COUNT(behind); i++) {
		words[i] = (uint64_t)text + behind[i];
	}
	assert_int_equal(crash_trace(&stack, trace), ARRAY_COUNT(behind));
	assert_memory_equal(trace, words, sizeof(words));
	free(text);
}

static void other_words_of_a_stack_are_passed_over(void **state)
{
	uint8_t *text = malloc(64);
	uint64_t words[200];
	uint64_t trace[CRASH_TRACE_MAX];
	struct crash_stack stack = { words, 64 + 4, text, 64 };

	(void)state;
	memset(text, 0x90, 64);
	for (unsigned i = 0; i < 64; i++) {
		words[i] = (uint64_t)text + i;
	}
	/* At its very end, where no code can be returned to. */
	text[64 - 5] = 0xE8;
	words[64] = 0;
	words[65] = UINT64_MAX;
	words[66] = (uint64_t)text - 1;
	words[67] = (uint64_t)text + 64;
	assert_int_equal(crash_trace(&stack, trace), 0);
	/* Long stacks fill the record and no more. */
	text[0] = 0xE8;
	for (unsigned i = 0; i < 200; i++) {
		words[i] = (uint64_t)text + 5;
	}
	stack.count = 200;
	assert_int_equal(crash_trace(&stack, trace), CRASH_TRACE_MAX);
	stack.count = 0;
	assert_int_equal(crash_trace(&stack, trace), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(record_is_found_as_it_was_sealed, forget),
		cmocka_unit_test_setup(record_that_is_not_sealed_is_none, forget),
		cmocka_unit_test_setup(record_with_any_damaged_byte_is_none, forget),
		cmocka_unit_test_setup(record_whose_texts_do_not_end_is_none, forget),
		cmocka_unit_test_setup(panics_in_a_row_are_counted_and_a_good_run_ends_the_row,
				       forget),
		cmocka_unit_test(every_register_has_a_name),
		cmocka_unit_test(addresses_behind_a_call_are_found),
		cmocka_unit_test(other_words_of_a_stack_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
