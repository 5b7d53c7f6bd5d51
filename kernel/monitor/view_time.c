/* SPDX-License-Identifier: Apache-2.0 */
/* view_time.c: points in time and how long ago they were. */
#include "kernel/monitor/view_time.h"

#include "kernel/monitor/view.h"
#include "kernel/vdev/vrtc_date.h"

void view_date(const char *key, uint64_t epoch)
{
	struct vrtc_date date = vrtc_date_from_seconds((int64_t)epoch);

	if (epoch == 0) {
		view_none(key, 0);
		return;
	}
	view_format(key, 0, "%04u-%02u-%02uT%02u:%02u:%02uZ", date.year, date.month, date.day,
		    date.hour, date.minute, date.second);
}

void view_duration(const char *key, uint64_t us)
{
	uint64_t seconds = us / 1000000;
	uint64_t days = seconds / 86400;

	view_format(key, 0, days == 1 ? "%lu day %02lu:%02lu:%02lu" : "%lu days %02lu:%02lu:%02lu",
		    days, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}
