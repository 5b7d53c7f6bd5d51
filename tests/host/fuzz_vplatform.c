/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_vplatform.c: a guest that does anything to its board, at any time.
 *
 * A byte for the kind of board, then eight bytes an operation: kind, width, place (2), value (2), how much time passes (2).
 */
#include <stdlib.h>

#include "kernel/lib/cursor.h"
#include "kernel/vdev/vacpi.h"
#include "kernel/vdev/vplatform.h"

static struct vplatform platform;
static struct console_ring ring;
static struct console_ring debug;
static bool full;     /* the board has all that a config can ask for */
static bool firmware; /* it is one for firmware */

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
	static const struct vcmos machine = { 0 };

	vplatform_init(&platform, &(struct vplatform_setup){ .console = &ring,
							     .debug = full ? &debug : NULL,
							     .hpet = full,
							     .machine = firmware ? &machine : NULL,
							     .epoch_s = 1700000000,
							     .now = now,
							     .send = send,
							     .send_context = &ring,
							     .intr = asked,
							     .intr_context = &ring });
}

/* One of the ports that somebody is at, and its neighbours. */
static uint16_t device_port(uint16_t place)
{
	static const uint16_t bases[] = { 0x20,  0x40,  0x60,  0x70,  0x80,  0x92,  0xA0,  0xE9,
					  0x3F8, 0x402, 0x4D0, 0x600, 0x608, 0xCF8, 0xCFC, 0xED };

	return (uint16_t)(bases[place & 15] + (place >> 4 & 7));
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

static bool is_in(uint64_t gpa, uint64_t base, uint64_t bytes)
{
	return gpa >= base && gpa < base + bytes;
}

static bool is_there(uint64_t gpa)
{
	return is_in(gpa, VACPI_IOAPIC_BASE, 0x1000) ||
	       (!firmware && is_in(gpa, VPCI_ECAM_BASE, 0x100000)) ||
	       (full && is_in(gpa, VHPET_BASE, 0x1000));
}

/* Around and in each of the three: low bits say which, the others where. */
static uint64_t some_gpa(uint16_t place)
{
	static const uint64_t bases[] = { VACPI_IOAPIC_BASE, VHPET_BASE, VHPET_BASE,
					  VPCI_ECAM_BASE };

	return bases[place & 3] - 8 + (place >> 2) % 0x1010;
}

static void use_memory(bool write, struct vplatform_mmio *mmio)
{
	require(is_there(mmio->gpa) == (write ? vplatform_mmio_write(&platform, mmio)
					      : vplatform_mmio_read(&platform, mmio)));
	require(write || (mmio->value & ~vplatform_wide_ones(mmio->bytes)) == 0);
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

enum { USE_PORT, USE_MEMORY, POLL, TYPE, TAKE, PRESS, USE_DEVICE_PORT, KIND_COUNT };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	uint64_t now = 0;

	ring.written = 0;
	debug.written = 0;
	uint8_t kind_of_board = cursor_u8(&c);
	full = kind_of_board & 1;
	firmware = kind_of_board & 2;
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
			use_memory(write, &(struct vplatform_mmio){ .gpa = some_gpa(place),
								    .bytes = (uint8_t)(1U << width),
								    .value = value,
								    .now = now });
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
		case PRESS:
			vplatform_power_button(&platform);
			break;
		default:
			use_port(write,
				 &(struct vplatform_access){ .port = device_port(place),
							     .bytes = (uint8_t)(1U << width % 3),
							     .value = value,
							     .now = now });
			break;
		}
	}
	poll_at(now);
	return 0;
}
