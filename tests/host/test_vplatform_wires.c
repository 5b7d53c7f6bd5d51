/* SPDX-License-Identifier: Apache-2.0 */
/* test_vplatform_wires.c: a guest's board: interrupts, memory, deadlines, reset. */
#include "tests/host/board.h"

/* ACPI, DSDT: COM1 has interrupt 4, an edge; vector 0x34 here. */
static void console_input_interrupts_through_pin_4(void **state)
{
	(void)state;
	static const uint8_t typed[] = "x";

	route(4, 0x34);
	out(0x3FC, 1, 0x0B); /* OUT2 connects the interrupt */
	out(0x3F9, 1, 0x01);
	assert_int_equal(vplatform_console_input(&platform, typed, 1), 1);
	assert_int_equal(message_count, 1);
	assert_int_equal(last.vector, 0x34);
	assert_int_equal(last.delivery_mode, 0);
	assert_int_equal(in(0x3F8, 1), 'x');
}

/* MADT, override: interrupt 0 is GSI 2. PIT counter 0 in mode 2, 1000 Hz or so. */
static void timer_interrupts_through_pin_2(void **state)
{
	(void)state;
	assert_int_equal(vplatform_poll(&platform, 0), VDEV_NEVER);
	out(0x43, 1, 0x34);
	out(0x40, 1, 1193 & 0xFF);
	out(0x40, 1, 1193 >> 8);
	assert_true(done.retimed);
	/* Only now: the control word alone raises the output, which is an edge, too. */
	route(0, 0x30);
	route(2, 0x32);
	uint64_t deadline = vplatform_poll(&platform, 0);

	assert_in_range(deadline, 990000, 1010000);
	assert_int_equal(message_count, 0);
	assert_true(vplatform_poll(&platform, deadline) > deadline);
	assert_int_equal(message_count, 1);
	assert_int_equal(last.vector, 0x32);
}

/* 8259A data sheet, "Initialization Command Words 1 and 2": vectors from 0x30, nothing masked. */
static void start_pic(void)
{
	out(0x20, 1, 0x11);
	out(0x21, 1, 0x30);
	out(0x21, 1, 0x04);
	out(0x21, 1, 0x01);
	out(0x21, 1, 0x00);
}

static void timer_also_reaches_input_0_of_the_8259(void **state)
{
	(void)state;
	start_pic();
	assert_false(vplatform_pic_output(&platform));
	out(0x43, 1, 0x34);
	out(0x40, 1, 1193 & 0xFF);
	out(0x40, 1, 1193 >> 8);
	vplatform_poll(&platform, SECOND);
	assert_true(vplatform_pic_output(&platform));
	assert_int_equal(vplatform_pic_acknowledge(&platform), 0x30);
	assert_false(vplatform_pic_output(&platform));
}

/* MADT, override: interrupt 9 is level-triggered, active high. */
static void power_button_interrupts_through_pin_9_until_cleared(void **state)
{
	(void)state;
	route(9, 0x39 | 1 << 15);
	out(0x602, 2, 0x100);
	vplatform_power_button(&platform);
	assert_int_equal(message_count, 1);
	assert_int_equal(last.vector, 0x39);
	/* EOI while the wire is still up: once more. */
	store(IOAPIC + 0x40, 4, 0x39);
	assert_int_equal(message_count, 2);
	out(0x600, 2, 0x100);
	store(IOAPIC + 0x40, 4, 0x39);
	assert_int_equal(message_count, 2);
}

/* 82093AA: version register; edk2 writes the index as a byte, Linux as 32 bits. */
/* ACPI 5.0, "Real Time Clock Alarm": RTC_STS, and the SCI if RTC_EN is set; also when the HPET has the clock's wire. */
static void alarm_of_the_clock_interrupts_through_pin_9(void **state)
{
	(void)state;
	with_hpet = true;
	reset_at(0);
	store(0xFED00010, 8, 2);
	route(8, 0x38);
	route(9, 0x39 | 1 << 15);
	out(0x70, 1, 0x0B);
	out(0x71, 1, 0x12); /* update interrupts: one each second */
	vplatform_poll(&platform, SECOND);
	assert_int_equal(in_at(0x600, 2, SECOND), 1 << 10);
	assert_int_equal(message_count, 0);
	out_at(0x602, 2, 1 << 10, SECOND);
	assert_int_equal(message_count, 1);
	assert_int_equal(last.vector, 0x39);
	out_at(0x600, 2, 1 << 10, SECOND);
	assert_int_equal(in_at(0x600, 2, SECOND), 0);
	store(IOAPIC + 0x40, 4, 0x39);
	out_at(0x70, 1, 0x0C, SECOND);
	in_at(0x71, 1, SECOND);
	/* Seen by an access, before anybody polls. */
	out_at(0x70, 1, 0, 2 * SECOND);
	in_at(0x71, 1, 2 * SECOND);
	assert_int_equal(message_count, 2);
}

