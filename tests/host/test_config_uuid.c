/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_uuid.c: the UUID of a guest, written or made of its name. */
#include "tests/host/config_reading.h"

#define GUEST(name, cpu) "[guest " name "]\ncpus = " cpu "\nmemory = 64M\nkernel = /k\n"
#define UUID_BYTES_OF_TEXT                                                                         \
	{                                                                                          \
		0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0x4C, 0xDE, 0x8F, 0x01, 0x23, 0x45, 0x67,      \
			0x89, 0xAB, 0xCD                                                           \
	}

static void refuses_uuid(const char *uuid, const char *what)
{
	char text[256];
	char message[REPORT_LINE_BYTES];

	snprintf(text, sizeof(text), GUEST("a", "1") "uuid = %s\n", uuid);
	snprintf(message, sizeof(message),
		 "muntin.conf:5: uuid = %s: %s: write hexadecimal digits, such as "
		 "12345678-9abc-4def-8123-456789abcdef",
		 uuid, what);
	refuses_with(text, message);
}

static void uuid_is_read_in_the_order_it_is_written(void **state)
{
	const uint8_t wanted[] = UUID_BYTES_OF_TEXT;

	(void)state;
	takes(GUEST("a", "1") "uuid = 01234567-89ab-4cde-8f01-23456789abcd\n");
	assert_memory_equal(config.guests[0].uuid, wanted, sizeof(wanted));
	takes(GUEST("a", "1") "uuid = \"01234567-89AB-4CDE-8F01-23456789ABCD\"\n");
	assert_memory_equal(config.guests[0].uuid, wanted, sizeof(wanted));
}

static void what_is_no_uuid_is_refused(void **state)
{
	(void)state;
	refuses_uuid("1234", "not a UUID");
	refuses_uuid("01234567-89ab-4cde-8f01-23456789abc", "not a UUID");
	refuses_uuid("01234567-89ab-4cde-8f01-23456789abcde", "not a UUID");
	refuses_uuid("01234567-89ab-4cde-8f01-23456789abcg", "not a UUID");
	refuses_uuid("01234567-89ab-4cde-8f01-2345-789abcd", "not a UUID");
	refuses_uuid("0123456789ab-4cde-8f01-23456789abcd0", "not a UUID");
	refuses_uuid("01234567 89ab-4cde-8f01-23456789abcd", "not a UUID");
	refuses_uuid("01234567-89ab-4cde-8f01-23456789ab@D", "not a UUID");
}

/* DSP0134, "System - UUID": all ones, none is there; all zeros, none is set. */
static void values_that_mean_none_are_refused(void **state)
{
	(void)state;
	refuses_uuid("00000000-0000-0000-0000-000000000000", "that stands for no UUID");
	refuses_uuid("ffffffff-ffff-ffff-ffff-ffffffffffff", "that stands for no UUID");
	takes(GUEST("a", "1") "uuid = 00000000-0000-0000-0000-000000000001\n");
	takes(GUEST("a", "1") "uuid = 11111111-1111-1111-1111-111111111111\n");
}

/*
 * RFC 9562, "Example of a UUIDv8 Value (Name-Based)", with the name space d1d12043-0f02-4bd5-a3e4-89576f618b52.
 * Python says the same: hashlib.sha256(name_space + b"linux").
 */
static void guest_without_one_gets_that_of_its_name(void **state)
{
	const uint8_t of_linux[] = { 0xAC, 0x32, 0x83, 0xC1, 0x18, 0x94, 0x82, 0xFE,
				     0x97, 0x46, 0x22, 0xC0, 0x84, 0x07, 0xD8, 0x96 };

	(void)state;
	takes(GUEST("linux", "1") GUEST("a", "2"));
	assert_memory_equal(config.guests[0].uuid, of_linux, sizeof(of_linux));
	assert_memory_not_equal(config.guests[1].uuid, of_linux, sizeof(of_linux));
	assert_int_equal(config.guests[1].uuid[6] >> 4, 8);
	assert_int_equal(config.guests[1].uuid[8] >> 6, 2);
}

static void two_guests_with_one_uuid_are_refused(void **state)
{
	(void)state;
	/* That of the other one's name, whichever of them comes first. */
	refuses_with(
		GUEST("linux", "1") GUEST("b", "2") "uuid = ac3283c1-1894-82fe-9746-22c08407d896\n",
		"muntin.conf:9: guests \"linux\" and \"b\" have the same uuid: write another one");
	refuses_with(
		GUEST("b", "1") "uuid = ac3283c1-1894-82fe-9746-22c08407d896\n" GUEST("linux", "2"),
		"muntin.conf:5: guests \"b\" and \"linux\" have the same uuid: write another one");
}

/* The name is reported, and that is enough. */
static void two_guests_with_one_name_are_one_complaint(void **state)
{
	(void)state;
	assert_int_equal(parse(GUEST("a", "1") GUEST("a", "2")), E_INVALID);
	assert_int_equal(report.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uuid_is_read_in_the_order_it_is_written),
		cmocka_unit_test(what_is_no_uuid_is_refused),
		cmocka_unit_test(values_that_mean_none_are_refused),
		cmocka_unit_test(guest_without_one_gets_that_of_its_name),
		cmocka_unit_test(two_guests_with_one_uuid_are_refused),
		cmocka_unit_test(two_guests_with_one_name_are_one_complaint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
