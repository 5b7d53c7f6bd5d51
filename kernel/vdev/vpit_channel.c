/* SPDX-License-Identifier: Apache-2.0 */
/* vpit_channel.c: one counter of an 8254. */
#include "kernel/vdev/vpit_channel.h"

#include "kernel/lib/string.h"
#include "kernel/vdev/vdev.h"

/* 8254, "Mode Definitions". */
enum {
	MODE_TERMINAL_COUNT = 0,
	MODE_ONE_SHOT = 1, /* retriggerable by the gate */
	MODE_RATE = 2,
	MODE_SQUARE = 3,
	MODE_SOFTWARE_STROBE = 4,
	MODE_HARDWARE_STROBE = 5, /* triggered by the gate */
};

/* 8254, "Control Word Format", "Read-Back Command", "Counter Latch Command". */
enum {
	CONTROL_BCD = 1 << 0,
	CONTROL_MODE_SHIFT = 1,
	CONTROL_MODE = 7,
	CONTROL_ACCESS_SHIFT = 4,
	CONTROL_ACCESS = 3,
	ACCESS_LATCH = 0,
	ACCESS_LOW = 1,
	ACCESS_HIGH = 2,
	ACCESS_BOTH = 3,

	READ_BACK_NOT_STATUS = 1 << 4,
	READ_BACK_NOT_COUNT = 1 << 5,

	STATUS_NULL_COUNT = 1 << 6,
	STATUS_OUTPUT = 1 << 7,
};

static bool is_periodic(const struct vpit_channel *channel)
{
	return channel->mode == MODE_RATE || channel->mode == MODE_SQUARE;
}

static bool is_triggered(const struct vpit_channel *channel)
{
	return channel->mode == MODE_ONE_SHOT || channel->mode == MODE_HARDWARE_STROBE;
}

/** take_next() - let a count that waited for the end of the cycle or half-cycle become the count. */
static void take_next(struct vpit_channel *channel, uint64_t tick)
{
	if (channel->counting && channel->next_pending && tick >= channel->next_start) {
		channel->next_pending = false;
		channel->reload = channel->next_reload;
		channel->start = channel->next_start;
		channel->phase = channel->next_phase;
	}
}

/** seen_at() - the channel as it is at @tick, with what became due until then. */
static struct vpit_channel seen_at(const struct vpit_channel *channel, uint64_t tick)
{
	struct vpit_channel seen = *channel;

	take_next(&seen, tick);
	return seen;
}

/** elapsed() - ticks counted down since the load; none until the tick after it was asked for. */
static uint64_t elapsed(const struct vpit_channel *channel, uint64_t tick)
{
	if (!channel->counting) {
		return channel->start;
	}
	return channel->phase + (tick > channel->start ? tick - channel->start : 0);
}

/** high_ticks() - how long a square wave of @count is high: the longer half of an odd one ("Mode 3"). */
static uint32_t high_ticks(uint32_t count)
{
	return (count + 1) / 2;
}

/** to_bcd() - four decimal digits; 10000 is 0000. */
static uint16_t to_bcd(uint32_t value)
{
	return (uint16_t)(value / 1000 % 10 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 |
			  value % 10);
}

static uint32_t from_bcd(uint32_t value)
{
	return (value >> 12) * 1000 + (value >> 8 & 15) * 100 + (value >> 4 & 15) * 10 +
	       (value & 15);
}

/**
 * count_at() - the counting element ("Mode Definitions"; "Counter New Count" for its wrapping
 * around).
 */
static uint16_t count_at(const struct vpit_channel *channel, uint64_t tick)
{
	uint32_t modulus = channel->bcd ? 10000 : 65536;
	uint64_t passed = elapsed(channel, tick);
	uint32_t value;

	if (!channel->loaded) {
		return 0;
	}
	if (channel->mode == MODE_SQUARE) {
		/* Counts by two, from the even number at or below the count, in each half. */
		uint32_t place = (uint32_t)(passed % channel->reload);
		uint32_t high = high_ticks(channel->reload);

		value = (channel->reload & ~1u) - 2 * (place < high ? place : place - high);
	} else if (channel->mode == MODE_RATE) {
		value = channel->reload - (uint32_t)(passed % channel->reload);
	} else {
		value = (channel->reload + modulus - (uint32_t)(passed % modulus)) % modulus;
	}
	return channel->bcd ? to_bcd(value) : (uint16_t)value;
}

