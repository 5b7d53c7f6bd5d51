/* SPDX-License-Identifier: Apache-2.0 */
/* vrtc_date.c: seconds since 1970 and the calendar bytes of a real-time clock. */
#include "kernel/vdev/vrtc_date.h"

/*
 * The calendar repeats every 400 years. Years are counted from March here, so that the leap day is
 * the last day of its year and the months before it have the same lengths in every year.
 */
enum {
	SECONDS_PER_DAY = 86400,
	DAYS_PER_YEAR = 365,
	YEARS_PER_CYCLE = 400,
	DAYS_PER_CYCLE = 146097,
	DAYS_PER_CENTURY = 36524, /* all but the last of a cycle, which has one more */
	DAYS_PER_FOUR_YEARS = 1461,
	DAYS_FROM_MARCH_0_TO_1970 = 719468, /* 0000-03-01 to 1970-01-01 */
	CYCLES_OF_THE_CLOCK = 25,           /* 10000 years */
	WEEKDAY_OF_MARCH_0 = 3,             /* 0000-03-01 was a Wednesday; 0 is Sunday */
};

/* Days from 1 March to the first of each month, March first. */
static const uint16_t days_before[] = { 0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337 };

static unsigned clamp(unsigned value, unsigned low, unsigned high)
{
	return value < low ? low : value > high ? high : value;
}

/** days_since_march() - from 0000-03-01 to a date; @year is one that begins in March. */
static int64_t days_since_march(int64_t year, unsigned month, unsigned day)
{
	unsigned place = (month + 9) % 12; /* March is 0 */
	int64_t leap_days = year / 4 - year / 100 + year / YEARS_PER_CYCLE;

	return year * DAYS_PER_YEAR + leap_days + days_before[place] + (int64_t)day - 1;
}

/** split_days() - year, month and day from @days since 0000-03-01, 0 to 10000 years of them. */
static void split_days(unsigned days, struct vrtc_date *date)
{
	unsigned cycle = days / DAYS_PER_CYCLE;
	unsigned day = days % DAYS_PER_CYCLE;
	unsigned century = clamp(day / DAYS_PER_CENTURY, 0, 3);
	unsigned four_years;
	unsigned year;
	unsigned place = ARRAY_COUNT(days_before) - 1;

	day -= century * DAYS_PER_CENTURY;
	four_years = day / DAYS_PER_FOUR_YEARS;
	day %= DAYS_PER_FOUR_YEARS;
	year = clamp(day / DAYS_PER_YEAR, 0, 3); /* the leap day is day 365 of its year */
	day -= year * DAYS_PER_YEAR;
	while (days_before[place] > day) {
		place--;
	}
	date->day = day - days_before[place] + 1;
	date->month = (place + 2) % 12 + 1;
	date->year = cycle * YEARS_PER_CYCLE + century * 100 + four_years * 4 + year;
	date->year = (date->year + (date->month <= 2 ? 1 : 0)) % 10000;
}

struct vrtc_date vrtc_date_from_seconds(int64_t seconds)
{
	const int64_t all_days = (int64_t)CYCLES_OF_THE_CLOCK * DAYS_PER_CYCLE;
	int64_t second = seconds % SECONDS_PER_DAY;
	int64_t day = seconds / SECONDS_PER_DAY;
	struct vrtc_date date = { 0 };

	if (second < 0) {
		second += SECONDS_PER_DAY;
		day--;
	}
	day = (day + DAYS_FROM_MARCH_0_TO_1970) % all_days;
	day += day < 0 ? all_days : 0;
	date.second = (unsigned)(second % 60);
	date.minute = (unsigned)(second / 60 % 60);
	date.hour = (unsigned)(second / 3600);
	date.weekday = (unsigned)((day + WEEKDAY_OF_MARCH_0) % 7) + 1;
	split_days((unsigned)day, &date);
	return date;
}

int64_t vrtc_date_to_seconds(const struct vrtc_date *date)
{
	unsigned month = clamp(date->month, 1, 12);
	/* One cycle on and back again, so that January of year 0 has a March before it. */
	int64_t year = (int64_t)clamp(date->year, 0, 9999) + YEARS_PER_CYCLE - (month <= 2 ? 1 : 0);
	int64_t days = days_since_march(year, month, clamp(date->day, 1, 31)) - DAYS_PER_CYCLE -
		       DAYS_FROM_MARCH_0_TO_1970;

	return days * SECONDS_PER_DAY + clamp(date->hour, 0, 23) * INT64_C(3600) +
	       clamp(date->minute, 0, 59) * INT64_C(60) + clamp(date->second, 0, 59);
}
