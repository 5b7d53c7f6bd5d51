/* SPDX-License-Identifier: Apache-2.0 */
/* task_segment.c: descriptors. */
#include "kernel/task_segment.h"

#include "arch/cpu/regs.h"

enum { TYPE_S = 1 << 4, TYPE_CODE = 1 << 3, TYPE_CONFORMING = 1 << 2, TYPE_WRITE = 1 << 1 };

#define ACCESS_PRESENT (1u << 7)
#define ACCESS_G       (1u << 15)

struct task_segment task_segment(uint16_t selector, uint64_t descriptor)
{
	uint32_t access = (uint32_t)(descriptor >> 40) & 0xF0FF;
	uint32_t limit = (uint32_t)(descriptor & 0xFFFF) | ((uint32_t)(descriptor >> 48) & 0xF)
								   << 16;

	return (struct task_segment){
		.selector = selector,
		.access = access,
		.limit = (access & ACCESS_G) != 0 ? limit << PAGE_SHIFT | 0xFFF : limit,
		.base = (descriptor >> 16 & 0xFFFFFF) | (descriptor >> 56) << 24,
	};
}

static bool code_is_right(const struct task_segment *segment, uint8_t cpl)
{
	uint32_t dpl = segment->access >> ACCESS_DPL_SHIFT & 3;
	bool conforming = (segment->access & TYPE_CONFORMING) != 0;

	return (segment->access & (TYPE_S | TYPE_CODE)) == (TYPE_S | TYPE_CODE) &&
	       (conforming ? dpl <= cpl : dpl == cpl);
}

static bool stack_is_right(const struct task_segment *segment, uint8_t cpl)
{
	uint32_t dpl = segment->access >> ACCESS_DPL_SHIFT & 3;
	uint32_t type = segment->access & (TYPE_S | TYPE_CODE | TYPE_WRITE);

	return type == (TYPE_S | TYPE_WRITE) && dpl == cpl && (segment->selector & 3) == cpl;
}

static bool data_is_right(const struct task_segment *segment, uint8_t cpl)
{
	uint32_t dpl = segment->access >> ACCESS_DPL_SHIFT & 3;
	bool code = (segment->access & TYPE_CODE) != 0;
	bool readable = !code || (segment->access & TYPE_WRITE) != 0;
	bool conforming = code && (segment->access & TYPE_CONFORMING) != 0;

	return (segment->access & TYPE_S) != 0 && readable &&
	       (conforming || (dpl >= cpl && dpl >= (segment->selector & 3)));
}

uint8_t task_segment_check(const struct task_segment *segment, enum vmcs_segment number,
			   uint8_t cpl)
{
	bool right = number == SEG_CS   ? code_is_right(segment, cpl)
		     : number == SEG_SS ? stack_is_right(segment, cpl)
					: data_is_right(segment, cpl);

	if (!right) {
		return VECTOR_TS;
	}
	if ((segment->access & ACCESS_PRESENT) == 0) {
		return number == SEG_SS ? VECTOR_SS : VECTOR_NP;
	}
	return 0;
}

void task_segment_load(enum vmcs_segment number, const struct task_segment *segment)
{
	uint32_t step = (uint32_t)number * VMCS_SEGMENT_STEP;

	vmwrite((enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + step), segment->selector);
	vmwrite((enum vmcs_field)(VMCS_GUEST_ES_ACCESS + step), segment->access);
	vmwrite((enum vmcs_field)(VMCS_GUEST_ES_LIMIT + step), segment->limit);
	vmwrite((enum vmcs_field)(VMCS_GUEST_ES_BASE + step), segment->base);
}
