/* SPDX-License-Identifier: Apache-2.0 */
/* plan_memory.h: where in the machine's memory the arena and the guests' RAM go. */
#pragma once

#include "kernel/config.h"
#include "kernel/lib/report.h"
#include "kernel/plan.h"

/**
 * plan_memory() - fill in the arena and every guest's RAM.
 * @config:  what was asked
 * @machine: what is there
 * @plan:    guest_count is set, the rest about memory is zero
 * @report:  gets a message for every guest whose RAM is not there
 *
 * The arena comes first, then the guests, the largest first.
 */
void plan_memory(const struct config *config, const struct machine *machine, struct plan *plan,
		 struct report *report);
