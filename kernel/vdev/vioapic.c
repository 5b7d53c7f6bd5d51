/* SPDX-License-Identifier: Apache-2.0 */
/* vioapic.c: a guest's I/O APIC, 24 pins. */
#include "kernel/vdev/vioapic.h"

#include "kernel/lib/string.h"

/*
 * 82093AA, "Memory Mapped Registers for Accessing IOAPIC Registers"; I/O Controller Hub, "EOI
 * Register".
 */
enum { MMIO_IOREGSEL = 0x00, MMIO_IOWIN = 0x10, MMIO_EOI = 0x40 };

/* 82093AA, "IOAPIC Registers". */
enum { INDEX_ID = 0x00, INDEX_VERSION = 0x01, INDEX_ARBITRATION = 0x02, INDEX_TABLE = 0x10 };

enum {
	VERSION = 0x20, /* the first with an EOI register */
	VERSION_REGISTER = VERSION | (VIOAPIC_PINS - 1) << 16,
	ID_SHIFT = 24,
	ID_MASK = 0x0F,
};

/* 82093AA, "I/O Redirection Table Registers". */
enum {
	ENTRY_VECTOR = 0xFF,
	ENTRY_MODE_SHIFT = 8,
	ENTRY_MODE = 7,
	ENTRY_LOGICAL = 1 << 11,
	ENTRY_REMOTE_IRR = 1 << 14,
	ENTRY_LEVEL = 1 << 15,
	ENTRY_MASKED = 1 << 16,
	ENTRY_LOW_WRITABLE = 0x0001AFFF, /* all but delivery status, remote IRR and reserved bits */
	ENTRY_DESTINATION_SHIFT = 56,
};
#define ENTRY_HIGH_WRITABLE 0xFF000000u

enum { MODE_FIXED = 0, MODE_LOWEST_PRIORITY = 1, MODE_NMI = 4, MODE_EXTINT = 7 };

enum { PIN_EXTINT = 0 }; /* where the 8259s are */

enum { VECTOR_MIN = 16 }; /* SDM Vol. 3A, "Valid Interrupt Vectors" */

static bool is_asserted(const struct vioapic *ioapic, unsigned pin)
{
	return ioapic->levels >> pin & 1;
}

static bool is_waiting(const struct vioapic *ioapic, unsigned pin)
{
	return ioapic->waiting >> pin & 1;
}

static void set_waiting(struct vioapic *ioapic, unsigned pin, bool waiting)
{
	uint32_t bit = (uint32_t)1 << pin;

	ioapic->waiting = waiting ? ioapic->waiting | bit : ioapic->waiting & ~bit;
}

/**
 * is_level() - whether a pin works by level. NMI is always an edge ("I/O Redirection Table
 * Registers",
 * Delivery Mode 100).
 */
static bool is_level(uint64_t entry)
{
	return (entry & ENTRY_LEVEL) && (entry >> ENTRY_MODE_SHIFT & ENTRY_MODE) != MODE_NMI;
}

/**
 * may_send() - what a guest may send to its processors this way.
 *
 * SMI belongs to the machine, INIT would reach the real processor's hypervisor, ExtINT would ask a
 * real 8259A for a vector. A vector below 16 is an illegal one at the local APIC.
 */
static bool may_send(const struct vdev_message *message)
{
	switch (message->delivery_mode) {
	case MODE_FIXED:
	case MODE_LOWEST_PRIORITY:
		return message->vector >= VECTOR_MIN;
	case MODE_NMI:
		return true;
	default:
		return false;
	}
}

static struct vdev_message message_of(uint64_t entry)
{
	return (struct vdev_message){
		.vector = entry & ENTRY_VECTOR,
		.delivery_mode = entry >> ENTRY_MODE_SHIFT & ENTRY_MODE,
		.logical = entry & ENTRY_LOGICAL,
		.destination = (uint32_t)(entry >> ENTRY_DESTINATION_SHIFT),
		.level = is_level(entry),
	};
}

bool vioapic_extint(const struct vioapic *ioapic, struct vdev_message *message)
{
	uint64_t entry = ioapic->entries[PIN_EXTINT];

	*message = message_of(entry);
	if ((entry & ENTRY_MASKED) != 0 || message->delivery_mode != MODE_EXTINT) {
		return false;
	}
	message->delivery_mode = MODE_FIXED;
	message->vector = VECTOR_MIN;
	return true;
}

/** send() - the message of a pin. Return: whether it was sent. */
static bool send(struct vioapic *ioapic, unsigned pin)
{
	struct vdev_message message = message_of(ioapic->entries[pin]);

	if (pin == PIN_EXTINT && message.delivery_mode == MODE_EXTINT) {
		return false; /* the 8259s' own way: vioapic_extint() */
	}
	if (!may_send(&message)) {
		ioapic->refused++;
		return false;
	}
	ioapic->send(ioapic->context, &message);
	return true;
}

