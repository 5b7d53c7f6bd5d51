/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: the arena, given out page by page until it is sealed. */
#include "kernel/memory.h"

#include "arch/cpu/exception.h"
#include "kernel/lib/string.h"

static const uint32_t stack_pages[] = { MEMORY_MAIN_STACK_PAGES, MEMORY_NMI_STACK_PAGES,
					MEMORY_DF_STACK_PAGES, MEMORY_MC_STACK_PAGES };
static const char *const stack_names[] = { "main stack", "NMI stack", "#DF stack", "#MC stack" };

_Static_assert(ARRAY_COUNT(stack_names) == ARRAY_COUNT(stack_pages), "a name for each stack");

/* In the last word a stack has; what comes near the guard page below spoils it. */
#define STACK_CANARY ((uint64_t)0x6E69746E756D2D21)

static struct {
	uint64_t base;
	uint64_t rest; /* first byte behind the stacks */
	uint64_t next;
	uint64_t end;
	uint32_t cpu_count;
	bool sealed;
} arena;

/* Stack @which of processor @cpu, without its guard page. */
static struct memory_piece stack_piece(uint32_t cpu, uint32_t which)
{
	uint64_t at = arena.base + (uint64_t)cpu * MEMORY_STACKS_PAGES * PAGE_SIZE;

	for (uint32_t i = 0; i < which; i++) {
		at += (1 + stack_pages[i]) * PAGE_SIZE;
	}
	return (struct memory_piece){ at + PAGE_SIZE, stack_pages[which] * PAGE_SIZE,
				      stack_names[which], cpu };
}

static void place_canaries(void)
{
	struct memory_piece piece;

	for (uint32_t i = 0; memory_piece_at(i, &piece); i++) {
		if (piece.stack != NULL) {
			*(uint64_t *)piece.base = STACK_CANARY ^ piece.base;
		}
	}
}

void memory_init(const struct plan *plan, uint32_t cpu_count)
{
	arena.base = plan->arena.value;
	arena.rest = arena.base + (uint64_t)cpu_count * MEMORY_STACKS_PAGES * PAGE_SIZE;
	arena.next = arena.rest;
	arena.end = arena.base + plan->arena_bytes;
	arena.cpu_count = cpu_count;
	if (arena.rest > arena.end) {
		hv_panic(NULL, "the arena of %lu KiB does not hold the stacks of %u processors",
			 plan->arena_bytes / KIB, cpu_count);
	}
	place_canaries();
}

static uint64_t stack_top(uint32_t cpu, uint32_t which)
{
	struct memory_piece piece = stack_piece(cpu, which);

	return piece.base + piece.bytes;
}

struct cpu_stacks memory_stacks(uint32_t index)
{
	return (struct cpu_stacks){
		.main = stack_top(index, 0),
		.nmi = stack_top(index, 1),
		.df = stack_top(index, 2),
		.mc = stack_top(index, 3),
	};
}

void *memory_pages(uint64_t count)
{
	uint64_t bytes = count * PAGE_SIZE;

	if (arena.sealed || bytes > arena.end - arena.next) {
		hv_panic(NULL, "%lu pages asked of the arena, %lu KiB of it are free%s", count,
			 (arena.end - arena.next) / KIB, arena.sealed ? ", and it is sealed" : "");
	}
	void *pages = (void *)arena.next;
	arena.next += bytes;
	memset(pages, 0, bytes);
	return pages;
}

static void *source_page(void *context)
{
	(void)context;
	return memory_pages(1);
}

struct page_source memory_source(void)
{
	return (struct page_source){ source_page, NULL };
}

void memory_seal(void)
{
	arena.sealed = true;
}

bool memory_sealed(void)
{
	return arena.sealed;
}

uint32_t memory_piece_count(void)
{
	return arena.cpu_count * (uint32_t)ARRAY_COUNT(stack_pages) + 1;
}

bool memory_piece_at(uint32_t index, struct memory_piece *piece)
{
	uint32_t stacks = (uint32_t)ARRAY_COUNT(stack_pages);

	if (index < arena.cpu_count * stacks) {
		*piece = stack_piece(index / stacks, index % stacks);
		return true;
	}
	*piece = (struct memory_piece){ arena.rest, arena.end - arena.rest, NULL, 0 };
	return index + 1 == memory_piece_count();
}

bool memory_stack_whole(const struct memory_piece *stack)
{
	return *(const uint64_t *)stack->base == (STACK_CANARY ^ stack->base);
}

uint64_t memory_used(void)
{
	return arena.next - arena.base;
}

uint64_t memory_free(void)
{
	return arena.end - arena.next;
}
