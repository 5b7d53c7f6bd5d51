/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_pick.h: virtual processors one after the other, for commands that show a line or more of each. */
#pragma once

#include "kernel/partition_view.h"

/** struct vcpu_pick - one of them. */
struct vcpu_pick {
	struct partition *partition;
	uint32_t vcpu;
};

/**
 * vcpu_pick() - number @index of the virtual processors of guest @name, or of all guests in order.
 * @name: a guest there is, or NULL for all
 *
 * Return: whether there are so many.
 */
bool vcpu_pick(const char *name, uint64_t index, struct vcpu_pick *pick);

/**
 * vcpu_pick_some() - call @view for as many of them as surely fit into a command's step, one table row each.
 * @at: which is next; moved on
 *
 * Return: false when there are no more.
 */
bool vcpu_pick_some(const char *name, uint64_t *at, void (*view)(const struct vcpu_pick *pick));
