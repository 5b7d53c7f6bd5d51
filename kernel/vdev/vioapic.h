/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vioapic.h: a guest's I/O APIC, 24 pins.
 *
 * Its messages become real interprocessor interrupts. What a level-triggered one costs its receiver, so that its EOI
 * is heard here, is in vlapic_regs.h. Three things end it (clear its remote IRR): that EOI, vioapic_eoi(); a write to the EOI
 * register (version 0x20); and the entry being made edge-triggered, which is how systems clear it on chips without
 * that register. The pin's level going away does not.
 *
 * Source: Intel 82093AA data sheet; for the EOI register the Intel I/O Controller Hub data sheets.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vdev/vdev.h"

enum {
	VIOAPIC_PINS = 24,
	VIOAPIC_MMIO_BYTES = 4096, /* the page it answers in */
};

/** struct vioapic - one I/O APIC. */
struct vioapic {
	uint64_t entries[VIOAPIC_PINS]; /* redirection table, but for what the chip writes itself */
	uint32_t levels;                /* bit n: pin n is asserted */
	uint32_t waiting;               /* bit n: remote IRR of pin n */
	uint8_t id;
	uint8_t index;    /* IOREGSEL */
	uint32_t refused; /* messages not sent because of their delivery mode or vector */
	vdev_message_fn send;
	void *context;
};

/**
 * vioapic_init() - power on, or reset: all pins masked and not asserted.
 * @send:    gets each interrupt message, at once; sending takes no time
 * @context: passed to @send
 *
 * The ID is 0 as the data sheet has it; a guest that wants the MADT's there writes it.
 */
void vioapic_init(struct vioapic *ioapic, vdev_message_fn send, void *context);

/** vioapic_read() - 32 bits at byte @offset of its page; 0 where there is nothing. */
uint32_t vioapic_read(struct vioapic *ioapic, uint32_t offset);

/** vioapic_write() - 32 bits to byte @offset of its page; ignored where there is nothing. */
void vioapic_write(struct vioapic *ioapic, uint32_t offset, uint32_t value);

/**
 * vioapic_set_pin() - a wire changes.
 * @pin:   0 to 23 (the GSI); others are not connected
 * @level: true is asserted, whatever polarity the guest set: our wires have no voltage
 *
 * Source: 82093AA, "I/O Redirection Table Registers", Trigger Mode and Interrupt Mask.
 */
void vioapic_set_pin(struct vioapic *ioapic, unsigned pin, bool level);

/** vioapic_entry() - the redirection table's entry of @pin, below VIOAPIC_PINS. */
uint64_t vioapic_entry(const struct vioapic *ioapic, unsigned pin);

/**
 * vioapic_extint() - whether pin 0 passes the interrupts of the 8259s on, as ExtINT.
 * @message: filled in: a message to the same processors, for who asks whom it would reach
 */
bool vioapic_extint(const struct vioapic *ioapic, struct vdev_message *message);

/** vioapic_eoi() - a guest's end of interrupt for @vector: asserted level pins are sent again. */
void vioapic_eoi(struct vioapic *ioapic, uint8_t vector);
