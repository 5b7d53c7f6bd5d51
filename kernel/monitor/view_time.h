/* SPDX-License-Identifier: Apache-2.0 */
/* view_time.h: points in time and how long ago they were, for people and programs alike. */
#pragma once

#include "kernel/lib/types.h"

/** view_date() - @epoch, seconds since 1970, as 2026-11-21T07:30:00Z (ISO 8601); null or "-" for 0: nobody knew. */
void view_date(const char *key, uint64_t epoch);

/** view_duration() - @us as text: 3 days 04:05:06; in JSON there should be a number beside it. */
void view_duration(const char *key, uint64_t us);
