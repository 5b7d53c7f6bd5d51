/* SPDX-License-Identifier: Apache-2.0 */
/* image_mbplan.h: where everything goes that a Multiboot 1 kernel starts with. */
#pragma once

#include "kernel/image_mbfile.h"
#include "kernel/image_room.h"

/** struct mb_plan - where everything goes. */
struct mb_plan {
	struct mb_file file;
	struct image_room room;
	uint64_t kernel_end; /* behind the highest segment */
	uint64_t module;     /* 0 for none */
};

_Static_assert(sizeof(struct mb_plan) <= 1024, "it is on the stack");

/**
 * mb_plan_make() - check a Multiboot 1 kernel against the guest that gets it, and place everything.
 * @request: its kernel has the header, see image_is_multiboot(); its memory is not looked at
 * @plan:    filled in
 * @refusal: what is wrong, when not OK
 *
 * Return: as image_check().
 */
enum status mb_plan_make(const struct image_request *request, struct mb_plan *plan,
			 struct image_refusal *refusal);
