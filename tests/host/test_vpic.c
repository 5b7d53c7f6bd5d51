/* SPDX-License-Identifier: Apache-2.0 */
/* test_vpic.c: the pair of interrupt controllers as their data sheet (8259A) and Linux see them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/vdev/vpic.h"

enum {
	M = 0x20,
	M_IMR = 0x21,
	S = 0xA0,
	S_IMR = 0xA1,
	EOI = 0x20,
	READ_IRR = 0x0A,
	READ_ISR = 0x0B
};

static struct vpic pic;

/** start() - as init_8259A() does, with ICW4 given; nothing masked after it. */
static void start(uint8_t icw4)
{
	static const uint16_t ports[] = { M, S };

	for (unsigned i = 0; i < 2; i++) {
		vpic_write(&pic, ports[i], 0x11);
		vpic_write(&pic, ports[i] | 1, i ? 0x38 : 0x30);
		vpic_write(&pic, ports[i] | 1, i ? 2 : 4);
		vpic_write(&pic, ports[i] | 1, icw4);
	}
}

static int setup(void **state)
{
	(void)state;
	vpic_init(&pic);
	start(0x01);
	return 0;
}

static uint8_t get(uint16_t port, uint8_t which)
{
	vpic_write(&pic, port, which);
	return vpic_read(&pic, port);
}

/* A rising edge; the input stays high, as devices keep it until they are served. */
static void ask(unsigned irq)
{
	vpic_set_irq(&pic, irq, false);
	vpic_set_irq(&pic, irq, true);
}

static void a_chip_never_initialised_asks_for_nothing(void **state)
{
	(void)state;
	vpic_init(&pic);
	vpic_write(&pic, M_IMR, 0); /* probe_8259A() writes and reads the mask only */
	assert_int_equal(vpic_read(&pic, M_IMR), 0);
	ask(0);
	ask(8);
	assert_false(vpic_output(&pic));
}

static void an_edge_is_acknowledged_once_with_its_vector(void **state)
{
	(void)state;
	assert_false(vpic_output(&pic));
	vpic_set_irq(&pic, 4, true);
	assert_true(vpic_output(&pic));
	assert_int_equal(get(M, READ_IRR), 0x10);
	assert_int_equal(vpic_acknowledge(&pic), 0x34);
	assert_int_equal(get(M, READ_IRR), 0);
	assert_int_equal(get(M, READ_ISR), 0x10);
	vpic_write(&pic, M, EOI);
	assert_int_equal(get(M, READ_ISR), 0);
	assert_false(vpic_output(&pic)); /* still high, but no new edge */
	vpic_set_irq(&pic, 4, false);
	vpic_set_irq(&pic, 4, true);
	assert_true(vpic_output(&pic));
}

/* "Edge and Level Triggered Modes": an input that goes low before INTA asks no more, masked or not. */
static void a_request_goes_away_with_its_input(void **state)
{
	(void)state;
	ask(4);
	vpic_set_irq(&pic, 4, false);
	assert_false(vpic_output(&pic));
	assert_int_equal(get(M, READ_IRR), 0);
	vpic_write(&pic, M_IMR, 0x10);
	ask(4);
	assert_int_equal(get(M, READ_IRR), 0x10);
	vpic_set_irq(&pic, 4, false);
	assert_int_equal(get(M, READ_IRR), 0);
	vpic_write(&pic, M_IMR, 0);
	ask(5);
	ask(4);
	vpic_set_irq(&pic, 4, false);
	assert_int_equal(vpic_acknowledge(&pic), 0x35);
	vpic_set_irq(&pic, 5, false); /* in service it is looked at no more */
	assert_int_equal(get(M, READ_ISR), 0x20);
}

static void a_request_of_the_slave_takes_the_masters_with_it(void **state)
{
	(void)state;
	ask(8);
	assert_int_equal(get(M, READ_IRR), 0x04);
	vpic_set_irq(&pic, 8, false);
	assert_int_equal(get(M, READ_IRR), 0);
	assert_int_equal(get(S, READ_IRR), 0);
	assert_false(vpic_output(&pic));
}

/* "Interrupt Sequence": too short a request is acknowledged as input 7, and nothing is in service. */
static void a_request_that_is_gone_has_the_vector_of_input_7(void **state)
{
	(void)state;
	ask(4);
	vpic_set_irq(&pic, 4, false);
	assert_int_equal(vpic_acknowledge(&pic), 0x37);
	assert_int_equal(get(M, READ_ISR), 0);
	ask(7);
	assert_int_equal(vpic_acknowledge(&pic), 0x37);
	assert_int_equal(get(M, READ_ISR), 0x80); /* that tells them apart */
}

