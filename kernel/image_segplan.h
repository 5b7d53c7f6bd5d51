/* SPDX-License-Identifier: Apache-2.0 */
/* image_segplan.h: where everything goes that a kernel of segments starts with. */
#pragma once

#include "kernel/image_elf.h"
#include "kernel/image_room.h"

/** struct seg_module - where a module goes. */
struct seg_module {
	uint32_t at;
	uint32_t string; /* 0 for none */
};

/** struct seg_plan - where everything goes. */
struct seg_plan {
	struct image_parts parts;
	struct image_room room;
	uint64_t kernel_end;         /* behind the highest segment */
	uint64_t free_from, free_to; /* where modules and the extra room go */
	uint32_t module_count;
	struct seg_module modules[IMAGE_MODULES_MAX];
	uint32_t extra; /* what has no fixed place, if there is any */
	uint64_t extra_bytes;
};

_Static_assert(sizeof(struct seg_plan) <= 1536, "it is on the stack");

/** image_module_at() - module @index of a request: its initrd, if there is one, then its modules. */
struct image_module image_module_at(const struct image_request *request, uint32_t index);

/** seg_plan_base() - the lowest address of the kernel. */
uint32_t seg_plan_base(const struct seg_plan *plan);

/**
 * seg_plan_make() - check a kernel of segments against the guest that gets it, and place everything.
 * @request: its memory is not looked at
 * @protocol: its kind
 * @plan:    filled in
 * @refusal: what is wrong, when not OK
 *
 * Return: as image_check().
 */
enum status seg_plan_make(const struct image_request *request,
			  const struct image_protocol *protocol, struct seg_plan *plan,
			  struct image_refusal *refusal);
