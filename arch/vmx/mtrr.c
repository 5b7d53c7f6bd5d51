/* SPDX-License-Identifier: Apache-2.0 */
/* mtrr.c: which memory type the machine's MTRRs give to which physical memory. */
#include "arch/vmx/mtrr.h"

/* SDM Vol. 3A, "MTRR Feature Identification" and "Setting Memory Ranges with MTRRs". */
#define CAP_COUNT      ((uint64_t)0xff)
#define CAP_FIXED      ((uint64_t)1 << 8)
#define DEFTYPE_TYPE   ((uint64_t)0xff)
#define DEFTYPE_FIXED  ((uint64_t)1 << 10)
#define DEFTYPE_ENABLE ((uint64_t)1 << 11)
#define PAIR_TYPE      ((uint64_t)0xff)
#define PAIR_VALID     ((uint64_t)1 << 11)
#define FIXED_END      MIB

/* No type of the manual: so far no variable range matched. */
#define TYPE_NONE 0xff

/* SDM Vol. 3A, "Fixed Range MTRRs": by the addresses they are for. */
const uint32_t mtrr_fixed_msrs[MTRR_FIXED_COUNT] = { 0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
						     0x26b, 0x26c, 0x26d, 0x26e, 0x26f };

/** struct fixed_block - fixed-range MSRs of one granularity; each MSR has eight types. */
struct fixed_block {
	uint64_t start;
	uint64_t step; /* bytes that one type is for */
	unsigned first;
};

/* SDM Vol. 3A, "Fixed Range MTRRs". From the last to the first, so that the first match holds. */
static const struct fixed_block fixed_blocks[] = {
	{ 0xc0000, 4 * KIB, 3 },
	{ 0x80000, 16 * KIB, 1 },
	{ 0, 64 * KIB, 0 },
};

static uint8_t valid_or_uc(uint64_t type)
{
	return memory_type_is_valid(type) ? (uint8_t)type : MEMORY_TYPE_UC;
}

static struct mtrr_run fixed_at(const struct mtrr_state *state, uint64_t at)
{
	const struct fixed_block *block = fixed_blocks;

	while (at < block->start) {
		block++;
	}
	uint64_t index = (at - block->start) / block->step;
	uint64_t types = state->fixed[block->first + index / 8];

	return (struct mtrr_run){
		.bytes = block->step - at % block->step,
		.type = valid_or_uc(types >> (index % 8 * 8) & 0xff),
	};
}

/** combine() - the type of memory two variable ranges claim; UC where the manual has no rule. */
static uint8_t combine(uint8_t one, uint8_t other)
{
	if (one == TYPE_NONE || one == other) {
		return other;
	}
	bool through = (one == MEMORY_TYPE_WT && other == MEMORY_TYPE_WB) ||
		       (one == MEMORY_TYPE_WB && other == MEMORY_TYPE_WT);

	return through ? MEMORY_TYPE_WT : MEMORY_TYPE_UC;
}

/** struct pair_view - a valid pair with the bits that are no address taken out. */
struct pair_view {
	uint64_t base;
	uint64_t mask;
	uint64_t block; /* match does not change inside of an aligned block of this many bytes */
};

static struct pair_view view_of(const struct mtrr_state *state, const struct mtrr_pair *pair)
{
	uint64_t end = (uint64_t)1 << state->physical_bits;
	uint64_t mask = pair->mask & (end - PAGE_SIZE);

	return (struct pair_view){ pair->base & mask, mask, mask != 0 ? mask & -mask : end };
}

static bool matches(const struct pair_view *view, uint64_t at)
{
	return (at & view->mask) == view->base;
}

/**
 * steady_bytes() - for how long, from @at, the answer of matches() is known not to change.
 *
 * A mask without holes makes one range, so the way to it (or behind it) is one step. A mask with
 * holes makes many; then it goes block by block.
 */
static uint64_t steady_bytes(const struct mtrr_state *state, const struct pair_view *view,
			     uint64_t at)
{
	uint64_t end = (uint64_t)1 << state->physical_bits;
	bool has_holes = (view->mask | (view->block - 1)) != end - 1;

	if (has_holes || matches(view, at)) {
		return view->block - at % view->block;
	}
	return at < view->base ? view->base - at : end - at;
}

static struct mtrr_run variable_at(const struct mtrr_state *state, uint64_t at)
{
	struct mtrr_run run = { UINT64_MAX, TYPE_NONE };

	for (unsigned i = 0; i < (state->cap & CAP_COUNT); i++) {
		const struct mtrr_pair *pair = &state->variable[i];

		if ((pair->mask & PAIR_VALID) == 0) {
			continue;
		}
		struct pair_view view = view_of(state, pair);

		run.bytes = min_u64(run.bytes, steady_bytes(state, &view, at));
		if (matches(&view, at)) {
			run.type = combine(run.type, valid_or_uc(pair->base & PAIR_TYPE));
		}
	}
	if (run.type == TYPE_NONE) {
		run.type = valid_or_uc(state->deftype & DEFTYPE_TYPE);
	}
	return run;
}

/** run_at() - the type at @at, for a while; what follows may be of the same type. */
static struct mtrr_run run_at(const struct mtrr_state *state, uint64_t at)
{
	bool has_fixed = (state->cap & CAP_FIXED) != 0 && (state->deftype & DEFTYPE_FIXED) != 0;

	if ((state->deftype & DEFTYPE_ENABLE) == 0) {
		return (struct mtrr_run){ UINT64_MAX, MEMORY_TYPE_UC };
	}
	return has_fixed && at < FIXED_END ? fixed_at(state, at) : variable_at(state, at);
}

static enum status check(const struct mtrr_state *state, uint64_t start, uint64_t limit)
{
	if (limit == 0 || (state->cap & CAP_COUNT) > MTRR_VARIABLE_MAX ||
	    state->physical_bits < 32 || state->physical_bits > 52) {
		return E_INVALID;
	}
	if (!is_aligned(start | limit, PAGE_SIZE)) {
		return E_UNALIGNED;
	}
	uint64_t end = (uint64_t)1 << state->physical_bits;

	return limit <= end && start <= end - limit ? OK : E_RANGE;
}

enum status mtrr_range(const struct mtrr_state *state, hpa_t start, uint64_t limit,
		       struct mtrr_run *run)
{
	enum status status = check(state, start.value, limit);

	if (status != OK) {
		return status;
	}
	*run = run_at(state, start.value);
	while (run->bytes < limit) {
		struct mtrr_run next = run_at(state, start.value + run->bytes);

		if (next.type != run->type) {
			return OK;
		}
		run->bytes += min_u64(next.bytes, limit);
	}
	run->bytes = limit;
	return OK;
}
