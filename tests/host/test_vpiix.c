/* SPDX-License-Identifier: Apache-2.0 */
/* test_vpiix.c: the board that firmware finds: chipset, power-management ports, CMOS. */
#include "tests/host/board.h"

enum {
	HOST = 0,
	ISA = 1 << 11,
	PM = 1 << 11 | 3 << 8,
	PM_BASE = 0xB000, /* what OVMF writes to PMBA */
	SLP_EN = 1 << 13,
};

static struct vcmos machine;

static int firmware_board(void **state)
{
	board_setup(state);
	machine = (struct vcmos){ .low_bytes = 64 * MIB, .cpu_count = 1 };
	vplatform_init(&platform, &(struct vplatform_setup){ .console = &ring,
							     .machine = &machine,
							     .send = remember,
							     .send_context = &last });
	return 0;
}

static uint32_t get(uint32_t function, uint32_t offset)
{
	out(0xCF8, 4, 0x80000000 | function | offset);
	return in(0xCFC, 4);
}

static void set(uint32_t function, uint32_t offset, uint32_t value)
{
	out(0xCF8, 4, 0x80000000 | function | offset);
	out(0xCFC, 4, value);
}

/* IDs: 82441FX and 82371AB data sheets, "VID", "DID", "CLASSC". OVMF refuses any other host bridge. */
static void chipset_is_a_440fx_and_a_piix4(void **state)
{
	(void)state;
	assert_int_equal(get(HOST, 0), 0x12378086);
	assert_int_equal(get(HOST, 8) >> 8, 0x060000);
	assert_int_equal(get(ISA, 0), 0x71108086);
	assert_int_equal(get(ISA, 8) >> 8, 0x060100);
	assert_int_equal(get(PM, 0), 0x71138086);
	assert_int_equal(get(PM, 8) >> 8, 0x068000);
}

/* Bit 7 of the header type: without it nobody looks for functions 1 to 7. */
static void isa_bridge_is_one_function_of_several(void **state)
{
	(void)state;
	assert_int_equal(get(ISA, 0x0C) >> 16 & 0xFF, 0x80);
	assert_int_equal(get(HOST, 0x0C) >> 16 & 0xFF, 0);
}

static void every_other_function_is_absent(void **state)
{
	(void)state;
	for (uint32_t function = 0; function < 0x1000000; function += 0x100) {
		if (function != HOST && function != ISA && function != PM) {
			assert_int_equal(get(function, 0), 0xFFFFFFFF);
			assert_int_equal(get(function, 0x40), 0xFFFFFFFF);
		}
	}
}

/* PCI 3.0, "Base Addresses": a register that is not there reads as 0 after all ones were written. */
static void no_function_has_a_base_address(void **state)
{
	static const uint32_t functions[] = { HOST, ISA, PM };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
		for (uint32_t offset = 0x10; offset < 0x3C; offset += 4) {
			set(functions[i], offset, 0xFFFFFFFF);
			assert_int_equal(get(functions[i], offset), 0);
		}
	}
}

/* 82371AB data sheet, "PCICMD": of the ISA bridge I/O and memory enable are fixed at 1; OVMF looks for both. */
static void isa_bridge_cannot_be_switched_off(void **state)
{
	(void)state;
	set(ISA, 4, 0);
	assert_int_equal(get(ISA, 4) & 3, 3);
}

/* SeaBIOS writes all 8 bytes from 58H, reads them, and goes by what it finds. */
static void memory_attributes_keep_what_is_written_but_reserved_bits(void **state)
{
	(void)state;
	assert_int_equal(get(HOST, 0x58), 0);
	set(HOST, 0x58, 0x333030FF);
	assert_int_equal(get(HOST, 0x58), 0x33303000);
	out(0xCF8, 4, 0x80000058);
	out(0xCFD, 1, 0x10); /* PAM0 alone */
	assert_int_equal(in(0xCFC, 4), 0x33301000);
}

static void data_without_the_enable_bit_changes_nothing(void **state)
{
	(void)state;
	out(0xCF8, 4, 0x58);
	out(0xCFC, 4, 0xFFFFFFFF);
	assert_int_equal(get(HOST, 0x58), 0);
}

/* 82371AB data sheet, "PMBA": bit 0 says I/O, 64 ports. "PMREGMISC": bit 0 switches the block on. */
static void pm_ports_are_where_firmware_puts_them(void **state)
{
	(void)state;
	in_at(PM_BASE + 8, 4, SECOND);
	assert_false(done.granted);
	set(PM, 0x40, 0xFFFF0000 | PM_BASE | 0x3E);
	assert_int_equal(get(PM, 0x40), PM_BASE | 1);
	in_at(PM_BASE + 8, 4, SECOND);
	assert_false(done.granted);
	set(PM, 0x80, 1);
	assert_int_equal(in_at(PM_BASE + 8, 4, SECOND), 3579545);
	assert_true(done.granted);
	assert_int_equal(in_at(0x608, 4, SECOND), 3579545);
	in(PM_BASE + 12, 1);
	assert_false(done.granted);
	in(PM_BASE - 1, 1);
	assert_false(done.granted);
	assert_int_equal(out(PM_BASE + 4, 2, SLP_EN), VPLATFORM_POWER_OFF);
}

