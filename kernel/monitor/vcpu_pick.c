/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_pick.c: virtual processors one after the other. */
#include "kernel/monitor/vcpu_pick.h"

#include "kernel/lib/string.h"

enum { ROWS_A_STEP = 24 };

bool vcpu_pick(const char *name, uint64_t index, struct vcpu_pick *pick)
{
	for (uint32_t i = 0; i < partition_count(); i++) {
		struct partition *partition = partition_at(i);
		uint32_t count = partition_vcpu_count(partition);

		if (name != NULL && strcmp(name, partition_name(partition)) != 0) {
			continue;
		}
		if (index < count) {
			*pick = (struct vcpu_pick){ partition, (uint32_t)index };
			return true;
		}
		index -= count;
	}
	return false;
}

bool vcpu_pick_some(const char *name, uint64_t *at, void (*view)(const struct vcpu_pick *pick))
{
	struct vcpu_pick pick;

	for (uint32_t rows = 0; rows < ROWS_A_STEP; rows++) {
		if (!vcpu_pick(name, *at, &pick)) {
			return false;
		}
		view(&pick);
		(*at)++;
	}
	return true;
}
