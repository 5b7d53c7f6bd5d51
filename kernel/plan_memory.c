/* SPDX-License-Identifier: Apache-2.0 */
/* plan_memory.c: where in the machine's memory the arena and the guests' RAM go. */
#include "kernel/plan_memory.h"

#include "kernel/lib/addr.h"
#include "kernel/lib/types.h"

/* Real mode's memory: starting processors and firmware need it, so no guest gets it. */
#define MEMORY_START (1 * MIB)
/*
 * No processor has more physical-address bits (SDM Vol. 3A, "Enumeration of Paging
 * Features by CPUID").
 */
#define MEMORY_END ((uint64_t)1 << 52)

/* Everything that placing needs; what is taken is read off the plan itself. */
struct placing {
	const struct config *config;
	const struct machine *machine;
	struct plan *plan;
};

/* A stretch of memory, @end not included. */
struct stretch {
	uint64_t start;
	uint64_t end;
};

struct free_sum {
	uint64_t bytes;
	uint64_t largest;
};

/* Taken places: the arena, then the pieces of each guest. An unused place is empty. */
enum { TAKEN_COUNT = 1 + CONFIG_GUESTS_MAX * PLAN_RAM_MAX };

static struct stretch taken(const struct plan *plan, uint32_t place)
{
	if (place == 0) {
		return (struct stretch){ plan->arena.value, plan->arena.value + plan->arena_bytes };
	}
	const struct plan_guest *guest = &plan->guests[(place - 1) / PLAN_RAM_MAX];
	uint32_t piece = (place - 1) % PLAN_RAM_MAX;
	if (piece >= guest->ram_count) {
		return (struct stretch){ 0, 0 };
	}
	const struct plan_ram *ram = &guest->ram[piece];
	return (struct stretch){ ram->hpa.value, ram->hpa.value + ram->bytes };
}

/* The first address from @at on that is not taken. */
static uint64_t skip_taken(const struct plan *plan, uint64_t at)
{
	uint64_t before;

	do {
		before = at;
		for (uint32_t i = 0; i < TAKEN_COUNT; i++) {
			struct stretch t = taken(plan, i);

			at = t.start <= at && at < t.end ? t.end : at;
		}
	} while (at != before);
	return at;
}

static uint64_t next_taken(const struct plan *plan, uint64_t at, uint64_t end)
{
	for (uint32_t i = 0; i < TAKEN_COUNT; i++) {
		struct stretch t = taken(plan, i);

		end = t.start < t.end && t.start >= at ? min_u64(end, t.start) : end;
	}
	return end;
}

/* The first free stretch that has bytes at or above @from; false when there is none. */
static bool next_free(const struct placing *p, uint64_t from, struct stretch *found)
{
	for (uint32_t i = 0; i < p->machine->range_count && i < MACHINE_RANGES_MAX; i++) {
		const struct machine_range *range = &p->machine->ranges[i];

		if (range->bytes > MEMORY_END || range->base.value > MEMORY_END - range->bytes) {
			continue;
		}
		uint64_t end = range->base.value + range->bytes;
		uint64_t start = max_u64(range->base.value, max_u64(from, MEMORY_START));
		start = start < end ? skip_taken(p->plan, start) : start;
		if (start < end) {
			*found = (struct stretch){ start, next_taken(p->plan, start, end) };
			return true;
		}
	}
	return false;
}

/* Bytes of whole units in @s. */
static uint64_t usable(struct stretch s)
{
	uint64_t start = align_up(s.start, CONFIG_MEMORY_UNIT);
	uint64_t end = align_down(s.end, CONFIG_MEMORY_UNIT);

	return start < end ? end - start : 0;
}

static struct free_sum sum_free(const struct placing *p)
{
	struct free_sum sum = { 0, 0 };
	struct stretch s = { 0, 0 };

	while (next_free(p, s.end, &s)) {
		sum.bytes += usable(s);
		sum.largest = max_u64(sum.largest, usable(s));
	}
	return sum;
}

/*
 * The arena goes to the end of that stretch below 4 GiB where it costs the guests the fewest units,
 * the highest of equals: low memory is what starting processors and DMA may ask for one day.
 */
static void place_arena(const struct placing *p, struct report *report)
{
	uint64_t bytes = plan_arena_bytes(p->config, p->machine->cpu_count);
	uint64_t least = UINT64_MAX;
	uint64_t largest = 0;
	struct stretch s = { 0, 0 };

	while (next_free(p, s.end, &s)) {
		struct stretch low = { s.start, min_u64(s.end, 4 * GIB) };

		if (low.start >= low.end) {
			continue;
		}
		largest = max_u64(largest, low.end - low.start);
		if (low.end - low.start < bytes) {
			continue;
		}
		struct stretch left = { low.start, low.end - bytes };
		uint64_t cost = usable(low) - usable(left);
		if (cost <= least) {
			least = cost;
			p->plan->arena = hpa(left.end);
		}
	}
	if (least == UINT64_MAX) {
		report_add(report, 0,
			   "the hypervisor itself needs %luK in one piece between 1M and 4G, the "
			   "largest there has %luK: use fewer or smaller guests, or a machine with "
			   "more memory",
			   bytes / KIB, largest / KIB);
		return;
	}
	p->plan->arena_bytes = bytes;
}

/* Where in @s a piece for @offset of a guest starts so that pages of @page bytes fit both sides. */
static uint64_t spot_in(struct stretch s, uint64_t offset, uint64_t page)
{
	return align_up(s.start - min_u64(s.start, offset % page), page) + offset % page;
}