/** output_at() - OUT ("Mode Definitions"), of a channel brought up to @tick. */
static bool output_at(const struct vpit_channel *channel, uint64_t tick)
{
	uint64_t passed = elapsed(channel, tick);

	if (!channel->loaded) {
		return channel->mode != MODE_TERMINAL_COUNT;
	}
	switch (channel->mode) {
	case MODE_TERMINAL_COUNT:
		return passed >= channel->reload;
	case MODE_ONE_SHOT:
		return !channel->counting || passed >= channel->reload;
	case MODE_RATE: /* low for the last tick of a cycle */
		return !channel->counting || passed % channel->reload != channel->reload - 1;
	case MODE_SQUARE:
		return !channel->counting || passed % channel->reload < high_ticks(channel->reload);
	default: /* a strobe is low for the tick after the count has run out */
		return !channel->counting || passed != channel->reload;
	}
}

/** null_count() - 1 until what was written is in the counting element ("Read-Back Command"). */
static bool null_count(const struct vpit_channel *channel, uint64_t tick)
{
	if (!channel->loaded || channel->next_pending) {
		return true;
	}
	return channel->counting ? tick < channel->start : is_triggered(channel);
}

static uint8_t status_at(const struct vpit_channel *channel, uint64_t tick)
{
	unsigned status = (unsigned)channel->access << CONTROL_ACCESS_SHIFT |
			  (unsigned)channel->mode << CONTROL_MODE_SHIFT;

	status |= channel->bcd ? CONTROL_BCD : 0;
	status |= null_count(channel, tick) ? STATUS_NULL_COUNT : 0;
	status |= output_at(channel, tick) ? STATUS_OUTPUT : 0;
	return (uint8_t)status;
}

/** latch_count() - a count latched and not read yet stays ("Counter Latch Command"). */
static void latch_count(struct vpit_channel *channel, uint64_t tick)
{
	if (channel->latched_bytes == 0) {
		channel->latched_count = count_at(channel, tick);
		channel->latched_bytes = channel->access == ACCESS_BOTH ? 2 : 1;
	}
}

void vpit_channel_init(struct vpit_channel *channel, bool gate)
{
	memset(channel, 0, sizeof(*channel));
	channel->mode = MODE_SQUARE;
	channel->access = ACCESS_BOTH;
	channel->gate = gate;
}

void vpit_channel_control(struct vpit_channel *channel, uint8_t word, uint64_t tick)
{
	uint8_t access = word >> CONTROL_ACCESS_SHIFT & CONTROL_ACCESS;
	uint8_t mode = word >> CONTROL_MODE_SHIFT & CONTROL_MODE;

	take_next(channel, tick);
	if (access == ACCESS_LATCH) {
		latch_count(channel, tick);
		return;
	}
	vpit_channel_init(channel, channel->gate);
	channel->access = access;
	channel->mode = mode > MODE_HARDWARE_STROBE ? mode & 3 : mode; /* 6 and 7 are 2 and 3 */
	channel->bcd = word & CONTROL_BCD;
}

void vpit_channel_read_back(struct vpit_channel *channel, uint8_t word, uint64_t tick)
{
	take_next(channel, tick);
	if (!(word & READ_BACK_NOT_COUNT)) {
		latch_count(channel, tick);
	}
	if (!(word & READ_BACK_NOT_STATUS) && !channel->status_latched) {
		channel->latched_status = status_at(channel, tick);
		channel->status_latched = true;
	}
}

/** chosen_byte() - which byte of a count the next read gives, and step on. */
static uint8_t chosen_byte(struct vpit_channel *channel, uint16_t count)
{
	bool high = channel->access == ACCESS_HIGH || channel->read_high;

	if (channel->access == ACCESS_BOTH) {
		channel->read_high = !channel->read_high;
	}
	return (uint8_t)(high ? count >> 8 : count);
}

uint8_t vpit_channel_read(struct vpit_channel *channel, uint64_t tick)
{
	take_next(channel, tick);
	/* With both latched the status comes first ("Read-Back Command"). */
	if (channel->status_latched) {
		channel->status_latched = false;
		return channel->latched_status;
	}
	if (channel->latched_bytes) {
		channel->latched_bytes--;
		return chosen_byte(channel, channel->latched_count);
	}
	return chosen_byte(channel, count_at(channel, tick));
}

/** begin() - load on the next tick, and count if the mode and the gate let it. */
static void begin(struct vpit_channel *channel, uint64_t tick)
{
	channel->counting = channel->gate && !is_triggered(channel);
	channel->start = channel->counting ? tick + 1 : 0;
	channel->phase = 0;
}

/** take_later() - @count waits for the end of the cycle, of the half-cycle in mode 3, or for the next trigger. */
static void take_later(struct vpit_channel *channel, uint32_t count, uint64_t tick)
{
	uint32_t place = (uint32_t)(elapsed(channel, tick) % channel->reload);
	uint32_t end = channel->reload;

	channel->next_pending = true;
	channel->next_reload = count;
	channel->next_phase = 0;
	if (channel->mode == MODE_SQUARE && place < high_ticks(channel->reload)) {
		end = high_ticks(channel->reload);
		channel->next_phase = high_ticks(count);
	}
	channel->next_start = is_triggered(channel) ? VDEV_NEVER : tick + end - place;
}

