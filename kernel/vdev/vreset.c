/* SPDX-License-Identifier: Apache-2.0 */
/* vreset.c: two of the ports a PC is reset by. */
#include "kernel/vdev/vreset.h"

enum {
	CF9_SYS_RST = 1 << 1,  /* hard rather than soft: one kind of reset here */
	CF9_RST_CPU = 1 << 2,  /* 0 to 1 resets; it never reads as 1, as the reset clears it */
	CF9_FULL_RST = 1 << 3, /* with a power cycle */

	FAST_INIT_NOW = 1 << 0,
	FAST_A20 =
		1 << 1, /* the A20 gate is always open: nobody has needed it shut since the 80386 */
};

uint8_t vreset_read(const struct vreset *reset, uint16_t port)
{
	return port == VRESET_PORT_CF9 ? reset->cf9 : FAST_A20;
}

static enum vplatform_action reset_if(bool line)
{
	return line ? VPLATFORM_RESET : VPLATFORM_NONE;
}

enum vplatform_action vreset_write(struct vreset *reset, uint16_t port, uint8_t byte)
{
	switch (port) {
	case VRESET_PORT_CF9:
		reset->cf9 = byte & (CF9_SYS_RST | CF9_FULL_RST);
		return reset_if((byte & CF9_RST_CPU) != 0);
	case VRESET_PORT_FAST:
		/* It reads as 0 ever after, so each 1 is the 0 to 1 that counts. */
		return reset_if((byte & FAST_INIT_NOW) != 0);
	default:
		return VPLATFORM_NONE;
	}
}