/* Best fit: the stretch that has the least left over, the lowest of equals. */
static bool find_spot(const struct placing *p, struct plan_ram *piece, uint64_t page)
{
	uint64_t least = UINT64_MAX;
	struct stretch s = { 0, 0 };

	while (next_free(p, s.end, &s)) {
		uint64_t at = spot_in(s, piece->gpa.value, page);

		if (at < s.end && s.end - at >= piece->bytes && usable(s) < least) {
			least = usable(s);
			piece->hpa = hpa(at);
		}
	}
	return least != UINT64_MAX;
}

/* Guest-physical address of byte @offset of a guest's RAM: from 3 GiB on it is above the hole. */
static gpa_t ram_gpa(uint64_t offset)
{
	uint64_t hole = PLAN_HOLE_END - PLAN_HOLE_START;

	return gpa(offset < PLAN_HOLE_START ? offset : offset + hole);
}

/* Adds @piece to @guest, in two when it reaches over the hole; its gpa is an offset so far. */
static bool add_piece(struct plan_guest *guest, struct plan_ram piece)
{
	while (piece.bytes > 0) {
		uint64_t offset = piece.gpa.value;
		uint64_t room = offset < PLAN_HOLE_START ? PLAN_HOLE_START - offset : UINT64_MAX;
		uint64_t bytes = min_u64(piece.bytes, room);

		if (guest->ram_count >= PLAN_RAM_MAX) {
			return false;
		}
		guest->ram[guest->ram_count++] =
			(struct plan_ram){ ram_gpa(offset), piece.hpa, bytes };
		piece.gpa.value += bytes;
		piece.hpa.value += bytes;
		piece.bytes -= bytes;
	}
	return true;
}

/* A guest that fits no stretch takes the largest ones whole, then one that fits the rest. */
static bool place_guest(const struct placing *p, uint32_t index, bool huge)
{
	struct plan_guest *guest = &p->plan->guests[index];
	uint64_t memory = p->config->guests[index].memory_bytes;
	uint64_t offset = 0;

	while (offset < memory) {
		struct plan_ram piece = { gpa(offset), hpa(0), memory - offset };
		bool found = huge && piece.bytes >= GIB && find_spot(p, &piece, GIB);

		if (!found && !find_spot(p, &piece, CONFIG_MEMORY_UNIT)) {
			piece.bytes = sum_free(p).largest;
			found = piece.bytes > 0 && find_spot(p, &piece, CONFIG_MEMORY_UNIT);
			if (!found) {
				return false;
			}
		}
		if (!add_piece(guest, piece)) {
			return false;
		}
		offset += piece.bytes;
	}
	return true;
}

/* The largest guest that is not in @done, the first of equals. */
static uint32_t next_guest(const struct config *config, uint32_t done)
{
	uint32_t best = CONFIG_GUESTS_MAX;

	for (uint32_t i = 0; i < config->guest_count; i++) {
		bool open = (done >> i & 1) == 0;

		if (open && (best == CONFIG_GUESTS_MAX ||
			     config->guests[i].memory_bytes > config->guests[best].memory_bytes)) {
			best = i;
		}
	}
	return best;
}

/* How many pieces all guests are in; UINT32_MAX when one of them (its ram_count is 0) has none. */
static uint32_t place_guests(const struct placing *p, bool huge)
{
	uint32_t pieces = 0;
	uint32_t done = 0;

	for (uint32_t i = 0; i < p->config->guest_count; i++) {
		p->plan->guests[i].ram_count = 0;
	}
	for (uint32_t i = 0; i < p->config->guest_count; i++) {
		uint32_t index = next_guest(p->config, done);
		struct plan_guest *guest = &p->plan->guests[index];

		done |= (uint32_t)1 << index;
		if (!place_guest(p, index, huge)) {
			guest->ram_count = 0;
			pieces = UINT32_MAX;
		}
		pieces = pieces == UINT32_MAX ? pieces : pieces + guest->ram_count;
	}
	return pieces;
}

static void report_unplaced(const struct placing *p, uint64_t there, struct report *report)
{
	struct free_sum left = sum_free(p);
	uint64_t asked = 0;

	for (uint32_t i = 0; i < p->config->guest_count; i++) {
		asked += p->config->guests[i].memory_bytes;
	}
	for (uint32_t i = 0; i < p->config->guest_count; i++) {
		const struct config_guest *guest = &p->config->guests[i];

		/* One whose line was not understood asks for nothing. */
		if (p->plan->guests[i].ram_count > 0 || guest->memory_bytes == 0) {
			continue;
		}
		report_add(
			report, guest->line.memory,
			"guest \"%s\" asks for %luM of memory, free for it are %luM (largest "
			"piece %luM, at most %d pieces): all guests ask for %luM, this machine has "
			"%luM for guests; write less",
			guest->name, guest->memory_bytes / MIB, left.bytes / MIB,
			left.largest / MIB, PLAN_RAM_MAX, asked / MIB, there / MIB);
	}
}

void plan_memory(const struct config *config, const struct machine *machine, struct plan *plan,
		 struct report *report)
{
	struct placing p = { config, machine, plan };

	place_arena(&p, report);
	if (plan->arena_bytes == 0) {
		return;
	}
	uint64_t there = sum_free(&p).bytes;
	/* Alignment to 1 GiB wastes what lies in front: only if no guest gets torn for it. */
	uint32_t pieces = place_guests(&p, false);
	if (place_guests(&p, true) > pieces) {
		pieces = place_guests(&p, false);
	}
	if (pieces == UINT32_MAX) {
		place_guests(&p, false);
		report_unplaced(&p, there, report);
	}
}
