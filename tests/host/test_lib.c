/* SPDX-License-Identifier: Apache-2.0 */
/* test_lib.c: tests of the floor: format, log, report, cursor. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/cursor.h"
#include "kernel/lib/format.h"
#include "kernel/lib/log.h"
#include "kernel/lib/report.h"
#include "kernel/lib/status.h"

/* --- format: the C library's printf is what it must agree with. */

#define ASSERT_AS_PRINTF(...)                                                                      \
	do {                                                                                       \
		char ours[128];                                                                    \
		char theirs[128];                                                                  \
		size_t length = format(ours, sizeof(ours), __VA_ARGS__);                           \
		int wanted = snprintf(theirs, sizeof(theirs), __VA_ARGS__);                        \
		assert_string_equal(ours, theirs);                                                 \
		assert_int_equal(length, wanted);                                                  \
	} while (0)

static void numbers_come_out_as_printf_writes_them(void **state)
{
	(void)state;
	ASSERT_AS_PRINTF("%d %i %u", 0, -1, 4294967295U);
	ASSERT_AS_PRINTF("%d %d", INT32_MIN, INT32_MAX);
	ASSERT_AS_PRINTF("%ld %ld", INT64_MIN, INT64_MAX);
	ASSERT_AS_PRINTF("%lu %lx %lX", UINT64_MAX, UINT64_MAX, 0xABCDEF0123456789UL);
	ASSERT_AS_PRINTF("%llu %llx", 1ULL << 63, 1ULL << 63);
	ASSERT_AS_PRINTF("%zu", (size_t)12345);
	ASSERT_AS_PRINTF("%x %X", 0xDEADBEEFU, 0xDEADBEEFU);
}

static void widths_and_flags_pad_as_printf_does(void **state)
{
	(void)state;
	ASSERT_AS_PRINTF("[%5d] [%-5d] [%05d]", 42, 42, 42);
	ASSERT_AS_PRINTF("[%5d] [%-5d] [%05d]", -42, -42, -42);
	ASSERT_AS_PRINTF("[%016lx] [%2x]", 0x1234UL, 0x1234U);
	ASSERT_AS_PRINTF("[%*u] [%0*u]", 7, 3U, 7, 3U);
	ASSERT_AS_PRINTF("[%10s] [%-10s]", "text", "text");
	ASSERT_AS_PRINTF("[%3c] [%-3c] [%c]", 'x', 'y', 'z');
	ASSERT_AS_PRINTF("100%%");
}

static void precision_limits_a_string_without_a_nul(void **state)
{
	char bytes[3] = { 'a', 'b', 'c' };

	(void)state;
	ASSERT_AS_PRINTF("[%.2s] [%5.2s] [%.0s]", "abc", "abc", "abc");
	ASSERT_AS_PRINTF("[%.*s]", 3, bytes);
}

static void pointer_is_written_in_hex(void **state)
{
	char text[32];

	(void)state;
	format(text, sizeof(text), "%p", (void *)0xFEE00000);
	assert_string_equal(text, "0xfee00000");
}

static void null_string_is_written_as_such(void **state)
{
	char text[32];
	const char *volatile nothing = NULL;

	(void)state;
	format(text, sizeof(text), "%s", nothing);
	assert_string_equal(text, "(null)");
}

static void text_that_does_not_fit_is_cut_and_its_length_told(void **state)
{
	char text[8] = "zzzzzzz";

	(void)state;
	assert_int_equal(format(text, 5, "%s", "abcdefgh"), 8);
	assert_string_equal(text, "abcd");
	assert_int_equal(text[5], 'z');
	assert_int_equal(format(text, 1, "abc"), 3);
	assert_string_equal(text, "");
	assert_int_equal(format(NULL, 0, "%d", 1234), 4);
}

static void conversion_that_is_not_ours_is_written_as_it_stands(void **state)
{
	char text[32];
	/* Not a literal, because the compiler would rightly object. */
	const char *volatile fmts[] = { "%q", "50%", "%-5" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
		format(text, sizeof(text), fmts[i]);
#pragma GCC diagnostic pop
		assert_string_equal(text, fmts[i]);
	}
}

/* --- log */

static uint64_t now_us;

static uint64_t clock_us(void)
{
	return now_us;
}

static char log_memory[LOG_BYTES] __attribute__((aligned(8)));
static char log_copy[LOG_BYTES] __attribute__((aligned(8)));

static void line_of_the_log_has_its_time_and_level(void **state)
{
	static const char *const lines[] = { "[   12.003456]E no luck", "[   12.003456]W careful",
					     "[   12.003456]  fine" };
	uint64_t position = log_end();
	struct log_entry entry;
	char line[LOG_LINE_BYTES];

	(void)state;
	now_us = 12003456;
	log_set_clock(clock_us);
	log_error("no %s", "luck");
	log_warning("careful");
	log_info("fine");
	log_set_clock(NULL);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(log_next(&position, &entry));
		assert_int_equal(entry.level, i);
		assert_int_equal(entry.us, 12003456);
		assert_int_equal(log_entry_line(&entry, line), strlen(lines[i]));
		assert_string_equal(line, lines[i]);
	}
	assert_false(log_next(&position, &entry));
	assert_int_equal(position, log_end());
}