/** send_level() - a level pin speaks while asserted, unmasked, and not waiting for its EOI. */
static void send_level(struct vioapic *ioapic, unsigned pin)
{
	uint64_t entry = ioapic->entries[pin];

	if (!is_level(entry) || (entry & ENTRY_MASKED) || is_waiting(ioapic, pin) ||
	    !is_asserted(ioapic, pin)) {
		return;
	}
	set_waiting(ioapic, pin, send(ioapic, pin));
}

/**
 * write_entry_low() - and speak at once if the pin is level-triggered and was waiting to be
 * unmasked.
 *
 * An edge that came while the pin was masked is lost ("I/O Redirection Table Registers", Interrupt
 * Mask), also if the wire is still high. Linux knows: it masks an edge pin only after an interrupt
 * came while it was disabled, and then sends that one to itself again.
 */
static void write_entry_low(struct vioapic *ioapic, unsigned pin, uint32_t value)
{
	uint64_t kept = ioapic->entries[pin] & ~(uint64_t)ENTRY_LOW_WRITABLE;

	ioapic->entries[pin] = kept | (value & ENTRY_LOW_WRITABLE);
	if (!is_level(ioapic->entries[pin])) {
		set_waiting(ioapic, pin, false);
	}
	send_level(ioapic, pin);
}

static void write_entry_high(struct vioapic *ioapic, unsigned pin, uint32_t value)
{
	uint64_t low = (uint32_t)ioapic->entries[pin];

	ioapic->entries[pin] = low | (uint64_t)(value & ENTRY_HIGH_WRITABLE) << 32;
}

uint64_t vioapic_entry(const struct vioapic *ioapic, unsigned pin)
{
	return ioapic->entries[pin] | (is_waiting(ioapic, pin) ? ENTRY_REMOTE_IRR : 0);
}

static uint32_t read_register(const struct vioapic *ioapic)
{
	unsigned place = ioapic->index - (unsigned)INDEX_TABLE;
	uint64_t entry;

	switch (ioapic->index) {
	case INDEX_ID:
	case INDEX_ARBITRATION: /* loaded with the ID, "IOAPIC Arbitration ID" */
		return (uint32_t)ioapic->id << ID_SHIFT;
	case INDEX_VERSION:
		return VERSION_REGISTER;
	}
	if (place >= 2 * VIOAPIC_PINS) {
		return 0;
	}
	entry = vioapic_entry(ioapic, place / 2);
	return (uint32_t)(place % 2 ? entry >> 32 : entry);
}

static void write_register(struct vioapic *ioapic, uint32_t value)
{
	unsigned place = ioapic->index - (unsigned)INDEX_TABLE;

	if (ioapic->index == INDEX_ID) {
		ioapic->id = value >> ID_SHIFT & ID_MASK;
	} else if (place >= 2 * VIOAPIC_PINS) {
		return;
	} else if (place % 2) {
		write_entry_high(ioapic, place / 2, value);
	} else {
		write_entry_low(ioapic, place / 2, value);
	}
}

void vioapic_init(struct vioapic *ioapic, vdev_message_fn send_message, void *context)
{
	memset(ioapic, 0, sizeof(*ioapic));
	for (unsigned pin = 0; pin < VIOAPIC_PINS; pin++) {
		ioapic->entries[pin] = ENTRY_MASKED;
	}
	ioapic->send = send_message;
	ioapic->context = context;
}

uint32_t vioapic_read(struct vioapic *ioapic, uint32_t offset)
{
	switch (offset) {
	case MMIO_IOREGSEL:
		return ioapic->index;
	case MMIO_IOWIN:
		return read_register(ioapic);
	default:
		return 0;
	}
}

void vioapic_write(struct vioapic *ioapic, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case MMIO_IOREGSEL:
		ioapic->index = (uint8_t)value;
		break;
	case MMIO_IOWIN:
		write_register(ioapic, value);
		break;
	case MMIO_EOI:
		vioapic_eoi(ioapic, (uint8_t)value);
		break;
	}
}

void vioapic_set_pin(struct vioapic *ioapic, unsigned pin, bool level)
{
	uint32_t bit;
	bool was;

	if (pin >= VIOAPIC_PINS) {
		return;
	}
	bit = UINT32_C(1) << pin;
	was = ioapic->levels & bit;
	ioapic->levels = level ? ioapic->levels | bit : ioapic->levels & ~bit;
	if (is_level(ioapic->entries[pin])) {
		send_level(ioapic, pin);
	} else if (level && !was && !(ioapic->entries[pin] & ENTRY_MASKED)) {
		send(ioapic, pin);
	}
}

void vioapic_eoi(struct vioapic *ioapic, uint8_t vector)
{
	for (unsigned pin = 0; pin < VIOAPIC_PINS; pin++) {
		uint64_t entry = ioapic->entries[pin];

		if (is_waiting(ioapic, pin) && (entry & ENTRY_VECTOR) == vector) {
			set_waiting(ioapic, pin, false);
			send_level(ioapic, pin);
		}
	}
}
