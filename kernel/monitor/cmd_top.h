/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_top.h: what `top` remembers between two looks. */
#pragma once

#include "kernel/config.h"
#include "kernel/lib/types.h"
#include "kernel/vcpu_counts.h"

/** struct top_guest - counts of one guest, over all its virtual processors. */
struct top_guest {
	uint64_t exits[EXIT_SLOT_COUNT];
	uint64_t console_bytes;
};

/** struct top_room - the last look, in the monitor's room. */
struct top_room {
	uint64_t us; /* clock_us() then; 0: none yet */
	struct top_guest guests[CONFIG_GUESTS_MAX];
};

/** cmd_top_init() - where to remember. */
void cmd_top_init(struct top_room *room);
