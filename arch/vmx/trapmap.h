/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trapmap.h: MSR and I/O bitmaps. They start as "everything exits"; only MSRs can be opened.
 *
 * Source: SDM Vol. 3C, "I/O-Bitmap Addresses" and "MSR-Bitmap Address".
 */
#pragma once

#include "kernel/lib/types.h"

enum { TRAPMAP_MSR_BYTES = 4096, TRAPMAP_IO_BYTES = 8192, TRAPMAP_HALF_MSRS = 8192 };

/** TRAPMAP_HIGH_FIRST - the bitmap has bits for MSRs 0 to TRAPMAP_HALF_MSRS - 1, and as many from here on. */
#define TRAPMAP_HIGH_FIRST 0xC0000000u

/** trapmap_fill() - make everything that @bytes of bitmap stand for exit. */
void trapmap_fill(void *bitmap, size_t bytes);

/** trapmap_pass_reads() - let RDMSR of @msr through. Return: false when no bit stands for it (it always exits). */
bool trapmap_pass_reads(void *msr_bitmap, uint32_t msr);

/** trapmap_pass_writes() - let WRMSR of @msr through. Return: false when no bit stands for it (it always exits). */
bool trapmap_pass_writes(void *msr_bitmap, uint32_t msr);

/** trapmap_reads_pass() - whether RDMSR of @msr goes through. */
bool trapmap_reads_pass(const void *msr_bitmap, uint32_t msr);

/** trapmap_writes_pass() - whether WRMSR of @msr goes through. */
bool trapmap_writes_pass(const void *msr_bitmap, uint32_t msr);
