/* SPDX-License-Identifier: Apache-2.0 */
/* distance.c: how far two words are apart. */
#include "kernel/lib/distance.h"

#include "kernel/lib/string.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

unsigned distance(const char *from, size_t bytes, const char *to)
{
	/* A row for each letter of @from; cost[j]: to the first j of @to. */
	unsigned cost[DISTANCE_BYTES_MAX + 1];
	size_t length = strlen(to);

	if (length > DISTANCE_BYTES_MAX) {
		return (unsigned)length;
	}
	for (size_t j = 0; j <= length; j++) {
		cost[j] = (unsigned)j;
	}
	for (size_t i = 0; i < bytes && i < DISTANCE_BYTES_MAX; i++) {
		unsigned diagonal = cost[0]++;

		for (size_t j = 1; j <= length; j++) {
			bool same = lower(from[i]) == lower(to[j - 1]);
			uint64_t step = min_u64(cost[j], cost[j - 1]) + 1;

			step = min_u64(step, diagonal + (same ? 0 : 1));
			diagonal = cost[j];
			cost[j] = (unsigned)step;
		}
	}
	return cost[length];
}
