/* SPDX-License-Identifier: Apache-2.0 */
/* test_trace.c: the ring of traced exits, its reader beside its writer, and its entries in words. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <pthread.h>
#include <stdlib.h>
#include <cmocka.h>

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs.h"
#include "kernel/exit_verdict.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/trace_text.h"
/* Not linked in, so that this test does not depend on what the library of pure sources has. */
#include "kernel/trace.c"

enum { MANY = 3 * TRACE_ENTRIES };

static struct trace ring;

static int empty(void **state)
{
	(void)state;
	memset(&ring, 0, sizeof(ring));
	return 0;
}

/* Every field says which number it is. */
static void fill(struct trace_entry *entry, uint64_t number)
{
	entry->tsc = number;
	entry->rip = number;
	entry->qualification = number;
	entry->address = number;
	entry->eax = (uint32_t)number;
	entry->ecx = (uint32_t)number;
	entry->edx = (uint32_t)number;
	entry->ticks = (uint32_t)number;
}

static bool is_whole(const struct trace_entry *entry, uint64_t number)
{
	struct trace_entry wanted = { 0 };

	fill(&wanted, number);
	return memcmp(entry, &wanted, sizeof(wanted)) == 0;
}

static void write_next(void)
{
	uint64_t number = ring.next;

	fill(trace_open(&ring), number);
	trace_close(&ring);
}

static void empty_ring_has_no_entry(void **state)
{
	struct trace_entry entry;

	(void)state;
	assert_int_equal(trace_written(&ring), 0);
	assert_false(trace_read(&ring, 0, &entry));
}

static void what_was_written_is_read(void **state)
{
	struct trace_entry entry;

	(void)state;
	write_next();
	write_next();
	assert_int_equal(trace_written(&ring), 2);
	assert_true(trace_read(&ring, 0, &entry) && is_whole(&entry, 0));
	assert_true(trace_read(&ring, 1, &entry) && is_whole(&entry, 1));
	assert_false(trace_read(&ring, 2, &entry));
}

static void exactly_the_readable_entries_are_left_of_many(void **state)
{
	struct trace_entry entry;

	(void)state;
	for (uint64_t i = 0; i < MANY; i++) {
		write_next();
	}
	for (uint64_t i = 0; i < MANY; i++) {
		bool left = i >= MANY - TRACE_READABLE;

		assert_int_equal(trace_read(&ring, i, &entry), left);
		assert_true(!left || is_whole(&entry, i));
	}
}

/* The owner writes into the place of the oldest before it counts the new one. */
static void entry_that_is_being_overwritten_is_not_read(void **state)
{
	struct trace_entry entry;

	(void)state;
	for (uint64_t i = 0; i < TRACE_ENTRIES; i++) {
		write_next();
	}
	trace_open(&ring)->rip = 0xBAD;
	assert_false(trace_read(&ring, 0, &entry));
	assert_true(trace_read(&ring, 1, &entry) && is_whole(&entry, 1));
}

static bool writer_goes_on;

static void *writer(void *unused)
{
	(void)unused;
	while (__atomic_load_n(&writer_goes_on, __ATOMIC_RELAXED)) {
		write_next();
	}
	return NULL;
}

