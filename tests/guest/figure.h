/* SPDX-License-Identifier: Apache-2.0 */
/* figure.h: least, mean and most of many measurements, and the line that says them. */
#pragma once

#include <stdint.h>

/** struct figure - of many rounds. */
struct figure {
	uint32_t min, max;
	uint32_t count;
	uint64_t sum;
};

/** figure_reset() - nothing measured yet. */
void figure_reset(struct figure *figure);

/** figure_add() - one round took @ticks. */
void figure_add(struct figure *figure, uint32_t ticks);

/** figure_mean() - rounded; 0 when nothing was measured. */
uint32_t figure_mean(const struct figure *figure);

/** figure_print() - the line "bench: NAME min=N mean=N max=N", each less @overhead, which is measured as well. */
void figure_print(const struct figure *figure, const char *name, const struct figure *overhead);

/**
 * figure_stagger() - let some instructions pass, by chance.
 *
 * The clock of an emulator moves in steps of some instructions: begin each round at another place of a step, or the
 * mean is rounded as one round is.
 */
void figure_stagger(void);
