/* SPDX-License-Identifier: Apache-2.0 */
/* task_tss.h: what a TSS holds of a task. Pure. Source: SDM Vol. 3A, "Task-State Segment (TSS)", "16-Bit Task-State Segment (TSS)". */
#pragma once

#include "kernel/lib/types.h"

enum { TASK_REGISTERS = 8, TASK_SEGMENTS = 6, TASK_TSS_BYTES = 104, TASK_TSS_BYTES_16 = 44 };

/** struct task_tss - registers and segments in the order that instructions encode, which is a TSS's too. */
struct task_tss {
	uint32_t cr3; /* of a 32-bit TSS */
	uint32_t eip, eflags;
	uint32_t registers[TASK_REGISTERS];
	uint16_t segments[TASK_SEGMENTS]; /* ES, CS, SS, DS, FS, GS; the last two of a 32-bit TSS */
	uint16_t ldt;
	bool trap; /* T, of a 32-bit TSS */
};

/** task_tss_bytes() - how many of a TSS a switch uses. */
static inline size_t task_tss_bytes(bool is_32)
{
	return is_32 ? TASK_TSS_BYTES : TASK_TSS_BYTES_16;
}

/** task_tss_save() - what a switch away writes: registers and selectors, not CR3, LDT, T or the link. */
void task_tss_save(const struct task_tss *tss, bool is_32, uint8_t *image);

/** task_tss_load() - all of it; what a 16-bit TSS lacks is 0, and the upper halves of its registers are ones. */
void task_tss_load(struct task_tss *tss, bool is_32, const uint8_t *image);
