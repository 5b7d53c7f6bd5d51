/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.h: checks, on the live structures, that the walls between partitions stand. */
#pragma once

#include "kernel/lib/types.h"

/** struct selftest - a check while it is made, and its result. For the next one: @row, and all else 0. */
struct selftest {
	uint64_t row;   /* which check, below selftest_count() */
	uint64_t part;  /* how far it is */
	uint64_t seen;  /* how many things it looked at */
	uint64_t wrong; /* how many of them were wrong */
	uint64_t first; /* address or number of the first of those */
};

/** selftest_count() - how many checks there are. */
uint32_t selftest_count(void);

/** selftest_step() - do the next piece of a check: some milliseconds at most. Return: whether it is complete. */
bool selftest_step(struct selftest *test);

/** selftest_holds() - of a complete check: whether it found nothing wrong, and anything at all to look at. */
bool selftest_holds(const struct selftest *test);

/** selftest_name() - what check @row proves, in words. */
const char *selftest_name(uint64_t row);

/** selftest_promise() - which promise of docs/promises.md it is part of. */
uint32_t selftest_promise(uint64_t row);
