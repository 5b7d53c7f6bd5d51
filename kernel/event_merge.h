/* SPDX-License-Identifier: Apache-2.0 */
/* event_merge.h: an exception while an event is being delivered. Pure. */
#pragma once

#include "arch/cpu/regs.h"
#include "kernel/lib/types.h"

/* Traps, aborts, and #DB, of which only the processor knows what it was. */
#define EVENT_NO_FAULTS                                                                            \
	(1u << VECTOR_DB | 1u << VECTOR_BP | 1u << VECTOR_OF | 1u << VECTOR_DF | 1u << VECTOR_MC)

/** enum event_outcome - what becomes of the two. */
enum event_outcome {
	EVENT_SECOND, /* the second alone is delivered; what the first was about happens again, or is lost as on a processor */
	EVENT_DOUBLE_FAULT,
	EVENT_SHUTDOWN, /* a triple fault */
};

/**
 * event_merge() - what a processor does with an exception during the delivery of an event.
 * @first:  interruption information of the event; not valid: none
 * @second: vector of the exception
 *
 * Source: SDM Vol. 3A, "Interrupt 8-Double Fault Exception (#DF)", the table of conditions for a double fault.
 */
enum event_outcome event_merge(uint32_t first, uint8_t second);

/** event_is_fault() - whether the image of RFLAGS that is pushed has RF set (SDM Vol. 3B, "Resume Flag"). */
bool event_is_fault(uint32_t information);

/** event_vector_is_fault() - the same of an exception. Inlined: who injects knows the vector. */
static inline bool event_vector_is_fault(uint8_t vector)
{
	return vector < 32 && (EVENT_NO_FAULTS >> vector & 1) == 0;
}
