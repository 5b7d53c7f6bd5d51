/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_calibration.c: what systems measure their clocks against, at a guest's board, in virtual time: right to 0.1 %.
 *
 * Each measures a clock that is known to be TSC_HZ by a timer of the board, by the rules of one system. Every access
 * to the board costs time, as it does on a machine, and never the same.
 */
#include "tests/host/board.h"

#define TSC_HZ UINT64_C(2099998302)

static uint64_t now;
static uint32_t seed;

static int setup(void **state)
{
	board_setup(state);
	now = 123456789;
	seed = 1;
	return 0;
}

/* From 0.7 to 2.7 microseconds. */
static void pass(void)
{
	seed = seed * 1664525 + 1013904223;
	now += 700 + (seed >> 16) % 2000;
}

static uint64_t tsc(void)
{
	return now / SECOND * TSC_HZ + now % SECOND * TSC_HZ / SECOND;
}

static uint8_t read_port(uint16_t port)
{
	uint8_t value = (uint8_t)in_at(port, 1, now);

	pass();
	return value;
}

static void write_port(uint16_t port, uint8_t value)
{
	out_at(port, 1, value, now);
	pass();
}

static void assert_hz(uint64_t measured, uint64_t expected)
{
	uint64_t off = measured > expected ? measured - expected : expected - measured;

	if (off * 1000 > expected) {
		fail_msg("%lu Hz measured, %lu are right", measured, expected);
	}
}

static uint64_t per_second(uint64_t ticks, uint64_t pit_ticks)
{
	return ticks * VPIT_HZ / pit_ticks;
}

static void gate_2(bool open)
{
	write_port(0x61, (uint8_t)((read_port(0x61) & ~3U) | (open ? 1 : 0)));
}

static void load_counter(unsigned counter, uint8_t control, uint16_t count)
{
	write_port(0x43, control);
	write_port((uint16_t)(0x40 + counter), (uint8_t)count);
	write_port((uint16_t)(0x40 + counter), (uint8_t)(count >> 8));
}

/* Mode 0 at counter 2, until port 0x61 bit 5 says that it is over: Linux' slow way, memtest86+, many boot loaders. */
static void terminal_count_seen_at_port_61_measures(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 11931, 59659, 65535, 29829 };

	for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
		gate_2(true);
		load_counter(2, 0xB0, counts[i]);
		uint64_t start = tsc();

		while ((read_port(0x61) & 0x20) == 0) {
			continue;
		}
		assert_hz(per_second(tsc() - start, counts[i]), TSC_HZ);
	}
}

/* The gate opened behind the load: BSDs and firmware that want an exact start. */
static void gate_opened_last_measures(void **state)
{
	(void)state;
	gate_2(false);
	load_counter(2, 0xB0, 59659);
	now += SECOND / 7;
	gate_2(true);
	uint64_t start = tsc();

	while ((read_port(0x61) & 0x20) == 0) {
		continue;
	}
	assert_hz(per_second(tsc() - start, 59659), TSC_HZ);
}

/* Linux' quick way: how long each value of the upper byte stays, both bytes read. Return: ticks of the TSC. */
static uint64_t wait_for_msb(uint8_t expected)
{
	unsigned count = 0;
	uint64_t before = 0;

	for (;;) {
		read_port(0x42);
		if (read_port(0x42) != expected) {
			break;
		}
		count++;
		before = tsc();
	}
	assert_true(count > 5); /* Linux gives up else */
	return (before + tsc()) / 2;
}

static void upper_bytes_of_a_running_counter_measure(void **state)
{
	(void)state;
	gate_2(true);
	load_counter(2, 0xB0, 0xFFFF);
	read_port(0x42);
	assert_int_equal(read_port(0x42), 0xFF);
	uint64_t first = wait_for_msb(0xFF);
	uint64_t end = first;

	for (unsigned msb = 0xFE; msb > 0xFE - 230; msb--) {
		end = wait_for_msb((uint8_t)msb);
	}
	assert_hz(per_second(end - first, 230 * 256), TSC_HZ);
}

static uint16_t latched(void)
{
	write_port(0x43, 0);
	uint8_t low = read_port(0x40);

	return (uint16_t)(low | read_port(0x40) << 8);
}

