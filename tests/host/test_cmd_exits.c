/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_exits.c: exits and exits reset. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/host/monitor_screen.h"

/* 200 s after the start; rates and shares are of that time. */
static void exits_shows_counts_above_zero_with_their_rate_and_time(void **state)
{
	struct exit_count *exits = LINUX->counts[0].exits;

	(void)state;
	fake_us = 200 * 1000000;
	exits[10] = (struct exit_count){ 1234, 2000000, 5400, 199 * (uint64_t)1000000000 };
	exits[48] = (struct exit_count){ 6, 40000000, 9000000, 1000 };
	exits[EXIT_SLOT_IPI] = (struct exit_count){ 12, 2000000, 1000, 2000 };
	LINUX->counts[0].denied_msrs = 3;
	LINUX->counts[0].denied_ports = 4;
	LINUX->counts[0].denied_addresses = 5;
	type("exits\r");
	assert_shows("\ntime_us            200000000\r\n");
	assert_shows(
		"\nguest    vcpu    total     rate   sum_us  share   ipis denied  over_ms "
		"quiet_ms\r\n"
		"linux       0     1240    6.200    44000  0.022     12     12   200000 1000\r\n"
		"linux       1        0    0.000        0  0.000      0      0   200000 -\r\n"
		"beat        0        0 ");
	assert_shows(
		"\nguest    vcpu reason                     count     rate   sum_us  max_us "
		"share\r\n"
		"linux       0 CPUID                       1234    6.170     2000   5.400 0.001\r\n"
		"linux       0 EPT_VIOLATION                  6    0.030    40000 9000.000 "
		"0.020\r\n"
		"linux       0 IPI                           12    0.060     2000   1.000 0.001\r\n"
		"muntin> ");
}

static void exits_of_one_guest_leaves_the_others_out(void **state)
{
	(void)state;
	LINUX->counts[0].exits[10].count = 1;
	type("exits beat\r");
	assert_shows("beat        0        0 ");
	assert_hides("linux");
	assert_ends_with_prompt();
	type("exits nobody\r");
	assert_shows("no guest is called \"nobody\"");
}

static void exits_reset_counts_anew_and_leaves_the_counters_alone(void **state)
{
	struct exit_count *cpuid = &LINUX->counts[0].exits[10];

	(void)state;
	*cpuid = (struct exit_count){ 1234, 2000000, 5400, 1000 };
	LINUX->counts[0].denied_msrs = 3;
	BEAT->counts[0].exits[30].count = 9;
	fake_us = 200 * 1000000;
	type("exits reset linux\r");
	assert_shows("linux: exits are counted from now on\r\n");
	assert_int_equal(cpuid->count, 1234);
	cpuid->count += 5;
	fake_us += 10 * 1000000;
	type("exits\r");
	assert_shows("linux       0        5    0.500        0  0.000      0      0    10000 ");
	assert_shows("linux       0 CPUID                          5    0.500        0   0.000 "
		     "0.000\r\n");
	assert_shows("beat        0        9 ");
}

/* One step must fit into the ring whatever the counts are, or the oldest lines would be lost. */
static void exits_with_every_reason_loses_no_line(void **state)
{
	(void)state;
	LINUX->name = "a-name-of-31-characters-exactly";
	for (uint32_t i = 0; i < EXIT_SLOT_COUNT; i++) {
		struct exit_count most = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };

		LINUX->counts[0].exits[i] = most;
		LINUX->counts[1].exits[i] = most;
	}
	type("exits\r");
	assert_int_equal(count_shown(" 18446744073709551615 "), 2 * EXIT_SLOT_COUNT + 2);
	assert_int_equal(wire_losses().written, 0);
	type("exits --json\r");
	assert_int_equal(count_shown("\"count\": 18446744073709551615, "), 2 * EXIT_SLOT_COUNT);
	assert_int_equal(wire_losses().written, 0);
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(exits_shows_counts_above_zero_with_their_rate_and_time),
		T(exits_of_one_guest_leaves_the_others_out),
		T(exits_reset_counts_anew_and_leaves_the_counters_alone),
		T(exits_with_every_reason_loses_no_line),
	};

	return cmocka_run_group_tests_name("cmd_exits", tests, NULL, NULL);
}
