/* SPDX-License-Identifier: Apache-2.0 */
/* test_vuart.c: the 16550A as its data sheet (PC16550D) and Linux' 8250 driver see it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/vdev/vuart.h"

enum { DATA, IER, FCR, LCR, MCR, LSR, MSR, SCR, IIR = FCR };

static struct vuart uart;
static struct console_ring ring;
static unsigned rises;
static unsigned falls;
static bool level;

/** wire() - counts edges, and insists that there is one whenever it is called. */
static void wire(void *context, unsigned gsi, bool value)
{
	assert_ptr_equal(context, &uart);
	assert_int_equal(gsi, 4);
	assert_true(value != level);
	level = value;
	*(value ? &rises : &falls) += 1;
}

static int setup(void **state)
{
	(void)state;
	memset(&ring, 0, sizeof(ring));
	rises = 0;
	falls = 0;
	level = false;
	vuart_init(&uart, &ring, (struct irq_line){ wire, &uart, 4 });
	return 0;
}

/** interrupts_on() - what a driver does: OUT2 opens the gate, IER names the interrupts. */
static void interrupts_on(uint8_t ier)
{
	vuart_write(&uart, MCR, 0x0B);
	vuart_write(&uart, IER, ier);
}

static void type(const char *text)
{
	assert_int_equal(vuart_input(&uart, (const uint8_t *)text, strlen(text)), strlen(text));
}

/* "Summary of Registers", reset configuration. */
static void power_on_state_is_the_data_sheets(void **state)
{
	(void)state;
	assert_int_equal(vuart_read(&uart, IER), 0);
	assert_int_equal(vuart_read(&uart, IIR), 1);
	assert_int_equal(vuart_read(&uart, LCR), 0);
	assert_int_equal(vuart_read(&uart, MCR), 0);
	assert_int_equal(vuart_read(&uart, LSR), 0x60);
	assert_int_equal(vuart_read(&uart, MSR), 0xB0);
}

static void sent_bytes_go_to_the_ring_and_thr_is_empty_again(void **state)
{
	(void)state;
	vuart_write(&uart, DATA, 'o');
	assert_int_equal(vuart_read(&uart, LSR), 0x60);
	vuart_write(&uart, DATA, 'k');
	assert_int_equal(ring.written, 2);
	assert_memory_equal(ring.bytes, "ok", 2);
	assert_int_equal(rises, 0);
}

/* autoconfig(): "simple existence test" and the one for ports without scratch register. */
static void ier_and_scratch_keep_the_bits_they_have(void **state)
{
	(void)state;
	vuart_write(&uart, IER, 0xFF);
	assert_int_equal(vuart_read(&uart, IER), 0x0F);
	vuart_write(&uart, IER, 0);
	assert_int_equal(vuart_read(&uart, IER), 0);
	vuart_write(&uart, SCR, 0xA5);
	assert_int_equal(vuart_read(&uart, SCR), 0xA5);
	vuart_write(&uart, MCR, 0xFF);
	assert_int_equal(vuart_read(&uart, MCR), 0x1F);
}

/* autoconfig(): RTS and OUT2 in loopback read back as CTS and DCD. */
static void loopback_mirrors_the_modem_lines(void **state)
{
	(void)state;
	vuart_write(&uart, MCR, 0x1A);
	assert_int_equal(vuart_read(&uart, MSR) & 0xF0, 0x90);
	vuart_write(&uart, MCR, 0x15);
	assert_int_equal(vuart_read(&uart, MSR) & 0xF0, 0x60);
	vuart_write(&uart, MCR, 0x00);
	assert_int_equal(vuart_read(&uart, MSR) & 0xF0, 0xB0);
}

/*
 * autoconfig(): FCR bit 0 shows in IIR bits 6 and 7; nothing else may, or it is taken for another
 * chip.
 */
static void fifo_is_found_as_a_16550as(void **state)
{
	(void)state;
	vuart_write(&uart, FCR, 0x01);
	assert_int_equal(vuart_read(&uart, IIR), 0xC1);
	vuart_write(&uart, LCR, 0xBF);
	assert_int_not_equal(vuart_read(&uart, 2), 0); /* no EFR */
	vuart_write(&uart, LCR, 0x80);
	vuart_write(&uart, FCR, 0x21);
	assert_int_equal(vuart_read(&uart, IIR) >> 5, 6); /* not a TI16750 */
	vuart_write(&uart, LCR, 0);
	vuart_write(&uart, FCR, 0);
	assert_int_equal(vuart_read(&uart, IIR), 0x01);
}

