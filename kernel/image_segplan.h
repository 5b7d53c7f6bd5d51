/* SPDX-License-Identifier: Apache-2.0 */
/* image_segplan.h: where everything goes that a kernel of segments starts with. */
#pragma once

#include "kernel/image_elf.h"
#include "kernel/image_room.h"

/** struct seg_plan - where everything goes. */
struct seg_plan {
	struct image_parts parts;
	struct image_room room;
	uint64_t kernel_end; /* behind the highest segment */
	uint64_t module;     /* 0 for none */
};

_Static_assert(sizeof(struct seg_plan) <= 1024, "it is on the stack");

/**
 * seg_plan_make() - check a kernel of segments against the guest that gets it, and place everything.
 * @request: its memory is not looked at
 * @read:    the reader of its kind
 * @plan:    filled in
 * @refusal: what is wrong, when not OK
 *
 * Return: as image_check().
 */
enum status seg_plan_make(const struct image_request *request, image_parts_reader *read,
			  struct seg_plan *plan, struct image_refusal *refusal);
