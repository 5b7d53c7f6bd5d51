/* SPDX-License-Identifier: Apache-2.0 */
/* guest_ram.h: what guest_memory.h means in the hypervisor: the RAM the plan gave to a guest. */
#pragma once

#include "kernel/guest_memory.h"
#include "kernel/plan.h"

/** struct guest_memory - RAM of one guest. */
struct guest_memory {
	const struct plan_guest *plan;
};
