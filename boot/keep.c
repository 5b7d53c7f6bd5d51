/* SPDX-License-Identifier: Apache-2.0 */
/* keep.c: finding the memory that an earlier run of Muntin left its log and crash record in. */
#include "boot/boot.h"

#include "kernel/lib/keep.h"

/*
 * Always the same places, so that nothing has to remember them. Below 2 MiB no guest gets RAM, so the first costs nothing.
 * The others are for firmware that has it taken: it allocates from the top of memory, and leaves low memory alone.
 */
static const uint64_t ends[] = { 2 * MIB, 16 * MIB, 32 * MIB, 64 * MIB, 128 * MIB, 512 * MIB };

/* Return: whether there is one that is free and, if @known, has been ours. */
static bool claim_place(struct boot *boot, bool known)
{
	for (unsigned i = 0; i < ARRAY_COUNT(ends); i++) {
		hpa_t place = hpa(ends[i] - KEEP_BYTES);
		uint32_t mark = memmap_mark();

		if (memmap_claim(boot, place, KEEP_BYTES) != OK) {
			continue;
		}
		if (!known || keep_known((void *)place.value)) {
			boot->info->keep = place;
			return true;
		}
		memmap_give_back(boot, mark);
	}
	return false;
}

void keep_claim(struct boot *boot)
{
	if (!claim_place(boot, true) && !claim_place(boot, false)) {
		text_line("Muntin: log and crash record will not outlive a reset: firmware has "
			  "taken all memory they could be found in again");
	}
}
