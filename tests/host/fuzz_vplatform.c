/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_vplatform.c: a guest that does anything to its board, at any time.
 *
 * Eight bytes an operation: kind, width, place (2), value (2), how much time passes (2).
 */
#include <stdlib.h>

#include "kernel/lib/cursor.h"
#include "kernel/vdev/vacpi.h"
#include "kernel/vdev/vplatform.h"

static struct vplatform platform;
static struct console_ring ring;

static void require(bool truth)
{
	if (!truth) {
		abort();
	}
}

/* What may go out as a real interrupt message: see struct vdev_message. */
static void send(void *context, const struct vdev_message *message)
{
	require(context == &ring);
	require(message->delivery_mode == 4 ||
		(message->delivery_mode <= 1 && message->vector >= 16));
}

/* Only while there is something to take. */
static void asked(void *context, bool edge)
{
	(void)edge;
	require(context == &ring && vplatform_pic_output(&platform));
}

static void start(uint64_t now)
{
	vplatform_init(&platform, &(struct vplatform_setup){ .console = &ring,
							     .epoch_s = 1700000000,
							     .now = now,
							     .send = send,
							     .send_context = &ring,
							     .intr = asked,
							     .intr_context = &ring });
}

static void use_port(bool write, struct vplatform_access *access)
{
	if (write) {
		enum vplatform_action action = vplatform_port_write(&platform, access);

		require(action <= VPLATFORM_POWER_OFF);
		if (action == VPLATFORM_RESET) {
			start(access->now);
		}
		return;
	}
	uint32_t value = vplatform_port_read(&platform, access);

	require((value & ~vplatform_ones(access->bytes)) == 0);
	require(access->granted || access->bytes > 1 || value == 0xFF);
}

static void use_memory(bool write, struct vplatform_mmio *mmio)
{
	bool there = mmio->gpa >= VACPI_IOAPIC_BASE && mmio->gpa < VACPI_IOAPIC_BASE + 0x1000;

	require(there == (write ? vplatform_mmio_write(&platform, mmio)
				: vplatform_mmio_read(&platform, mmio)));
}

/* A deadline in the past would keep who polls busy for ever. */
static void poll_at(uint64_t now)
{
	require(vplatform_poll(&platform, now) > now);
}

static void take_pic_interrupt(void)
{
	if (vplatform_pic_output(&platform)) {
		int vector = vplatform_pic_acknowledge(&platform);

		require(vector >= 0 && vector <= UINT8_MAX);
	}
}

enum { USE_PORT, USE_MEMORY, POLL, TYPE, TAKE, PRESS, KIND_COUNT };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	uint64_t now = 0;

	ring.written = 0;
	start(now);
	while (cursor_left(&c) >= 8) {
		uint8_t kind = cursor_u8(&c);
		uint8_t width = cursor_u8(&c) & 3;
		uint16_t place = cursor_u16(&c);
		uint32_t value = cursor_u16(&c) * 0x10001U;
		bool write = (kind & 0x80) != 0;

		/* From nanoseconds to hours. */
		now += cursor_u16(&c) * (uint64_t[]){ 0, 1, 1000, 100000000 }[kind >> 5 & 3];
		switch ((kind & 0x1F) % KIND_COUNT) {
		case USE_PORT:
			use_port(write,
				 &(struct vplatform_access){ .port = place,
							     .bytes = (uint8_t)(1U << width % 3),
							     .value = value,
							     .now = now });
			break;
		case USE_MEMORY:
			use_memory(write, &(struct vplatform_mmio){ .gpa = VACPI_IOAPIC_BASE - 8 +
									   place % 0x1010,
								    .bytes = (uint8_t)(1U << width),
								    .value = value });
			break;
		case POLL:
			poll_at(now);
			break;
		case TYPE:
			require(vplatform_console_input(&platform, data, size) <= size);
			break;
		case TAKE:
			take_pic_interrupt();
			break;
		default:
			vplatform_power_button(&platform);
			break;
		}
	}
	poll_at(now);
	return 0;
}
