/* SPDX-License-Identifier: Apache-2.0 */
/* test_vhpet.c: a guest's HPET against the IA-PC HPET Specification 1.0a; section titles stand above each test. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/vdev/vhpet.h"

#define MS UINT64_C(1000000)

enum {
	CAPABILITIES = 0x000,
	CONFIGURATION = 0x010,
	STATUS = 0x020,
	COUNTER = 0x0F0,

	ENABLE = 1,
	LEGACY = 2,

	LEVEL = 1 << 1,
	INTERRUPT = 1 << 2,
	PERIODIC = 1 << 3,
	VAL_SET = 1 << 6,
	MODE_32 = 1 << 8,
	PIN_20 = 20 << 9,
	PIN_21 = 21 << 9,
};

static struct vhpet hpet;
static bool levels[32];
static unsigned rises[32];

static void wire(void *context, unsigned gsi, bool level)
{
	assert_ptr_equal(context, &hpet);
	assert_true(levels[gsi] != level);
	rises[gsi] += level;
	levels[gsi] = level;
}

static int setup(void **state)
{
	(void)state;
	memset(levels, 0, sizeof(levels));
	memset(rises, 0, sizeof(rises));
	vhpet_init(&hpet, (struct irq_line){ wire, &hpet, 0 });
	return 0;
}

static uint32_t config_of(unsigned timer)
{
	return 0x100 + timer * 0x20;
}

static uint32_t comparator_of(unsigned timer)
{
	return config_of(timer) + 8;
}

static uint64_t get(uint32_t offset, uint64_t now)
{
	return vhpet_read(&hpet, offset, 8, now);
}

static void set(uint32_t offset, uint64_t value, uint64_t now)
{
	vhpet_write(&hpet, offset, 8, value, now);
}

/* As who polls does: whenever asked for. Return: when to poll next. */
static uint64_t run(uint64_t from, uint64_t until)
{
	uint64_t next = vhpet_poll(&hpet, from);

	while (next <= until) {
		uint64_t now = next;

		next = vhpet_poll(&hpet, now);
		assert_true(next > now);
	}
	return next;
}

/* "General Capabilities and ID Register": at most 05F5E100H femtoseconds, revision not 0. */
static void capabilities_tell_three_timers_of_64_bits_and_100_ns(void **state)
{
	(void)state;
	assert_int_equal(get(CAPABILITIES, 0), 0x05F5E1008086A201);
	assert_int_equal(vhpet_read(&hpet, CAPABILITIES + 4, 4, 0), 100000000);
	set(CAPABILITIES, 0, 0);
	assert_int_equal(get(CAPABILITIES, 0), 0x05F5E1008086A201);
}

/* "Main Counter Value Register", "ENABLE_CNF". */
static void counter_runs_while_enabled_and_goes_on_where_it_stood(void **state)
{
	(void)state;
	assert_int_equal(get(COUNTER, 5 * MS), 0);
	set(CONFIGURATION, ENABLE, 5 * MS);
	assert_int_equal(get(COUNTER, 5 * MS + 99), 0);
	assert_int_equal(get(COUNTER, 5 * MS + 100), 1);
	assert_int_equal(get(COUNTER, 6 * MS), 10000);
	set(CONFIGURATION, 0, 7 * MS);
	assert_int_equal(get(COUNTER, 9 * MS), 20000);
	set(CONFIGURATION, ENABLE, 9 * MS);
	assert_int_equal(get(COUNTER, 10 * MS), 30000);
}

static void counter_is_set_by_halves_and_wraps(void **state)
{
	(void)state;
	vhpet_write(&hpet, COUNTER, 4, 0xFFFFFFFF, 0);
	vhpet_write(&hpet, COUNTER + 4, 4, 0xFFFFFFFF, 0);
	assert_int_equal(get(COUNTER, 0), UINT64_MAX);
	set(CONFIGURATION, ENABLE, 1 * MS);
	assert_int_equal(get(COUNTER, 1 * MS + 200), 1);
	assert_int_equal(vhpet_read(&hpet, COUNTER, 4, 1 * MS + 300), 2);
	assert_int_equal(vhpet_read(&hpet, COUNTER + 4, 4, 1 * MS + 300), 0);
}