static void ioapic_answers_in_its_page(void **state)
{
	(void)state;
	store(IOAPIC, 4, 1);
	assert_int_equal(load(IOAPIC + 0x10, 4) >> 16, 23);
	store(IOAPIC, 1, 0x10);
	assert_int_equal(load(IOAPIC, 1), 0x10);
	assert_int_equal(load(IOAPIC + 0x10, 4), 0x10000);
}

static void ioapic_data_takes_32_bits_only(void **state)
{
	(void)state;
	store(IOAPIC, 4, 0x10);
	store(IOAPIC + 0x10, 1, 0x44);
	store(IOAPIC + 0x10, 2, 0x44);
	store(IOAPIC + 0x10, 8, 0x44);
	store(IOAPIC + 0x11, 4, 0x44);
	assert_int_equal(load(IOAPIC + 0x10, 4), 0x10000);
	assert_int_equal(load(IOAPIC + 0x12, 2), 0xFFFF);
	assert_int_equal(load(IOAPIC + 0x10, 8), UINT64_MAX);
}

static void no_other_page_is_a_device(void **state)
{
	(void)state;
	static const uint64_t elsewhere[] = { 0,          IOAPIC - 1,  IOAPIC + 0x1000,
					      0xFED00000, 0x1FEC00000, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_COUNT(elsewhere); i++) {
		struct vplatform_mmio mmio = { .gpa = elsewhere[i], .bytes = 4 };

		assert_false(vplatform_mmio_read(&platform, &mmio));
		assert_int_equal(mmio.value, UINT32_MAX);
		assert_false(vplatform_mmio_write(&platform, &mmio));
	}
}

/* Promise 3, exitless steady state: a board nobody programmed never asks for time. */
static void idle_board_has_no_deadline(void **state)
{
	(void)state;
	assert_int_equal(vplatform_poll(&platform, 0), VDEV_NEVER);
	assert_int_equal(vplatform_poll(&platform, 1000 * SECOND), VDEV_NEVER);
	assert_int_equal(message_count, 0);
}

static void only_accesses_that_can_move_a_deadline_say_so(void **state)
{
	(void)state;
	out(0x3F8, 1, 'x');
	assert_false(done.retimed);
	in(0x608, 4);
	assert_false(done.retimed);
	in(0x71, 1);
	assert_true(done.retimed);
	out(0x602, 2, 1);
	assert_true(done.retimed);
	in(0x2F8, 4);
	assert_false(done.retimed);
}

static void reset_forgets_everything_but_the_time(void **state)
{
	(void)state;
	route(9, 0x39 | 1 << 15);
	out(0x602, 2, 0x101);
	out(0xCF8, 4, 0x80001234);
	out(0x61, 1, 0x03);
	vplatform_power_button(&platform);
	reset_at(5000 * SECOND);
	assert_int_equal(in_at(0x600, 4, 5000 * SECOND), 0);
	assert_int_equal(in(0xCF8, 4), 0);
	assert_int_equal(in(0x61, 1) & 3, 0);
	store(IOAPIC, 4, 0x22);
	assert_int_equal(load(IOAPIC + 0x10, 4), 0x10000);
	assert_int_equal(in_at(0x608, 4, 5000 * SECOND), (uint32_t)(5000ULL * VPM_TIMER_HZ));
	assert_int_equal(vplatform_poll(&platform, 5000 * SECOND), VDEV_NEVER);
	assert_int_equal(message_count, 0);
}

static void start_8259s(uint8_t masks)
{
	static const uint8_t icws[] = { 0x11, 0x30, 0x04, 0x01 };

	for (unsigned i = 0; i < ARRAY_COUNT(icws); i++) {
		out(i == 0 ? 0x20 : 0x21, 1, icws[i]);
	}
	out(0x21, 1, masks);
}

/* 8254, counter 0 in mode 2, 1000 Hz or so: an edge each. */
static void start_ticks(void)
{
	out(0x43, 1, 0x34);
	out(0x40, 1, 0xA9);
	out(0x40, 1, 0x04);
}

/* 8259A, "Interrupt Sequence": INT goes high, and the vector is asked for by the processor. */
static void tick_of_the_8254_makes_the_8259s_ask(void **state)
{
	(void)state;
	start_ticks();
	start_8259s(0xFE);
	assert_int_equal(intr_count, 0);
	vplatform_poll(&platform, 2000000);
	assert_true(intr_edges >= 1);
	assert_true(vplatform_pic_output(&platform));
	assert_int_equal(vplatform_pic_acknowledge(&platform), 0x30);
	assert_false(vplatform_pic_output(&platform));
}

