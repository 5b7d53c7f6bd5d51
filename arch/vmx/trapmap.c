/* SPDX-License-Identifier: Apache-2.0 */
/* trapmap.c: MSR and I/O bitmaps. */
#include "arch/vmx/trapmap.h"

#include "kernel/lib/string.h"

/* The page: reads of low MSRs, reads of high ones, writes of low ones, writes of high ones; 1 KiB each. */
enum { QUARTER_BYTES = TRAPMAP_HALF_MSRS / 8, READS = 0, WRITES = 2 * QUARTER_BYTES };

void trapmap_fill(void *bitmap, size_t bytes)
{
	memset(bitmap, 0xFF, bytes);
}

/* Which bit of a half stands for @msr. False: none. */
static bool find_bit(uint32_t msr, uint32_t *bit)
{
	uint32_t high = msr - TRAPMAP_HIGH_FIRST;

	if (msr < TRAPMAP_HALF_MSRS) {
		*bit = msr;
		return true;
	}
	*bit = TRAPMAP_HALF_MSRS + high;
	return high < TRAPMAP_HALF_MSRS;
}

static bool pass(void *msr_bitmap, uint32_t half, uint32_t msr)
{
	uint8_t *bytes = (uint8_t *)msr_bitmap + half;
	uint32_t bit;

	if (!find_bit(msr, &bit)) {
		return false;
	}
	bytes[bit / 8] = (uint8_t)(bytes[bit / 8] & ~(1u << bit % 8));
	return true;
}

static bool passes(const void *msr_bitmap, uint32_t half, uint32_t msr)
{
	const uint8_t *bytes = (const uint8_t *)msr_bitmap + half;
	uint32_t bit;

	return find_bit(msr, &bit) && (bytes[bit / 8] >> bit % 8 & 1) == 0;
}

bool trapmap_pass_reads(void *msr_bitmap, uint32_t msr)
{
	return pass(msr_bitmap, READS, msr);
}

bool trapmap_pass_writes(void *msr_bitmap, uint32_t msr)
{
	return pass(msr_bitmap, WRITES, msr);
}

bool trapmap_reads_pass(const void *msr_bitmap, uint32_t msr)
{
	return passes(msr_bitmap, READS, msr);
}

bool trapmap_writes_pass(const void *msr_bitmap, uint32_t msr)
{
	return passes(msr_bitmap, WRITES, msr);
}
