/* SPDX-License-Identifier: Apache-2.0 */
/* vrtc_date.h: seconds since 1970 and the calendar bytes of a real-time clock. */
#pragma once

#include "kernel/lib/types.h"

/** struct vrtc_date - a time of the Gregorian calendar, UTC. */
struct vrtc_date {
	unsigned second;  /* 0 to 59 */
	unsigned minute;  /* 0 to 59 */
	unsigned hour;    /* 0 to 23 */
	unsigned weekday; /* 1 is Sunday; not looked at by vrtc_date_to_seconds() */
	unsigned day;     /* 1 to 31 */
	unsigned month;   /* 1 to 12 */
	unsigned year;    /* 0 to 9999 */
};

/**
 * vrtc_date_from_seconds() - the date at @seconds since 1970 (negative before).
 *
 * What lies outside of the years 0 to 9999 wraps around: the clock has four digits.
 */
struct vrtc_date vrtc_date_from_seconds(int64_t seconds);

/** vrtc_date_to_seconds() - the other way; fields out of range count as the nearest in it. */
int64_t vrtc_date_to_seconds(const struct vrtc_date *date);
