/* SPDX-License-Identifier: Apache-2.0 */
/* task_segment.h: segment descriptors, and what a task switch checks of them. Pure but for task_segment_load(). */
#pragma once

#include "arch/vmx/vmx.h"
#include "kernel/lib/types.h"

/* Types of descriptors (SDM Vol. 3A, "System Descriptor Types", "Code- and Data-Segment Descriptor Types"). */
enum {
	TASK_TYPE_MASK = 0x1F,
	TASK_TYPE_BUSY = 1 << 1,
	TASK_TYPE_32 = 1 << 3,
	TASK_TYPE_ACCESSED = 1 << 0,
};

/** struct task_segment - a segment register. */
struct task_segment {
	uint16_t selector;
	uint32_t access; /* as the VMCS has it */
	uint32_t limit;
	uint64_t base;
};

/** task_segment() - what @descriptor says. */
struct task_segment task_segment(uint16_t selector, uint64_t descriptor);

/**
 * task_segment_check() - whether a task of privilege @cpl may have it in segment register @number, ES to GS.
 *
 * Return: 0, or the vector of the fault, whose error code is the selector.
 * Source: SDM Vol. 3A, "Task Switching", the table of checks of the new task.
 */
uint8_t task_segment_check(const struct task_segment *segment, enum vmcs_segment number,
			   uint8_t cpl);

/** task_segment_load() - into the current VMCS. */
void task_segment_load(enum vmcs_segment number, const struct task_segment *segment);
