/* SPDX-License-Identifier: Apache-2.0 */
/* vhpet.c: a guest's high precision event timers. */
#include "kernel/vdev/vhpet.h"

#include "kernel/lib/string.h"

/* "Register Overview". */
enum {
	REG_CAPABILITIES = 0x000,
	REG_CONFIGURATION = 0x010,
	REG_STATUS = 0x020,
	REG_COUNTER = 0x0F0,
	REG_TIMERS = 0x100,
	TIMER_STRIDE = 0x20,
	TIMER_CONFIGURATION = 0x00,
	TIMER_COMPARATOR = 0x08,
};

/* "General Configuration Register", "Timer N Configuration and Capabilities Register". */
enum {
	ENABLE_CNF = 1 << 0,
	LEG_RT_CNF = 1 << 1,

	INT_TYPE_LEVEL = 1 << 1,
	INT_ENB = 1 << 2,
	TYPE_PERIODIC = 1 << 3,
	PER_INT_CAP = 1 << 4,
	SIZE_CAP = 1 << 5,
	VAL_SET = 1 << 6,
	MODE_32 = 1 << 8,
	ROUTE_SHIFT = 9,
	ROUTE = 0x1F << ROUTE_SHIFT,
	CONFIG_WRITABLE = INT_TYPE_LEVEL | INT_ENB | TYPE_PERIODIC | VAL_SET | MODE_32,
};

#define TICK_FEMTOSECONDS (VHPET_TICK_NS * UINT64_C(1000000))
/* Pins 20 to 23 of the IOAPIC: no device of the board is there. */
#define ROUTE_CAP UINT64_C(0x00F00000)

_Static_assert(TICK_FEMTOSECONDS <= 0x05F5E100, "\"Counter Tick Period\": at most 100 ns");
_Static_assert(((VHPET_BLOCK_ID >> 8 & 0x1F) + 1) == VHPET_TIMERS, "\"Number of Timers\"");

static uint64_t tick_at(uint64_t now)
{
	return now / VHPET_TICK_NS;
}

static uint64_t counter_at(const struct vhpet *hpet, uint64_t tick)
{
	return hpet->enabled ? hpet->base + tick : hpet->base;
}

/** set_counter() - and look at every comparator again. */
static void set_counter(struct vhpet *hpet, uint64_t value, uint64_t tick)
{
	hpet->base = hpet->enabled ? value - tick : value;
	for (unsigned i = 0; i < VHPET_TIMERS; i++) {
		hpet->timers[i].from = tick;
	}
}

static bool is_level(const struct vhpet_timer *timer)
{
	return (timer->config & INT_TYPE_LEVEL) != 0;
}

static bool is_enabled(const struct vhpet_timer *timer)
{
	return (timer->config & INT_ENB) != 0;
}

static bool is_periodic(const struct vhpet_timer *timer)
{
	return (timer->config & TYPE_PERIODIC) != 0 && timer->period != 0;
}

/** width_of() - what is compared and added ("32-bit Timers"). */
static uint64_t width_of(const struct vhpet_timer *timer)
{
	return timer->config & MODE_32 ? UINT32_MAX : UINT64_MAX;
}

/** is_legacy() - "LegacyReplacement Route" takes the first two timers away from their own route. */
static bool is_legacy(const struct vhpet *hpet, unsigned index)
{
	return hpet->legacy && index < 2;
}

static unsigned gsi_of(const struct vhpet *hpet, unsigned index)
{
	if (is_legacy(hpet, index)) {
		return index == 0 ? VHPET_LEGACY_GSI_TIMER : VHPET_LEGACY_GSI_RTC;
	}
	return (hpet->timers[index].config & ROUTE) >> ROUTE_SHIFT;
}

static void set_pin(const struct vhpet *hpet, unsigned gsi, bool level)
{
	hpet->line.set(hpet->line.context, gsi, level);
}

/** level_pins() - which pins timers hold high now. */
static uint32_t level_pins(const struct vhpet *hpet)
{
	uint32_t pins = 0;

	for (unsigned i = 0; i < VHPET_TIMERS; i++) {
		const struct vhpet_timer *timer = &hpet->timers[i];
		bool asks = ((hpet->status | hpet->edges) >> i & 1) != 0;
		bool high = asks && is_enabled(timer) && hpet->enabled;

		pins |= (high ? 1U : 0) << gsi_of(hpet, i);
	}
	return pins;
}

static void drive(struct vhpet *hpet)
{
	uint32_t pins = level_pins(hpet);
	uint32_t changed = pins ^ hpet->pins;

	hpet->pins = pins;
	for (unsigned gsi = 0; changed >> gsi != 0; gsi++) {
		if (changed >> gsi & 1) {
			set_pin(hpet, gsi, (pins >> gsi & 1) != 0);
		}
	}
}

