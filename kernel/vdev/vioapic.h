/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vioapic.h: a guest's I/O APIC, 24 pins.
 *
 * Its messages become real interprocessor interrupts, and the guest's EOI goes to the real local
 * APIC without an exit, in x2APIC mode. So this model hears only of an xAPIC's EOI by itself. Three more
 * things end a level-triggered interrupt (clear its remote IRR) here: - a write to the EOI register (version
 * 0x20). Linux does that for every level-triggered interrupt of ours: it finds the vector's TMR bit
 * clear, as an IPI leaves it, and takes the message for one that a 82093AA sent as edge by mistake;
 * - the pin's level going away. A deviation: the chip would wait for the EOI. A guest that only
 * writes the local APIC's EOI register would otherwise never get that interrupt again; - the entry
 * being made edge-triggered, which is how systems clear it on chips without EOI register.
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

/** vioapic_waits() - whether a level-triggered interrupt waits for its EOI; also without the lock. */
static inline bool vioapic_waits(const struct vioapic *ioapic)
{
	return *(const volatile uint32_t *)&ioapic->waiting != 0;
}

/** vioapic_waiting() - vectors 32 * @word to 32 * @word + 31 of those that wait for their EOI; bit n for the nth. */
uint32_t vioapic_waiting(const struct vioapic *ioapic, unsigned word);

/**
 * vioapic_extint() - whether pin 0 passes the interrupts of the 8259s on, as ExtINT.
 * @message: filled in: a message to the same processors, for who asks whom it would reach
 */
bool vioapic_extint(const struct vioapic *ioapic, struct vdev_message *message);

/** vioapic_eoi() - a guest's end of interrupt for @vector: asserted level pins are sent again. */
void vioapic_eoi(struct vioapic *ioapic, uint8_t vector);