/* size_fifo(): counts what comes back in loopback; then "Line Status Register", bit 1. */
static void loopback_fifo_holds_sixteen_and_overruns(void **state)
{
	unsigned count = 0;

	(void)state;
	vuart_write(&uart, FCR, 0x07);
	vuart_write(&uart, MCR, 0x10);
	for (unsigned i = 0; i < 256; i++) {
		vuart_write(&uart, DATA, (uint8_t)i);
	}
	assert_int_equal(vuart_read(&uart, LSR), 0x63);
	assert_int_equal(vuart_read(&uart, LSR), 0x61);
	while (vuart_read(&uart, LSR) & 1) {
		assert_int_equal(vuart_read(&uart, DATA), count);
		count++;
	}
	assert_int_equal(count, 16);
	assert_int_equal(ring.written, 0);
}

/* "Line Status Register", bit 1: without FIFO the older character is the one that is lost. */
static void without_fifo_an_overrun_replaces_the_character(void **state)
{
	(void)state;
	vuart_write(&uart, MCR, 0x10);
	vuart_write(&uart, DATA, 'a');
	vuart_write(&uart, DATA, 'b');
	assert_int_equal(vuart_read(&uart, LSR), 0x63);
	assert_int_equal(vuart_read(&uart, DATA), 'b');
	assert_int_equal(vuart_read(&uart, LSR), 0x60);
}

/* "Programmable Baud Generator": behind DLAB, and not in the way of data. */
static void divisor_latch_is_behind_dlab(void **state)
{
	(void)state;
	vuart_write(&uart, LCR, 0x83);
	vuart_write(&uart, DATA, 0x01);
	vuart_write(&uart, IER, 0x02);
	assert_int_equal(vuart_read(&uart, DATA), 0x01);
	assert_int_equal(vuart_read(&uart, IER), 0x02);
	vuart_write(&uart, LCR, 0x03);
	assert_int_equal(vuart_read(&uart, IER), 0x00);
	assert_int_equal(ring.written, 0);
}

/* serial8250_do_startup(): THRE must be reported again each time its interrupt is switched on. */
static void thre_interrupt_comes_when_it_is_switched_on(void **state)
{
	(void)state;
	interrupts_on(0x02);
	assert_int_equal(rises, 1);
	assert_int_equal(vuart_read(&uart, IIR), 0x02);
	assert_int_equal(vuart_read(&uart, IIR), 0x01); /* cleared by the read that reported it */
	assert_false(level);
	vuart_write(&uart, IER, 0);
	vuart_write(&uart, IER, 0x02);
	assert_int_equal(rises, 2);
	assert_int_equal(vuart_read(&uart, IIR), 0x02);
}

static void each_byte_sent_with_thre_on_makes_an_edge(void **state)
{
	(void)state;
	interrupts_on(0x02);
	for (unsigned i = 0; i < 3; i++) {
		vuart_write(&uart, DATA, 'x'); /* IIR never read: the wire must fall and rise */
	}
	assert_int_equal(rises, 4);
	assert_true(level);
	assert_int_equal(vuart_read(&uart, IIR), 0x02);
	vuart_write(&uart, DATA, 'x');
	assert_int_equal(rises, 5);
	assert_int_equal(vuart_read(&uart, IIR), 0x02);
	vuart_write(&uart, IER, 0);
	assert_false(level);
	vuart_write(&uart, DATA, 'x');
	assert_int_equal(rises, 5);
	assert_int_equal(ring.written, 5);
}

static void sending_leaves_the_wire_alone_that_another_cause_or_no_gate_holds(void **state)
{
	(void)state;
	vuart_write(&uart, IER, 0x03);
	vuart_write(&uart, DATA, 'x');
	assert_int_equal(rises, 0);
	vuart_write(&uart, MCR, 0x08);
	type("a");
	assert_int_equal(rises, 1);
	vuart_write(&uart, DATA, 'x');
	assert_int_equal(rises, 1);
	assert_true(level);
	vuart_read(&uart, DATA);
	assert_int_equal(vuart_read(&uart, IIR), 0x02);
}

/* "Modem Control Register", bit 3, as PCs wire it. */
static void out2_is_the_gate_of_the_interrupt(void **state)
{
	(void)state;
	vuart_write(&uart, IER, 0x01);
	type("a");
	assert_int_equal(vuart_read(&uart, IIR), 0x04);
	assert_int_equal(rises, 0);
	vuart_write(&uart, MCR, 0x08);
	assert_int_equal(rises, 1);
	vuart_write(&uart, MCR, 0x18);
	assert_false(level);
}

