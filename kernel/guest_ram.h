/* SPDX-License-Identifier: Apache-2.0 */
/* guest_ram.h: what guest_memory.h means in the hypervisor: the RAM the plan gave to a guest, and its firmware. */
#pragma once

#include "kernel/guest_memory.h"
#include "kernel/plan.h"

/** struct guest_rom - firmware that ends at 4 GiB of a guest: part of an image, read-only. @bytes is 0 for none. */
struct guest_rom {
	hpa_t base;
	uint64_t bytes;
};

/** struct guest_memory - RAM of one guest. */
struct guest_memory {
	const struct plan_guest *plan;
	struct guest_rom rom;
};
