/* SPDX-License-Identifier: Apache-2.0 */
/* cpuid_clock.c: CPUID leaf 15H, by which guests tell the time. */
#include "kernel/cpuid_policy.h"

enum {
	CRYSTAL_HZ_MIN = 1000000, /* slower, or standing still: nothing is claimed */
	CRYSTAL_PARTS = 4000,     /* off by one in so many: nobody tells the time by it */
	DENOMINATOR_MAX = 2000,
	ERROR_SHIFT = 23, /* the TSC shall be right to 2^-this: a tenth of a millionth */
};

/* TSC = crystal * numerator / denominator, and how many Hz that is off. */
struct ratio {
	uint64_t crystal_khz, numerator, denominator, error_hz;
};

/* The best numerator to a denominator. */
static struct ratio ratio_with(uint64_t tsc_hz, uint64_t crystal_khz, uint64_t denominator)
{
	uint64_t crystal_hz = crystal_khz * 1000;
	uint64_t numerator = (tsc_hz * denominator + crystal_hz / 2) / crystal_hz;
	uint64_t hz = crystal_hz * numerator / denominator;

	return (struct ratio){ crystal_khz, numerator, denominator,
			       hz > tsc_hz ? hz - tsc_hz : tsc_hz - hz };
}

/*
 * Stock Linux multiplies the crystal's kHz by the numerator in 32 bits: with a denominator of the
 * crystal's size the product would not fit, and every clock of the guest be wrong. Within that bound
 * the crystal is moved by some kHz, if that makes the TSC, by which guests tell the time, right to
 * a few Hz (Linux, native_calibrate_tsc()).
 */
static struct ratio find_ratio(uint64_t tsc_hz, uint64_t lapic_hz)
{
	uint64_t khz = (lapic_hz + 500) / 1000;
	uint64_t good = tsc_hz >> ERROR_SHIFT;
	uint64_t last = min_u64(UINT32_MAX / (tsc_hz / 1000 + khz + 1), DENOMINATOR_MAX);
	struct ratio best = ratio_with(tsc_hz, khz, 1);

	for (uint64_t crystal = khz; crystal <= khz + khz / CRYSTAL_PARTS; crystal++) {
		for (uint64_t i = 1; i <= last && best.error_hz > good; i++) {
			struct ratio ratio = ratio_with(tsc_hz, crystal, i);

			best = ratio.error_hz < best.error_hz ? ratio : best;
		}
	}
	return best;
}

struct cpuid_values cpuid_clock_leaf(uint64_t tsc_hz, uint64_t lapic_hz)
{
	struct cpuid_values none = { 0, 0, 0, 0 };

	if (lapic_hz < CRYSTAL_HZ_MIN) {
		return none;
	}
	struct ratio ratio = find_ratio(tsc_hz, lapic_hz);

	return (struct cpuid_values){
		(uint32_t)ratio.denominator,
		(uint32_t)ratio.numerator,
		(uint32_t)(ratio.crystal_khz * 1000),
		0,
	};
}