static void pm_ports_go_with_a_reset(void **state)
{
	(void)state;
	set(PM, 0x40, PM_BASE);
	set(PM, 0x80, 1);
	firmware_board(state);
	in(PM_BASE + 8, 4);
	assert_false(done.granted);
}

static uint64_t cmos(uint8_t index, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = bytes; i > 0; i--) {
		out(0x70, 1, index + i - 1);
		value = value << 8 | in(0x71, 1);
	}
	return value;
}

/* The formula OVMF's PlatformInitLib and SeaBIOS' qemu_preinit() use: 34H counts 64 KiB above 16 MiB. */
static void cmos_says_how_much_memory_there_is(void **state)
{
	(void)state;
	assert_int_equal(cmos(0x15, 2), 640);
	assert_int_equal(cmos(0x17, 2), 63 * 1024);
	assert_int_equal(cmos(0x30, 2), 63 * 1024);
	assert_int_equal(cmos(0x34, 2), 48 * 16);
	assert_int_equal(cmos(0x5B, 3), 0);
	assert_int_equal(cmos(0x5F, 1), 0);
}

static void cmos_of_a_large_machine_is_filled_up(void **state)
{
	struct vrtc rtc;

	(void)state;
	vrtc_init(&rtc, 0, (struct irq_line){ 0 });
	machine = (struct vcmos){ 3 * GIB, 5 * GIB, 4 };
	vcmos_write(&machine, &rtc);
	assert_int_equal(rtc.ram[0x30] | rtc.ram[0x31] << 8, 0xFFFF);
	assert_int_equal(rtc.ram[0x34] | rtc.ram[0x35] << 8, (3072 - 16) * 16);
	assert_int_equal(rtc.ram[0x5B] | rtc.ram[0x5C] << 8 | rtc.ram[0x5D] << 16, 5 * 1024 * 16);
	assert_int_equal(rtc.ram[0x5F], 3);
}

static void small_machine_has_nothing_above_16_mib(void **state)
{
	struct vrtc rtc;

	(void)state;
	vrtc_init(&rtc, 0, (struct irq_line){ 0 });
	machine = (struct vcmos){ 2 * MIB, 0, 1 };
	vcmos_write(&machine, &rtc);
	assert_int_equal(rtc.ram[0x17] | rtc.ram[0x18] << 8, 1024);
	assert_int_equal(rtc.ram[0x34] | rtc.ram[0x35] << 8, 0);
}

/* A kernel that is loaded gets its memory map otherwise, and a bus with nothing but a bridge. */
static void board_without_firmware_has_none_of_it(void **state)
{
	board_setup(state);
	assert_int_equal(get(HOST, 0), 0x00081B36);
	assert_int_equal(get(ISA, 0), 0xFFFFFFFF);
	assert_int_equal(cmos(0x34, 2), 0);
	set(PM, 0x40, PM_BASE);
	set(PM, 0x80, 1);
	in(PM_BASE + 8, 4);
	assert_false(done.granted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(chipset_is_a_440fx_and_a_piix4, firmware_board),
		cmocka_unit_test_setup(isa_bridge_is_one_function_of_several, firmware_board),
		cmocka_unit_test_setup(every_other_function_is_absent, firmware_board),
		cmocka_unit_test_setup(no_function_has_a_base_address, firmware_board),
		cmocka_unit_test_setup(isa_bridge_cannot_be_switched_off, firmware_board),
		cmocka_unit_test_setup(memory_attributes_keep_what_is_written_but_reserved_bits,
				       firmware_board),
		cmocka_unit_test_setup(data_without_the_enable_bit_changes_nothing, firmware_board),
		cmocka_unit_test_setup(pm_ports_are_where_firmware_puts_them, firmware_board),
		cmocka_unit_test_setup(pm_ports_go_with_a_reset, firmware_board),
		cmocka_unit_test_setup(cmos_says_how_much_memory_there_is, firmware_board),
		cmocka_unit_test_setup(cmos_of_a_large_machine_is_filled_up, firmware_board),
		cmocka_unit_test_setup(small_machine_has_nothing_above_16_mib, firmware_board),
		cmocka_unit_test_setup(board_without_firmware_has_none_of_it, firmware_board),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
