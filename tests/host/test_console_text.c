/* SPDX-License-Identifier: Apache-2.0 */
/* test_console_text.c: how a guest's bytes become lines. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/monitor/console_text.h"

static char text[CONSOLE_TEXT_COLUMNS + 1];

static struct console_piece piece_of(const char *bytes, size_t count, size_t columns)
{
	memset(text, '\0', sizeof(text));
	struct console_piece piece =
		console_text_next((const uint8_t *)bytes, count, text, columns);
	assert_true(piece.length <= columns && piece.taken <= count);
	return piece;
}

static void assert_piece(const char *bytes, const char *shown, size_t taken, enum console_end end)
{
	struct console_piece piece = piece_of(bytes, strlen(bytes), CONSOLE_TEXT_COLUMNS);

	assert_string_equal(text, shown);
	assert_int_equal(piece.length, strlen(shown));
	assert_int_equal(piece.taken, taken);
	assert_int_equal(piece.end, end);
}

static void a_line_ends_with_its_newline(void **state)
{
	(void)state;
	assert_piece("one\ntwo\n", "one", 4, CONSOLE_END_LINE);
	assert_piece("one\r\ntwo", "one", 5, CONSOLE_END_LINE);
	assert_piece("one\r\r\n", "one", 6, CONSOLE_END_LINE);
	assert_piece("\n", "", 1, CONSOLE_END_LINE);
}

static void a_line_without_its_end_is_open(void **state)
{
	(void)state;
	assert_piece("login: ", "login: ", 7, CONSOLE_END_OPEN);
	assert_piece("", "", 0, CONSOLE_END_OPEN);
}

static void a_return_waits_for_what_it_becomes(void **state)
{
	(void)state;
	assert_piece("50%\r", "50%", 3, CONSOLE_END_OPEN);
	assert_piece("\r", "", 0, CONSOLE_END_OPEN);
	assert_piece("50%\r60%", "50%^M60%", 7, CONSOLE_END_OPEN);
	assert_piece("\r\r\r\r\r\r\r\r\r", "^M", 1, CONSOLE_END_OPEN);
}

static void control_bytes_are_shown(void **state)
{
	(void)state;
	assert_piece("a\x1b[2Jb\a\b\x7f\n", "a^[[2Jb^G^H^?", 10, CONSOLE_END_LINE);
	assert_piece("\x9b"
		     "31m\x80\xff\n",
		     "\\x9b31m\\x80\\xff", 7, CONSOLE_END_LINE);
	assert_piece("1\t12345678\tx\n", "1       12345678        x", 13, CONSOLE_END_LINE);
}

/* What comes out can do nothing to a terminal, whatever goes in. */
static void only_printable_ascii_comes_out_of_any_byte(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		for (unsigned second = 0; second < 256; second++) {
			const char bytes[] = { (char)first, (char)second };
			struct console_piece piece = piece_of(bytes, 2, CONSOLE_TEXT_COLUMNS);

			for (size_t i = 0; i < piece.length; i++) {
				assert_in_range(text[i], ' ', '~');
			}
		}
	}
}

static void a_wide_line_is_cut_between_two_bytes(void **state)
{
	struct console_piece piece;

	(void)state;
	piece = piece_of("0123456789\n", 11, 10);
	assert_int_equal(piece.length, 10);
	assert_int_equal(piece.end, CONSOLE_END_LINE);
	piece = piece_of("0123456789a\n", 12, 10);
	assert_int_equal(piece.taken, 10);
	assert_int_equal(piece.end, CONSOLE_END_FULL);
	piece = piece_of("01234567\xff\n", 10, 10);
	assert_string_equal(text, "01234567");
	assert_int_equal(piece.end, CONSOLE_END_FULL);
}

/* Or a flood of CRs would hold its console up for ever. */
static void any_bytes_enough_make_progress(void **state)
{
	char bytes[CONSOLE_TEXT_COLUMNS + CONSOLE_TEXT_ENDING];

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		memset(bytes, (int)byte, sizeof(bytes));
		assert_in_range(piece_of(bytes, sizeof(bytes), 8).taken, 1, sizeof(bytes));
		assert_int_not_equal(piece_of(bytes, sizeof(bytes), CONSOLE_TEXT_COLUMNS).end,
				     CONSOLE_END_OPEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_ends_with_its_newline),
		cmocka_unit_test(a_line_without_its_end_is_open),
		cmocka_unit_test(a_return_waits_for_what_it_becomes),
		cmocka_unit_test(control_bytes_are_shown),
		cmocka_unit_test(only_printable_ascii_comes_out_of_any_byte),
		cmocka_unit_test(a_wide_line_is_cut_between_two_bytes),
		cmocka_unit_test(any_bytes_enough_make_progress),
	};

	return cmocka_run_group_tests_name("console_text", tests, NULL, NULL);
}
