/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vpic.h: a guest's pair of 8259As, and the register that says which inputs work by level.
 *
 * A request goes away with its input's level, by edge too, as in the chip ("Interrupt Sequence", "Edge and Level
 * Triggered Modes"). Time may pass here between a device and the processor, so no device may take its wire down before
 * the guest has done something about it: the 8254 and the HPET, whose pulses a PC's processor is fast enough for, keep
 * theirs up until the next one (vpit.h, vhpet.h).
 * INT goes away with the last request, too. Our processor acknowledges in the moment in which it sees INT, so vector 7,
 * of an interrupt that is gone by then, is for who calls without looking.
 *
 * Source: Intel 8259A data sheet; for 0x4D0 and 0x4D1 the Intel 82371 (PIIX) data sheets, "ELCR1,
 * ELCR2".
 */
#pragma once

#include "kernel/lib/types.h"

enum {
	VPIC_PORT_MASTER = 0x20, /* and the next one */
	VPIC_PORT_SLAVE = 0xA0,  /* and the next one */
	VPIC_PORT_ELCR = 0x4D0,  /* and the next one */
	VPIC_IRQS = 16,
};

/** struct vpic_chip - one 8259A. */
struct vpic_chip {
	uint8_t lines; /* inputs as they are */
	uint8_t irr;
	uint8_t isr;
	uint8_t imr;
	uint8_t elcr;             /* inputs that work by level */
	uint8_t vector_base;      /* ICW2, a multiple of 8 */
	uint8_t lowest;           /* input of lowest priority; the next one has the highest */
	uint8_t next_icw;         /* 2 to 4 while being initialised, else 0 */
	bool initialised;         /* a chip that never was asks for nothing */
	bool single;              /* ICW1: no ICW3 comes */
	bool wants_icw4;          /* ICW1 */
	bool auto_eoi;            /* ICW4 */
	bool nests_fully;         /* ICW4: special fully nested mode */
	bool rotates_in_auto_eoi; /* OCW2 */
	bool reads_isr;           /* OCW3 */
	bool polled;              /* OCW3: the next read is an acknowledge */
	bool special_mask;        /* OCW3 */
};

/** struct vpic - both. */
struct vpic {
	struct vpic_chip master;
	struct vpic_chip slave;
};

/** vpic_init() - power on, or reset: not initialised, everything masked, all inputs low. */
void vpic_init(struct vpic *pic);

/** vpic_read() - the guest reads @port; 0xFF for one that is not ours. */
uint8_t vpic_read(struct vpic *pic, uint16_t port);

/**
 * vpic_write() - the guest writes @port; ignored for one that is not ours. Look at vpic_output()
 * then.
 */
void vpic_write(struct vpic *pic, uint16_t port, uint8_t value);

/** vpic_set_irq() - ISA interrupt @irq (0 to 15, not 2: the slave is there) is now @level. */
void vpic_set_irq(struct vpic *pic, unsigned irq, bool level);

/** vpic_output() - INT of the master: an interrupt waits to be acknowledged. */
bool vpic_output(const struct vpic *pic);

/**
 * vpic_acknowledge() - the processor takes the interrupt (INTA).
 *
 * Return: its vector; that of input 7, with nothing in service, if there is none any more
 * ("Interrupt Sequence").
 */
int vpic_acknowledge(struct vpic *pic);
