/* SPDX-License-Identifier: Apache-2.0 */
/* host_memory.c: a look at memory of the machine that Muntin has not mapped. */
#include "kernel/host_memory.h"

#include "arch/cpu/insn.h"
#include "kernel/address_space.h"
#include "kernel/inspect.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"

#define LEAF_ADDRESS_BITS 0x80000008u

/* A page-table entry with address bits the processor does not have is a fault. */
static uint64_t address_end(void)
{
	return (uint64_t)1 << min_u64(cpuid(LEAF_ADDRESS_BITS, 0).eax & 0xFF, 52);
}

static bool meets(uint64_t at, uint64_t end, uint64_t base, uint64_t bytes)
{
	return at < base + bytes && base < end;
}

static bool is_guest_ram(uint64_t at, uint64_t end)
{
	const struct plan *plan = &inspect_boot()->plan;

	for (uint32_t g = 0; g < plan->guest_count; g++) {
		const struct plan_guest *guest = &plan->guests[g];

		for (uint32_t i = 0; i < guest->ram_count; i++) {
			if (meets(at, end, guest->ram[i].hpa.value, guest->ram[i].bytes)) {
				return true;
			}
		}
	}
	return false;
}

/* The arena as a whole, guard pages included; before it in the list comes all else that is mapped. */
static bool is_ours(uint64_t at, uint64_t end)
{
	const struct plan *plan = &inspect_boot()->plan;
	uint32_t others = address_space_ranges() - memory_piece_count();
	struct address_space_range range;
	bool ours = meets(at, end, plan->arena.value, plan->arena_bytes);

	for (uint32_t i = 0; !ours && i < others; i++) {
		address_space_range(i, &range);
		ours = range.bytes > 0 && meets(at, end, range.base, range.bytes);
	}
	return ours;
}

bool host_memory_read(hpa_t at, void *to, size_t bytes)
{
	uint64_t end = at.value + bytes;

	if (at.value < PAGE_SIZE || end < at.value || end > address_end() ||
	    is_guest_ram(at.value, end) || is_ours(at.value, end)) {
		return false;
	}
	for (size_t done = 0; done < bytes;) {
		uint64_t from = at.value + done;
		size_t part = min_u64(bytes - done, PAGE_SIZE - from % PAGE_SIZE);
		const uint8_t *page = window_open(hpa(align_down(from, PAGE_SIZE)));

		memcpy((uint8_t *)to + done, page + from % PAGE_SIZE, part);
		window_close();
		done += part;
	}
	return true;
}
