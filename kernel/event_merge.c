/* SPDX-License-Identifier: Apache-2.0 */
/* event_merge.c: the rules of the double fault. */
#include "kernel/event_merge.h"

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs.h"

enum { VECTOR_DE = 0 };

#define CONTRIBUTORY                                                                               \
	(1u << VECTOR_DE | 1u << VECTOR_TS | 1u << VECTOR_NP | 1u << VECTOR_SS | 1u << VECTOR_GP)

static bool is_exception(uint32_t information)
{
	return (information & EVENT_VALID) != 0 &&
	       (information >> EVENT_TYPE_SHIFT & EVENT_TYPE_MASK) == EVENT_HARDWARE_EXCEPTION;
}

static bool is_contributory(uint8_t vector)
{
	return vector < 32 && (CONTRIBUTORY >> vector & 1) != 0;
}

enum event_outcome event_merge(uint32_t first, uint8_t second)
{
	uint8_t vector = (uint8_t)first;
	bool second_counts = is_contributory(second) || second == VECTOR_PF;

	if (!is_exception(first) || !second_counts) {
		return EVENT_SECOND;
	}
	if (vector == VECTOR_DF) {
		return EVENT_SHUTDOWN;
	}
	/* A page fault behind a contributory exception is an ordinary page fault. */
	bool doubled = vector == VECTOR_PF || (is_contributory(vector) && is_contributory(second));
	return doubled ? EVENT_DOUBLE_FAULT : EVENT_SECOND;
}

bool event_is_fault(uint32_t information)
{
	return is_exception(information) && event_vector_is_fault((uint8_t)information);
}
