/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vplatform.h: a guest's whole board: its devices, which port or page reaches which, and their wires.
 *
 * Owned by the partition, whose device lock is held around every call. What no row of the port table in
 * vplatform_ports.c names is not there: it reads as all ones, and writes to it are dropped.
 */
#pragma once

#include "kernel/vdev/console_ring.h"
#include "kernel/vdev/v8042.h"
#include "kernel/vdev/vcmos.h"
#include "kernel/vdev/vdev.h"
#include "kernel/vdev/vhpet.h"
#include "kernel/vdev/vioapic.h"
#include "kernel/vdev/vpci.h"
#include "kernel/vdev/vpic.h"
#include "kernel/vdev/vpit.h"
#include "kernel/vdev/vplatform_access.h"
#include "kernel/vdev/vpm.h"
#include "kernel/vdev/vreset.h"
#include "kernel/vdev/vrtc.h"
#include "kernel/vdev/vuart.h"

enum {
	VPLATFORM_PORT_COM1 = 0x3F8,
	VPLATFORM_PORTS = 0x1000, /* no device is above: that is PCI's */
	/* Pins of the IOAPIC; the SCI's is VPM_SCI_GSI. */
	VPLATFORM_GSI_TIMER = 2,
	VPLATFORM_GSI_COM1 = 4,
	VPLATFORM_GSI_RTC = 8,
};

/**
 * vplatform_intr_fn - the 8259s ask the BSP for an external interrupt, or who hears them may have changed.
 * @edge: an interrupt has just come, or the wire has just gone high
 */
typedef void (*vplatform_intr_fn)(void *context, bool edge);

/** struct vplatform - one board. About 6 KiB: never on a stack, and not moved once set up. */
struct vplatform {
	struct vuart uart;
	struct vioapic ioapic;
	struct vpic pic;
	struct vpit pit;
	struct vrtc rtc;
	struct vpm pm;
	struct vpci pci;
	struct vreset reset;
	vplatform_intr_fn intr;
	void *intr_context;
	bool pic_output; /* the 8259s' wire as it was last */
	struct v8042 kbc;
	bool has_hpet;
	struct vhpet hpet;
	struct console_ring *debug; /* NULL: no debug port */
	uint32_t plain_wires;       /* bit n: a device other than the HPET holds GSI n high */
	uint32_t hpet_wires;
	uint32_t wires;                       /* what both controllers see */
	uint8_t port61;                       /* its bits that keep what was written */
	uint8_t row_of_port[VPLATFORM_PORTS]; /* index in the port table plus 1; 0 for nobody */
};

/** struct vplatform_setup - what a board needs from outside. */
struct vplatform_setup {
	struct console_ring *console; /* gets what the guest sends to COM1; outlives the board */
	struct console_ring *debug;   /* gets what it sends to its debug port; NULL: it has none */
	bool hpet;                    /* whether it has an HPET */
	int64_t epoch_s;              /* seconds since 1970 when the guest's clock was at 0 */
	uint64_t now;                 /* the guest's clock, nanoseconds: 0 at the first start */
	const struct vcmos *machine;  /* for firmware, which also gets its chipset; else NULL */
	vdev_message_fn send;         /* delivers interrupt messages of the IOAPIC */
	void *send_context;
	vplatform_intr_fn intr; /* hears of the 8259s' wire; NULL: nobody does */
	void *intr_context;
};

/**
 * vplatform_init() - the board as after power-on; also how it is reset.
 * @platform: any content before
 * @setup:    not kept
 */
void vplatform_init(struct vplatform *platform, const struct vplatform_setup *setup);

/**
 * vplatform_port_read() - the guest's IN.
 * @access: @port, @bytes and @now set; @granted and @retimed are answered
 *
 * An access wider than the device takes goes to consecutive ports byte by byte, as on an ISA bus.
 *
 * Return: the value, zero-extended; all ones, for each byte, where nobody is.
 */
uint32_t vplatform_port_read(struct vplatform *platform, struct vplatform_access *access);

/**
 * vplatform_port_write() - the guest's OUT; as vplatform_port_read(), and @value set.
 *
 * Return: what the owner of the board is to do now, mostly nothing.
 */
enum vplatform_action vplatform_port_write(struct vplatform *platform,
					   struct vplatform_access *access);

/**
 * vplatform_mmio_read() - the guest reads a device's memory.
 * @mmio: @gpa, @bytes and @now set; @value is answered, all ones for an access no register takes, and @retimed
 *
 * Return: false when no device is there, and then @value is all ones.
 */
bool vplatform_mmio_read(struct vplatform *platform, struct vplatform_mmio *mmio);

/** vplatform_mmio_write() - the guest writes. Return: false when no device is there. */
bool vplatform_mmio_write(struct vplatform *platform, struct vplatform_mmio *mmio);

/**
 * vplatform_poll() - let time pass up to @now (nanoseconds of the guest's clock) and interrupts be sent.
 *
 * Return: when to call again at the latest; VDEV_NEVER while no device waits for anything.
 */
uint64_t vplatform_poll(struct vplatform *platform, uint64_t now);

/** vplatform_console_input() - bytes arriving at COM1. Return: how many were taken; offer the rest later. */
size_t vplatform_console_input(struct vplatform *platform, const uint8_t *bytes, size_t count);

/** vplatform_console_break() - a BREAK arriving at COM1. Return: false when it found no room. */
bool vplatform_console_break(struct vplatform *platform);

/** vplatform_power_button() - press the power button: a guest that listens shuts itself down. */
void vplatform_power_button(struct vplatform *platform);

/**
 * vplatform_pic_output() - whether the 8259As ask the BSP for an external interrupt.
 *
 * The vplatform_intr_fn hears of it. The 8259As are no senders of messages: their
 * interrupt has no in-service bit in a local APIC, so it can only be injected, and only while the BSP's
 * LINT0 or IOAPIC pin 0 is set to ExtINT. Systems that use the IOAPIC mask all inputs, and it stays false.
 */
bool vplatform_pic_output(const struct vplatform *platform);

/** vplatform_pic_acknowledge() - the BSP takes that interrupt. Return: its vector. */
int vplatform_pic_acknowledge(struct vplatform *platform);
