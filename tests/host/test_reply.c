/* SPDX-License-Identifier: Apache-2.0 */
/* test_reply.c: tests of the framing for programs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "kernel/lib/types.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/reply.h"

static enum reply_line parse(struct reply *reply, const char *text, const char **command)
{
	*command = text;
	return reply_parse(reply, command);
}

/* "@TAG:CRC COMMAND" as a program makes it. */
static const char *request(const char *tag, const char *command)
{
	static char line[256];
	char text[256];
	int length = snprintf(text, sizeof(text), "%s %s", tag, command);

	snprintf(line, sizeof(line), "@%s:%08x %s", tag, crc32(0, text, (size_t)length), command);
	return line;
}

/* IEEE 802.3, "Frame check sequence"; the check value that every catalogue of CRCs gives. */
static void checksum_of_nine_digits_is_the_known_one(void **state)
{
	(void)state;
	assert_int_equal(crc32(0, "123456789", 9), 0xCBF43926);
	assert_int_equal(crc32(crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
}

static void line_without_tag_is_for_a_person(void **state)
{
	struct reply reply = { 0 };
	const char *command;

	(void)state;
	assert_int_equal(parse(&reply, "guest list", &command), REPLY_PLAIN);
	assert_string_equal(command, "guest list");
}

static void tagged_line_is_obeyed_with_or_without_a_checksum(void **state)
{
	struct reply reply = { 0 };
	const char *command;

	(void)state;
	assert_int_equal(parse(&reply, "@a.B-9_ guest list", &command), REPLY_TAGGED);
	assert_string_equal(command, "guest list");
	assert_string_equal(reply.tag, "a.B-9_");
	assert_int_equal(parse(&reply, request("one", "guest list"), &command), REPLY_TAGGED);
	assert_string_equal(command, "guest list");
}

/* What stands behind a damaged tag is at best a command that does not exist, such as the checksum. */
static void assert_does_not_run(const char *line)
{
	struct reply reply = { 0 };
	const char *command;
	enum reply_line found = parse(&reply, line, &command);

	assert_true(found != REPLY_REPEATED && found != REPLY_PLAIN);
	assert_true(found != REPLY_TAGGED || strncmp(command, "guest", 5) != 0);
}

/* Whatever one byte of it becomes, and whichever byte is lost. */
static void line_with_one_damaged_byte_does_not_run_its_command(void **state)
{
	char line[256];

	(void)state;
	size_t length = strlen(request("abcdefghijkl", "guest reset beat"));
	for (size_t at = 1; at < length; at++) {
		for (unsigned byte = ' '; byte < 0x7F; byte++) {
			strcpy(line, request("abcdefghijkl", "guest reset beat"));
			/* A hexadecimal digit in capitals is the same digit. */
			bool same = (line[at] | 0x20) == (char)(byte | 0x20) && at > 13 && at < 22;
			if (line[at] == (char)byte || same) {
				continue;
			}
			line[at] = (char)byte;
			assert_does_not_run(line);
		}
		strcpy(line, request("abcdefghijkl", "guest reset beat"));
		memmove(&line[at], &line[at + 1], length - at);
		assert_does_not_run(line);
	}
}

static void tag_that_comes_again_is_not_obeyed_again(void **state)
{
	struct reply reply = { 0 };
	const char *command;

	(void)state;
	parse(&reply, "@one guest reset beat", &command);
	reply_done(&reply, COMMAND_FAILED);
	assert_int_equal(parse(&reply, "@one version", &command), REPLY_REPEATED);
	assert_int_equal(reply.last_status, COMMAND_FAILED);
	assert_int_equal(parse(&reply, "@two version", &command), REPLY_TAGGED);
}

/* Or a question that the line damaged would wipe out what became of the command it asks about. */
static void garbled_line_leaves_the_last_tag_and_its_status_alone(void **state)
{
	struct reply reply = { 0 };
	const char *command;

	(void)state;
	parse(&reply, "@one guest reset beat", &command);
	reply_done(&reply, COMMAND_OK);
	assert_int_equal(parse(&reply, "@one:00000000 version", &command), REPLY_GARBLED);
	reply_done(&reply, COMMAND_GARBLED);
	assert_int_equal(parse(&reply, request("one", "version"), &command), REPLY_REPEATED);
	assert_int_equal(reply.last_status, COMMAND_OK);
}

static void checksum_of_an_answer_covers_its_status(void **state)
{
	struct reply reply = { 0 };
	const char *command;

	(void)state;
	parse(&reply, "@one version", &command);
	reply_count(&reply, "Mun", 3);
	reply_count(&reply, "tin\r\n", 5);
	reply_done(&reply, COMMAND_FAILED);
	assert_int_equal(reply.bytes, 8);
	assert_int_equal(reply.crc, crc32(0, "Muntin\r\n1", 9));
}

static void tag_that_is_too_long_or_has_no_end_is_none(void **state)
{
	struct reply reply = { 0 };
	const char *command;

	(void)state;
	assert_int_equal(parse(&reply, "@abcdefghijklmnop version", &command), REPLY_TAGGED);
	assert_int_equal(parse(&reply, "@abcdefghijklmnopq version", &command), REPLY_MALFORMED);
	assert_int_equal(parse(&reply, "@abc", &command), REPLY_MALFORMED);
	assert_int_equal(parse(&reply, "@ version", &command), REPLY_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_of_nine_digits_is_the_known_one),
		cmocka_unit_test(line_without_tag_is_for_a_person),
		cmocka_unit_test(tagged_line_is_obeyed_with_or_without_a_checksum),
		cmocka_unit_test(line_with_one_damaged_byte_does_not_run_its_command),
		cmocka_unit_test(tag_that_comes_again_is_not_obeyed_again),
		cmocka_unit_test(garbled_line_leaves_the_last_tag_and_its_status_alone),
		cmocka_unit_test(checksum_of_an_answer_covers_its_status),
		cmocka_unit_test(tag_that_is_too_long_or_has_no_end_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
