/* SPDX-License-Identifier: Apache-2.0 */
/* test_vrtc.c: the real-time clock as its data sheet (MC146818) and Linux see it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "kernel/vdev/vrtc.h"
#include "kernel/vdev/vrtc_date.h"
#include "kernel/vdev/vtick.h"

#define S VTICK_NS_PER_S

enum { A = 0xA, B = 0xB, C = 0xC, D = 0xD, CENTURY = 0x32 };
enum { SET = 0x80, PIE = 0x40, AIE = 0x20, UIE = 0x10, BINARY = 4, H24 = 2 };

/* 2026-03-31 23:59:58 UTC, a Tuesday. */
#define EPOCH INT64_C(1775001598)

static struct vrtc rtc;
static unsigned rises;
static bool level;

static void wire(void *context, unsigned gsi, bool value)
{
	assert_ptr_equal(context, &rtc);
	assert_int_equal(gsi, 8);
	assert_true(value != level);
	level = value;
	rises += value;
}

static int setup(void **state)
{
	(void)state;
	rises = 0;
	level = false;
	vrtc_init(&rtc, EPOCH, (struct irq_line){ wire, &rtc, 8 });
	return 0;
}

static uint8_t get(uint8_t index, uint64_t now)
{
	vrtc_write(&rtc, 0x70, index, now);
	return vrtc_read(&rtc, 0x71, now);
}

static void put(uint8_t index, uint8_t value, uint64_t now)
{
	vrtc_write(&rtc, 0x70, index, now);
	vrtc_write(&rtc, 0x71, value, now);
}

/** assert_time() - century, year, month, day, weekday, hour, minute, second as bytes. */
static void assert_time(const char *expected, uint64_t now)
{
	static const uint8_t order[] = { CENTURY, 9, 8, 7, 6, 4, 2, 0 };

	for (unsigned i = 0; i < sizeof(order); i++) {
		assert_int_equal(get(order[i], now), (uint8_t)expected[i]);
	}
}

static void time_is_base_plus_now_in_bcd(void **state)
{
	(void)state;
	assert_time("\x20\x26\x03\x31\x03\x23\x59\x58", 0);
	assert_time("\x20\x26\x03\x31\x03\x23\x59\x59", 2 * S - 1);
	assert_time("\x20\x26\x04\x01\x04\x00\x00\x00", 2 * S);
}

/* "Register B", DM and 24/12. */
static void binary_and_12_hours_show_the_same_time(void **state)
{
	(void)state;
	put(B, BINARY | H24, 0);
	assert_time("\x14\x1A\x03\x1F\x03\x17\x3B\x3A", 0);
	put(B, BINARY, 0);
	assert_int_equal(get(4, 0), 0x8B);
	put(B, 0, 0);
	assert_int_equal(get(4, 0), 0x91);
	assert_int_equal(get(4, 2 * S), 0x12);           /* midnight is 12 AM */
	assert_int_equal(get(4, (2 + 43200) * S), 0x92); /* noon is 12 PM */
}

static void every_date_agrees_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t t = -62167219200; t < INT64_C(253402300800); t += 86400 * 11 + 3607) {
		struct vrtc_date date = vrtc_date_from_seconds(t);
		time_t c_time = (time_t)t;
		struct tm tm;

		gmtime_r(&c_time, &tm);
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date.weekday, tm.tm_wday + 1);
		assert_int_equal(date.hour, tm.tm_hour);
		assert_int_equal(date.minute, tm.tm_min);
		assert_int_equal(date.second, tm.tm_sec);
		assert_int_equal(vrtc_date_to_seconds(&date), t);
	}
}

static void leap_days_are_where_they_should_be(void **state)
{
	struct vrtc_date date = { 0, 0, 0, 0, 29, 2, 2000 };

	(void)state;
	assert_int_equal(vrtc_date_to_seconds(&date), 951782400);
	date = vrtc_date_from_seconds(951782400 + 86400);
	assert_int_equal(date.month, 3);
	assert_int_equal(date.day, 1);
	date = vrtc_date_from_seconds(INT64_C(4107542400)); /* 2100 is none */
	assert_int_equal(date.month, 3);
	assert_int_equal(date.day, 1);
}

