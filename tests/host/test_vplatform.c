/* SPDX-License-Identifier: Apache-2.0 */
/* test_vplatform.c: a guest's board: who answers at which port. */
#include "tests/host/board.h"

/* design.md, "Default deny". The list is the data sheets', not the table's. */
static void ports_of_the_board_are_granted_and_no_others(void **state)
{
	(void)state;
	static const uint16_t granted[][2] = {
		{ 0x20, 0x21 },   { 0x40, 0x43 },   { 0x60, 0x61 },   { 0x64, 0x64 },
		{ 0x70, 0x71 },   { 0x80, 0x80 },   { 0x92, 0x92 },   { 0xA0, 0xA1 },
		{ 0xED, 0xED },   { 0x3F8, 0x3FF }, { 0x4D0, 0x4D1 }, { 0x600, 0x605 },
		{ 0x608, 0x60B }, { 0xCF8, 0xCFF },
	};

	for (uint32_t port = 0; port <= UINT16_MAX; port++) {
		bool expected = false;

		for (size_t i = 0; i < ARRAY_COUNT(granted); i++) {
			expected |= port >= granted[i][0] && port <= granted[i][1];
		}
		in((uint16_t)port, 1);
		assert_int_equal(done.granted, expected);
		out((uint16_t)port, 1, 0);
		assert_int_equal(done.granted, expected);
	}
}

/* IN from a port without a device: the bus floats high. */
static void port_nobody_owns_reads_all_ones(void **state)
{
	(void)state;
	assert_int_equal(in(0x2F8, 1), 0xFF);
	assert_int_equal(in(0x2F8, 2), 0xFFFF);
	assert_int_equal(in(0x2F8, 4), 0xFFFFFFFF);
	assert_int_equal(in(0x8900, 4), 0xFFFFFFFF);
	assert_false(done.granted);
	assert_int_equal(in(0xFFFF, 4), 0xFFFFFFFF);
	assert_false(done.granted);
}

/* SDM Vol. 1, "I/O Address Space"; an ISA bus with 8-bit devices sees one cycle a byte. */
static void wide_access_goes_to_consecutive_byte_ports(void **state)
{
	(void)state;
	out(0x3FF, 1, 0x5A); /* scratch register */
	assert_int_equal(in(0x3FE, 2) >> 8, 0x5A);
	assert_true(done.granted);
	out(0x70, 2, 0x4070); /* CMOS byte 0x70 becomes 0x40 */
	assert_true(done.granted);
	out(0x70, 1, 0x70);
	assert_int_equal(in(0x71, 1), 0x40);
}

static void wide_access_beyond_a_device_is_half_denied(void **state)
{
	(void)state;
	out(0x3FF, 1, 0x5A);
	assert_int_equal(in(0x3FF, 2), 0xFF5A);
	assert_false(done.granted);
	out(0x3FF, 2, 0x1234);
	assert_false(done.granted);
	assert_int_equal(in(0x3FF, 1), 0x34);
	/* The PM timer follows a gap of two ports; behind it is nobody. */
	assert_int_equal(in(0x606, 4), 0xFFFF);
	assert_false(done.granted);
	assert_int_equal(in(0x60A, 4), 0xFFFF0000);
	assert_false(done.granted);
	assert_int_equal(out(0x604, 4, 5 << 10 | 1 << 13), VPLATFORM_POWER_OFF);
}

static void delay_ports_swallow_writes(void **state)
{
	(void)state;
	assert_int_equal(out(0x80, 1, 0xFE), VPLATFORM_NONE);
	assert_true(done.granted);
	assert_int_equal(out(0xED, 1, 0xFE), VPLATFORM_NONE);
	assert_true(done.granted);
	assert_int_equal(in(0x80, 1), 0xFF);
}

static void console_output_lands_in_the_ring(void **state)
{
	(void)state;
	out(0x3F8, 1, 'h');
	out(0x3F8, 1, 'i');
	assert_int_equal(ring.written, 2);
	assert_int_equal(ring.bytes[0], 'h');
	assert_int_equal(ring.bytes[1], 'i');
}

/* design.md, "The guest's machine": reset by 0xCF9, 8042 and 0x92, power-off by ACPI S5. */
static void every_way_to_reset_and_to_power_off_is_reported(void **state)
{
	(void)state;
	assert_int_equal(out(0xCF9, 1, 0x06), VPLATFORM_RESET);
	assert_int_equal(out(0x64, 1, 0xFE), VPLATFORM_RESET);
	assert_int_equal(out(0x92, 1, 0x01), VPLATFORM_RESET);
	assert_int_equal(out(0x604, 2, 5 << 10 | 1 << 13), VPLATFORM_POWER_OFF);
	assert_int_equal(in(0x64, 1) & 2, 0);
}

/* PIIX4 data sheet, "RC - Reset Control Register": a byte register inside CONFIG_ADDRESS. */
static void only_a_byte_access_at_cf9_is_the_reset_register(void **state)
{
	(void)state;
	assert_int_equal(out(0xCF8, 4, 0x80000600), VPLATFORM_NONE);
	assert_int_equal(in(0xCF8, 4), 0x80000600);
	assert_int_equal(out(0xCF8, 2, 0x0600), VPLATFORM_NONE);
	assert_int_equal(out(0xCF9, 4, 0x06060606), VPLATFORM_NONE);
	assert_int_equal(in(0xCF9, 1), 0);
	assert_int_equal(out(0xCF9, 1, 0x02), VPLATFORM_NONE);
	assert_int_equal(in(0xCF9, 1), 2);
}