static void the_slave_interrupts_through_the_master(void **state)
{
	(void)state;
	ask(8);
	assert_int_equal(vpic_acknowledge(&pic), 0x38);
	assert_int_equal(get(M, READ_ISR), 0x04);
	assert_int_equal(get(S, READ_ISR), 0x01);
	ask(12);
	assert_false(vpic_output(&pic));
	vpic_write(&pic, S, EOI);
	vpic_write(&pic, M, 0x62); /* specific, input 2, as Linux ends it */
	assert_true(vpic_output(&pic));
	assert_int_equal(vpic_acknowledge(&pic), 0x3C);
}

static void input_2_and_those_beyond_15_are_not_connected(void **state)
{
	(void)state;
	vpic_set_irq(&pic, 2, true);
	vpic_set_irq(&pic, 16, true);
	assert_false(vpic_output(&pic));
}

/* "Fully Nested Mode". */
static void what_is_in_service_holds_back_lower_priorities(void **state)
{
	(void)state;
	ask(3);
	assert_int_equal(vpic_acknowledge(&pic), 0x33);
	ask(5);
	assert_false(vpic_output(&pic));
	ask(1);
	assert_true(vpic_output(&pic));
	assert_int_equal(vpic_acknowledge(&pic), 0x31);
	vpic_write(&pic, M, EOI);
	assert_int_equal(get(M, READ_ISR), 0x08);
	vpic_write(&pic, M, EOI);
	assert_int_equal(vpic_acknowledge(&pic), 0x35);
}

static void the_slaves_place_is_between_1_and_3(void **state)
{
	(void)state;
	ask(3);
	ask(15);
	ask(1);
	assert_int_equal(vpic_acknowledge(&pic), 0x31);
	vpic_write(&pic, M, EOI);
	assert_int_equal(vpic_acknowledge(&pic), 0x3F);
}

static void a_masked_request_waits(void **state)
{
	(void)state;
	vpic_write(&pic, M_IMR, 0x10);
	ask(4);
	assert_false(vpic_output(&pic));
	assert_int_equal(get(M, READ_IRR), 0x10);
	vpic_write(&pic, M_IMR, 0);
	assert_true(vpic_output(&pic));
}

/* ELCR: the request is there exactly while the level is. */
static void level_inputs_ask_as_long_as_they_are_high(void **state)
{
	(void)state;
	vpic_write(&pic, 0x4D0, 0xFF);
	vpic_write(&pic, 0x4D1, 0xFF);
	assert_int_equal(vpic_read(&pic, 0x4D0), 0xF8);
	assert_int_equal(vpic_read(&pic, 0x4D1), 0xDE);
	vpic_set_irq(&pic, 11, true);
	assert_int_equal(vpic_acknowledge(&pic), 0x3B);
	vpic_write(&pic, S, EOI);
	vpic_write(&pic, M, EOI);
	assert_true(vpic_output(&pic));
	vpic_set_irq(&pic, 11, false);
	assert_false(vpic_output(&pic));
}

/* "Automatic End of Interrupt Mode", with and without rotation. */
static void automatic_eoi_leaves_nothing_in_service(void **state)
{
	(void)state;
	start(0x03);
	ask(4);
	assert_int_equal(vpic_acknowledge(&pic), 0x34);
	assert_int_equal(get(M, READ_ISR), 0);
	vpic_write(&pic, M, 0x80);
	ask(4);
	vpic_acknowledge(&pic);
	ask(4);
	ask(5);
	assert_int_equal(vpic_acknowledge(&pic), 0x35);
}

/* "Automatic Rotation", "Specific Rotation". */
static void priorities_rotate(void **state)
{
	(void)state;
	vpic_write(&pic, M, 0xC4); /* 4 is the lowest, 5 the highest */
	ask(0);
	ask(4);
	ask(5);
	assert_int_equal(vpic_acknowledge(&pic), 0x35);
	vpic_write(&pic, M, 0xA0); /* rotate on EOI: 6 is the highest */
	assert_int_equal(vpic_acknowledge(&pic), 0x30);
	vpic_write(&pic, M, 0xE3); /* rotate on specific EOI: 3 the lowest, 0 still in service */
	assert_int_equal(get(M, READ_ISR), 0x01);
	assert_int_equal(vpic_acknowledge(&pic), 0x34);
}

