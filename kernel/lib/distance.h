/* SPDX-License-Identifier: Apache-2.0 */
/* distance.h: how far two words are apart, for "did you mean". */
#pragma once

#include "kernel/lib/types.h"

/** DISTANCE_BYTES_MAX - longest @to, and how much of @from is looked at. */
enum { DISTANCE_BYTES_MAX = 48 };

/**
 * distance() - letters to insert, remove or replace to turn one word into another; either case counts as the same.
 * @from:  a word, not ended by a NUL
 * @bytes: its length
 * @to:    the other one; longer than DISTANCE_BYTES_MAX counts as far off
 *
 * Source: V. Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals".
 */
unsigned distance(const char *from, size_t bytes, const char *to);