static void masked_input_of_the_8259s_asks_when_it_is_opened(void **state)
{
	(void)state;
	start_8259s(0xFF);
	start_ticks();
	vplatform_poll(&platform, 2000000);
	assert_int_equal(intr_count, 0);
	out(0x21, 1, 0xFE);
	assert_int_equal(intr_edges, 1);
}

/* LINT0 may have a vector of its own: each tick is one of its edges, though nobody acknowledges the one before. */
static void each_tick_is_an_edge_also_behind_one_that_waits(void **state)
{
	(void)state;
	start_8259s(0xFE);
	start_ticks();
	for (uint64_t ms = 2; ms < 7; ms++) {
		vplatform_poll(&platform, ms * 1000000);
	}
	assert_true(intr_edges >= 5);
}

/* The guest opens pin 0 for them: who listens is to look again, and nothing is new. */
static void write_to_the_ioapic_announces_what_waits(void **state)
{
	(void)state;
	start_8259s(0xFE);
	start_ticks();
	vplatform_poll(&platform, 2000000);
	unsigned count = intr_count;
	unsigned edges = intr_edges;

	route(0, 0x700);
	assert_true(intr_count > count);
	assert_int_equal(intr_edges, edges);
	assert_int_equal(message_count, 0);
}

/* The same wire as pin 0 of the IOAPIC, if that has a vector. */
static void the_8259s_wire_is_pin_0_of_the_ioapic(void **state)
{
	(void)state;
	start_ticks();
	start_8259s(0xFE);
	route(0, 0x41);
	vplatform_poll(&platform, 2000000);
	assert_int_equal(message_count, 1);
	assert_int_equal(last.vector, 0x41);
	/* Nobody acknowledged it: it went away with the 8254's output, and INT with it, until the next. */
	vplatform_poll(&platform, 3000000);
	assert_int_equal(message_count, 2);
}

/* 8254, "Mode 3": its output is low half the time. Who polls late, or acknowledges late, loses no tick of it by that. */
static void tick_is_not_lost_when_the_square_wave_is_low_again(void **state)
{
	(void)state;
	start_8259s(0xFE);
	out(0x43, 1, 0x36);
	out(0x40, 1, 0xA9);
	out(0x40, 1, 0x04);
	vpic_acknowledge(&platform.pic);
	out(0x20, 1, 0x20);
	assert_false(vplatform_pic_output(&platform));
	vplatform_poll(&platform, 1700000);
	assert_true(vplatform_pic_output(&platform));
	vplatform_poll(&platform, 1800000);
	assert_int_equal(vplatform_pic_acknowledge(&platform), 0x30);
}

enum { HPET = 0xFED00000, ECAM = 0xE0000000 };

static void hpet_is_there_only_if_asked_for(void **state)
{
	(void)state;
	struct vplatform_mmio mmio = { .gpa = HPET, .bytes = 4 };

	assert_false(vplatform_mmio_read(&platform, &mmio));
	assert_int_equal(mmio.value, 0xFFFFFFFF);
	assert_false(vplatform_mmio_write(&platform, &mmio));
	with_hpet = true;
	reset_at(0);
	assert_int_equal(load(HPET, 8), 0x05F5E1008086A201);
	assert_false(mmio_retimed);
	store_at(HPET + 0x10, 8, 1, SECOND);
	assert_true(mmio_retimed);
	assert_int_equal(load_at(HPET + 0xF0, 4, 2 * SECOND), 10000000);
	mmio.gpa = HPET + 0x1000;
	assert_false(vplatform_mmio_read(&platform, &mmio));
}

/* HPET 1.0a, "LegacyReplacement Route": the 8254 and the RTC interrupt no more. */
static void hpet_takes_the_timer_interrupt_from_the_8254_and_gives_it_back(void **state)
{
	(void)state;
	with_hpet = true;
	reset_at(0);
	start_pic();
	out(0x43, 1, 0x34);
	out(0x40, 1, 1193 & 0xFF);
	out(0x40, 1, 1193 >> 8);
	route(2, 0x32);
	store(HPET + 0x100, 8, 1 << 2);
	store(HPET + 0x108, 8, 50000); /* 5 ms */
	store(HPET + 0x10, 8, 3);
	vplatform_poll(&platform, 4000000);
	assert_int_equal(message_count, 0);
	vplatform_poll(&platform, 5000000);
	assert_int_equal(message_count, 1);
	assert_int_equal(last.vector, 0x32);
	assert_int_equal(vplatform_pic_acknowledge(&platform), 0x30);
	store_at(HPET + 0x10, 8, 1, 6000000);
	message_count = 0;
	vplatform_poll(&platform, 7000000);
	assert_int_equal(message_count, 1);
}