/* How Linux recognises configuration mechanism 1. */
static void pci_answers_the_usual_probe(void **state)
{
	(void)state;
	out(0xCFB, 1, 0x01);
	out(0xCF8, 4, 0x80000000);
	assert_int_equal(in(0xCF8, 4), 0x80000000);
	assert_int_equal(in(0xCFC, 4), 0x00081B36);
	out(0xCF8, 4, 0x80000008);
	assert_int_equal(in(0xCFE, 2), 0x0600);
}

/* PIIX4 data sheet, "NMI Status and Control Register"; 8254 mode 0 on counter 2, as calibration uses it. */
static void port_61_gates_and_shows_counter_2(void **state)
{
	(void)state;
	out_at(0x61, 1, 0x01, 0);
	out_at(0x43, 1, 0xB0, 0);
	out_at(0x42, 1, 0xFF, 0);
	out_at(0x42, 1, 0x00, 0);
	assert_int_equal(in_at(0x61, 1, 1000) & 0x20, 0);
	assert_int_equal(in_at(0x61, 1, SECOND) & 0x20, 0x20);
	assert_int_equal(in_at(0x61, 1, SECOND) & 0x0F, 0x01);
}

static void port_61_toggles_its_refresh_bit_every_15_microseconds(void **state)
{
	(void)state;
	unsigned changes = 0;
	uint32_t before = in_at(0x61, 1, 0);

	for (uint64_t now = 0; now < SECOND / 100; now += 1000) {
		uint32_t value = in_at(0x61, 1, now);

		changes += (value & 0x10) != (before & 0x10);
		before = value;
	}
	assert_in_range(changes, 660, 664);
}

/* MC146818 with BCD; 1000000000 s is 2001-09-09 01:46:40 UTC. */
static void clock_starts_at_the_epoch_given(void **state)
{
	(void)state;
	static const uint8_t expected[][2] = { { 0, 0x40 },           { 2, 0x46 }, { 4, 0x01 },
					       { 7, 0x09 },           { 8, 0x09 }, { 9, 0x01 },
					       { VRTC_CENTURY, 0x20 } };

	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		out(0x70, 1, expected[i][0]);
		assert_int_equal(in(0x71, 1), expected[i][1]);
	}
}

/* QEMU's isa-debugcon and Bochs' port_e9_hack: both read as E9H, which firmware looks for. */
static void debug_port_takes_bytes_and_reads_as_its_mark(void **state)
{
	(void)state;
	static struct console_ring debug;

	debug = (struct console_ring){ 0 };
	debug_ring = &debug;
	reset_at(0);
	assert_int_equal(in(0x402, 1), 0xE9);
	assert_true(done.granted);
	assert_int_equal(in(0xE9, 1), 0xE9);
	assert_true(done.granted);
	assert_int_equal(out(0x402, 1, 'a'), VPLATFORM_NONE);
	assert_int_equal(out(0xE9, 1, 'b'), VPLATFORM_NONE);
	assert_true(done.granted);
	assert_int_equal(debug.written, 2);
	assert_memory_equal(debug.bytes, "ab", 2);
	assert_int_equal(ring.written, 0);
	out(0x402, 2, 'c' | 'd' << 8);
	assert_false(done.granted);
	assert_int_equal(debug.written, 3);
}

static void board_without_a_debug_port_denies_it(void **state)
{
	(void)state;
	static const uint16_t ports[] = { 0x402, 0xE9 };

	for (size_t i = 0; i < ARRAY_COUNT(ports); i++) {
		assert_int_equal(in(ports[i], 1), 0xFF);
		assert_false(done.granted);
		out(ports[i], 1, 'x');
		assert_false(done.granted);
	}
	assert_int_equal(ring.written, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ports_of_the_board_are_granted_and_no_others, board_setup),
		cmocka_unit_test_setup(port_nobody_owns_reads_all_ones, board_setup),
		cmocka_unit_test_setup(wide_access_goes_to_consecutive_byte_ports, board_setup),
		cmocka_unit_test_setup(wide_access_beyond_a_device_is_half_denied, board_setup),
		cmocka_unit_test_setup(delay_ports_swallow_writes, board_setup),
		cmocka_unit_test_setup(console_output_lands_in_the_ring, board_setup),
		cmocka_unit_test_setup(every_way_to_reset_and_to_power_off_is_reported,
				       board_setup),
		cmocka_unit_test_setup(only_a_byte_access_at_cf9_is_the_reset_register,
				       board_setup),
		cmocka_unit_test_setup(pci_answers_the_usual_probe, board_setup),
		cmocka_unit_test_setup(port_61_gates_and_shows_counter_2, board_setup),
		cmocka_unit_test_setup(port_61_toggles_its_refresh_bit_every_15_microseconds,
				       board_setup),
		cmocka_unit_test_setup(clock_starts_at_the_epoch_given, board_setup),
		cmocka_unit_test_setup(debug_port_takes_bytes_and_reads_as_its_mark, board_setup),
		cmocka_unit_test_setup(board_without_a_debug_port_denies_it, board_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