/* Latched counts of counter 0, added up modulo its count: the delay loops of NetBSD, OpenBSD and FreeBSD. */
static void delays_by_latched_counts_last_as_long_as_asked(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 11932, 0 };

	for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
		uint32_t cycle = counts[i] == 0 ? 65536 : counts[i];

		load_counter(0, 0x34, counts[i]);
		pass();
		uint64_t start = tsc();
		uint16_t before = latched();
		uint64_t left = VPIT_HZ; /* one second */

		while (left > 0) {
			uint16_t count = latched();
			uint32_t step = (before + (before >= count ? 0 : cycle)) - count;

			left -= min_u64(left, step);
			before = count;
		}
		assert_hz(tsc() - start, TSC_HZ);
	}
}

/* The same in mode 3, which counts by two: drivers that share the timer with a sound. */
static void square_wave_is_as_long_as_its_count(void **state)
{
	(void)state;
	gate_2(true);
	load_counter(2, 0xB6, 11932);
	unsigned rises = 0;
	bool before = true;
	uint64_t start = 0;

	for (;;) {
		bool output = (read_port(0x61) & 0x20) != 0;

		if (output && !before) {
			start = rises == 0 ? tsc() : start;
			if (++rises == 101) {
				break;
			}
		}
		before = output;
	}
	assert_hz(per_second(tsc() - start, 100 * 11932), TSC_HZ);
}

/* The PM timer, 24 bits of it, over 100 ms: Linux, FreeBSD, OVMF. */
static void pm_timer_measures(void **state)
{
	(void)state;
	uint64_t ticks = 0;
	uint32_t before = in_at(0x608, 4, now) & 0xFFFFFF;
	uint64_t start = tsc();

	while (ticks < VPM_TIMER_HZ / 10) {
		pass();
		uint32_t value = in_at(0x608, 4, now) & 0xFFFFFF;

		ticks += (value - before) & 0xFFFFFF;
		before = value;
	}
	assert_hz((tsc() - start) * VPM_TIMER_HZ / ticks, TSC_HZ);
}

static void hpet_measures(void **state)
{
	(void)state;
	with_hpet = true;
	reset_at(now);
	store_at(0xFED00010, 4, 1, now);
	uint32_t first = (uint32_t)load_at(0xFED000F0, 4, now);
	uint64_t start = tsc();
	uint32_t ticks = 0;

	while (ticks < 500000) {
		pass();
		ticks = (uint32_t)load_at(0xFED000F0, 4, now) - first;
	}
	uint64_t femtoseconds = load_at(0xFED00004, 4, now);

	assert_hz((tsc() - start) * (UINT64_C(1000000000000000) / femtoseconds) / ticks, TSC_HZ);
}

/* A second of the real-time clock, from one update to the next: FreeBSD's and firmware's check of the others. */
static void seconds_of_the_clock_measure(void **state)
{
	(void)state;
	uint8_t before;
	uint64_t edges[2];

	write_port(0x70, 0);
	for (unsigned i = 0; i < 2; i++) {
		before = read_port(0x71);
		while (read_port(0x71) == before) {
			continue;
		}
		edges[i] = tsc();
	}
	assert_hz(edges[1] - edges[0], TSC_HZ);
}

/* Port 0x61 bit 4: 66288 changes a second, by which some BIOS code waits. */
static void refresh_toggles_measure(void **state)
{
	(void)state;
	uint64_t start = tsc();
	bool before = (read_port(0x61) & 0x10) != 0;

	for (unsigned changes = 0; changes < 6629;) {
		bool level = (read_port(0x61) & 0x10) != 0;

		changes += level != before;
		before = level;
	}
	assert_hz((tsc() - start) * 10, TSC_HZ);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(terminal_count_seen_at_port_61_measures),
		T(gate_opened_last_measures),
		T(upper_bytes_of_a_running_counter_measure),
		T(delays_by_latched_counts_last_as_long_as_asked),
		T(square_wave_is_as_long_as_its_count),
		T(pm_timer_measures),
		T(hpet_measures),
		T(seconds_of_the_clock_measure),
		T(refresh_toggles_measure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