/* "Timer N Configuration and Capabilities Register". */
static void timer_configuration_keeps_what_is_offered(void **state)
{
	(void)state;
	assert_int_equal(get(config_of(0), 0), 0x00F0000000000030);
	set(config_of(0), UINT64_MAX, 0);
	/* Route 31, message interrupts and their capability are not offered. */
	assert_int_equal(get(config_of(0), 0), 0x00F000000000017E);
	set(config_of(0), PIN_21, 0);
	assert_int_equal(get(config_of(0), 0), 0x00F0000000000030 | PIN_21);
	set(config_of(0), 5 << 9, 0);
	assert_int_equal(get(config_of(0), 0), 0x00F0000000000030 | PIN_21);
	assert_int_equal(get(comparator_of(0), 0), 0xFFFFFFFF);
	assert_int_equal(get(comparator_of(1), 0), UINT64_MAX);
	assert_int_equal(get(config_of(0) + 0x10, 0), 0);
	assert_int_equal(get(config_of(3), 0), 0);
}

/* "Register Overview": aligned accesses of 32 or 64 bits. */
static void odd_accesses_do_nothing(void **state)
{
	(void)state;
	vhpet_write(&hpet, CONFIGURATION, 1, ENABLE, 0);
	vhpet_write(&hpet, CONFIGURATION, 2, ENABLE, 0);
	vhpet_write(&hpet, CONFIGURATION - 4, 8, (uint64_t)ENABLE << 32, 0);
	vhpet_write(&hpet, CONFIGURATION - 2, 4, ENABLE << 16, 0);
	assert_int_equal(get(CONFIGURATION, 0), 0);
	vhpet_write(&hpet, COUNTER + 2, 4, 0xFFFF, 0);
	vhpet_write(&hpet, COUNTER + 4, 8, 0xFFFF, 0);
	assert_int_equal(get(COUNTER, 0), 0);
	assert_int_equal(vhpet_read(&hpet, 4, 8, 0), UINT64_MAX);
	assert_int_equal(vhpet_read(&hpet, 2, 2, 0), 0x8086);
	assert_int_equal(vhpet_read(&hpet, 1, 2, 0), 0xFFFF);
	assert_int_equal(vhpet_read(&hpet, 3, 1, 0), 0x80);
	assert_int_equal(get(0x008, 0), 0);
	assert_int_equal(get(0xFF8, 0), 0);
}

/* "Timer N Comparator", non-periodic: once when equal; of 64 bits not again in this life. */
static void one_shot_of_64_bits_fires_once(void **state)
{
	(void)state;
	set(config_of(2), INTERRUPT | PIN_20, 0);
	set(comparator_of(2), 10000, 0);
	assert_int_equal(vhpet_poll(&hpet, 0), VDEV_NEVER);
	set(CONFIGURATION, ENABLE, 0);
	assert_int_equal(vhpet_poll(&hpet, 0), 1 * MS);
	vhpet_poll(&hpet, 1 * MS - 1);
	assert_int_equal(rises[20], 0);
	assert_int_equal(vhpet_poll(&hpet, 1 * MS), VDEV_NEVER);
	assert_int_equal(rises[20], 1);
	assert_false(levels[20]);
	vhpet_poll(&hpet, UINT64_C(1) << 62);
	assert_int_equal(rises[20], 1);
}

/* "32-bit Timers": a one-shot timer of 32 bits fires at each time its half of the counter comes by. */
static void one_shot_of_32_bits_fires_again_when_the_counter_wraps(void **state)
{
	(void)state;
	uint64_t turn = (UINT64_C(1) << 32) * VHPET_TICK_NS;

	set(config_of(1), INTERRUPT | PIN_20 | MODE_32, 0);
	set(comparator_of(1), 0x500002710, 0);
	assert_int_equal(get(comparator_of(1), 0), 10000);
	set(CONFIGURATION, ENABLE, 0);
	assert_int_equal(vhpet_poll(&hpet, 0), 1 * MS);
	assert_int_equal(vhpet_poll(&hpet, 1 * MS), turn + 1 * MS);
	vhpet_poll(&hpet, turn + 1 * MS);
	assert_int_equal(rises[20], 2);
}

