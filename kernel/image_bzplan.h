/* SPDX-License-Identifier: Apache-2.0 */
/* image_bzplan.h: where everything goes that a Linux kernel starts with. */
#pragma once

#include "kernel/image_bzheader.h"
#include "kernel/image_room.h"

/** struct bz_plan - where everything goes. */
struct bz_plan {
	struct bz_header header;
	struct image_room room;
	uint64_t kernel;
	uint64_t initrd; /* 0 for none */
};

_Static_assert(sizeof(struct bz_plan) <= 1024, "it is on the stack");

/**
 * bz_plan_make() - check a Linux kernel against the guest that gets it, and place everything.
 * @request: its kernel has the mark, see image_is_bzimage(); its memory is not looked at
 * @plan:    filled in
 * @refusal: what is wrong, when not OK
 *
 * Return: as image_check().
 */
enum status bz_plan_make(const struct image_request *request, struct bz_plan *plan,
			 struct image_refusal *refusal);
