/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_vuart_probe.c: what drivers and firmware do to find out which UART is there: a 16550A with a FIFO of 16.
 *
 * Told by the rules they rely on, one system a test.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/vdev/vuart.h"

/* PC16550D data sheet, "Summary of Registers"; LCR with DLAB, and the value that opens a 16650's EFR. */
enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR, EFR = IIR };
enum {
	LCR_8N1 = 3,
	LCR_DLAB = 0x80,
	LCR_EFR = 0xBF,
	MCR_LOOP = 0x10,
	LSR_OVERRUN = 2,
	LSR_EMPTY = 0x60
};

static struct vuart uart;
static struct console_ring ring;
static bool level;
static unsigned rises;

static void wire(void *context, unsigned gsi, bool value)
{
	(void)context;
	assert_int_equal(gsi, 4);
	rises += value && !level;
	level = value;
}

static int setup(void **state)
{
	(void)state;
	ring.written = 0;
	level = false;
	rises = 0;
	vuart_init(&uart, &ring, (struct irq_line){ wire, NULL, 4 });
	return 0;
}

static uint8_t in(unsigned reg)
{
	return vuart_read(&uart, reg);
}

static void out(unsigned reg, unsigned value)
{
	vuart_write(&uart, reg, (uint8_t)value);
}

/* Linux, 8250: interrupt enables of four bits, modem lines in loopback, then the FIFO, then what newer chips have. */
static void linux_finds_a_16550a(void **state)
{
	(void)state;
	out(IER, 0);
	assert_int_equal(in(IER), 0);
	out(IER, 0x0F);
	assert_int_equal(in(IER), 0x0F);
	out(IER, 0);
	out(MCR, MCR_LOOP | 0x0A);
	assert_int_equal(in(MSR)&0xF0, 0x90);
	out(MCR, 0);
	out(LCR, LCR_EFR);
	out(EFR, 0);
	out(LCR, 0);
	out(FCR, 1);
	assert_int_equal(in(IIR) >> 6, 3);
	/* No 16650 nor 16850: where their EFR would be, the IIR is. */
	out(LCR, LCR_DLAB);
	assert_int_not_equal(in(EFR), 0);
	out(LCR, LCR_EFR);
	assert_int_not_equal(in(EFR), 0);
	/* No 16750: bit 5 of its FCR shows in the IIR when DLAB is set. */
	out(LCR, 0);
	out(FCR, 0x21);
	assert_int_equal(in(IIR) >> 5, 6);
	out(LCR, LCR_DLAB);
	out(FCR, 0x21);
	assert_int_equal(in(IIR) >> 5, 6);
	out(LCR, 0);
	/* No XScale: IER bit 6 does not stay. */
	out(IER, 0x40);
	assert_int_equal(in(IER), 0);
}

/* Linux at opening: the transmitter's interrupt comes each time it is enabled, or Linux polls by a timer. */
static void linux_needs_no_backup_timer(void **state)
{
	(void)state;
	out(FCR, 7);
	out(MCR, 0x0B);
	for (unsigned i = 0; i < 2; i++) {
		out(IER, 2);
		assert_int_equal(in(IIR)&0x0F, 2);
		assert_int_equal(in(IIR)&0x0F, 1);
		out(IER, 0);
	}
	assert_int_equal(rises, 2);
	assert_int_equal(in(LSR)&LSR_EMPTY, LSR_EMPTY);
}

/* NetBSD and OpenBSD, com: LCR reads back, IIR's fixed bits are 0, then FIFO, EFR, and the 16750's sleep bits. */
static void netbsd_and_openbsd_find_a_16550a(void **state)
{
	(void)state;
	out(LCR, LCR_8N1);
	out(IIR, 0);
	assert_int_equal(in(LCR), LCR_8N1);
	assert_int_equal(in(IIR)&0x38, 0);
	out(LCR, LCR_DLAB);
	out(DATA, 0x55);
	out(IER, 0xAA);
	assert_int_equal(in(DATA), 0x55);
	assert_int_equal(in(IER), 0xAA);
	out(LCR, LCR_8N1);
	out(FCR, 1);
	assert_int_equal(in(IIR)&0xC0, 0xC0);
	out(FCR, 0xC1);
	assert_int_equal(in(IIR)&0xC0, 0xC0);
	out(LCR, LCR_EFR);
	assert_int_not_equal(in(EFR), 0);
	out(LCR, LCR_8N1);
	out(SCR, 0x5A);
	assert_int_equal(in(SCR), 0x5A);
	out(FCR, 0);
	assert_int_equal(in(IIR)&0xC0, 0);
}

/* FreeBSD, ns8250: bits that are always 0, and the size of the FIFO by an overrun in loopback: 14 to 16 is a 16550. */
static void freebsd_counts_a_fifo_of_sixteen(void **state)
{
	(void)state;
	assert_int_equal(in(IIR)&0x30, 0);
	assert_int_equal(in(MCR)&0xE0, 0);
	out(MCR, MCR_LOOP | 0x0B);
	out(FCR, 1);
	assert_int_equal(in(IIR)&0xC0, 0xC0);
	out(FCR, 7);
	unsigned count = 0;
	unsigned lsr = 0;

	do {
		out(DATA, 0);
		count++;
		lsr |= in(LSR);
	} while ((lsr & LSR_OVERRUN) == 0 && count < 130);
	assert_in_range(count - 1, 14, 16);
	out(MCR, 0);
	out(FCR, 7);
	assert_int_equal(in(LSR), LSR_EMPTY);
	assert_int_equal(ring.written, 0);
}

/* iPXE, GRUB, memtest86+: the scratch register, the divisor, and an LCR that keeps all of its bits. */
static void boot_programs_find_a_port(void **state)
{
	(void)state;
	static const uint8_t patterns[] = { 0x18, 0xAE, 0x55, 0xAA, 0xFF, 0x00 };

	for (size_t i = 0; i < ARRAY_COUNT(patterns); i++) {
		out(SCR, patterns[i]);
		assert_int_equal(in(SCR), patterns[i]);
		out(LCR, patterns[i]);
		assert_int_equal(in(LCR), patterns[i]);
	}
	out(LCR, LCR_DLAB | LCR_8N1);
	out(DATA, 1);
	out(IER, 0);
	assert_int_equal(in(DATA), 1);
	assert_int_equal(in(IER), 0);
	out(LCR, LCR_8N1);
	assert_int_equal(in(IER), 0);
}

/* EDK2, SerialPortLib, with and without hardware flow control: it waits for DSR and CTS, and for an empty transmitter. */
static void firmware_sees_a_terminal_that_is_ready(void **state)
{
	(void)state;
	out(MCR, 3);
	assert_int_equal(in(MSR)&0xB0, 0xB0); /* DCD, DSR, CTS; RI would be somebody calling */
	assert_int_equal(in(MSR)&0x40, 0);
	assert_int_equal(in(LSR)&0x60, 0x60);
	for (unsigned i = 0; i < 100; i++) {
		out(DATA, 'x');
		assert_int_equal(in(LSR)&0x60, 0x60);
	}
	assert_int_equal(ring.written, 100);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(linux_finds_a_16550a),
		T(linux_needs_no_backup_timer),
		T(netbsd_and_openbsd_find_a_16550a),
		T(freebsd_counts_a_fifo_of_sixteen),
		T(boot_programs_find_a_port),
		T(firmware_sees_a_terminal_that_is_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