/* "Interrupt Identification Register", table of interrupt control functions. */
static void interrupts_have_their_priorities(void **state)
{
	(void)state;
	vuart_write(&uart, MCR, 0x10);
	vuart_write(&uart, DATA, 'a');
	vuart_write(&uart, DATA, 'b'); /* overrun; modem lines fell */
	vuart_write(&uart, IER, 0x0F);
	assert_int_equal(vuart_read(&uart, IIR), 0x06);
	vuart_read(&uart, LSR);
	assert_int_equal(vuart_read(&uart, IIR), 0x04);
	vuart_read(&uart, DATA);
	assert_int_equal(vuart_read(&uart, IIR), 0x02);
	assert_int_equal(vuart_read(&uart, IIR), 0x00);
	assert_int_equal(vuart_read(&uart, MSR) & 0x0F, 0x0B);
	assert_int_equal(vuart_read(&uart, IIR), 0x01);
	assert_int_equal(vuart_read(&uart, MSR) & 0x0F, 0x00);
}

/* "Modem Status Register", bit 2: trailing edge of RI. */
static void ring_indicator_counts_only_when_it_ends(void **state)
{
	(void)state;
	vuart_write(&uart, MCR, 0x10);
	vuart_read(&uart, MSR);
	vuart_write(&uart, MCR, 0x14);
	assert_int_equal(vuart_read(&uart, MSR), 0x40);
	vuart_write(&uart, MCR, 0x10);
	assert_int_equal(vuart_read(&uart, MSR), 0x04);
}

/* "FIFO Interrupt Mode Operation": trigger level, then timeout for what is below it. */
static void received_data_and_timeout_tell_full_from_few(void **state)
{
	(void)state;
	vuart_write(&uart, FCR, 0x81); /* level 8 */
	interrupts_on(0x01);
	type("1234567");
	assert_int_equal(vuart_read(&uart, IIR), 0xCC);
	type("8");
	assert_int_equal(vuart_read(&uart, IIR), 0xC4);
	vuart_read(&uart, DATA);
	assert_int_equal(vuart_read(&uart, IIR), 0xCC);
	assert_int_equal(rises,
			 2); /* the condition ended below the level and came back as timeout */
	for (unsigned i = 0; i < 7; i++) {
		vuart_read(&uart, DATA);
	}
	assert_int_equal(vuart_read(&uart, IIR), 0xC1);
	assert_false(level);
}

static void reading_one_character_per_edge_reads_all(void **state)
{
	unsigned seen = 0;

	(void)state;
	interrupts_on(0x01);
	type("typed ahead");
	while (seen < rises) {
		seen++;
		assert_int_equal(vuart_read(&uart, DATA), "typed ahead"[seen - 1]);
	}
	assert_int_equal(seen, strlen("typed ahead"));
	assert_false(level);
}

static void input_waits_until_there_is_room(void **state)
{
	uint8_t bytes[400];
	size_t taken;

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)i;
	}
	vuart_write(&uart, FCR, 0x01);
	taken = vuart_input(&uart, bytes, sizeof(bytes));
	assert_true(taken >= VUART_QUEUE_BYTES && taken < sizeof(bytes));
	assert_int_equal(vuart_input(&uart, bytes + taken, 1), 0);
	for (unsigned i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(vuart_read(&uart, LSR), 0x61);
		assert_int_equal(vuart_read(&uart, DATA), (uint8_t)i);
		taken += vuart_input(&uart, bytes + taken, sizeof(bytes) - taken);
	}
	assert_int_equal(vuart_read(&uart, LSR), 0x60);
}

/* "FIFO Control Register", bit 1: the FIFO is cleared, the wire is not. */
static void clearing_the_fifo_spares_what_is_not_in_it_yet(void **state)
{
	(void)state;
	vuart_write(&uart, FCR, 0x01);
	type("0123456789ABCDEFrest");
	vuart_write(&uart, FCR, 0x03);
	assert_int_equal(vuart_read(&uart, DATA), 'r');
}

static void loopback_keeps_typed_input_out(void **state)
{
	(void)state;
	vuart_write(&uart, FCR, 0x01);
	vuart_write(&uart, MCR, 0x10);
	type("a");
	assert_int_equal(vuart_read(&uart, LSR), 0x60);
	vuart_write(&uart, MCR, 0x00);
	assert_int_equal(vuart_read(&uart, LSR), 0x61);
	assert_int_equal(vuart_read(&uart, DATA), 'a');
}

/*
 * "Line Status Register", bit 4: one zero character, and BI shows when it is at the top of the FIFO; bit 3: no
 * stop bit; bit 7: an error anywhere in the FIFO.
 */
static void break_shows_with_its_own_character_and_once(void **state)
{
	(void)state;
	vuart_write(&uart, FCR, 0x01);
	type("a");
	assert_true(vuart_break(&uart));
	type("b");
	assert_int_equal(vuart_read(&uart, LSR), 0xE1);
	assert_int_equal(vuart_read(&uart, DATA), 'a');
	assert_int_equal(vuart_read(&uart, LSR), 0xF9);
	assert_int_equal(vuart_read(&uart, LSR), 0x61);
	assert_int_equal(vuart_read(&uart, DATA), 0);
	assert_int_equal(vuart_read(&uart, LSR), 0x61);
	assert_int_equal(vuart_read(&uart, DATA), 'b');
	assert_int_equal(vuart_read(&uart, LSR), 0x60);
}