static void line_of_the_log_that_is_too_long_is_cut(void **state)
{
	char longer[2 * LOG_LINE_BYTES];
	uint64_t position = log_end();
	struct log_entry entry;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_info("%s", longer);
	assert_true(log_next(&position, &entry));
	assert_int_equal(entry.length, LOG_TEXT_BYTES - 1);
	assert_int_equal(strlen(entry.text), entry.length);
}

/* "message 1234" and its mark are 28 bytes. */
static void log_keeps_its_newest_messages(void **state)
{
	uint64_t position = 0;
	struct log_entry entry;
	unsigned count = 0;
	unsigned number = 0;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		log_info("message %u", i);
	}
	while (log_next(&position, &entry)) {
		unsigned before = number;

		assert_int_equal(sscanf(entry.text, "message %u", &number), 1);
		assert_true(count == 0 || number == before + 1);
		count++;
	}
	assert_int_equal(number, 2999);
	assert_in_range(count, (LOG_BYTES - 64) / 28, LOG_BYTES / 28);
}

static void reader_that_was_overtaken_goes_on_with_the_oldest(void **state)
{
	uint64_t position = log_end();
	uint64_t before = position;
	struct log_entry entry;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		log_info("message %u", i);
	}
	assert_true(log_next(&position, &entry));
	assert_string_not_equal(entry.text, "message 0");
	assert_true(position > before + LOG_BYTES);
}

/* As after a warm reset: the memory is there, what pointed to it is not. */
static void log_is_read_again_from_its_memory(void **state)
{
	uint64_t position = 0;
	uint64_t copied = 0;
	struct log_entry entry;
	struct log_entry again;
	struct log_ring ring;

	(void)state;
	for (unsigned rounds = 0; rounds < 50; rounds++) {
		for (unsigned i = 0; i < 37; i++) {
			log_line((enum log_level)(i % 3), "%0*u", 1 + (int)(rounds * i % 200), i);
		}
		memcpy(log_copy, log_memory, sizeof(log_copy));
		assert_true(log_open(&ring, log_copy));
		position = 0;
		copied = 0;
		while (log_next(&position, &entry)) {
			assert_true(log_ring_next(&ring, &copied, &again));
			assert_int_equal(again.level, entry.level);
			assert_string_equal(again.text, entry.text);
		}
		assert_false(log_ring_next(&ring, &copied, &again));
	}
}

static void memory_that_held_no_log_is_not_taken_for_one(void **state)
{
	struct log_ring ring;
	uint64_t span;

	(void)state;
	memset(log_copy, 0, sizeof(log_copy));
	assert_false(log_open(&ring, log_copy));
	memset(log_copy, 0xAF, sizeof(log_copy));
	assert_false(log_open(&ring, log_copy));
	/* Its head survived, and was damaged: begins or ends beyond the memory. */
	memcpy(log_copy, log_memory, sizeof(log_copy));
	span = (uint64_t)LOG_BYTES << 32;
	memcpy(log_copy + 8, &span, sizeof(span));
	assert_false(log_open(&ring, log_copy));
	span = LOG_BYTES;
	memcpy(log_copy + 8, &span, sizeof(span));
	assert_false(log_open(&ring, log_copy));
}

static unsigned count_messages(const struct log_ring *ring)
{
	uint64_t position = 0;
	struct log_entry entry;
	unsigned count = 0;

	while (log_ring_next(ring, &position, &entry)) {
		assert_true(entry.length < sizeof(entry.text));
		assert_true((unsigned)entry.level < LOG_LEVELS);
		count++;
	}
	return count;
}

/* Any byte of it; what stands before it is shown all the same. */
static void damaged_log_ends_before_the_damage(void **state)
{
	static char fresh[LOG_BYTES] __attribute__((aligned(8)));
	struct log_ring ring;

	(void)state;
	log_init(fresh);
	log_info("one");
	log_info("two");
	log_info("three");
	/* Of the head 16 bytes; of each message a mark of 16, and the text. */
	for (size_t i = 16; i < 16 + 3 * 16 + 11; i++) {
		memcpy(log_copy, fresh, sizeof(log_copy));
		log_copy[i] ^= 0x10;
		assert_true(log_open(&ring, log_copy));
		assert_int_equal(count_messages(&ring), i < 35 ? 0 : i < 54 ? 1 : 2);
	}
	log_init(log_memory);
}

static uint32_t sunk;
static char sunk_line[LOG_LINE_BYTES];

static void sink(const char *line, size_t length)
{
	sunk++;
	memcpy(sunk_line, line, length);
	sunk_line[length] = '\0';
}

