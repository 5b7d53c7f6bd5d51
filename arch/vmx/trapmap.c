/* SPDX-License-Identifier: Apache-2.0 */
/* trapmap.c: MSR and I/O bitmaps. */
#include "arch/vmx/trapmap.h"

#include "kernel/lib/string.h"

/* The page: reads of low MSRs, reads of high ones, writes of low ones, writes of high ones; 1 KiB each. */
enum { QUARTER_BYTES = 1024, QUARTER_MSRS = QUARTER_BYTES * 8, WRITES = 2 * QUARTER_BYTES };

#define HIGH_FIRST 0xC0000000u

void trapmap_fill(void *bitmap, size_t bytes)
{
	memset(bitmap, 0xFF, bytes);
}

static bool pass(uint8_t *half, uint32_t msr)
{
	uint32_t at = msr - HIGH_FIRST;
	uint8_t *quarter = half + QUARTER_BYTES;

	if (msr < QUARTER_MSRS) {
		at = msr;
		quarter = half;
	}
	if (at >= QUARTER_MSRS) {
		return false;
	}
	quarter[at / 8] = (uint8_t)(quarter[at / 8] & ~(1u << at % 8));
	return true;
}

bool trapmap_pass_reads(void *msr_bitmap, uint32_t msr)
{
	return pass(msr_bitmap, msr);
}

bool trapmap_pass_writes(void *msr_bitmap, uint32_t msr)
{
	return pass((uint8_t *)msr_bitmap + WRITES, msr);
}
