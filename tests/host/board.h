/* SPDX-License-Identifier: Apache-2.0 */
/* board.h: a guest's board on the bench, and a guest's hands on it. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/vdev/vplatform.h"

enum { IOAPIC = 0xFEC00000 };

#define SECOND UINT64_C(1000000000)

static struct vplatform platform;
static struct console_ring ring;
static struct console_ring *debug_ring; /* NULL: the board has no debug port */
static bool with_hpet;
static bool mmio_retimed; /* by the latest access to memory */
static struct vdev_message last;
static unsigned message_count;
static unsigned intr_count, intr_edges; /* how often the 8259s asked, and with something new */
static struct vplatform_access done;    /* the latest access, answered */

static inline void remember(void *context, const struct vdev_message *message)
{
	assert_ptr_equal(context, &last);
	last = *message;
	message_count++;
}

static inline void asked(void *context, bool edge)
{
	assert_ptr_equal(context, &ring);
	intr_count++;
	intr_edges += edge;
}

static inline void reset_at(uint64_t now)
{
	message_count = 0;
	intr_count = 0;
	intr_edges = 0;
	vplatform_init(&platform, &(struct vplatform_setup){ .console = &ring,
							     .debug = debug_ring,
							     .hpet = with_hpet,
							     .epoch_s = 1000000000,
							     .now = now,
							     .send = remember,
							     .send_context = &last,
							     .intr = asked,
							     .intr_context = &ring });
}

static inline int board_setup(void **state)
{
	(void)state;
	ring = (struct console_ring){ 0 };
	debug_ring = NULL;
	with_hpet = false;
	reset_at(0);
	return 0;
}

static inline uint32_t in_at(uint16_t port, uint8_t bytes, uint64_t now)
{
	done = (struct vplatform_access){ .port = port, .bytes = bytes, .now = now };
	return vplatform_port_read(&platform, &done);
}

static inline uint32_t in(uint16_t port, uint8_t bytes)
{
	return in_at(port, bytes, 0);
}

static inline enum vplatform_action out_at(uint16_t port, uint8_t bytes, uint32_t value,
					   uint64_t now)
{
	done = (struct vplatform_access){
		.port = port, .bytes = bytes, .value = value, .now = now
	};
	return vplatform_port_write(&platform, &done);
}

static inline enum vplatform_action out(uint16_t port, uint8_t bytes, uint32_t value)
{
	return out_at(port, bytes, value, 0);
}

static inline uint64_t load_at(uint64_t gpa, uint8_t bytes, uint64_t now)
{
	struct vplatform_mmio mmio = { .gpa = gpa, .bytes = bytes, .now = now };

	assert_true(vplatform_mmio_read(&platform, &mmio));
	mmio_retimed = mmio.retimed;
	return mmio.value;
}

static inline uint64_t load(uint64_t gpa, uint8_t bytes)
{
	return load_at(gpa, bytes, 0);
}

static inline void store_at(uint64_t gpa, uint8_t bytes, uint64_t value, uint64_t now)
{
	struct vplatform_mmio mmio = { .gpa = gpa, .bytes = bytes, .value = value, .now = now };

	assert_true(vplatform_mmio_write(&platform, &mmio));
	mmio_retimed = mmio.retimed;
}

static inline void store(uint64_t gpa, uint8_t bytes, uint64_t value)
{
	store_at(gpa, bytes, value, 0);
}

/* Low half of a redirection entry; the high half stays 0: destination 0. */
static inline void route(unsigned pin, uint32_t low)
{
	store(IOAPIC, 4, 0x10 + 2 * pin);
	store(IOAPIC + 0x10, 4, low);
}
