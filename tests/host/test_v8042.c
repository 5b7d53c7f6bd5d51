/* SPDX-License-Identifier: Apache-2.0 */
/* test_v8042.c: a guest's keyboard controller with nothing plugged in; IBM PS/2 Technical Reference, titles above. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/vdev/v8042.h"

enum {
	OUTPUT_FULL = 1,
	INPUT_FULL = 2,
	SYSTEM = 4,
	COMMAND = 8,
	NOT_LOCKED = 0x10,
	AUX = 0x20,
	TIMEOUT = 0x40
};

static struct v8042 kbc;
static bool levels[16];
static unsigned rises[16];

static void wire(void *context, unsigned gsi, bool level)
{
	assert_ptr_equal(context, &kbc);
	assert_true(levels[gsi] != level);
	levels[gsi] = level;
	rises[gsi] += level;
}

static int setup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		levels[i] = false;
		rises[i] = 0;
	}
	v8042_init(&kbc, (struct irq_line){ wire, &kbc, V8042_GSI_KEYBOARD },
		   (struct irq_line){ wire, &kbc, V8042_GSI_AUX });
	return 0;
}

static uint8_t status(void)
{
	return v8042_read(&kbc, 0x64);
}

static enum vplatform_action command(uint8_t byte)
{
	assert_int_equal(status() & INPUT_FULL, 0);
	return v8042_write(&kbc, 0x64, byte);
}

static enum vplatform_action data(uint8_t byte)
{
	return v8042_write(&kbc, 0x60, byte);
}

/* As every driver reads: only what the status says is there. */
static uint8_t take(void)
{
	assert_int_equal(status() & OUTPUT_FULL, OUTPUT_FULL);
	uint8_t byte = v8042_read(&kbc, 0x60);

	assert_int_equal(status() & (OUTPUT_FULL | AUX | TIMEOUT), 0);
	return byte;
}

static uint8_t answer_to(uint8_t byte)
{
	command(byte);
	return take();
}

/* "Status Register". */
static void idle_controller_is_empty_and_has_passed_its_test(void **state)
{
	(void)state;
	assert_int_equal(status(), SYSTEM | NOT_LOCKED);
	command(0xAE);
	assert_int_equal(status(), SYSTEM | NOT_LOCKED | COMMAND);
	data(0xF4);
	assert_int_equal(status() & COMMAND, 0);
}

/* "Controller Commands": AAH self test, ABH and A9H interface tests, A4H password. */
static void tests_pass(void **state)
{
	(void)state;
	assert_int_equal(answer_to(0xAA), 0x55);
	assert_int_equal(answer_to(0xAB), 0x00);
	assert_int_equal(answer_to(0xA9), 0x00);
	assert_int_equal(answer_to(0xA4), 0xF1);
	assert_int_equal(answer_to(0xC0), 0x80);
}

/* "Controller Command Byte": what is written reads back, by all drivers' first probe; 20H to 3FH are RAM. */
static void command_byte_and_ram_read_back(void **state)
{
	(void)state;
	assert_int_equal(answer_to(0x20), 0x74);
	command(0x60);
	data(0x47);
	assert_int_equal(answer_to(0x20), 0x47);
	command(0x60);
	data(0x00);
	assert_int_equal(status() & SYSTEM, 0);
	command(0x7F);
	data(0xA5);
	assert_int_equal(answer_to(0x3F), 0xA5);
	assert_int_equal(answer_to(0x20), 0x00);
	assert_int_equal(answer_to(0xAA), 0x55);
	assert_int_equal(answer_to(0x20), 0x74);
}

static void ports_are_switched_by_commands(void **state)
{
	(void)state;
	command(0xAE);
	command(0xA8);
	assert_int_equal(answer_to(0x20), 0x44);
	command(0xAD);
	command(0xA7);
	assert_int_equal(answer_to(0x20), 0x74);
	data(0xFF); /* to the keyboard: switches it on */
	take();
	assert_int_equal(answer_to(0x20), 0x64);
}

