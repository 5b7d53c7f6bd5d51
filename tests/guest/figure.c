/* SPDX-License-Identifier: Apache-2.0 */
/* figure.c: least, mean and most of many measurements. */
#include "tests/guest/figure.h"

#include "tests/guest/lib.h"

enum { STAGGER = 5 * 7 };

void figure_reset(struct figure *figure)
{
	*figure = (struct figure){ .min = UINT32_MAX };
}

void figure_add(struct figure *figure, uint32_t ticks)
{
	figure->min = ticks < figure->min ? ticks : figure->min;
	figure->max = ticks > figure->max ? ticks : figure->max;
	figure->count++;
	figure->sum += ticks;
}

static uint32_t mean(uint64_t sum, uint32_t count)
{
	return count == 0 ? 0 : (uint32_t)divide(sum + count / 2, count);
}

uint32_t figure_mean(const struct figure *figure)
{
	return mean(figure->sum, figure->count);
}

static uint64_t without(uint64_t ticks, uint64_t overhead)
{
	return ticks > overhead ? ticks - overhead : 0;
}

static void print_field(const char *name, uint64_t ticks)
{
	print(name);
	print_decimal(ticks);
}

void figure_print(const struct figure *figure, const char *name, const struct figure *overhead)
{
	uint32_t less = figure_mean(overhead);

	print("bench: ");
	print(name);
	print_field(" min=", without(figure->min, less));
	/* Not of the rounded mean: the rounds of both are as many. */
	print_field(" mean=", mean(without(figure->sum, overhead->sum), figure->count));
	print_field(" max=", without(figure->max, less));
	print("\n");
}

void figure_stagger(void)
{
	static uint32_t chance = 1;

	/* Numerical Recipes in C, "Quick and Dirty Generators". */
	chance = chance * 1664525 + 1013904223;
	for (uint32_t i = (chance >> 16) % STAGGER; i > 0; i--) {
		__asm__ volatile("nop");
	}
}
