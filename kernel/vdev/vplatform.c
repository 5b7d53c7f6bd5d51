/* SPDX-License-Identifier: Apache-2.0 */
/* vplatform.c: a guest's whole board: its wires, its time, its start. */
#include "kernel/vdev/vplatform.h"

#include "kernel/lib/string.h"
#include "kernel/vdev/vplatform_parts.h"

_Static_assert((int)VPLATFORM_GSI_TIMER == (int)VHPET_LEGACY_GSI_TIMER &&
		       (int)VPLATFORM_GSI_RTC == (int)VHPET_LEGACY_GSI_RTC,
	       "the HPET takes over these two");

enum { TIMER_IRQ = 0, ISA_IRQS = 16 };

/* MultiProcessor Specification 1.4, "Interrupt Modes": the 8259s' output is pin 0 of the IOAPIC, besides the BSP's LINT0. */
enum { GSI_PIC = 0 };

void vplatform_pic_moved(struct vplatform *platform, bool edge)
{
	bool output = vpic_output(&platform->pic);
	bool rose = output && !platform->pic_output;

	platform->pic_output = output;
	vioapic_set_pin(&platform->ioapic, GSI_PIC, output);
	if (output && platform->intr != NULL) {
		platform->intr(platform->intr_context, edge || rose);
	}
}

/* Whether the wire of @gsi is high: the HPET's legacy routes take two wires away from who had them. */
static bool is_high(const struct vplatform *platform, unsigned gsi)
{
	uint32_t plain = vhpet_replaces(&platform->hpet, gsi) ? 0 : platform->plain_wires;

	return ((plain | platform->hpet_wires) >> gsi & 1) != 0;
}

/*
 * An ISA interrupt reaches both kinds of controller; a guest listens to one of them and masks the other.
 * The timer's is pin 2 of the IOAPIC, as the MADT says, because input 2 of the 8259A is its slave.
 */
static void update_wire(struct vplatform *platform, unsigned gsi)
{
	bool level = is_high(platform, gsi);
	uint32_t bit = UINT32_C(1) << gsi;

	if (level == ((platform->wires & bit) != 0)) {
		return;
	}
	platform->wires ^= bit;
	vioapic_set_pin(&platform->ioapic, gsi, level);
	if (gsi < ISA_IRQS) {
		vpic_set_irq(&platform->pic, gsi == VPLATFORM_GSI_TIMER ? TIMER_IRQ : gsi, level);
		vplatform_pic_moved(platform, level);
	}
}

static void set_bit(uint32_t *bits, unsigned bit, bool value)
{
	*bits = (*bits & ~(UINT32_C(1) << bit)) | (value ? UINT32_C(1) : 0) << bit;
}

static void set_wire(void *context, unsigned gsi, bool level)
{
	struct vplatform *platform = context;

	set_bit(&platform->plain_wires, gsi, level);
	update_wire(platform, gsi);
}

/* The clock's interrupt is one of power management's events, too. */
static void set_rtc_wire(void *context, unsigned gsi, bool level)
{
	struct vplatform *platform = context;

	set_wire(platform, gsi, level);
	if (level) {
		vpm_rtc_alarm(&platform->pm);
	}
}

static void set_hpet_wire(void *context, unsigned gsi, bool level)
{
	struct vplatform *platform = context;

	set_bit(&platform->hpet_wires, gsi, level);
	update_wire(platform, gsi);
}

void vplatform_update_legacy_wires(struct vplatform *platform)
{
	update_wire(platform, VPLATFORM_GSI_TIMER);
	update_wire(platform, VPLATFORM_GSI_RTC);
}

static struct irq_line wire(struct vplatform *platform, unsigned gsi)
{
	return (struct irq_line){ .set = set_wire, .context = platform, .gsi = gsi };
}

void vplatform_init(struct vplatform *platform, const struct vplatform_setup *setup)
{
	memset(platform, 0, sizeof(*platform));
	platform->debug = setup->debug;
	platform->has_hpet = setup->hpet;
	vplatform_map_ports(platform);
	platform->intr = setup->intr;
	platform->intr_context = setup->intr_context;
	/* Interrupt controllers first: the others may touch their wires. */
	vioapic_init(&platform->ioapic, setup->send, setup->send_context);
	vpic_init(&platform->pic);
	vpit_init(&platform->pit, wire(platform, VPLATFORM_GSI_TIMER));
	vuart_init(&platform->uart, setup->console, wire(platform, VPLATFORM_GSI_COM1));
	vrtc_init(&platform->rtc, setup->epoch_s,
		  (struct irq_line){
			  .set = set_rtc_wire, .context = platform, .gsi = VPLATFORM_GSI_RTC });
	v8042_init(&platform->kbc, wire(platform, V8042_GSI_KEYBOARD),
		   wire(platform, V8042_GSI_AUX));
	vpm_init(&platform->pm, wire(platform, VPM_SCI_GSI), setup->now);
	vhpet_init(&platform->hpet, (struct irq_line){ .set = set_hpet_wire, .context = platform });
	if (setup->machine != NULL) {
		vcmos_write(setup->machine, &platform->rtc);
		vpci_add_chipset(&platform->pci);
	}
}

uint64_t vplatform_poll(struct vplatform *platform, uint64_t now)
{
	uint64_t pit = vpit_poll(&platform->pit, now);
	uint64_t rtc = vrtc_poll(&platform->rtc, now);
	uint64_t pm = vpm_poll(&platform->pm, now);
	uint64_t hpet = vhpet_poll(&platform->hpet, now);

	return min_u64(min_u64(pit, rtc), min_u64(pm, hpet));
}

size_t vplatform_console_input(struct vplatform *platform, const uint8_t *bytes, size_t count)
{
	return vuart_input(&platform->uart, bytes, count);
}

bool vplatform_console_break(struct vplatform *platform)
{
	return vuart_break(&platform->uart);
}

void vplatform_power_button(struct vplatform *platform)
{
	vpm_power_button(&platform->pm);
}

bool vplatform_pic_output(const struct vplatform *platform)
{
	return vpic_output(&platform->pic);
}

int vplatform_pic_acknowledge(struct vplatform *platform)
{
	int vector = vpic_acknowledge(&platform->pic);

	vplatform_pic_moved(platform, false);
	return vector;
}