/* A wire that the 8254 holds high falls when it is the HPET's, and rises when it is the 8254's again. */
static void wire_that_the_hpet_takes_falls_at_once(void **state)
{
	(void)state;
	with_hpet = true;
	reset_at(0);
	out(0x43, 1, 0x34); /* mode 2: the output is high at once */
	route(2, 0x32 | 1 << 15);
	assert_int_equal(message_count, 1);
	store(HPET + 0x10, 8, 2);
	store(IOAPIC + 0x40, 4, 0x32);
	assert_int_equal(message_count, 1);
	store(HPET + 0x10, 8, 0);
	assert_int_equal(message_count, 2);
}

/* Own routes of its timers: pins 20 to 23; none of them reaches an 8259A. */
static void hpet_interrupts_through_its_own_pin(void **state)
{
	(void)state;
	with_hpet = true;
	reset_at(0);
	route(22, 0x56 | 1 << 15);
	store(HPET + 0x140, 8, 1 << 2 | 1 << 1 | 22 << 9);
	store(HPET + 0x148, 8, 50000);
	store(HPET + 0x10, 8, 1);
	assert_int_equal(vplatform_poll(&platform, 0), 5000000);
	vplatform_poll(&platform, 5000000);
	assert_int_equal(message_count, 1);
	assert_int_equal(last.vector, 0x56);
	assert_false(vplatform_pic_output(&platform));
	store_at(HPET + 0x20, 8, 4, 5000000);
	store(IOAPIC + 0x40, 4, 0x56);
	assert_int_equal(message_count, 1);
}

/* PCI Express 3.0, ECAM: the host bridge at function 0 of bus 0; the window ends behind bus 0. */
static void configuration_space_is_in_memory_too(void **state)
{
	(void)state;
	assert_int_equal(load(ECAM, 4), 0x00081B36);
	assert_int_equal(load(ECAM + 0x1000, 4), 0xFFFFFFFF);
	store(ECAM, 4, 0);
	assert_false(mmio_retimed);
	assert_int_equal(load(ECAM, 4), 0x00081B36);
	struct vplatform_mmio mmio = { .gpa = ECAM + 0x100000, .bytes = 4 };

	assert_false(vplatform_mmio_read(&platform, &mmio));
	/* A 440FX, which firmware gets, has none. */
	mmio.gpa = ECAM;
	vpci_add_chipset(&platform.pci);
	assert_false(vplatform_mmio_read(&platform, &mmio));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(console_input_interrupts_through_pin_4, board_setup),
		cmocka_unit_test_setup(timer_interrupts_through_pin_2, board_setup),
		cmocka_unit_test_setup(timer_also_reaches_input_0_of_the_8259, board_setup),
		cmocka_unit_test_setup(power_button_interrupts_through_pin_9_until_cleared,
				       board_setup),
		cmocka_unit_test_setup(alarm_of_the_clock_interrupts_through_pin_9, board_setup),
		cmocka_unit_test_setup(ioapic_answers_in_its_page, board_setup),
		cmocka_unit_test_setup(ioapic_data_takes_32_bits_only, board_setup),
		cmocka_unit_test_setup(no_other_page_is_a_device, board_setup),
		cmocka_unit_test_setup(hpet_is_there_only_if_asked_for, board_setup),
		cmocka_unit_test_setup(
			hpet_takes_the_timer_interrupt_from_the_8254_and_gives_it_back,
			board_setup),
		cmocka_unit_test_setup(wire_that_the_hpet_takes_falls_at_once, board_setup),
		cmocka_unit_test_setup(hpet_interrupts_through_its_own_pin, board_setup),
		cmocka_unit_test_setup(configuration_space_is_in_memory_too, board_setup),
		cmocka_unit_test_setup(idle_board_has_no_deadline, board_setup),
		cmocka_unit_test_setup(only_accesses_that_can_move_a_deadline_say_so, board_setup),
		cmocka_unit_test_setup(reset_forgets_everything_but_the_time, board_setup),
		cmocka_unit_test_setup(tick_of_the_8254_makes_the_8259s_ask, board_setup),
		cmocka_unit_test_setup(masked_input_of_the_8259s_asks_when_it_is_opened,
				       board_setup),
		cmocka_unit_test_setup(each_tick_is_an_edge_also_behind_one_that_waits,
				       board_setup),
		cmocka_unit_test_setup(write_to_the_ioapic_announces_what_waits, board_setup),
		cmocka_unit_test_setup(the_8259s_wire_is_pin_0_of_the_ioapic, board_setup),
		cmocka_unit_test_setup(tick_is_not_lost_when_the_square_wave_is_low_again,
				       board_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
