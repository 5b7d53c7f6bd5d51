/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_text.c: lines, comments and quotes of a config, and what is no text. */
#include "tests/host/config_reading.h"

static char big[CONFIG_FILE_BYTES_MAX + 2];

static void windows_line_ends_and_byte_order_mark_are_taken(void **state)
{
	(void)state;
	takes("\xEF\xBB\xBF[guest a]\r\ncpus = 1\r\nmemory = 64M\r\n\r\nkernel = k");
	assert_string_equal(config.guests[0].kernel, "\\k");
	assert_int_equal(config.guests[0].line.kernel, 5);
}

static void comments_and_blanks_are_skipped(void **state)
{
	(void)state;
	takes("# [bad]\n  # x\n\t\n [ guest   a ]  # name\n  cpus=1 # one\n\tmemory\t=\t64M\t# \"\n"
	      "kernel = \"/k\" # quoted\n");
	assert_string_equal(config.guests[0].name, "a");
	assert_string_equal(config.guests[0].kernel, "\\k");
}

static void hash_inside_a_word_or_quotes_is_no_comment(void **state)
{
	(void)state;
	assert_string_equal(guest_with("cmdline = a#b c # d")->cmdline, "a#b c");
	assert_string_equal(guest_with("cmdline = \"a # b\" # c")->cmdline, "a # b");
	assert_string_equal(guest_with("cmdline = x=\"a # b\" y # z")->cmdline, "x=\"a # b\" y");
}

static void quotes_keep_blanks_and_escapes(void **state)
{
	(void)state;
	assert_string_equal(guest_with("cmdline = \" a \\\"b\\\\ \"")->cmdline, " a \"b\\ ");
	assert_string_equal(guest_with("cmdline = \"\"")->cmdline, "");
	assert_string_equal(guest_with("cmdline = a=b = c\\d")->cmdline, "a=b = c\\d");
	takes("[guest a]\ncpus = \"1\"\nmemory = \"64M\"\nkernel = \"\\\\a b\\\\k\"\n");
	assert_string_equal(config.guests[0].kernel, "\\a b\\k");
}

static void quotes_must_be_whole(void **state)
{
	(void)state;
	refuses_key("cmdline = \"a", "the quote is not closed");
	refuses_key("cmdline = \"a\\\"", "the quote is not closed");
	refuses_key("cmdline = \"a\\", "the quote is not closed");
	refuses_key("cmdline = a\"b # c", "the quote is not closed");
	refuses_key("cmdline = \"a\" b", "there is text after the closing quote");
	refuses_key("cmdline = \"a\"# b", "there is text after the closing quote");
	refuses_key("initrd = \"\\EFI\\x\"", "a \\ in quotes stands before another");
}

static void tab_inside_a_value_is_refused(void **state)
{
	(void)state;
	refuses_key("cmdline = a\tb", "there is a tab in it");
	refuses_key("cmdline = \"a\tb\"", "there is a tab in it");
}

static void empty_value_is_refused(void **state)
{
	(void)state;
	refuses_key("cmdline =", "\"cmdline =\" has no value: write at most 2047 characters");
	refuses_key("cmdline = # a comment", "has no value");
	refuses_value("memory", "", "has no value: write a size with");
}

static void line_without_equals_sign_is_refused(void **state)
{
	(void)state;
	refuses_key("cmdline console=ttyS0 x", "unknown key \"cmdline console\"");
	refuses_key("autostart", "there is no \"=\" in \"autostart\": write key = value");
	refuses_key("autostart # = yes", "there is no \"=\"");
	refuses_key("= yes", "there is no key before the \"=\"");
}

static void junk_gets_one_message(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		unsigned byte;
		unsigned offset;
		unsigned line;
	} rows[] = {
		{ "\0", 1, 0x00, 0, 1 },
		{ GOOD_GUEST "a\0b", sizeof(GOOD_GUEST) - 1 + 3, 0x00, sizeof(GOOD_GUEST), 5 },
		{ "#\n\x1B[2J", 6, 0x1B, 2, 2 },
		{ "#\x7F", 2, 0x7F, 1, 1 },
		{ "a\rb", 3, 0x0D, 1, 1 },
		{ "a\r", 2, 0x0D, 1, 1 },
		{ "\xFF\xFE[\0", 4, 0xFF, 0, 1 },      /* UTF-16, as some editors save text */
		{ "\xC0\x80", 2, 0xC0, 0, 1 },         /* overlong */
		{ "\xE0\x80\x80", 3, 0xE0, 0, 1 },     /* overlong */
		{ "\xC2\x9B", 2, 0xC2, 0, 1 },         /* control character U+009B */
		{ "\xED\xA0\x80", 3, 0xED, 0, 1 },     /* surrogate */
		{ "\xF4\x90\x80\x80", 4, 0xF4, 0, 1 }, /* above U+10FFFF */
		{ "\xE2\x82", 2, 0xE2, 0, 1 },         /* ends within a character */
		{ "\xE2\x82z", 3, 0xE2, 0, 1 },
		{ "\x80", 1, 0x80, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char want[128];

		assert_int_equal(parse_bytes(rows[i].bytes, rows[i].length), E_INVALID);
		assert_int_equal(report.count, 1);
		snprintf(want, sizeof(want),
			 "muntin.conf:%u: not a text file: byte 0x%02X at offset %u: save it as "
			 "plain text (UTF-8)",
			 rows[i].line, rows[i].byte, rows[i].offset);
		assert_string_equal(report.lines[0], want);
	}
}

static void file_over_64_kib_gets_one_message(void **state)
{
	(void)state;
	memset(big, '#', sizeof(big));
	memcpy(big, GOOD_GUEST, sizeof(GOOD_GUEST) - 1);
	assert_int_equal(parse_bytes(big, CONFIG_FILE_BYTES_MAX), OK);
	assert_int_equal(parse_bytes(big, CONFIG_FILE_BYTES_MAX + 1), E_INVALID);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.lines[0], "muntin.conf: the file has 65537 bytes: write at most "
					     "65536 (64 KiB); is it the right file?");
}

static void message_quotes_a_long_or_foreign_text_safely(void **state)
{
	char line[256];

	(void)state;
	snprintf(line, sizeof(line), "k\xC3\xA4%0200d = 1", 0);
	refuses_key(line, "unknown key \"k??00000000000000000000000000000000000000000...\"");
}

static void cmdline_may_be_utf8(void **state)
{
	(void)state;
	assert_string_equal(guest_with("cmdline = \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")->cmdline,
			    "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_line_ends_and_byte_order_mark_are_taken),
		cmocka_unit_test(comments_and_blanks_are_skipped),
		cmocka_unit_test(hash_inside_a_word_or_quotes_is_no_comment),
		cmocka_unit_test(quotes_keep_blanks_and_escapes),
		cmocka_unit_test(quotes_must_be_whole),
		cmocka_unit_test(tab_inside_a_value_is_refused),
		cmocka_unit_test(empty_value_is_refused),
		cmocka_unit_test(line_without_equals_sign_is_refused),
		cmocka_unit_test(junk_gets_one_message),
		cmocka_unit_test(file_over_64_kib_gets_one_message),
		cmocka_unit_test(message_quotes_a_long_or_foreign_text_safely),
		cmocka_unit_test(cmdline_may_be_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
