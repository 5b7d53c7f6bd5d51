/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vpm.h: ACPI fixed hardware of a guest: PM1a event and control registers, PM timer, power button, SCI.
 *
 * ACPI mode is always on: there is no SMI command port, and SCI_EN reads as 1. All registers take
 * accesses of any width at any offset within the block they belong to.
 *
 * Source: ACPI 5.0, "ACPI Hardware Specification": "PM1 Event Grouping", "PM1 Control Grouping",
 * "Power Management Timer (PM_TMR)".
 */
#pragma once

#include "kernel/vdev/vdev.h"
#include "kernel/vdev/vplatform_access.h"

enum {
	VPM_PORT_EVENT = 0x600,   /* 2 bytes status, 2 bytes enable */
	VPM_PORT_CONTROL = 0x604, /* 2 bytes */
	VPM_PORT_TIMER = 0x608,   /* 4 bytes */
	VPM_EVENT_BYTES = 4,
	VPM_CONTROL_BYTES = 2,
	VPM_TIMER_BYTES = 4,

	VPM_SCI_GSI = 9,
	VPM_SLP_TYP_S5 = 5, /* also in dsdt.asl */
	VPM_SLP_TYP_PIIX4 =
		0, /* soft off, as firmware for a PIIX4 knows it (PIIX4 data sheet, "PMCNTRL") */
	VPM_TIMER_HZ = 3579545,
};

/** struct vpm - state behind the registers. */
struct vpm {
	struct irq_line sci;
	bool sci_level;
	uint16_t status;
	uint16_t enable;
	uint16_t control;       /* without SCI_EN */
	uint64_t timer_carries; /* changes of the timer's bit 31 that TMR_STS has already told */
};

/**
 * vpm_init() - registers as after power-on: nothing pending, nothing enabled.
 * @vpm: any content before
 * @sci: level-triggered, active high; taken as low
 * @now: the guest's clock; the timer counts since that clock was 0
 */
void vpm_init(struct vpm *vpm, struct irq_line sci, uint64_t now);

/** vpm_timer() - the PM timer at @now (nanoseconds): full ticks since 0, of which the guest sees 32 bits. */
uint64_t vpm_timer(uint64_t now);

/**
 * vpm_read() - read registers.
 * @access: @port from VPM_PORT_EVENT on; all of it within PM1a (6 bytes) or the timer (4 bytes)
 *
 * Return: the value, zero-extended.
 */
uint32_t vpm_read(struct vpm *vpm, const struct vplatform_access *access);

/** vpm_write() - write registers; same rules as vpm_read(). Power off is asked for by SLP_EN with SLP_TYP VPM_SLP_TYP_*. */
enum vplatform_action vpm_write(struct vpm *vpm, const struct vplatform_access *access);

/** vpm_poll() - let time pass up to @now. Return: when to call again at the latest, VDEV_NEVER for no need. */
uint64_t vpm_poll(struct vpm *vpm, uint64_t now);

/** vpm_power_button() - press and release the fixed-feature power button; heard if the guest enabled it. */
void vpm_power_button(struct vpm *vpm);

/**
 * vpm_rtc_alarm() - the real-time clock has raised its interrupt.
 *
 * Linux waits for its alarms this way where an HPET may have taken the clock's own wire.
 * Source: ACPI 5.0, "Real Time Clock Alarm"; PIIX4 data sheet, "PMSTS", RTC_STS: assertion of IRQ8.
 */
void vpm_rtc_alarm(struct vpm *vpm);
