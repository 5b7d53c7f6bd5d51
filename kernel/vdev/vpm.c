/* SPDX-License-Identifier: Apache-2.0 */
/* vpm.c: ACPI fixed hardware of a guest. */
#include "kernel/vdev/vpm.h"

#include "kernel/vdev/vtick.h"

enum {
	PM1_TMR = 1 << 0,
	PM1_GBL = 1 << 5,
	PM1_PWRBTN = 1 << 8,
	PM1_RTC = 1 << 10,

	/*
	 * Enable bits that stick. Nothing ever raises GBL (its other side is an SMI handler), but ACPI code verifies
	 * that what it enabled reads back.
	 */
	PM1_ENABLE_BITS = PM1_TMR | PM1_GBL | PM1_PWRBTN | PM1_RTC,

	PM1_SCI_EN = 1 << 0,
	PM1_BM_RLD = 1 << 1,
	PM1_SLP_TYP_SHIFT = 10,
	PM1_SLP_TYP = 7 << PM1_SLP_TYP_SHIFT,
	PM1_SLP_EN = 1 << 13,

	/* GBL_RLS and SLP_EN are write-only and read as 0. */
	PM1_CONTROL_BITS = PM1_BM_RLD | PM1_SLP_TYP,

	TIMER_CARRY_SHIFT = 31, /* TMR_VAL_EXT: TMR_STS tells each change of bit 31 */
};

uint64_t vpm_timer(uint64_t now)
{
	return vtick_at(now, VPM_TIMER_HZ);
}

static void update_sci(struct vpm *vpm)
{
	bool level = (vpm->status & vpm->enable) != 0;

	if (level != vpm->sci_level) {
		vpm->sci_level = level;
		irq_line_set(&vpm->sci, level);
	}
}

static void catch_up(struct vpm *vpm, uint64_t now)
{
	uint64_t carries = vpm_timer(now) >> TIMER_CARRY_SHIFT;

	if (carries > vpm->timer_carries) {
		vpm->timer_carries = carries;
		vpm->status |= PM1_TMR;
	}
}

void vpm_init(struct vpm *vpm, struct irq_line sci, uint64_t now)
{
	*vpm = (struct vpm){ .sci = sci, .timer_carries = vpm_timer(now) >> TIMER_CARRY_SHIFT };
}

/* Four bytes of register space; @index counts from VPM_PORT_EVENT. */
static uint32_t register_dword(const struct vpm *vpm, unsigned index, uint64_t now)
{
	switch (index) {
	case (VPM_PORT_EVENT - VPM_PORT_EVENT) / 4:
		return (uint32_t)vpm->enable << 16 | vpm->status;
	case (VPM_PORT_CONTROL - VPM_PORT_EVENT) / 4:
		return vpm->control | PM1_SCI_EN;
	case (VPM_PORT_TIMER - VPM_PORT_EVENT) / 4:
		return (uint32_t)vpm_timer(now);
	default:
		return 0;
	}
}

uint32_t vpm_read(struct vpm *vpm, const struct vplatform_access *access)
{
	unsigned offset = (unsigned)access->port - VPM_PORT_EVENT;
	unsigned index = offset / 4;

	/* The timer is read often and in a hurry; its value does not hang on the events. */
	if (access->port < VPM_PORT_TIMER) {
		catch_up(vpm, access->now);
		update_sci(vpm);
	}
	uint64_t both = register_dword(vpm, index, access->now) |
			(uint64_t)register_dword(vpm, index + 1, access->now) << 32;
	return (uint32_t)(both >> (offset % 4 * 8)) & vplatform_ones(access->bytes);
}

static uint16_t with_byte(uint16_t old, unsigned at, uint8_t byte)
{
	unsigned shift = at * 8;

	return (uint16_t)((old & ~(0xFFU << shift)) | (unsigned)byte << shift);
}

/* SLP_TYP and SLP_EN are in the same byte, so the type is that of this very write. */
static enum vplatform_action write_control_high(struct vpm *vpm, uint8_t byte)
{
	unsigned value = (unsigned)byte << 8;

	vpm->control = with_byte(vpm->control, 1, byte) & PM1_CONTROL_BITS;
	unsigned type = (value & PM1_SLP_TYP) >> PM1_SLP_TYP_SHIFT;

	if ((value & PM1_SLP_EN) != 0 && (type == VPM_SLP_TYP_S5 || type == VPM_SLP_TYP_PIIX4)) {
		return VPLATFORM_POWER_OFF;
	}
	/* Any other type names a sleeping state the DSDT does not offer. */
	return VPLATFORM_NONE;
}

static enum vplatform_action write_byte(struct vpm *vpm, unsigned offset, uint8_t byte)
{
	switch (offset) {
	case 0: /* status: writing 1 clears */
	case 1:
		vpm->status &= (uint16_t) ~((unsigned)byte << (offset * 8));
		break;
	case 2:
	case 3:
		vpm->enable = with_byte(vpm->enable, offset - 2, byte) & PM1_ENABLE_BITS;
		break;
	case 4: /* SCI_EN belongs to the platform's firmware: software's value does not count */
		vpm->control = with_byte(vpm->control, 0, byte) & PM1_CONTROL_BITS;
		break;
	case 5:
		return write_control_high(vpm, byte);
	default: /* the timer is read-only */
		break;
	}
	return VPLATFORM_NONE;
}

enum vplatform_action vpm_write(struct vpm *vpm, const struct vplatform_access *access)
{
	enum vplatform_action action = VPLATFORM_NONE;

	catch_up(vpm, access->now);
	for (unsigned i = 0; i < access->bytes; i++) {
		unsigned offset = (unsigned)access->port - VPM_PORT_EVENT + i;
		enum vplatform_action asked =
			write_byte(vpm, offset, (uint8_t)(access->value >> (8 * i)));

		action = asked != VPLATFORM_NONE ? asked : action;
	}
	update_sci(vpm);
	return action;
}

uint64_t vpm_poll(struct vpm *vpm, uint64_t now)
{
	catch_up(vpm, now);
	update_sci(vpm);
	/* A status nobody waits for is brought up to date when it is read. */
	if ((vpm->enable & PM1_TMR) == 0 || (vpm->status & PM1_TMR) != 0) {
		return VDEV_NEVER;
	}
	return vtick_ns((vpm->timer_carries + 1) << TIMER_CARRY_SHIFT, VPM_TIMER_HZ);
}

void vpm_power_button(struct vpm *vpm)
{
	vpm->status |= PM1_PWRBTN;
	update_sci(vpm);
}

void vpm_rtc_alarm(struct vpm *vpm)
{
	vpm->status |= PM1_RTC;
	update_sci(vpm);
}
