/* SPDX-License-Identifier: Apache-2.0 */
/* vuart_regs.h: registers and bits of a 16550A, with the PC16550D data sheet's names. */
#pragma once

/* "Summary of Registers": offset from the base, DLAB aside. */
enum { REG_DATA, REG_IER, REG_IIR_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCR };

/* The section named after each register. */
enum {
	IER_RECEIVED = 1 << 0,
	IER_THRE = 1 << 1,
	IER_LINE_STATUS = 1 << 2,
	IER_MODEM_STATUS = 1 << 3,
	IER_BITS = 0x0F, /* "Bits 4 through 7: These four bits are always logic 0" */

	IIR_MODEM_STATUS = 0x0,
	IIR_NONE = 0x1,
	IIR_THRE = 0x2,
	IIR_RECEIVED = 0x4,
	IIR_LINE_STATUS = 0x6,
	IIR_TIMEOUT = 0xC,
	IIR_FIFOS_ENABLED = 0xC0,

	FCR_ENABLE = 1 << 0,
	FCR_CLEAR_RECEIVER = 1 << 1,
	FCR_TRIGGER_SHIFT = 6,
	FCR_KEPT = 0xC1,

	LCR_DLAB = 1 << 7,

	MCR_DTR = 1 << 0,
	MCR_RTS = 1 << 1,
	MCR_OUT1 = 1 << 2,
	MCR_OUT2 = 1 << 3,
	MCR_LOOP = 1 << 4,
	MCR_BITS = 0x1F,

	LSR_DATA_READY = 1 << 0,
	LSR_OVERRUN = 1 << 1,
	LSR_FRAMING = 1 << 3,
	LSR_BREAK = 1 << 4,
	LSR_THRE = 1 << 5,
	LSR_TEMT = 1 << 6,
	LSR_ERROR_IN_FIFO = 1 << 7,

	MSR_CTS = 1 << 4,
	MSR_DSR = 1 << 5,
	MSR_RI = 1 << 6,
	MSR_DCD = 1 << 7,
	MSR_CHANGES_SHIFT = 4, /* the delta of an input stands this many bits below it */
};