static void sink_gets_every_line_without_its_newline(void **state)
{
	(void)state;
	log_set_sink(sink);
	log_info("for the sink");
	log_set_sink(NULL);
	log_info("not for the sink");
	assert_int_equal(sunk, 1);
	assert_non_null(strstr(sunk_line, "for the sink"));
	assert_null(strchr(sunk_line, '\n'));
}

/* --- report */

static void message_names_its_file_and_line(void **state)
{
	static struct report report = { .file = "muntin.conf" };

	(void)state;
	assert_true(report_empty(&report));
	report_add(&report, 7, "unknown key \"%s\"", "kernal");
	report_add(&report, 0, "no guest");
	assert_false(report_empty(&report));
	assert_int_equal(report.count, 2);
	assert_string_equal(report.lines[0], "muntin.conf:7: unknown key \"kernal\"");
	assert_string_equal(report.lines[1], "no guest");
}

static void message_without_room_is_counted(void **state)
{
	static struct report report;

	(void)state;
	for (uint32_t i = 0; i < REPORT_LINES_MAX + 5; i++) {
		report_add(&report, 1, "wrong");
	}
	assert_int_equal(report.count, REPORT_LINES_MAX);
	assert_int_equal(report.dropped, 5);
	assert_string_equal(report.lines[0], "config:1: wrong");
}

static void message_that_is_too_long_is_cut(void **state)
{
	static struct report report;
	static char longer[2 * REPORT_LINE_BYTES];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	report.file = longer;
	report_add(&report, 1, "cut");
	report.file = NULL;
	report_add(&report, 1, "%s", longer);
	assert_int_equal(strlen(report.lines[0]), REPORT_LINE_BYTES - 1);
	assert_int_equal(strlen(report.lines[1]), REPORT_LINE_BYTES - 1);
}

/* --- cursor */

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void cursor_reads_little_endian_numbers(void **state)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u16(&c), 0x0302);
	assert_int_equal(cursor_u32(&c), 0x07060504);
	assert_int_equal(cursor_left(&c), 2);
	cursor_seek(&c, 1);
	assert_true(cursor_u64(&c) == 0x0908070605040302);
	assert_false(c.failed);
}

static void read_past_the_end_fails_for_good(void **state)
{
	struct cursor c = cursor_over(bytes, 3);

	(void)state;
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.failed);
	/* Also what would still fit: a table that lied once is not believed further. */
	assert_int_equal(cursor_u8(&c), 0);
	assert_null(cursor_take(&c, 1));
	assert_int_equal(cursor_left(&c), 0);
}

static void length_that_would_wrap_around_is_refused(void **state)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	(void)state;
	cursor_u8(&c);
	assert_null(cursor_take(&c, SIZE_MAX));
	assert_true(c.failed);
}

static void seek_to_the_end_is_allowed_but_not_behind_it(void **state)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	(void)state;
	cursor_seek(&c, sizeof(bytes));
	assert_false(c.failed);
	assert_int_equal(cursor_left(&c), 0);
	cursor_seek(&c, sizeof(bytes) + 1);
	assert_true(c.failed);
}

/* --- status */

static void every_status_has_words(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < STATUS_COUNT; i++) {
		assert_true(strlen(status_text((enum status)i)) > 0);
	}
	assert_string_equal(status_text((enum status)1000), "unknown status");
}

int main(void)
{
	log_init(log_memory);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_out_as_printf_writes_them),
		cmocka_unit_test(widths_and_flags_pad_as_printf_does),
		cmocka_unit_test(precision_limits_a_string_without_a_nul),
		cmocka_unit_test(pointer_is_written_in_hex),
		cmocka_unit_test(null_string_is_written_as_such),
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_its_length_told),
		cmocka_unit_test(conversion_that_is_not_ours_is_written_as_it_stands),
		cmocka_unit_test(line_of_the_log_has_its_time_and_level),
		cmocka_unit_test(line_of_the_log_that_is_too_long_is_cut),
		cmocka_unit_test(log_keeps_its_newest_messages),
		cmocka_unit_test(reader_that_was_overtaken_goes_on_with_the_oldest),
		cmocka_unit_test(log_is_read_again_from_its_memory),
		cmocka_unit_test(memory_that_held_no_log_is_not_taken_for_one),
		cmocka_unit_test(damaged_log_ends_before_the_damage),
		cmocka_unit_test(sink_gets_every_line_without_its_newline),
		cmocka_unit_test(message_names_its_file_and_line),
		cmocka_unit_test(message_without_room_is_counted),
		cmocka_unit_test(message_that_is_too_long_is_cut),
		cmocka_unit_test(cursor_reads_little_endian_numbers),
		cmocka_unit_test(read_past_the_end_fails_for_good),
		cmocka_unit_test(length_that_would_wrap_around_is_refused),
		cmocka_unit_test(seek_to_the_end_is_allowed_but_not_behind_it),
		cmocka_unit_test(every_status_has_words),
	};

	return cmocka_run_group_tests_name("lib", tests, NULL, NULL);
}