/**
 * set_count() - a whole count was written.
 *
 * A running periodic counter goes on to the end of its cycle, or half-cycle in mode 3, a running triggered one until its
 * next trigger; the others begin anew ("Mode Definitions"). 0 stands for the largest count, and 1,
 * which the data sheet forbids for modes 2 and 3, for 2 ("Minimum and Maximum Initial Counts").
 */
static void set_count(struct vpit_channel *channel, uint16_t value, uint64_t tick)
{
	uint32_t count = channel->bcd ? from_bcd(value) : value;

	if (count == 0) {
		count = channel->bcd ? 10000 : 65536;
	}
	if (is_periodic(channel) && count < 2) {
		count = 2;
	}
	if (channel->loaded && channel->counting && tick >= channel->start &&
	    (is_periodic(channel) || is_triggered(channel))) {
		take_later(channel, count, tick);
		return;
	}
	channel->next_pending = false;
	channel->reload = count;
	channel->loaded = true;
	begin(channel, tick);
}

/**
 * stop_for_second_byte() - in mode 0 the first byte of two stops the counter, output low ("Mode
 * 0").
 */
static void stop_for_second_byte(struct vpit_channel *channel)
{
	if (channel->mode == MODE_TERMINAL_COUNT) {
		channel->loaded = false;
		channel->counting = false;
		channel->start = 0;
	}
}

void vpit_channel_write(struct vpit_channel *channel, uint8_t byte, uint64_t tick)
{
	take_next(channel, tick);
	if (channel->access == ACCESS_LOW) {
		set_count(channel, byte, tick);
	} else if (channel->access == ACCESS_HIGH) {
		set_count(channel, (uint16_t)(byte << 8), tick);
	} else if (!channel->write_high) {
		channel->write_low = byte;
		channel->write_high = true;
		stop_for_second_byte(channel);
	} else {
		channel->write_high = false;
		set_count(channel, (uint16_t)(byte << 8 | channel->write_low), tick);
	}
}

/** trigger() - the gate rose: load anew with the count written last. */
static void trigger(struct vpit_channel *channel, uint64_t tick)
{
	if (channel->next_pending) {
		channel->reload = channel->next_reload;
		channel->next_pending = false;
	}
	channel->counting = true;
	channel->start = tick + 1;
	channel->phase = 0;
}

/**
 * vpit_channel_gate() - "Gate Pin Operations Summary": modes 0 and 4 pause, 2 and 3 stop and begin
 * anew,
 * 1 and 5 take the rising edge as trigger.
 */
void vpit_channel_gate(struct vpit_channel *channel, bool level, uint64_t tick)
{
	bool rises = level && !channel->gate;
	bool falls = !level && channel->gate;

	take_next(channel, tick);
	channel->gate = level;
	if (!channel->loaded) {
		return;
	}
	if (rises && (is_periodic(channel) || is_triggered(channel))) {
		trigger(channel, tick);
	} else if (rises) {
		channel->start = tick - channel->start;
		channel->phase = 0;
		channel->counting = true;
	} else if (falls && !is_triggered(channel)) {
		channel->start = elapsed(channel, tick);
		channel->counting = false;
	}
}

bool vpit_channel_output(const struct vpit_channel *channel, uint64_t tick)
{
	struct vpit_channel seen = seen_at(channel, tick);

	return output_at(&seen, tick);
}

/** periodic_rise() - the next one, of a channel that counts at @tick. */
static uint64_t periodic_rise(const struct vpit_channel *channel, uint64_t tick)
{
	if (channel->next_pending && channel->next_phase != 0) {
		/* The next count begins with its low half. */
		return channel->next_start + channel->next_reload - channel->next_phase;
	}
	return tick + channel->reload - elapsed(channel, tick) % channel->reload;
}

uint64_t vpit_channel_next_rise(const struct vpit_channel *channel, uint64_t tick)
{
	struct vpit_channel seen = seen_at(channel, tick);
	uint64_t rise;

	if (!seen.loaded || !seen.counting) {
		return VDEV_NEVER;
	}
	if (is_periodic(&seen)) {
		return periodic_rise(&seen, max_u64(tick, seen.start));
	}
	rise = seen.start + seen.reload;
	if (seen.mode == MODE_SOFTWARE_STROBE || seen.mode == MODE_HARDWARE_STROBE) {
		rise++;
	}
	return rise > tick ? rise : VDEV_NEVER;
}
