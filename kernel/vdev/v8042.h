/* SPDX-License-Identifier: Apache-2.0 */
/*
 * v8042.h: a guest's keyboard controller, with nothing plugged into it: ports 0x60 and 0x64.
 *
 * There as far as systems probe it, reset by it and open the A20 gate through it. That gate is always open:
 * nobody has needed it shut since the 80386. A device that is spoken to does not answer, which the controller
 * reports as a transmit timeout, as with an empty socket.
 *
 * Source: IBM Personal System/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
 * Controller"; section titles stand by the code.
 */
#pragma once

#include "kernel/vdev/vdev.h"
#include "kernel/vdev/vplatform_access.h"

enum {
	V8042_PORT_DATA = 0x60,
	V8042_PORT_COMMAND = 0x64, /* reads as the status */
	V8042_RAM_BYTES = 32,
	V8042_GSI_KEYBOARD = 1,
	V8042_GSI_AUX = 12,
};

/** struct v8042 - one controller. */
struct v8042 {
	struct irq_line keyboard;
	struct irq_line aux;
	bool keyboard_level;
	bool aux_level;
	uint8_t ram[V8042_RAM_BYTES]; /* byte 0 is the command byte */
	uint8_t output;               /* what port 0x60 reads as */
	uint8_t status;               /* all bits but those that follow from others */
	uint8_t command;              /* the one that waits for its byte at port 0x60; 0 for none */
};

/** v8042_init() - as firmware leaves it: tested, both ports off, no interrupts. Wires are taken as low. */
void v8042_init(struct v8042 *kbc, struct irq_line keyboard, struct irq_line aux);

/** v8042_read() - the guest reads V8042_PORT_DATA or _COMMAND. */
uint8_t v8042_read(struct v8042 *kbc, uint16_t port);

/** v8042_write() - the guest writes likewise. Return: VPLATFORM_RESET when that pulls the reset line. */
enum vplatform_action v8042_write(struct v8042 *kbc, uint16_t port, uint8_t byte);
