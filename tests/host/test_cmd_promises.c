/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_promises.c: how checks of the live structures are shown. */
#include "kernel/selftest.h"
#include "tests/host/command_shown.h"

extern const struct command_group command_group_promises;

/* Three checks of three pieces each. */
enum { CHECKS = 3, PIECES = 3 };

static const uint32_t promises[CHECKS] = { 3, 4, 4 };
static const char *const names[CHECKS] = { "no exits", "no holes", "nothing shared" };
static uint64_t broken; /* a bit for each check */
static uint64_t blind;  /* likewise: it looks at nothing */

uint32_t selftest_count(void)
{
	return CHECKS;
}

uint32_t selftest_promise(uint64_t row)
{
	return promises[row];
}

const char *selftest_name(uint64_t row)
{
	return names[row];
}

bool selftest_step(struct selftest *test)
{
	test->seen += (blind >> test->row & 1) != 0 ? 0 : 5;
	if ((broken >> test->row & 1) != 0) {
		test->wrong++;
		test->first = 0xBAD;
	}
	return ++test->part == PIECES;
}

bool selftest_holds(const struct selftest *test)
{
	return test->wrong == 0 && test->seen > 0;
}

static enum command_status run(const char *words, bool json)
{
	return run_row(&command_group_promises, words, json);
}

static int setup(void **state)
{
	(void)state;
	broken = 0;
	blind = 0;
	return 0;
}

static void checks_that_hold_are_ok(void **state)
{
	(void)state;
	assert_int_equal(run("selftest", false), COMMAND_OK);
	assert_string_equal(shown, "checks:\r\n"
				   "promise result looked_at check\r\n"
				   "      3 ok            15 no exits\r\n"
				   "      4 ok            15 no holes\r\n"
				   "      4 ok            15 nothing shared\r\n"
				   "selftest: ok\r\n");
}

static void each_piece_is_a_step(void **state)
{
	(void)state;
	run("selftest", false);
	assert_true(steps >= CHECKS * PIECES);
}

static void one_that_fails_says_where_and_fails_the_command(void **state)
{
	(void)state;
	broken = 2;
	assert_int_equal(run("selftest", false), COMMAND_FAILED);
	assert_non_null(strstr(shown, "FAILED        15 no holes: 3 wrong, first at 0xbad\r\n"));
	assert_non_null(strstr(shown, "\r\nselftest: 1 checks failed\r\n"));
}

static void one_that_looked_at_nothing_fails(void **state)
{
	(void)state;
	blind = 4;
	assert_int_equal(run("selftest", false), COMMAND_FAILED);
	assert_non_null(strstr(shown, "FAILED         0 nothing shared\r\n"));
}

static void programs_get_the_number_of_failures(void **state)
{
	(void)state;
	broken = 5;
	assert_int_equal(run("selftest", true), COMMAND_FAILED);
	assert_non_null(strstr(shown, "\"failed\": 2}"));
	assert_non_null(strstr(shown, "\"result\": \"FAILED\""));
}

static void promise_holds_while_all_its_checks_do(void **state)
{
	(void)state;
	assert_int_equal(run("promises", false), COMMAND_OK);
	assert_non_null(strstr(shown, "      1 tests only      0      0 one file to sign"));
	assert_non_null(strstr(shown, "      3 holds           1      0 exitless steady state"));
	assert_non_null(strstr(shown, "      4 holds           2      0 guest fault"));
	assert_non_null(strstr(shown, "      8 tests only      0      0 the full monitor"));
	broken = 4;
	assert_int_equal(run("promises", false), COMMAND_FAILED);
	assert_non_null(strstr(shown, "      3 holds           1      0"));
	assert_non_null(strstr(shown, "      4 BROKEN          2      1"));
	assert_non_null(strstr(shown, "      5 tests only      0      0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(checks_that_hold_are_ok, setup),
		cmocka_unit_test_setup(each_piece_is_a_step, setup),
		cmocka_unit_test_setup(one_that_fails_says_where_and_fails_the_command, setup),
		cmocka_unit_test_setup(one_that_looked_at_nothing_fails, setup),
		cmocka_unit_test_setup(programs_get_the_number_of_failures, setup),
		cmocka_unit_test_setup(promise_holds_while_all_its_checks_do, setup),
	};
	return cmocka_run_group_tests_name("cmd_promises", tests, NULL, NULL);
}