/* "Interrupt Enable Register", bit 2; bit 7 of the LSR does not exist without FIFOs. */
static void break_is_a_line_status_interrupt(void **state)
{
	(void)state;
	interrupts_on(0x05);
	assert_true(vuart_break(&uart));
	assert_int_equal(vuart_read(&uart, IIR), 0x06);
	assert_int_equal(vuart_read(&uart, LSR), 0x79);
	assert_int_equal(vuart_read(&uart, IIR), 0x04);
	assert_int_equal(vuart_read(&uart, DATA), 0);
	assert_false(level);
}

/* "FIFO Control Register", bit 1: what is not in the FIFO any longer is no error in it. */
static void clearing_the_fifo_clears_a_break_in_it(void **state)
{
	(void)state;
	vuart_write(&uart, FCR, 0x01);
	type("a");
	assert_true(vuart_break(&uart));
	vuart_write(&uart, FCR, 0x03);
	type("bc");
	assert_int_equal(vuart_read(&uart, DATA), 'b');
	assert_int_equal(vuart_read(&uart, LSR), 0x61);
}

static void break_keeps_its_place_behind_what_was_typed(void **state)
{
	(void)state;
	vuart_write(&uart, FCR, 0x01);
	type("0123456789abcdefghijk");
	assert_true(vuart_break(&uart));
	assert_false(vuart_break(&uart)); /* one waits */
	for (unsigned i = 0; i < 21; i++) {
		assert_int_equal(vuart_read(&uart, LSR) & 0x18, 0);
		assert_int_not_equal(vuart_read(&uart, DATA), 0);
	}
	assert_int_equal(vuart_read(&uart, LSR) & 0x19, 0x19);
	assert_true(vuart_break(&uart));
}

static void break_without_room_is_refused(void **state)
{
	static const uint8_t many[512];

	(void)state;
	vuart_input(&uart, many, sizeof(many));
	assert_false(vuart_break(&uart));
}

static void reset_forgets_input_and_keeps_the_ring(void **state)
{
	(void)state;
	vuart_write(&uart, DATA, 'x');
	vuart_write(&uart, SCR, 1);
	type("a");
	vuart_init(&uart, &ring, uart.line);
	assert_int_equal(vuart_read(&uart, LSR), 0x60);
	assert_int_equal(vuart_read(&uart, SCR), 0);
	assert_int_equal(ring.written, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(power_on_state_is_the_data_sheets, setup),
		cmocka_unit_test_setup(sent_bytes_go_to_the_ring_and_thr_is_empty_again, setup),
		cmocka_unit_test_setup(ier_and_scratch_keep_the_bits_they_have, setup),
		cmocka_unit_test_setup(loopback_mirrors_the_modem_lines, setup),
		cmocka_unit_test_setup(fifo_is_found_as_a_16550as, setup),
		cmocka_unit_test_setup(loopback_fifo_holds_sixteen_and_overruns, setup),
		cmocka_unit_test_setup(without_fifo_an_overrun_replaces_the_character, setup),
		cmocka_unit_test_setup(divisor_latch_is_behind_dlab, setup),
		cmocka_unit_test_setup(thre_interrupt_comes_when_it_is_switched_on, setup),
		cmocka_unit_test_setup(each_byte_sent_with_thre_on_makes_an_edge, setup),
		cmocka_unit_test_setup(
			sending_leaves_the_wire_alone_that_another_cause_or_no_gate_holds, setup),
		cmocka_unit_test_setup(out2_is_the_gate_of_the_interrupt, setup),
		cmocka_unit_test_setup(interrupts_have_their_priorities, setup),
		cmocka_unit_test_setup(ring_indicator_counts_only_when_it_ends, setup),
		cmocka_unit_test_setup(received_data_and_timeout_tell_full_from_few, setup),
		cmocka_unit_test_setup(reading_one_character_per_edge_reads_all, setup),
		cmocka_unit_test_setup(input_waits_until_there_is_room, setup),
		cmocka_unit_test_setup(clearing_the_fifo_spares_what_is_not_in_it_yet, setup),
		cmocka_unit_test_setup(loopback_keeps_typed_input_out, setup),
		cmocka_unit_test_setup(break_shows_with_its_own_character_and_once, setup),
		cmocka_unit_test_setup(break_is_a_line_status_interrupt, setup),
		cmocka_unit_test_setup(clearing_the_fifo_clears_a_break_in_it, setup),
		cmocka_unit_test_setup(break_keeps_its_place_behind_what_was_typed, setup),
		cmocka_unit_test_setup(break_without_room_is_refused, setup),
		cmocka_unit_test_setup(reset_forgets_input_and_keeps_the_ring, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
