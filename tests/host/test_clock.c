/* SPDX-License-Identifier: Apache-2.0 */
/* test_clock.c: from ticks to time. The time-stamp counter is the test machine's own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/cpu/insn.h"
/* Not linked in: it reads a counter, so it is no part of the library of pure sources. */
#include "kernel/clock.c"

static uint64_t exact_ns(uint64_t ticks, uint64_t hz)
{
	return (uint64_t)((unsigned __int128)ticks * NS_PER_SECOND / hz);
}

/* With a counter of @hz that has run for @ticks, the time is between those before and after. */
static void assert_time(uint64_t hz, uint64_t ticks)
{
	uint64_t zero = rdtsc() - ticks;
	/* The factor has 32 bits behind the point; what is cut off it is lost with every tick. */
	uint64_t cut = (ticks >> NS_SHIFT) + 2;

	clock_init(hz, zero);
	uint64_t before = exact_ns(rdtsc() - zero, hz);
	uint64_t ns = clock_ns();
	uint64_t after = exact_ns(rdtsc() - zero, hz);

	assert_in_range(ns, before > cut ? before - cut : 0, after);
}

static void clock_starts_at_its_zero(void **unused)
{
	(void)unused;
	assert_time(3000000000, 0);
}

static void second_of_ticks_is_a_second(void **unused)
{
	static const uint64_t speeds[] = { 20000000, 999999999, 1000000000, 2399999999,
					   5000000000 };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(speeds); i++) {
		assert_time(speeds[i], speeds[i]);
	}
}

/* A machine that runs for 40 years: the product of ticks and factor has more than 64 bits. */
static void clock_does_not_overflow_in_the_life_of_a_machine(void **unused)
{
	(void)unused;
	assert_time(3000000000, (uint64_t)1 << 62);
	assert_time(20000000, (uint64_t)1 << 54);
}

/* 1 ns in a second is 86 us a day: the factor must not be coarser. */
static void clock_loses_less_than_a_nanosecond_in_a_second(void **unused)
{
	(void)unused;
	for (uint64_t hz = 20000000; hz < 6000000000; hz += 123456789) {
		clock_init(hz, 0);
		uint64_t second =
			(uint64_t)((unsigned __int128)hz * the_clock.ns_per_tick >> NS_SHIFT);

		assert_in_range(second, NS_PER_SECOND - 2, NS_PER_SECOND);
	}
}

static void clock_never_goes_back(void **unused)
{
	(void)unused;
	clock_init(2400000000, rdtsc());
	for (uint64_t before = 0, i = 0; i < 10000; i++) {
		uint64_t now = clock_ns();

		assert_true(now >= before);
		before = now;
	}
}

static void microseconds_are_thousands_of_nanoseconds(void **unused)
{
	(void)unused;
	clock_init(1000000000, rdtsc() - 7000000000);
	uint64_t before = clock_ns();
	uint64_t us = clock_us();
	uint64_t after = clock_ns();

	assert_in_range(us, before / 1000, after / 1000);
}

static void speed_is_what_was_given(void **unused)
{
	(void)unused;
	clock_init(2394375000, 5);
	assert_int_equal(clock_hz(), 2394375000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_starts_at_its_zero),
		cmocka_unit_test(second_of_ticks_is_a_second),
		cmocka_unit_test(clock_does_not_overflow_in_the_life_of_a_machine),
		cmocka_unit_test(clock_loses_less_than_a_nanosecond_in_a_second),
		cmocka_unit_test(clock_never_goes_back),
		cmocka_unit_test(microseconds_are_thousands_of_nanoseconds),
		cmocka_unit_test(speed_is_what_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
