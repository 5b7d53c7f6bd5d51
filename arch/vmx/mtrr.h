/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtrr.h: which memory type the machine's MTRRs give to which physical memory.
 *
 * Pure: the MSRs are read by the caller. EPT entries repeat the type, because with EPT the MTRRs no
 * longer decide about a guest's accesses (SDM Vol. 3C, "EPT and Memory Typing").
 */
#pragma once

#include "arch/vmx/memory_type.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum { MTRR_FIXED_COUNT = 11, MTRR_VARIABLE_MAX = 32 };

/** mtrr_fixed_msrs - numbers of the fixed-range MSRs, in the order of struct mtrr_state. */
extern const uint32_t mtrr_fixed_msrs[MTRR_FIXED_COUNT];

/** struct mtrr_pair - IA32_MTRR_PHYSBASEn and IA32_MTRR_PHYSMASKn. */
struct mtrr_pair {
	uint64_t base;
	uint64_t mask;
};

/** struct mtrr_state - the MSRs as RDMSR returns them. */
struct mtrr_state {
	uint64_t cap;                     /* IA32_MTRRCAP; bits 7:0 count @variable */
	uint64_t deftype;                 /* IA32_MTRR_DEF_TYPE */
	uint64_t fixed[MTRR_FIXED_COUNT]; /* as mtrr_fixed_msrs; 0 where there are none */
	struct mtrr_pair variable[MTRR_VARIABLE_MAX]; /* those above the count are not looked at */
	unsigned physical_bits;                       /* MAXPHYADDR, 32 to 52 */
};

/** struct mtrr_run - memory of one type. */
struct mtrr_run {
	uint64_t bytes;
	uint8_t type; /* enum memory_type */
};

/**
 * mtrr_range() - the type at an address, and how far it goes.
 * @state: the MTRRs
 * @start: first byte, 4 KiB aligned
 * @limit: bytes to look at, multiple of 4 KiB; all of them below 1 << physical_bits
 * @run:   filled in: the type at @start, and for how many bytes, at most @limit, it stays
 *
 * Overlapping ranges whose combination the manual leaves undefined, and reserved types, count as
 * uncacheable.
 *
 * Return: OK, E_INVALID (no bytes, or a state that cannot be), E_UNALIGNED, E_RANGE.
 * Source: SDM Vol. 3A, "MTRR Precedences".
 */
enum status mtrr_range(const struct mtrr_state *state, hpa_t start, uint64_t limit,
		       struct mtrr_run *run);
