/* SPDX-License-Identifier: Apache-2.0 */
/* memory_map.c: who owns which page. */
#include "kernel/memory_map.h"

#include "kernel/address_space.h"
#include "kernel/inspect.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"

static const char *access_text(uint32_t flags)
{
	if ((flags & PAGING_EXEC) != 0) {
		return "rx";
	}
	return (flags & PAGING_WRITE) != 0 ? "rw" : "ro";
}

static void from_range(const struct address_space_range *range, struct memory_map_piece *piece)
{
	uint64_t start = align_down(range->base, PAGE_SIZE);
	uint64_t end = range->bytes > 0 ? align_up(range->base + range->bytes, PAGE_SIZE) : start;

	*piece = (struct memory_map_piece){ .base = start,
					    .bytes = end - start,
					    .guest = range->guest,
					    .access = access_text(range->flags) };
	format(piece->what, sizeof(piece->what), range->cpu < 0 ? "%s" : "%s %d", range->what,
	       range->cpu);
}

/* The last range is the rest of the arena: what was given out of it, then what nobody got. */
static bool in_arena(uint32_t index, const struct address_space_range *rest,
		     struct memory_map_piece *piece)
{
	uint64_t free = memory_free();

	if (index > 1) {
		return false;
	}
	from_range(rest, piece);
	piece->base += index == 0 ? 0 : rest->bytes - free;
	piece->bytes = index == 0 ? rest->bytes - free : free;
	format(piece->what, sizeof(piece->what), "arena, %s", index == 0 ? "used" : "free");
	return true;
}

static bool guest_ram(uint32_t index, struct memory_map_piece *piece)
{
	const struct boot_info *info = inspect_boot();

	for (uint32_t g = 0; g < info->plan.guest_count; g++) {
		const struct plan_guest *guest = &info->plan.guests[g];

		if (index >= guest->ram_count) {
			index -= guest->ram_count;
			continue;
		}
		*piece = (struct memory_map_piece){ .base = guest->ram[index].hpa.value,
						    .bytes = guest->ram[index].bytes,
						    .guest = info->config.guests[g].name,
						    .access = "rwx",
						    .is_ram = true,
						    .gpa = guest->ram[index].gpa.value,
						    .what = "RAM" };
		return true;
	}
	return false;
}

bool memory_map(uint32_t index, struct memory_map_piece *piece)
{
	uint32_t ranges = address_space_ranges();
	struct address_space_range range;

	if (index < ranges - 1) {
		address_space_range(index, &range);
		from_range(&range, piece);
		return true;
	}
	address_space_range(ranges - 1, &range);
	return in_arena(index - (ranges - 1), &range, piece) ||
	       guest_ram(index - (ranges - 1) - 2, piece);
}

bool memory_map_next(uint64_t from, struct memory_map_piece *piece)
{
	struct memory_map_piece other;
	bool found = false;

	for (uint32_t i = 0; memory_map(i, &other); i++) {
		if (other.bytes > 0 && other.base >= from && (!found || other.base < piece->base)) {
			*piece = other;
			found = true;
		}
	}
	return found;
}