/* "Special Mask Mode". */
static void special_mask_lets_lower_priorities_through(void **state)
{
	(void)state;
	ask(3);
	vpic_acknowledge(&pic);
	ask(6);
	assert_false(vpic_output(&pic));
	vpic_write(&pic, M_IMR, 0x08);
	vpic_write(&pic, M, 0x68);
	assert_int_equal(vpic_acknowledge(&pic), 0x36);
	vpic_write(&pic, M, EOI); /* does not see the masked one */
	assert_int_equal(get(M, READ_ISR), 0x08);
	vpic_write(&pic, M, 0x48);
	ask(6);
	assert_false(vpic_output(&pic));
}

/* "The Special Fully Nested Mode". */
static void a_second_interrupt_of_the_slave_nests(void **state)
{
	(void)state;
	start(0x11);
	ask(12);
	assert_int_equal(vpic_acknowledge(&pic), 0x3C);
	ask(14);
	assert_false(vpic_output(&pic));
	ask(9);
	assert_true(vpic_output(&pic));
	assert_int_equal(vpic_acknowledge(&pic), 0x39);
}

/* "Poll Command". */
static void a_poll_reads_and_acknowledges(void **state)
{
	(void)state;
	assert_int_equal(get(M, 0x0C), 0x00);
	ask(6);
	ask(4);
	assert_int_equal(get(M, 0x0C), 0x84);
	assert_int_equal(get(M, READ_ISR), 0x10);
	vpic_write(&pic, M, EOI);
	assert_int_equal(get(M, 0x0C), 0x86);
}

/* "Initialization Command Words": ICW1 clears the edges seen and the mask. */
static void initialising_again_forgets_edges_and_mask(void **state)
{
	(void)state;
	vpic_write(&pic, M_IMR, 0xAA);
	vpic_set_irq(&pic, 4, true);
	vpic_write(&pic, M, 0x11);
	assert_false(vpic_output(&pic));
	vpic_write(&pic, M_IMR, 0x50);
	vpic_write(&pic, M_IMR, 0x04);
	vpic_write(&pic, M_IMR, 0x01);
	assert_int_equal(vpic_read(&pic, M_IMR), 0);
	assert_false(vpic_output(&pic));
	vpic_set_irq(&pic, 4, true); /* was high: no edge */
	assert_false(vpic_output(&pic));
	ask(4);
	assert_int_equal(vpic_acknowledge(&pic), 0x54);
}

static void ports_of_others_are_not_ours(void **state)
{
	(void)state;
	vpic_write(&pic, 0x22, 0x11);
	assert_int_equal(vpic_read(&pic, 0x22), 0xFF);
	assert_int_equal(vpic_read(&pic, M_IMR), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_chip_never_initialised_asks_for_nothing, setup),
		cmocka_unit_test_setup(an_edge_is_acknowledged_once_with_its_vector, setup),
		cmocka_unit_test_setup(the_slave_interrupts_through_the_master, setup),
		cmocka_unit_test_setup(input_2_and_those_beyond_15_are_not_connected, setup),
		cmocka_unit_test_setup(what_is_in_service_holds_back_lower_priorities, setup),
		cmocka_unit_test_setup(the_slaves_place_is_between_1_and_3, setup),
		cmocka_unit_test_setup(a_masked_request_waits, setup),
		cmocka_unit_test_setup(level_inputs_ask_as_long_as_they_are_high, setup),
		cmocka_unit_test_setup(a_request_goes_away_with_its_input, setup),
		cmocka_unit_test_setup(a_request_of_the_slave_takes_the_masters_with_it, setup),
		cmocka_unit_test_setup(a_request_that_is_gone_has_the_vector_of_input_7, setup),
		cmocka_unit_test_setup(automatic_eoi_leaves_nothing_in_service, setup),
		cmocka_unit_test_setup(priorities_rotate, setup),
		cmocka_unit_test_setup(special_mask_lets_lower_priorities_through, setup),
		cmocka_unit_test_setup(a_second_interrupt_of_the_slave_nests, setup),
		cmocka_unit_test_setup(a_poll_reads_and_acknowledges, setup),
		cmocka_unit_test_setup(initialising_again_forgets_edges_and_mask, setup),
		cmocka_unit_test_setup(ports_of_others_are_not_ours, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