/* A comparator that equals the counter matches now; one just behind it does not until the counter wraps. */
static void comparator_is_compared_from_the_tick_it_is_written(void **state)
{
	(void)state;
	set(config_of(0), INTERRUPT | PIN_20, 0);
	set(CONFIGURATION, ENABLE, 0);
	set(comparator_of(0), 9999, 1 * MS);
	assert_int_equal(rises[20], 0);
	assert_int_equal(vhpet_poll(&hpet, 2 * MS), VDEV_NEVER);
	set(comparator_of(0), 20000, 2 * MS);
	assert_int_equal(rises[20], 1);
}

/* The counter jumps: what it left out was never equal. */
static void counter_set_beyond_a_comparator_does_not_match(void **state)
{
	(void)state;
	set(config_of(0), INTERRUPT | PIN_20, 0);
	set(comparator_of(0), 10000, 0);
	set(CONFIGURATION, ENABLE, 0);
	set(COUNTER, 10001, 500000);
	assert_int_equal(vhpet_poll(&hpet, 2 * MS), VDEV_NEVER);
	assert_int_equal(rises[20], 0);
	set(COUNTER, 9990, 3 * MS);
	assert_int_equal(vhpet_poll(&hpet, 3 * MS), 3 * MS + 1000);
}

/* "Timer N Comparator Value Register", periodic mode; the sequence of Linux, FreeBSD and others. */
static void periodic_timer_starts_at_its_accumulator_and_adds_its_period(void **state)
{
	(void)state;
	set(CONFIGURATION, ENABLE, 0);
	set(config_of(0), INTERRUPT | PERIODIC | VAL_SET | MODE_32 | PIN_20, 1 * MS);
	vhpet_write(&hpet, comparator_of(0), 4, 15000, 1 * MS);
	vhpet_write(&hpet, comparator_of(0), 4, 30000, 1 * MS);
	assert_int_equal(get(comparator_of(0), 1 * MS), 15000);
	assert_int_equal(get(config_of(0), 1 * MS) & VAL_SET, 0);
	assert_int_equal(vhpet_poll(&hpet, 1 * MS), 1500000);
	assert_int_equal(vhpet_poll(&hpet, 1500000), 4500000);
	assert_int_equal(get(comparator_of(0), 1500000), 45000);
	assert_int_equal(run(1500000, 31 * MS), 31500000);
	assert_int_equal(rises[20], 10);
}

/* VAL_SET_CNF: without it a write to a periodic timer's comparator is its period alone. */
static void period_of_a_running_timer_counts_from_its_next_match(void **state)
{
	(void)state;
	set(CONFIGURATION, ENABLE, 0);
	set(config_of(0), INTERRUPT | PERIODIC | VAL_SET | PIN_20, 0);
	set(comparator_of(0), 10000, 0); /* accumulator and period */
	assert_int_equal(vhpet_poll(&hpet, 0), 1 * MS);
	assert_int_equal(vhpet_poll(&hpet, 1 * MS), 2 * MS);
	set(comparator_of(0), 50000, 1500000);
	assert_int_equal(vhpet_poll(&hpet, 1500000), 2 * MS);
	assert_int_equal(vhpet_poll(&hpet, 2 * MS), 7 * MS);
}

/* "32-bit Timers": the accumulator wraps with the counter's half. */
static void periodic_timer_of_32_bits_keeps_its_pace_over_the_wrap(void **state)
{
	(void)state;
	set(COUNTER, 0xFFFFFF00, 0);
	set(CONFIGURATION, ENABLE, 0);
	set(config_of(0), INTERRUPT | PERIODIC | VAL_SET | MODE_32 | PIN_20, 0);
	vhpet_write(&hpet, comparator_of(0), 4, 0xFFFFFF00 + 200, 0);
	vhpet_write(&hpet, comparator_of(0), 4, 1000, 0);
	assert_int_equal(run(0, 200 * 100 + 10 * 1000 * 100 - 1), 200 * 100 + 10 * 1000 * 100);
	assert_int_equal(rises[20], 10);
}

/* What was missed is one interrupt, and the pace is that of the first match. */
static void late_poll_raises_one_interrupt_and_keeps_the_pace(void **state)
{
	(void)state;
	set(CONFIGURATION, ENABLE, 0);
	set(config_of(0), INTERRUPT | PERIODIC | VAL_SET | PIN_20, 0);
	set(comparator_of(0), 10000, 0);
	assert_int_equal(vhpet_poll(&hpet, 7300000), 8 * MS);
	assert_int_equal(rises[20], 1);
}

