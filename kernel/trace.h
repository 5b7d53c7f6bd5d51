/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h: the last exits of a virtual processor. Pure.
 *
 * A ring that its owner writes without locks: it fills the entry that is next, then makes it count. Who reads copies
 * an entry and then looks how far the owner has come: what was overwritten meanwhile is not shown.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vcpu_counts.h"

/* One entry is always being written. */
enum { TRACE_ENTRIES = 256, TRACE_READABLE = TRACE_ENTRIES - 1 };

/** struct trace_entry - one exit; a cache line. */
struct trace_entry {
	uint64_t tsc; /* just after the exit */
	uint64_t rip; /* of the instruction that exited */
	uint64_t qualification;
	uint64_t address;       /* guest-physical; of an EPT violation, else undefined */
	uint32_t eax, ecx, edx; /* before it was handled */
	uint32_t ticks;         /* until it was handled */
	struct vcpu_exit exit;
	uint8_t verdict; /* enum exit_verdict */
	uint8_t unused[11];
};

_Static_assert(sizeof(struct trace_entry) == 64, "an exit touches one cache line");

/** struct trace - of one virtual processor; zeros are an empty one. */
struct trace {
	uint64_t next; /* number of the entry that is next: so many were written, ever */
	uint64_t unused[7];
	struct trace_entry entries[TRACE_ENTRIES];
};

/** trace_open() - the entry to fill; on the owner. */
static inline struct trace_entry *trace_open(struct trace *trace)
{
	struct trace_entry *entry = &trace->entries[trace->next % TRACE_ENTRIES];

	/* Compute the address once, not for every field. */
	__asm__("" : "+r"(entry));
	/* The count of the entry before is visible before what is written now. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return entry;
}

/** trace_close() - it is filled; on the owner. */
static inline void trace_close(struct trace *trace)
{
	/* A release store in one instruction: x86 stores in order, and only the owner adds. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	trace->next++;
}

/** trace_written() - how many were written, ever: the number of the next. */
uint64_t trace_written(const struct trace *trace);

/**
 * trace_read() - copy entry @number, counted from the first ever written.
 *
 * Return: whether @copy is that entry, whole; false when it was not written yet, or overwritten.
 */
bool trace_read(const struct trace *trace, uint64_t number, struct trace_entry *copy);