/* "Update Cycle": UIP comes 244 us before the update, and not while SET is 1. */
static void uip_warns_of_the_update(void **state)
{
	(void)state;
	assert_int_equal(get(A, 0), 0x26);
	assert_int_equal(get(A, S - 244001), 0x26);
	assert_int_equal(get(A, S - 244000), 0xA6);
	assert_int_equal(get(A, S - 1), 0xA6);
	assert_int_equal(get(A, S), 0x26);
	put(B, SET | H24, S);
	assert_int_equal(get(A, 2 * S - 1), 0x26);
}

static void set_holds_the_time_and_takes_what_is_written(void **state)
{
	(void)state;
	put(B, SET | H24, 0);
	assert_time("\x20\x26\x03\x31\x03\x23\x59\x58", 9 * S);
	put(CENTURY, 0x19, 9 * S);
	put(9, 0x99, 9 * S);
	put(8, 0x12, 9 * S);
	put(0, 0x59, 9 * S);
	assert_time("\x19\x99\x12\x31\x03\x23\x59\x59", 9 * S);
	put(B, H24, 9 * S + 1);
	assert_time("\x19\x99\x12\x31\x06\x23\x59\x59", 10 * S - 1);
	assert_time("\x20\x00\x01\x01\x07\x00\x00\x00", 10 * S);
}

/* mc146818_set_time() writes with SET and the divider in reset; "Divider Stages": half a second. */
static void leaving_divider_reset_updates_half_a_second_later(void **state)
{
	uint64_t now = 7 * S + 123456789;

	(void)state;
	put(B, SET | H24, now);
	put(A, 0x76, now);
	put(0, 0x10, now);
	put(B, H24, now);
	assert_int_equal(get(0, now + 5 * S), 0x10);
	now += 6 * S;
	put(A, 0x26, now);
	assert_int_equal(get(0, now + S / 2 - 1), 0x10);
	assert_int_equal(get(0, now + S / 2), 0x11);
	assert_int_equal(get(0, now + S * 3 / 2), 0x12);
}

static void writing_one_byte_of_a_running_clock_moves_it(void **state)
{
	(void)state;
	put(4, 0x11, S / 2);
	assert_time("\x20\x26\x03\x31\x03\x11\x59\x58", S / 2);
	assert_int_equal(get(0, S), 0x59);
}

static void update_interrupt_comes_each_second(void **state)
{
	(void)state;
	assert_int_equal(vrtc_poll(&rtc, 0), VDEV_NEVER);
	put(B, UIE | H24, S / 4);
	assert_int_equal(vrtc_poll(&rtc, S / 4), S);
	assert_int_equal(rises, 0);
	assert_int_equal(vrtc_poll(&rtc, S), VDEV_NEVER); /* until C is read */
	assert_int_equal(rises, 1);
	assert_int_equal(get(C, S) & 0xB0, 0x90);
	assert_false(level);
	assert_int_equal(get(C, S), 0);
	assert_int_equal(vrtc_poll(&rtc, S), 2 * S);
	put(B, SET | UIE | H24, S);
	assert_int_equal(get(B, S), SET | H24); /* SET going high clears UIE */
}

/* "Register A", rate selection: 3 is 8192 Hz, 15 is 2 Hz, 1 and 2 are 256 and 128 Hz. */
static void periodic_interrupt_has_the_selected_rate(void **state)
{
	static const struct {
		uint8_t rate;
		uint32_t hz;
	} rates[] = { { 1, 256 }, { 2, 128 }, { 3, 8192 }, { 6, 1024 }, { 15, 2 } };

	(void)state;
	put(B, PIE | H24, 0);
	for (unsigned i = 0; i < ARRAY_COUNT(rates); i++) {
		uint64_t period = (S + rates[i].hz - 1) / rates[i].hz;
		uint64_t now = i * 10 * S;

		put(A, 0x20 | rates[i].rate, now);
		get(C, now);
		assert_int_equal(vrtc_poll(&rtc, now), now + period);
		vrtc_poll(&rtc, now + period - 1);
		assert_false(level);
		vrtc_poll(&rtc, now + period);
		assert_true(level);
	}
	put(A, 0x20, 60 * S);
	get(C, 60 * S);
	assert_int_equal(vrtc_poll(&rtc, 60 * S), VDEV_NEVER);
}

static void periodic_interrupt_does_not_drift(void **state)
{
	uint64_t now = 0;

	(void)state;
	put(B, PIE | H24, 0);
	for (unsigned i = 0; i < 10 * 1024; i++) {
		now = vrtc_poll(&rtc, now);
		vrtc_poll(&rtc, now);
		assert_true(level);
		get(C, now);
	}
	assert_int_equal(now, 10 * S);
}

