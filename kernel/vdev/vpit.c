/* SPDX-License-Identifier: Apache-2.0 */
/* vpit.c: a guest's 8254. */
#include "kernel/vdev/vpit.h"

#include "kernel/lib/string.h"
#include "kernel/vdev/vtick.h"

enum { PORT_CONTROL = 3 };

/* 8254, "Control Word Format", "Read-Back Command". */
enum {
	CONTROL_COUNTER_SHIFT = 6,
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

/**
 * raise_edges() - make up for counter 0's rising edges since the last time.
 *
 * The wire goes low first: its fall was between two polls and nobody saw it.
 */
static void raise_edges(struct vpit *pit, uint64_t tick)
{
	const struct vpit_channel *timer = &pit->channels[0];

	if (tick > pit->seen && vpit_channel_next_rise(timer, pit->seen) <= tick) {
		drive(pit, false);
		drive(pit, true);
	}
	pit->seen = max_u64(pit->seen, tick);
	drive(pit, vpit_channel_output(timer, pit->seen));
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
	if (offset < VPIT_CHANNELS) {
		vpit_channel_write(&pit->channels[offset], value, tick);
	} else if (offset == PORT_CONTROL && counter == READ_BACK) {
		read_back(pit, value, tick);
	} else if (offset == PORT_CONTROL) {
		vpit_channel_control(&pit->channels[counter], value, tick);
	}
	drive(pit, vpit_channel_output(&pit->channels[0], tick));
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
