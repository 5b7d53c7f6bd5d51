/* SPDX-License-Identifier: Apache-2.0 */
/* vpit.c: a guest's 8254. */
#include "kernel/vdev/vpit.h"

#include "kernel/lib/string.h"
#include "kernel/vdev/vtick.h"

enum { PORT_CONTROL = 3 };

/* 8254, "Control Word Format", "Read-Back Command". */
enum {
	CONTROL_COUNTER_SHIFT = 6,
	CONTROL_NO_LATCH = 3 << 4,
	READ_BACK = 3,                /* in place of a counter's number */
	READ_BACK_COUNTER_0 = 1 << 1, /* and the others above */
	READ_BACK_RESERVED = 1 << 0,
};

static uint64_t tick_at(uint64_t now)
{
	return vtick_at(now, VPIT_HZ);
}

static void drive(struct vpit *pit, bool level)
{
	if (level != pit->line_level) {
		pit->line_level = level;
		irq_line_set(&pit->line, level);
	}
}

/** raise() - a rising edge. The wire goes low first: its fall was before and nobody saw it. */
static void raise(struct vpit *pit)
{
	drive(pit, false);
	drive(pit, true);
}

/** raise_edges() - make up for counter 0's rising edges since the last time, but for no fall. */
static void raise_edges(struct vpit *pit, uint64_t tick)
{
	const struct vpit_channel *timer = &pit->channels[0];

	if (tick > pit->seen && vpit_channel_next_rise(timer, pit->seen) <= tick) {
		raise(pit);
	}
	pit->seen = max_u64(pit->seen, tick);
	if (vpit_channel_output(timer, pit->seen)) {
		drive(pit, true); /* at power on */
	}
}

/** programs_timer() - whether it is a control word for counter 0, and not to latch its count. */
static bool programs_timer(unsigned offset, uint8_t value)
{
	return offset == PORT_CONTROL && value >> CONTROL_COUNTER_SHIFT == 0 &&
	       (value & CONTROL_NO_LATCH) != 0;
}

/** follow_write() - behind a write: before it, counter 0's output was @before. */
static void follow_write(struct vpit *pit, bool before, bool programmed, uint64_t tick)
{
	bool after = vpit_channel_output(&pit->channels[0], tick);

	if (after && !before) {
		raise(pit);
	} else if (after || before || programmed) {
		drive(pit, after);
	}
}

static void read_back(struct vpit *pit, uint8_t word, uint64_t tick)
{
	if (word & READ_BACK_RESERVED) {
		return;
	}
	for (unsigned i = 0; i < VPIT_CHANNELS; i++) {
		if (word & (unsigned)READ_BACK_COUNTER_0 << i) {
			vpit_channel_read_back(&pit->channels[i], word, tick);
		}
	}
}

void vpit_init(struct vpit *pit, struct irq_line line)
{
	memset(pit, 0, sizeof(*pit));
	pit->line = line;
	vpit_channel_init(&pit->channels[0], true);
	vpit_channel_init(&pit->channels[1], true);
	vpit_channel_init(&pit->channels[2], false); /* port 0x61 is 0 at power on */
}

uint8_t vpit_read(struct vpit *pit, unsigned offset, uint64_t now)
{
	if (offset >= VPIT_CHANNELS) {
		return 0xFF;
	}
	return vpit_channel_read(&pit->channels[offset], tick_at(now));
}

void vpit_write(struct vpit *pit, unsigned offset, uint8_t value, uint64_t now)
{
	uint64_t tick = tick_at(now);
	unsigned counter = value >> CONTROL_COUNTER_SHIFT;

	raise_edges(pit, tick);
	bool before = vpit_channel_output(&pit->channels[0], tick);
	if (offset < VPIT_CHANNELS) {
		vpit_channel_write(&pit->channels[offset], value, tick);
	} else if (offset == PORT_CONTROL && counter == READ_BACK) {
		read_back(pit, value, tick);
	} else if (offset == PORT_CONTROL) {
		vpit_channel_control(&pit->channels[counter], value, tick);
	}
	follow_write(pit, before, programs_timer(offset, value), tick);
}

void vpit_gate2_set(struct vpit *pit, bool level, uint64_t now)
{
	vpit_channel_gate(&pit->channels[2], level, tick_at(now));
}

bool vpit_output2(const struct vpit *pit, uint64_t now)
{
	return vpit_channel_output(&pit->channels[2], tick_at(now));
}

uint64_t vpit_poll(struct vpit *pit, uint64_t now)
{
	uint64_t rise;

	raise_edges(pit, tick_at(now));
	rise = vpit_channel_next_rise(&pit->channels[0], pit->seen);
	if (rise == VDEV_NEVER) {
		return VDEV_NEVER;
	}
	/* A count that never repeats costs its guest an exit each; a period costs only us. */
	if (vpit_channel_next_rise(&pit->channels[0], rise) == VDEV_NEVER) {
		return vtick_ns(rise, VPIT_HZ);
	}
	return max_u64(vtick_ns(rise, VPIT_HZ), now + VPIT_PERIOD_MIN_NS);
}
