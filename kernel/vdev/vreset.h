/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vreset.h: the three ports a PC is reset by: 0xCF9, 0x92 and a keyboard controller's command.
 *
 * There is no keyboard controller, only its reset line.
 */
#pragma once

#include "kernel/vdev/vplatform_access.h"

enum {
	VRESET_PORT_8042_DATA = 0x60,
	VRESET_PORT_8042_COMMAND = 0x64,
	VRESET_PORT_FAST = 0x92,
	VRESET_PORT_CF9 = 0xCF9, /* the FADT's RESET_REG */
	VRESET_CF9_VALUE = 0x06, /* the FADT's RESET_VALUE: SYS_RST and RST_CPU */
};

/** struct vreset - state of the ports; as after power-on when zeroed. */
struct vreset {
	uint8_t cf9;
};

/** vreset_read() - read a byte of port VRESET_PORT_*. */
uint8_t vreset_read(const struct vreset *reset, uint16_t port);

/**
 * vreset_write() - write a byte to port VRESET_PORT_*.
 *
 * Return: VPLATFORM_RESET when the write pulls the reset line, else VPLATFORM_NONE.
 * Source: Intel 82371AB (PIIX4) data sheet, "RC - Reset Control Register", "Port 92 Register";
 * Intel UPI-41AH/42AH based keyboard controllers: command FEH pulses output port bit 0.
 */
enum vplatform_action vreset_write(struct vreset *reset, uint16_t port, uint8_t byte);