static void short_period_is_polled_no_more_often_than_the_shortest_allowed(void **state)
{
	(void)state;
	set(CONFIGURATION, ENABLE, 0);
	set(config_of(0), INTERRUPT | PERIODIC | VAL_SET | PIN_20, 0);
	set(comparator_of(0), 1, 0);
	assert_int_equal(vhpet_poll(&hpet, 0), VHPET_PERIOD_MIN_NS);
	assert_int_equal(vhpet_poll(&hpet, MS), MS + VHPET_PERIOD_MIN_NS);
}

static void period_of_nothing_is_no_endless_loop(void **state)
{
	(void)state;
	set(CONFIGURATION, ENABLE, 0);
	set(config_of(0), INTERRUPT | PERIODIC | VAL_SET | PIN_20, 0);
	set(comparator_of(0), 15000, 1 * MS);
	set(comparator_of(0), 0, 1 * MS);
	assert_int_equal(vhpet_poll(&hpet, 1 * MS), 1500000);
	assert_int_equal(vhpet_poll(&hpet, 2 * MS), VDEV_NEVER);
	assert_int_equal(rises[20], 1);
}

/* "Timer N Interrupt Type", "General Interrupt Status Register": until 1 is written. */
static void level_stays_until_its_status_is_cleared(void **state)
{
	(void)state;
	set(config_of(1), INTERRUPT | LEVEL | PERIODIC | VAL_SET | PIN_21, 0);
	set(comparator_of(1), 10000, 0);
	set(CONFIGURATION, ENABLE, 0);
	assert_int_equal(vhpet_poll(&hpet, 1 * MS), VDEV_NEVER);
	assert_true(levels[21]);
	assert_int_equal(get(STATUS, 1 * MS), 2);
	set(STATUS, 5, 1 * MS);
	assert_true(levels[21]);
	set(STATUS, 2, 1 * MS);
	assert_false(levels[21]);
	assert_int_equal(get(STATUS, 1 * MS), 0);
	assert_int_equal(vhpet_poll(&hpet, 1 * MS), 2 * MS);
}

/* INT_ENB_CNF: without it the timer still sets its status bit; edges set none. */
static void status_is_set_without_the_interrupt_and_only_by_levels(void **state)
{
	(void)state;
	set(config_of(0), LEVEL | PIN_20, 0);
	set(comparator_of(0), 10000, 0);
	set(config_of(1), PIN_21, 0);
	set(comparator_of(1), 10000, 0);
	set(CONFIGURATION, ENABLE, 0);
	assert_int_equal(vhpet_poll(&hpet, 0), VDEV_NEVER);
	assert_int_equal(get(STATUS, 1 * MS), 1);
	assert_int_equal(rises[20] + rises[21], 0);
	set(config_of(0), INTERRUPT | LEVEL | PIN_20, 1 * MS);
	assert_true(levels[20]);
	set(config_of(0), INTERRUPT | PIN_20, 1 * MS);
	assert_false(levels[20]);
	assert_int_equal(get(STATUS, 1 * MS), 0);
}

/* ENABLE_CNF: no interrupts while 0, but the status stays. */
static void disabled_block_holds_its_wires_low_and_keeps_its_status(void **state)
{
	(void)state;
	set(config_of(0), INTERRUPT | LEVEL | PIN_20, 0);
	set(comparator_of(0), 10000, 0);
	set(CONFIGURATION, ENABLE, 0);
	vhpet_poll(&hpet, 1 * MS);
	assert_true(levels[20]);
	set(CONFIGURATION, 0, 2 * MS);
	assert_false(levels[20]);
	assert_int_equal(get(STATUS, 2 * MS), 1);
	assert_int_equal(vhpet_poll(&hpet, 2 * MS), VDEV_NEVER);
}

/* Two timers may share a pin that works by level. */
static void shared_pin_is_high_while_one_of_them_holds_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		set(config_of(i), INTERRUPT | LEVEL | PIN_20, 0);
		set(comparator_of(i), 10000, 0);
	}
	set(CONFIGURATION, ENABLE, 0);
	vhpet_poll(&hpet, 1 * MS);
	set(STATUS, 1, 1 * MS);
	assert_true(levels[20]);
	set(STATUS, 2, 1 * MS);
	assert_false(levels[20]);
	assert_int_equal(rises[20], 1);
}

