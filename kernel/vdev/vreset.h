/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vreset.h: ports 0xCF9 and 0x92: a PC is reset by them, if not by its keyboard controller (v8042.h).
 */
#pragma once

#include "kernel/vdev/vplatform_access.h"

enum {
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
 * Source: Intel 82371AB (PIIX4) data sheet, "RC - Reset Control Register", "Port 92 Register".
 */
enum vplatform_action vreset_write(struct vreset *reset, uint16_t port, uint8_t byte);