static void reader_beside_a_writer_sees_whole_entries_only(void **state)
{
	enum { WANTED = 20000 };
	struct trace_entry entry;
	pthread_t thread;
	uint32_t read = 0;

	(void)state;
	writer_goes_on = true;
	assert_int_equal(pthread_create(&thread, NULL, writer, NULL), 0);
	while (read < WANTED) {
		uint64_t written = trace_written(&ring);
		uint64_t back = 1 + (uint64_t)rand() % TRACE_ENTRIES;

		if (written >= back && trace_read(&ring, written - back, &entry)) {
			assert_true(is_whole(&entry, written - back));
			read++;
		}
	}
	__atomic_store_n(&writer_goes_on, false, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/* --- In words */

struct wording {
	struct trace_entry entry;
	const char *done;
	const char *detail;
};

/* clang-format off */
static const struct wording wordings[] = {
	{ { .exit = { .slot = EXIT_REASON_CPUID }, .eax = 0x80000008 }, "done", "0x80000008" },
	{ { .exit = { .slot = EXIT_REASON_CPUID }, .eax = 0xD, .ecx = 1 }, "done", "0xd.1" },
	{ { .exit = { .slot = EXIT_REASON_VMCALL }, .eax = 5 }, "done", "0x5" },
	{ { .exit = { .slot = EXIT_REASON_RDMSR, .refused = 1, .vector = VECTOR_GP }, .ecx = 0x1234,
	    .verdict = EXIT_INJECT }, "refused", "0x1234" },
	{ { .exit = { .slot = EXIT_REASON_WRMSR }, .ecx = 0xC0000080, .eax = 0xD01 }, "done", "0xc0000080=d01" },
	{ { .exit = { .slot = EXIT_SLOT_IPI }, .ecx = 0x830, .edx = 1, .eax = 0xFD }, "done", "0x830=1000000fd" },
	/* Exit qualification: size less 1, bit 3 for IN, the port above 16 (SDM Vol. 3C, "Exit Qualification"). */
	{ { .exit = { .slot = EXIT_REASON_IO }, .qualification = 0x03F80000, .eax = 0x12345641 }, "done", "0x3f8/1=41" },
	{ { .exit = { .slot = EXIT_REASON_IO }, .qualification = 0x0CF80003, .eax = 0x80000000 }, "done", "0xcf8/4=80000000" },
	{ { .exit = { .slot = EXIT_REASON_IO, .refused = 1 }, .qualification = 0x00600008 }, "refused", "0x60/1" },
	{ { .exit = { .slot = EXIT_REASON_EPT_VIOLATION }, .qualification = 1, .address = 0xFEC00010, .verdict = EXIT_SKIP },
	  "done", "0xfec00010 r" },
	{ { .exit = { .slot = EXIT_REASON_EPT_VIOLATION }, .qualification = 2, .address = 0xFEC00010, .verdict = EXIT_SKIP },
	  "done", "0xfec00010 w" },
	{ { .exit = { .slot = EXIT_REASON_EPT_VIOLATION }, .qualification = 4, .address = 0xA0000, .verdict = EXIT_STOP },
	  "stopped", "0xa0000 x" },
	{ { .exit = { .slot = EXIT_REASON_CR_ACCESS, .vector = VECTOR_GP }, .qualification = 4, .verdict = EXIT_INJECT },
	  "#GP", "cr4 write" },
	{ { .exit = { .slot = EXIT_REASON_EXCEPTION_OR_NMI }, .verdict = EXIT_RESUME }, "resumed", "" },
	{ { .exit = { .slot = EXIT_REASON_EXCEPTION_OR_NMI, .vector = VECTOR_DB }, .qualification = 0x4000,
	    .verdict = EXIT_INJECT }, "#DB", "0x4000" },
	{ { .exit = { .slot = EXIT_REASON_EXCEPTION_OR_NMI, .vector = 4 }, .verdict = EXIT_INJECT }, "#4", "" },
};
/* clang-format on */

static void entry_in_words_says_what_it_was_about_and_what_was_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wordings); i++) {
		char text[TRACE_TEXT_BYTES];

		trace_text_done(&wordings[i].entry, text);
		assert_string_equal(text, wordings[i].done);
		trace_text_detail(&wordings[i].entry, text);
		assert_string_equal(text, wordings[i].detail);
	}
}

static void entry_of_any_bytes_has_words_that_fit(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		char text[TRACE_TEXT_BYTES];
		struct trace_entry entry;

		for (size_t at = 0; at < sizeof(entry); at++) {
			((uint8_t *)&entry)[at] = (uint8_t)rand();
		}
		entry.exit.slot = (uint16_t)(i % EXIT_SLOT_COUNT);
		trace_text_done(&entry, text);
		assert_true(strlen(text) < sizeof(text));
		trace_text_detail(&entry, text);
		assert_true(strlen(text) < sizeof(text) - 1);
	}
}

#define T(name) cmocka_unit_test_setup(name, empty)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(empty_ring_has_no_entry),
		T(what_was_written_is_read),
		T(exactly_the_readable_entries_are_left_of_many),
		T(entry_that_is_being_overwritten_is_not_read),
		T(reader_beside_a_writer_sees_whole_entries_only),
		T(entry_in_words_says_what_it_was_about_and_what_was_done),
		T(entry_of_any_bytes_has_words_that_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