/** first_match() - the first tick, not yet looked at, at which counter and comparator are equal. */
static uint64_t first_match(const struct vhpet *hpet, const struct vhpet_timer *timer)
{
	uint64_t ahead = (timer->comparator - counter_at(hpet, timer->from)) & width_of(timer);

	return ahead > UINT64_MAX - timer->from ? UINT64_MAX : timer->from + ahead;
}

/** go_on() - behind the matches from @match to @tick ("Periodic Mode": the comparator is increased). */
static void go_on(struct vhpet_timer *timer, uint64_t match, uint64_t tick)
{
	if (is_periodic(timer)) {
		uint64_t matches = (tick - match) / timer->period + 1;

		timer->comparator += matches * timer->period;
		timer->comparator &= width_of(timer);
	}
	timer->from = tick + 1;
}

/** drop_edges() - those that no legacy route and no edge-triggered timer that runs holds up any more. */
static void drop_edges(struct vhpet *hpet)
{
	for (unsigned i = 0; i < VHPET_TIMERS; i++) {
		const struct vhpet_timer *timer = &hpet->timers[i];
		bool holds = is_legacy(hpet, i) && is_enabled(timer) && !is_level(timer);

		if (!holds || !hpet->enabled) {
			hpet->edges &= ~(1U << i);
		}
	}
}

/** raise_edge() - low first, if the one before is still up. */
static void raise_edge(struct vhpet *hpet, unsigned index)
{
	hpet->edges &= ~(1U << index);
	drive(hpet);
	hpet->edges |= 1U << index;
	drive(hpet);
	drop_edges(hpet);
	drive(hpet);
}

/** fire() - a level stays in the status register, enabled or not; an edge is over at once, but on a legacy route. */
static void fire(struct vhpet *hpet, unsigned index)
{
	const struct vhpet_timer *timer = &hpet->timers[index];

	if (is_level(timer)) {
		hpet->status |= 1U << index;
	} else if (is_enabled(timer)) {
		raise_edge(hpet, index);
	}
}

static void catch_up(struct vhpet *hpet, uint64_t tick)
{
	for (unsigned i = 0; i < VHPET_TIMERS && hpet->enabled; i++) {
		uint64_t match = first_match(hpet, &hpet->timers[i]);

		if (match <= tick) {
			go_on(&hpet->timers[i], match, tick);
			fire(hpet, i);
		}
	}
	drive(hpet);
}

static uint64_t read_timer(const struct vhpet_timer *timer, uint32_t reg)
{
	switch (reg) {
	case TIMER_CONFIGURATION:
		return timer->config | PER_INT_CAP | SIZE_CAP | ROUTE_CAP << 32;
	case TIMER_COMPARATOR:
		return timer->comparator;
	default:
		return 0;
	}
}

/** read_register() - all 64 bits of the one at @offset, a multiple of 8; 0 where there is none. */
static uint64_t read_register(const struct vhpet *hpet, uint32_t offset, uint64_t tick)
{
	uint32_t timer = (offset - REG_TIMERS) / TIMER_STRIDE;

	if (offset >= REG_TIMERS) {
		return timer < VHPET_TIMERS
			       ? read_timer(&hpet->timers[timer], offset % TIMER_STRIDE)
			       : 0;
	}
	switch (offset) {
	case REG_CAPABILITIES:
		return TICK_FEMTOSECONDS << 32 | VHPET_BLOCK_ID;
	case REG_CONFIGURATION:
		return (hpet->enabled ? ENABLE_CNF : 0) | (hpet->legacy ? LEG_RT_CNF : 0);
	case REG_STATUS:
		return hpet->status;
	case REG_COUNTER:
		return counter_at(hpet, tick);
	default:
		return 0;
	}
}

/** struct part - what a write says of a register: the bits in @mask. */
struct part {
	uint64_t value;
	uint64_t mask;
};

static uint64_t with(uint64_t old, struct part part)
{
	return (old & ~part.mask) | (part.value & part.mask);
}

/** cut() - in 32-bit mode there is no upper half. */
static void cut(struct vhpet_timer *timer)
{
	timer->comparator &= width_of(timer);
	timer->period &= width_of(timer);
}

/** choose_route() - a route that is not offered is not taken, which software can read back ("INT_ROUTE_CNF"). */
static uint32_t choose_route(uint32_t old, uint32_t wanted)
{
	uint32_t gsi = (wanted & ROUTE) >> ROUTE_SHIFT;

	return (ROUTE_CAP >> gsi & 1) != 0 ? wanted & ROUTE : old & ROUTE;
}

static void write_timer_config(struct vhpet *hpet, unsigned index, struct part part)
{
	struct vhpet_timer *timer = &hpet->timers[index];
	uint32_t wanted = (uint32_t)with(timer->config, part);

	timer->config = (wanted & CONFIG_WRITABLE) | choose_route(timer->config, wanted);
	if (!is_level(timer)) {
		hpet->status &= ~(1U << index);
	}
	cut(timer);
}

