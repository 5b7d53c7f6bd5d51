/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_ept.c: ept walk and ept map. */
#include "tests/host/inspect_guest.h"

static void walk_ends_at_the_page_or_at_nothing(void **state)
{
	(void)state;
	assert_said("ept walk linux 0x1234 --json", "\"mapped\": true, \"hpa\": \"0x8234\"");
	assert_said("ept walk linux 0x200000 --json",
		    "\"is\": \"not present\"}], \"mapped\": false}");
	assert_refused("ept walk linux 0x1000000000000", COMMAND_USAGE, "guest-physical address");
	assert_refused("ept walk linux -1", COMMAND_USAGE, "unknown option");
	assert_int_equal(questions, 0);
}

static void map_shows_runs(void **state)
{
	(void)state;
	assert_said("ept map linux --json",
		    "{\"gpa\": \"0x0\", \"gpa_last\": \"0x1fff\", \"hpa\": \"0x7000\", \"bytes\": "
		    "8192, "
		    "\"access\": \"rwx\", \"type\": \"WB\", \"page_bytes\": 4096}");
}

static void map_with_many_runs_takes_several_steps(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		struct ept_range range = { gpa(0x10000 + i * 0x1000), hpa(0x1000000 - i * 0x1000),
					   PAGE_SIZE, EPT_READ, MEMORY_TYPE_UC };
		assert_int_equal(ept_map(&guest.ept, &range), OK);
	}
	obey("ept map linux --json");
	assert_non_null(strstr(screen, "\"gpa\": \"0x203000\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(walk_ends_at_the_page_or_at_nothing),
		CASE(map_shows_runs),
		CASE(map_with_many_runs_takes_several_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
