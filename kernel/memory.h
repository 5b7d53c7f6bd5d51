/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h: the arena: all memory of the hypervisor besides its image, claimed at boot.
 *
 * It starts with the stacks of all processors, each above an unmapped guard page; the rest is given out
 * page by page until memory_seal(), and never taken back.
 */
#pragma once

#include "arch/cpu/cpu.h"
#include "kernel/lib/page_tree.h"
#include "kernel/lib/types.h"
#include "kernel/plan.h"

/* Stacks of one processor, in pages: guard, main, guard, NMI, guard, #DF, guard, #MC. */
enum {
	MEMORY_MAIN_STACK_PAGES = 4,
	MEMORY_NMI_STACK_PAGES = 2,
	MEMORY_DF_STACK_PAGES = 1,
	MEMORY_MC_STACK_PAGES = 1,
	MEMORY_STACKS_PAGES = 4 + MEMORY_MAIN_STACK_PAGES + MEMORY_NMI_STACK_PAGES +
			      MEMORY_DF_STACK_PAGES + MEMORY_MC_STACK_PAGES,
	/* Top of the boot processor's main stack: where the boot room hands over. */
	MEMORY_BOOT_STACK_TOP = (1 + MEMORY_MAIN_STACK_PAGES) * 4096,
};

/** memory_init() - take over the arena of @plan and set the stacks of @cpu_count processors aside. */
void memory_init(const struct plan *plan, uint32_t cpu_count);

/** memory_stacks() - the stacks of processor @index. */
struct cpu_stacks memory_stacks(uint32_t index);

/** memory_pages() - @count zeroed pages in a row. hv_panic() when the arena is used up or sealed. */
void *memory_pages(uint64_t count);

/** memory_source() - the arena as a source of page tables. */
struct page_source memory_source(void);

/** memory_seal() - from now on nothing is allocated any more. */
void memory_seal(void);

/** memory_sealed() - whether memory_seal() was called. */
bool memory_sealed(void);

/** struct memory_piece - a part of the arena that is mapped. */
struct memory_piece {
	uint64_t base;
	uint64_t bytes;
	const char *stack; /* which stack, of processor @cpu; NULL: it is given out page by page */
	uint32_t cpu;
};

/** memory_piece_count() - how many pieces there are. */
uint32_t memory_piece_count(void);

/** memory_piece_at() - mapped piece @index: stacks without their guards, then the rest. False: no more. */
bool memory_piece_at(uint32_t index, struct memory_piece *piece);

/** memory_stack_whole() - whether the canary at the end of this stack is whole. */
bool memory_stack_whole(const struct memory_piece *stack);

/** memory_used() - bytes given out so far, stacks included. */
uint64_t memory_used(void);

/** memory_free() - bytes that nobody got; fixed once the arena is sealed. */
uint64_t memory_free(void);
