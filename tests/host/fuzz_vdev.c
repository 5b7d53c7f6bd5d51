/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_vdev.c: a guest that reads and writes its devices in any order, at any time. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/vdev/vhpet.h"
#include "kernel/vdev/vioapic.h"
#include "kernel/vdev/vpic.h"
#include "kernel/vdev/vpit.h"
#include "kernel/vdev/vpm.h"
#include "kernel/vdev/vrtc.h"
#include "kernel/vdev/vuart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEP_BYTES = 4, LINES = 24 };

static struct vuart uart;
static struct vioapic ioapic;
static struct vpic pic;
static struct vpit pit;
static struct vrtc rtc;
static struct vhpet hpet;
static struct vpm pm;
static struct console_ring ring;
static bool lines[LINES];
static bool hpet_lines[LINES];

/** wire() - to both interrupt controllers; a model may call it only when its level changes. */
static void wire(void *context, unsigned gsi, bool level)
{
	(void)context;
	assert(gsi < LINES && lines[gsi] != level);
	lines[gsi] = level;
	vioapic_set_pin(&ioapic, gsi, level);
	vpic_set_irq(&pic, gsi == 2 ? 0 : gsi, level);
}

/** hpet_wire() - as wire(); the board lets it have a wire of another. */
static void hpet_wire(void *context, unsigned gsi, bool level)
{
	(void)context;
	assert(gsi < LINES && hpet_lines[gsi] != level);
	hpet_lines[gsi] = level;
}

static void receive(void *context, const struct vdev_message *message)
{
	(void)context;
	assert(message->delivery_mode == 0 || message->delivery_mode == 1 ||
	       message->delivery_mode == 4);
	assert(message->delivery_mode == 4 || message->vector >= 16);
}

static void power_on(void)
{
	for (unsigned i = 0; i < LINES; i++) {
		lines[i] = false;
		hpet_lines[i] = false;
	}
	vioapic_init(&ioapic, receive, NULL);
	vpic_init(&pic);
	vpit_init(&pit, (struct irq_line){ wire, NULL, 2 });
	vrtc_init(&rtc, 1700000000, (struct irq_line){ wire, NULL, 8 });
	vuart_init(&uart, &ring, (struct irq_line){ wire, NULL, 4 });
	vhpet_init(&hpet, (struct irq_line){ hpet_wire, NULL, 0 });
	vpm_init(&pm, (struct irq_line){ wire, NULL, VPM_SCI_GSI }, 0);
}

static void write_device(unsigned place, uint8_t value, uint64_t now)
{
	static const uint16_t pic_ports[] = { 0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1, 0x22, 0 };

	switch (place >> 3 & 7) {
	case 0:
		vuart_write(&uart, place & 7, value);
		break;
	case 1:
		vpic_write(&pic, pic_ports[place & 7], value);
		break;
	case 2:
		vpit_write(&pit, place & 3, value, now);
		break;
	case 3:
		vrtc_write(&rtc, (uint16_t)(0x70 + (place & 1)), value, now);
		break;
	case 4:
		vioapic_write(&ioapic, (place & 7) * 16, value * UINT32_C(0x01010101));
		break;
	case 5:
		if (place & 1) {
			vuart_break(&uart);
		} else {
			vuart_input(&uart, &value, 1);
		}
		break;
	case 6:
		vpit_gate2_set(&pit, value & 1, now);
		break;
	default:
		vioapic_set_pin(&ioapic, place & 7, value & 1);
		break;
	}
}

static void read_device(unsigned place, uint64_t now)
{
	static const uint16_t pic_ports[] = { 0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1, 0x22, 0 };

	switch (place >> 3 & 7) {
	case 0:
		vuart_read(&uart, place & 7);
		break;
	case 1:
		vpic_read(&pic, pic_ports[place & 7]);
		break;
	case 2:
		vpit_read(&pit, place & 3, now);
		break;
	case 3:
		vrtc_read(&rtc, (uint16_t)(0x70 + (place & 1)), now);
		break;
	case 4:
		vioapic_read(&ioapic, (place & 7) * 16);
		break;
	default:
		if (vpic_output(&pic)) {
			vpic_acknowledge(&pic);
		}
		vpit_output2(&pit, now);
		break;
	}
}

enum { IS_READ = 0x40, IS_TIMER = 0x80 };

static void use_pm(bool write, unsigned place, uint64_t value, uint64_t now)
{
	struct vplatform_access access = { .port = (uint16_t)(VPM_PORT_EVENT + place % 12),
					   .bytes = 1,
					   .value = (uint32_t)value,
					   .now = now };

	if (write) {
		vpm_write(&pm, &access);
	} else {
		assert(vpm_read(&pm, &access) <= UINT8_MAX);
	}
}

/* The HPET, all registers of it, and the PM block at the end of its place. */
static void use_timers(uint8_t place, uint64_t value, uint64_t now)
{
	bool write = (place & IS_READ) == 0;
	uint32_t offset = (place & 0x3FU) * 8;

	if (offset >= 0x180) {
		use_pm(write, offset / 8, value, now);
	} else if (write) {
		vhpet_write(&hpet, offset, value & 1 ? 8 : 4, value, now);
	} else {
		vhpet_read(&hpet, offset, 8, now);
	}
}

/*
 * A step: which device, where and whether it is a read; a value; and how far time goes on (mantissa, exponent), with
 * how far the value of a timer is shifted above that.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t now = 0;

	power_on();
	for (; size >= STEP_BYTES; data += STEP_BYTES, size -= STEP_BYTES) {
		now += (uint64_t)data[2] << (data[3] & 31);
		if (data[0] & IS_TIMER) {
			use_timers(data[0], (uint64_t)data[1] << (data[3] >> 5) * 8, now);
		} else if (data[0] & IS_READ) {
			read_device(data[0], now);
		} else {
			write_device(data[0], data[1], now);
		}
		assert(vpit_poll(&pit, now) > now);
		assert(vrtc_poll(&rtc, now) > now);
		assert(vhpet_poll(&hpet, now) > now);
		assert(vpm_poll(&pm, now) > now);
	}
	return 0;
}