/**
 * write_comparator() - of a periodic timer the period, and the comparator itself only behind VAL_SET, which
 * that write ends ("Timer N Comparator Value Register", "VAL_SET_CNF").
 */
static void write_comparator(struct vhpet_timer *timer, struct part part, uint64_t tick)
{
	bool only_period = (timer->config & (TYPE_PERIODIC | VAL_SET)) == TYPE_PERIODIC;

	timer->period = with(timer->period, part);
	timer->config &= ~(uint32_t)VAL_SET;
	if (!only_period) {
		timer->comparator = with(timer->comparator, part);
		timer->from = tick;
	}
	cut(timer);
}

static void write_timer(struct vhpet *hpet, uint32_t offset, struct part part, uint64_t tick)
{
	uint32_t index = (offset - REG_TIMERS) / TIMER_STRIDE;

	if (index >= VHPET_TIMERS) {
		return;
	}
	if (offset % TIMER_STRIDE == TIMER_CONFIGURATION) {
		write_timer_config(hpet, index, part);
	} else if (offset % TIMER_STRIDE == TIMER_COMPARATOR) {
		write_comparator(&hpet->timers[index], part, tick);
	}
}

static void write_configuration(struct vhpet *hpet, struct part part, uint64_t tick)
{
	uint64_t value = with(read_register(hpet, REG_CONFIGURATION, tick), part);
	bool enable = (value & ENABLE_CNF) != 0;
	uint64_t counter = counter_at(hpet, tick);

	hpet->legacy = (value & LEG_RT_CNF) != 0;
	if (enable != hpet->enabled) {
		hpet->enabled = enable;
		set_counter(hpet, counter, tick);
	}
}

static void write_register(struct vhpet *hpet, uint32_t offset, struct part part, uint64_t tick)
{
	if (offset >= REG_TIMERS) {
		write_timer(hpet, offset, part, tick);
	} else if (offset == REG_CONFIGURATION) {
		write_configuration(hpet, part, tick);
	} else if (offset == REG_STATUS) { /* writing 1 clears */
		hpet->status &= ~(uint32_t)(part.value & part.mask);
	} else if (offset == REG_COUNTER) {
		set_counter(hpet, with(counter_at(hpet, tick), part), tick);
	}
}

void vhpet_init(struct vhpet *hpet, struct irq_line line)
{
	memset(hpet, 0, sizeof(*hpet));
	hpet->line = line;
	for (unsigned i = 0; i < VHPET_TIMERS; i++) {
		hpet->timers[i].comparator = UINT64_MAX;
	}
}

uint64_t vhpet_read(struct vhpet *hpet, uint32_t offset, unsigned bytes, uint64_t now)
{
	uint64_t ones = UINT64_MAX >> (64 - 8 * bytes);
	uint64_t tick = tick_at(now);

	if (!is_aligned(offset, bytes)) {
		return ones;
	}
	if (offset != REG_COUNTER) {
		catch_up(hpet, tick);
	}
	return read_register(hpet, offset & ~7U, tick) >> (offset % 8 * 8) & ones;
}

void vhpet_write(struct vhpet *hpet, uint32_t offset, unsigned bytes, uint64_t value, uint64_t now)
{
	uint64_t tick = tick_at(now);
	unsigned shift = offset % 8 * 8;

	if (bytes < 4 || !is_aligned(offset, bytes)) {
		return;
	}
	struct part part = { value << shift, UINT64_MAX >> (64 - 8 * bytes) << shift };

	catch_up(hpet, tick);
	write_register(hpet, offset & ~7U, part, tick);
	drop_edges(hpet);
	catch_up(hpet, tick);
}

static uint64_t deadline_of(const struct vhpet *hpet, unsigned index, uint64_t now)
{
	const struct vhpet_timer *timer = &hpet->timers[index];
	uint64_t match = first_match(hpet, timer);

	if (!is_enabled(timer) || (hpet->status >> index & 1) != 0 ||
	    match > UINT64_MAX / VHPET_TICK_NS) {
		return VDEV_NEVER;
	}
	return is_periodic(timer) ? max_u64(match * VHPET_TICK_NS, now + VHPET_PERIOD_MIN_NS)
				  : match * VHPET_TICK_NS;
}

uint64_t vhpet_poll(struct vhpet *hpet, uint64_t now)
{
	uint64_t next = VDEV_NEVER;

	catch_up(hpet, tick_at(now));
	for (unsigned i = 0; i < VHPET_TIMERS && hpet->enabled; i++) {
		next = min_u64(next, deadline_of(hpet, i, now));
	}
	return next;
}

bool vhpet_replaces(const struct vhpet *hpet, unsigned gsi)
{
	return hpet->legacy && (gsi == VHPET_LEGACY_GSI_TIMER || gsi == VHPET_LEGACY_GSI_RTC);
}