/* LEG_RT_CNF: timer 0 is IRQ 0 (pin 2), timer 1 is IRQ 8, whatever their routes say; timer 2 keeps its own. */
static void legacy_routes_replace_those_of_the_first_two_timers(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		set(config_of(i), INTERRUPT | PIN_20, 0);
		set(comparator_of(i), 10000, 0);
	}
	assert_false(vhpet_replaces(&hpet, 2));
	set(CONFIGURATION, ENABLE | LEGACY, 0);
	assert_true(vhpet_replaces(&hpet, 2));
	assert_true(vhpet_replaces(&hpet, 8));
	assert_false(vhpet_replaces(&hpet, 4));
	assert_int_equal(get(CONFIGURATION, 0), 3);
	vhpet_poll(&hpet, 1 * MS);
	assert_int_equal(rises[2], 1);
	assert_int_equal(rises[8], 1);
	assert_int_equal(rises[20], 1);
}

/* A legacy route leads to the 8259s, where a request goes away with its input (8259A, "Edge and Level Triggered Modes"). */
static void edge_on_a_legacy_route_stays_up_until_the_next_or_until_it_is_taken_away(void **state)
{
	(void)state;
	set(config_of(0), INTERRUPT | PERIODIC | VAL_SET, 0);
	set(comparator_of(0), 10000, 0);
	set(config_of(2), INTERRUPT | PIN_20, 0);
	set(comparator_of(2), 10000, 0);
	set(CONFIGURATION, ENABLE | LEGACY, 0);
	vhpet_poll(&hpet, 1 * MS);
	assert_true(levels[2]);
	assert_false(levels[20]);
	vhpet_poll(&hpet, 2 * MS);
	assert_true(levels[2]);
	assert_int_equal(rises[2], 2);
	set(CONFIGURATION, ENABLE, 2 * MS);
	assert_false(levels[2]);
	set(CONFIGURATION, ENABLE | LEGACY, 2 * MS);
	assert_false(levels[2]);
	vhpet_poll(&hpet, 3 * MS);
	assert_true(levels[2]);
	set(config_of(0), PERIODIC, 3 * MS); /* not enabled */
	assert_false(levels[2]);
	set(config_of(0), INTERRUPT | PERIODIC, 3 * MS);
	assert_false(levels[2]);
	vhpet_poll(&hpet, 4 * MS);
	assert_true(levels[2]);
	set(CONFIGURATION, LEGACY, 4 * MS);
	assert_false(levels[2]);
	set(CONFIGURATION, ENABLE | LEGACY, 4 * MS);
	assert_false(levels[2]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(capabilities_tell_three_timers_of_64_bits_and_100_ns),
		T(counter_runs_while_enabled_and_goes_on_where_it_stood),
		T(counter_is_set_by_halves_and_wraps),
		T(timer_configuration_keeps_what_is_offered),
		T(odd_accesses_do_nothing),
		T(one_shot_of_64_bits_fires_once),
		T(one_shot_of_32_bits_fires_again_when_the_counter_wraps),
		T(comparator_is_compared_from_the_tick_it_is_written),
		T(counter_set_beyond_a_comparator_does_not_match),
		T(periodic_timer_starts_at_its_accumulator_and_adds_its_period),
		T(period_of_a_running_timer_counts_from_its_next_match),
		T(periodic_timer_of_32_bits_keeps_its_pace_over_the_wrap),
		T(late_poll_raises_one_interrupt_and_keeps_the_pace),
		T(short_period_is_polled_no_more_often_than_the_shortest_allowed),
		T(period_of_nothing_is_no_endless_loop),
		T(level_stays_until_its_status_is_cleared),
		T(status_is_set_without_the_interrupt_and_only_by_levels),
		T(disabled_block_holds_its_wires_low_and_keeps_its_status),
		T(shared_pin_is_high_while_one_of_them_holds_it),
		T(legacy_routes_replace_those_of_the_first_two_timers),
		T(edge_on_a_legacy_route_stays_up_until_the_next_or_until_it_is_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
