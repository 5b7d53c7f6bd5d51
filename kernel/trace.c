/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c: the last exits of a virtual processor, read while they are written. */
#include "kernel/trace.h"

uint64_t trace_written(const struct trace *trace)
{
	return __atomic_load_n(&trace->next, __ATOMIC_ACQUIRE);
}

bool trace_read(const struct trace *trace, uint64_t number, struct trace_entry *copy)
{
	if (number >= trace_written(trace)) {
		return false;
	}
	*copy = trace->entries[number % TRACE_ENTRIES];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* At number + TRACE_ENTRIES the owner may have begun to write into it again. */
	return __atomic_load_n(&trace->next, __ATOMIC_RELAXED) < number + TRACE_ENTRIES;
}