/* "Transmit Timeout": FEH, and bit 6 of the status; with bit 5 for the auxiliary device. */
static void absent_devices_do_not_answer(void **state)
{
	(void)state;
	data(0xFF);
	assert_int_equal(status() & (OUTPUT_FULL | AUX | TIMEOUT), OUTPUT_FULL | TIMEOUT);
	assert_int_equal(take(), 0xFE);
	command(0xD4);
	assert_int_equal(status() & OUTPUT_FULL, 0);
	data(0xFF);
	assert_int_equal(status() & (OUTPUT_FULL | AUX | TIMEOUT), OUTPUT_FULL | AUX | TIMEOUT);
	assert_int_equal(take(), 0xFE);
}

/* D2H and D3H: the byte as if a device had sent it; Linux finds the auxiliary port by that. */
static void buffers_can_be_written(void **state)
{
	(void)state;
	command(0xD2);
	data(0x1E);
	assert_int_equal(status() & (OUTPUT_FULL | AUX), OUTPUT_FULL);
	assert_int_equal(take(), 0x1E);
	command(0xD3);
	data(0x5A);
	assert_int_equal(status() & (OUTPUT_FULL | AUX), OUTPUT_FULL | AUX);
	assert_int_equal(take(), 0x5A);
}

/* "Controller Command Byte", bits 0 and 1: IRQ 1 and IRQ 12, until the byte is read. */
static void full_buffer_interrupts_if_the_command_byte_says_so(void **state)
{
	(void)state;
	answer_to(0xAA);
	assert_int_equal(rises[1], 0);
	command(0x60);
	data(0x47);
	command(0xAB);
	assert_true(levels[1]);
	take();
	assert_false(levels[1]);
	command(0xD3);
	data(0);
	assert_true(levels[12]);
	assert_false(levels[1]);
	take();
	assert_false(levels[12]);
	assert_int_equal(rises[1], 1);
	assert_int_equal(rises[12], 1);
}

/* "Output Port": bit 0 resets when 0, bit 1 is A20, always 1 here. */
static void output_port_has_a20_and_the_reset_line(void **state)
{
	(void)state;
	assert_int_equal(answer_to(0xD0) & 3, 3);
	command(0xD1);
	assert_int_equal(data(0xDD), VPLATFORM_NONE);
	assert_int_equal(answer_to(0xD0) & 3, 3);
	command(0xD1);
	assert_int_equal(data(0xDF), VPLATFORM_NONE);
	command(0xD1);
	assert_int_equal(data(0xDE), VPLATFORM_RESET);
	assert_int_equal(data(0xDE), VPLATFORM_NONE);
}

/* F0H to FFH pulse the lines whose bits are 0: bit 0 is the reset line. No other command resets. */
static void even_pulses_reset_and_nothing_else_does(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 0x100; byte++) {
		bool resets = byte >= 0xF0 && byte % 2 == 0;

		assert_int_equal(command((uint8_t)byte), resets ? VPLATFORM_RESET : VPLATFORM_NONE);
	}
	assert_int_equal(data(0xFE), VPLATFORM_NONE);
}

/* A command given up half way leaves nothing behind. */
static void another_command_forgets_one_that_waits_for_its_byte(void **state)
{
	(void)state;
	command(0xD1);
	command(0xAE);
	assert_int_equal(data(0xDE), VPLATFORM_NONE);
	assert_int_equal(take(), 0xFE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(idle_controller_is_empty_and_has_passed_its_test),
		T(tests_pass),
		T(command_byte_and_ram_read_back),
		T(ports_are_switched_by_commands),
		T(absent_devices_do_not_answer),
		T(buffers_can_be_written),
		T(full_buffer_interrupts_if_the_command_byte_says_so),
		T(output_port_has_a20_and_the_reset_line),
		T(even_pulses_reset_and_nothing_else_does),
		T(another_command_forgets_one_that_waits_for_its_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
