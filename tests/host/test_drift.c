/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_drift.c: an hour of each timer of a guest's board, polled late and looked at in between: exactly as many
 * interrupts as fit into the hour, and the last one where the first one's pace says.
 */
#include "tests/host/board.h"

#define HOUR (3600 * SECOND)

static uint32_t seed;

/* Below @limit. */
static uint64_t some(uint64_t limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

static int setup(void **state)
{
	seed = 7;
	board_setup(state);
	with_hpet = true;
	reset_at(0);
	return 0;
}

/* What the guest does at each interrupt, and now and then. */
struct guest {
	void (*serve)(uint64_t now);
	void (*look)(uint64_t now);
};

static void nothing(uint64_t now)
{
	(void)now;
}

/*
 * As the monitor's processor does: polls when asked to, up to @late_ns later. Return: interrupts up to @until; the
 * time the last one was due is in @last_due.
 */
static unsigned run(const struct guest *guest, uint64_t until, uint64_t late_ns, uint64_t *last_due)
{
	uint64_t due = vplatform_poll(&platform, 0);
	unsigned served = 0;

	while (due <= until) {
		uint64_t now = min_u64(due + some(late_ns), until);

		vplatform_poll(&platform, now);
		if (message_count != served) {
			*last_due = due;
			served = message_count;
			guest->serve(now);
		}
		if (some(4) == 0) {
			guest->look(now);
		}
		due = vplatform_poll(&platform, now);
	}
	return served;
}

static void load_pit(uint8_t control, uint16_t count)
{
	out(0x43, 1, control);
	out(0x40, 1, (uint8_t)count);
	out(0x40, 1, count >> 8);
}

static void look_at_pit(uint64_t now)
{
	out_at(0x43, 1, 0, now);
	in_at(0x40, 1, now);
	in_at(0x40, 1, now);
	in_at(0x61, 1, now);
}

/* Loaded one tick after the write of its count; each cycle after that is one interrupt. */
static void hour_of_pit(uint8_t control, uint16_t count)
{
	uint64_t last_due = 0;
	uint64_t cycle = count == 0 ? 65536 : count;
	uint64_t expected = (HOUR / SECOND * VPIT_HZ - 1) / cycle;

	reset_at(0);
	load_pit(control, count);
	route(2, 0x32);
	unsigned served = run(&(struct guest){ nothing, look_at_pit }, HOUR,
			      cycle * SECOND / VPIT_HZ * 2 / 5, &last_due);

	assert_int_equal(served, expected);
	uint64_t tick = 1 + expected * cycle;

	assert_int_equal(last_due, tick / VPIT_HZ * SECOND +
					   (tick % VPIT_HZ * SECOND + VPIT_HZ - 1) / VPIT_HZ);
}

static void pit_keeps_its_pace(void **state)
{
	(void)state;
	hour_of_pit(0x34, 1193);
	hour_of_pit(0x34, 11932);
	hour_of_pit(0x34, 4773);
	hour_of_pit(0x36, 59659);
	hour_of_pit(0x36, 0);
}

static void read_c(uint64_t now)
{
	out_at(0x70, 1, 0x0C, now);
	in_at(0x71, 1, now);
}

static void look_at_clock(uint64_t now)
{
	out_at(0x70, 1, 0, now);
	in_at(0x71, 1, now);
	out_at(0x70, 1, 0x0A, now);
	in_at(0x71, 1, now);
}

static unsigned hour_of_rtc(uint8_t reg_a, uint8_t reg_b, uint64_t late_ns)
{
	uint64_t last_due = 0;

	reset_at(0);
	out(0x70, 1, 0x0A);
	out(0x71, 1, reg_a);
	out(0x70, 1, 0x0B);
	out(0x71, 1, reg_b);
	route(8, 0x38);
	unsigned served = run(&(struct guest){ read_c, look_at_clock }, HOUR, late_ns, &last_due);

	assert_int_equal(last_due, HOUR);
	return served;
}

static void rtc_keeps_its_pace(void **state)
{
	(void)state;
	assert_int_equal(hour_of_rtc(0x26, 0x42, 400000), 3600 * 1024);
	assert_int_equal(hour_of_rtc(0x2F, 0x42, 200000000), 3600 * 2);
	assert_int_equal(hour_of_rtc(0x26, 0x12, 400000000), 3600); /* update interrupts */
}

/* The alarm bytes' own idea of a minute: each at 30 seconds. */
static void alarm_keeps_its_pace(void **state)
{
	(void)state;
	uint64_t last_due = 0;
	static const uint8_t bytes[][2] = { { 1, 0x30 }, { 3, 0xFF }, { 5, 0xC0 }, { 0xB, 0x22 } };

	for (size_t i = 0; i < ARRAY_COUNT(bytes); i++) {
		out(0x70, 1, bytes[i][0]);
		out(0x71, 1, bytes[i][1]);
	}
	route(8, 0x38);
	assert_int_equal(
		run(&(struct guest){ read_c, look_at_clock }, HOUR, 10 * SECOND, &last_due), 60);
}

enum { HPET = 0xFED00000 };

static void look_at_hpet(uint64_t now)
{
	load_at(HPET + 0xF0, 8, now);
	load_at(HPET + 0x108, 8, now);
	load_at(HPET + 0x20, 4, now);
}

static void clear_status(uint64_t now)
{
	store_at(HPET + 0x20, 4, 7, now);
	store_at(0xFEC00040, 4, 0x32, now);
}

static void hour_of_hpet(uint32_t period, uint32_t config, void (*serve)(uint64_t now))
{
	uint64_t last_due = 0;

	reset_at(0);
	route(2, 0x32 | (config & 2 ? 1 << 15 : 0));
	store(HPET + 0x100, 8, 0x4C | config); /* VAL_SET, periodic, enabled */
	store(HPET + 0x108, 8, period);
	store(HPET + 0x108, 8, period);
	store(HPET + 0x10, 8, 3);
	unsigned served = run(&(struct guest){ serve, look_at_hpet }, HOUR, period * 40, &last_due);

	assert_int_equal(served, HOUR / 100 / period);
	assert_int_equal(last_due, HOUR / 100 / period * period * 100);
}

/* Also over the wrap of its lower 32 bits, every 429 seconds. */
static void hpet_keeps_its_pace(void **state)
{
	(void)state;
	hour_of_hpet(12347, 0, nothing);
	hour_of_hpet(12347, 0x100, nothing);
	hour_of_hpet(99991, 0x100 | 2, clear_status);
}

static void clear_timer_status(uint64_t now)
{
	out_at(0x600, 2, 1, now);
}

/* TMR_STS at each change of bit 31, 599.9 seconds apart. */
static void pm_timer_keeps_its_pace(void **state)
{
	(void)state;
	uint64_t last_due = 0;

	route(9, 0x39);
	out(0x602, 2, 1);
	assert_int_equal(
		run(&(struct guest){ clear_timer_status, nothing }, HOUR, SECOND, &last_due),
		HOUR / SECOND * VPM_TIMER_HZ >> 31);
	assert_int_equal(in_at(0x608, 4, HOUR), (uint32_t)(UINT64_C(3600) * VPM_TIMER_HZ));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(pit_keeps_its_pace),  T(rtc_keeps_its_pace),      T(alarm_keeps_its_pace),
		T(hpet_keeps_its_pace), T(pm_timer_keeps_its_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
