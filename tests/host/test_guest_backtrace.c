/* SPDX-License-Identifier: Apache-2.0 */
/* test_guest_backtrace.c: frame pointers of a guest, followed through its page tables. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/cpu/regs.h"
#include "kernel/guest_backtrace.c"
#include "tests/host/fake_guest.h"

enum { RAM_BYTES = 0x10000, STACK = 0x8000, WORD = 8 };

static uint8_t ram[RAM_BYTES];
static struct guest_memory memory = { .bytes = ram,
				      .length = RAM_BYTES,
				      .written_low = UINT64_MAX };
static struct backtrace trace;

static int clean(void **unused)
{
	(void)unused;
	memset(ram, 0, sizeof(ram));
	trace = (struct backtrace){ .paging = { .cr0 = CR0_PE },
				    .memory = &memory,
				    .word_bytes = WORD,
				    .frame_pointer = STACK,
				    .frame_count = 1 };
	return 0;
}

static void put(uint64_t at, uint64_t value, size_t bytes)
{
	memcpy(&ram[at], &value, bytes);
}

static void frame(uint64_t at, uint64_t next, uint64_t return_address)
{
	put(at, next, trace.word_bytes);
	put(at + trace.word_bytes, return_address, trace.word_bytes);
}

static void assert_next(uint64_t return_address, uint64_t frame_pointer)
{
	uint64_t found = 0;

	assert_int_equal(backtrace_next(&trace, &found), BACKTRACE_MORE);
	assert_int_equal(found, return_address);
	assert_int_equal(trace.frame_pointer, frame_pointer);
}

static void assert_ends(enum backtrace_end end)
{
	uint64_t found;

	assert_int_equal(backtrace_next(&trace, &found), end);
	assert_true(strlen(backtrace_end_text(end)) > 0);
}

static void callers_are_found_up_to_the_outermost(void **state)
{
	(void)state;
	frame(STACK, STACK + 0x40, 0xFFFFFFFF81000010);
	frame(STACK + 0x40, 0, 0xFFFFFFFF81000020);
	assert_next(0xFFFFFFFF81000010, STACK + 0x40);
	assert_next(0xFFFFFFFF81000020, 0);
	assert_ends(BACKTRACE_OUTERMOST);
}

static void code_of_32_bits_has_words_of_4_bytes_on_its_stack_segment(void **state)
{
	(void)state;
	trace.word_bytes = 4;
	trace.stack_base = 0x1000;
	trace.frame_pointer = 0x7004;
	frame(0x8004, 0x7024, 0x100010);
	frame(0x8024, 0, 0x100020);
	assert_next(0x100010, 0x7024);
	assert_next(0x100020, 0);
}

/* The stack at 8000H is where its page table says: 3000H. */
static void frames_are_read_through_the_guests_page_tables(void **state)
{
	(void)state;
	trace.paging = (struct guest_paging){ .cr0 = CR0_PE | CR0_PG, .cr3 = 0x1000 };
	put(0x1000, 0x2000 | 1, 4);
	put(0x2000 + 8 * 4, 0x3000 | 1, 4);
	frame(0x3000, 0, 0x1234);
	assert_next(0x1234, 0);
	trace.frame_pointer = 0x9000;
	assert_ends(BACKTRACE_UNMAPPED);
}

static void frame_outside_of_ram_ends_it(void **state)
{
	(void)state;
	trace.frame_pointer = RAM_BYTES - 8;
	assert_ends(BACKTRACE_UNMAPPED);
	trace.frame_pointer = UINT64_MAX - 7;
	assert_ends(BACKTRACE_UNMAPPED);
}

static void pointer_that_is_none_ends_it(void **state)
{
	(void)state;
	trace.frame_pointer = STACK + 1;
	assert_ends(BACKTRACE_UNALIGNED);
}

static void circle_ends_at_once(void **state)
{
	(void)state;
	frame(STACK, STACK, 1);
	assert_ends(BACKTRACE_NOT_RISING);
	frame(STACK, STACK - 0x40, 1);
	assert_ends(BACKTRACE_NOT_RISING);
}

static void deep_recursion_ends_at_the_limit(void **state)
{
	uint64_t found;
	uint32_t count = 0;

	(void)state;
	for (uint64_t at = STACK; at + 16 <= RAM_BYTES; at += 16) {
		frame(at, at + 16, at);
	}
	while (backtrace_next(&trace, &found) == BACKTRACE_MORE) {
		count++;
	}
	/* The one that executes is a frame too. */
	assert_int_equal(count + 1, BACKTRACE_FRAMES_MAX);
	assert_ends(BACKTRACE_LIMIT);
}

static void bytes_are_read_over_the_end_of_a_page_as_far_as_there_are_any(void **state)
{
	struct guest_linear from = { &trace.paging, &memory, RAM_BYTES - 3 };
	uint8_t bytes[8] = { 0 };

	(void)state;
	ram[RAM_BYTES - 1] = 0x77;
	assert_int_equal(guest_linear_read(&from, bytes, 3), 3);
	assert_int_equal(bytes[2], 0x77);
	from.address = 0x7FFE;
	put(0x7FFE, 0x44332211, 4);
	assert_int_equal(guest_linear_read(&from, bytes, 4), 4);
	assert_memory_equal(bytes, "\x11\x22\x33\x44", 4);
	/* What begins in RAM and ends behind it: the page that is whole. */
	from.address = RAM_BYTES - PAGE_SIZE;
	static uint8_t page[PAGE_SIZE + 8];
	assert_int_equal(guest_linear_read(&from, page, sizeof(page)), PAGE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(callers_are_found_up_to_the_outermost, clean),
		cmocka_unit_test_setup(code_of_32_bits_has_words_of_4_bytes_on_its_stack_segment,
				       clean),
		cmocka_unit_test_setup(frames_are_read_through_the_guests_page_tables, clean),
		cmocka_unit_test_setup(frame_outside_of_ram_ends_it, clean),
		cmocka_unit_test_setup(pointer_that_is_none_ends_it, clean),
		cmocka_unit_test_setup(circle_ends_at_once, clean),
		cmocka_unit_test_setup(deep_recursion_ends_at_the_limit, clean),
		cmocka_unit_test_setup(
			bytes_are_read_over_the_end_of_a_page_as_far_as_there_are_any, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
