/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_memory_dump.c: guest memory. */
#include "tests/host/inspect_guest.h"

static void memory_is_shown_as_bytes_and_text(void **state)
{
	(void)state;
	memcpy(&ram[0x10], "\x02\xB0\xAD\x1B Muntin \x7F\x80!", 16);
	assert_said(
		"guest memory linux 0x10 18",
		"0x10          02 b0 ad 1b 20 4d 75 6e 74 69 6e 20 7f 80 21 00 .... Muntin ..!.");
	assert_non_null(strstr(screen, "0x20          00 00"));
	assert_said("guest memory linux 0x1fff 1", "0x1fff");
}

static void memory_outside_of_ram_is_refused_with_what_there_is(void **state)
{
	(void)state;
	assert_refused("guest memory linux 0x2000 1", COMMAND_FAILED, "which is: 0x0-0x1fff");
	assert_refused("guest memory linux 0x1fff 2", COMMAND_FAILED, "0x0-0x1fff");
	assert_refused("guest memory linux 0xffffffffffffffff 2", COMMAND_FAILED, "0x0-0x1fff");
	assert_refused("guest memory linux 0 0", COMMAND_USAGE, "length");
	assert_refused("guest memory linux 0 65537", COMMAND_USAGE, "65536");
	assert_refused("guest memory linux xyz", COMMAND_USAGE, "guest-physical address");
}

static void memory_over_two_pieces_of_ram_in_a_row_is_one(void **state)
{
	(void)state;
	plan.ram_count = 2;
	plan.ram[0].bytes = 0x1000;
	plan.ram[1] = (struct plan_ram){ gpa(0x1000), hpa(0x100000), 0x1000 };
	obey("guest memory linux 0xff8 16");
	assert_int_equal(run.status, COMMAND_OK);
	plan.ram[1].gpa = gpa(0x1800);
	assert_refused("guest memory linux 0xff8 16", COMMAND_FAILED, "0x0-0xfff, 0x1800-0x27ff");
	plan.ram_count = 1;
}

static void long_dump_stays_within_its_steps(void **state)
{
	(void)state;
	obey("guest memory linux 0 0x2000");
	obey("guest memory linux 0 0x2000 --json");
	assert_int_equal(run.status, COMMAND_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(memory_is_shown_as_bytes_and_text),
		CASE(memory_outside_of_ram_is_refused_with_what_there_is),
		CASE(memory_over_two_pieces_of_ram_in_a_row_is_one),
		CASE(long_dump_stays_within_its_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