/* "Alarm Bytes". */
static void alarm_comes_at_its_time_of_day(void **state)
{
	(void)state;
	put(1, 0x05, 0);
	put(3, 0x30, 0);
	put(5, 0x07, 0);
	put(B, AIE | H24, 0);
	assert_int_equal(vrtc_poll(&rtc, 0), (2 + 7 * 3600 + 30 * 60 + 5) * S);
	vrtc_poll(&rtc, (2 + 7 * 3600 + 30 * 60 + 5) * S - 1);
	assert_false(level);
	vrtc_poll(&rtc, (2 + 7 * 3600 + 30 * 60 + 5) * S);
	assert_true(level);
	assert_int_equal(get(C, (2 + 7 * 3600 + 30 * 60 + 5) * S) & 0xA0, 0xA0);
	assert_int_equal(vrtc_poll(&rtc, (2 + 7 * 3600 + 30 * 60 + 5) * S),
			 (86400 + 2 + 7 * 3600 + 30 * 60 + 5) * S);
}

static void alarm_bytes_may_say_any(void **state)
{
	(void)state;
	put(1, 0x00, 0);
	put(3, 0xC0, 0);
	put(5, 0xFF, 0);
	put(B, AIE | H24, 0);
	assert_int_equal(vrtc_poll(&rtc, 0), 2 * S);
	assert_int_equal(vrtc_poll(&rtc, 3 * S), VDEV_NEVER);
	get(C, 3 * S);
	assert_int_equal(vrtc_poll(&rtc, 3 * S), 62 * S);
	put(1, 0x60, 3 * S); /* a second the clock never shows */
	assert_int_equal(vrtc_poll(&rtc, 3 * S), VDEV_NEVER);
}

/* "Register C": flags are set whether or not their interrupt is enabled. */
static void flags_come_without_interrupt_and_raise_it_when_enabled(void **state)
{
	(void)state;
	get(C, 0);
	vrtc_poll(&rtc, 5 * S);
	assert_int_equal(rises, 0);
	put(B, UIE | H24, 5 * S);
	assert_int_equal(rises, 1);
	assert_int_equal(get(C, 5 * S) & 0xD0, 0xD0);
}

static void registers_c_and_d_cannot_be_written(void **state)
{
	(void)state;
	put(C, 0xFF, 0);
	put(D, 0x00, 0);
	assert_int_equal(get(C, 0), 0);
	assert_int_equal(get(D, 0), 0x80);
}

static void cmos_ram_is_storage_and_starts_as_zero(void **state)
{
	(void)state;
	for (unsigned i = 0x0E; i < 128; i++) {
		if (i != CENTURY) {
			assert_int_equal(get((uint8_t)i, 0), 0);
			put((uint8_t)i, (uint8_t)~i, 0);
			assert_int_equal(get((uint8_t)(i | 0x80), 0), (uint8_t)~i);
		}
	}
	assert_int_equal(vrtc_read(&rtc, 0x70, 0), 0xFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(time_is_base_plus_now_in_bcd, setup),
		cmocka_unit_test_setup(binary_and_12_hours_show_the_same_time, setup),
		cmocka_unit_test_setup(every_date_agrees_with_the_c_library, setup),
		cmocka_unit_test_setup(leap_days_are_where_they_should_be, setup),
		cmocka_unit_test_setup(uip_warns_of_the_update, setup),
		cmocka_unit_test_setup(set_holds_the_time_and_takes_what_is_written, setup),
		cmocka_unit_test_setup(leaving_divider_reset_updates_half_a_second_later, setup),
		cmocka_unit_test_setup(writing_one_byte_of_a_running_clock_moves_it, setup),
		cmocka_unit_test_setup(update_interrupt_comes_each_second, setup),
		cmocka_unit_test_setup(periodic_interrupt_has_the_selected_rate, setup),
		cmocka_unit_test_setup(periodic_interrupt_does_not_drift, setup),
		cmocka_unit_test_setup(alarm_comes_at_its_time_of_day, setup),
		cmocka_unit_test_setup(alarm_bytes_may_say_any, setup),
		cmocka_unit_test_setup(flags_come_without_interrupt_and_raise_it_when_enabled,
				       setup),
		cmocka_unit_test_setup(registers_c_and_d_cannot_be_written, setup),
		cmocka_unit_test_setup(cmos_ram_is_storage_and_starts_as_zero, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
