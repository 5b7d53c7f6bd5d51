/* SPDX-License-Identifier: Apache-2.0 */
/* test_vpit.c: the timer as its data sheet (8254) and Linux see it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/vdev/vpit.h"
#include "kernel/vdev/vtick.h"

#define S VTICK_NS_PER_S

enum { CONTROL = 3, LATCH_2 = 0x80 };

static struct vpit pit;
static unsigned rises;
static bool level;

static void wire(void *context, unsigned gsi, bool value)
{
	assert_ptr_equal(context, &pit);
	assert_int_equal(gsi, 2);
	assert_true(value != level);
	level = value;
	rises += value;
}

static int setup(void **state)
{
	(void)state;
	level = false;
	vpit_init(&pit, (struct irq_line){ wire, &pit, 2 });
	vpit_poll(&pit, 0);
	rises = 0;
	return 0;
}

/** at() - the first ns of a tick. */
static uint64_t at(uint64_t tick)
{
	return vtick_ns(tick, VPIT_HZ);
}

/** program() - control word and a count of two bytes, all at @tick. */
static void program(unsigned channel, unsigned mode, uint16_t count, uint64_t tick)
{
	vpit_write(&pit, CONTROL, (uint8_t)(channel << 6 | 0x30 | mode << 1), at(tick));
	vpit_write(&pit, channel, (uint8_t)count, at(tick));
	vpit_write(&pit, channel, (uint8_t)(count >> 8), at(tick));
}

static void write_count(unsigned channel, uint16_t count, uint64_t tick)
{
	vpit_write(&pit, channel, (uint8_t)count, at(tick));
	vpit_write(&pit, channel, (uint8_t)(count >> 8), at(tick));
}

static uint16_t read_count(unsigned channel, uint64_t tick)
{
	uint16_t low = vpit_read(&pit, channel, at(tick));

	return (uint16_t)(low | vpit_read(&pit, channel, at(tick)) << 8);
}

static bool output2(uint64_t tick)
{
	return vpit_output2(&pit, at(tick));
}

static void ticks_and_nanoseconds_agree_without_drift(void **state)
{
	(void)state;
	assert_int_equal(vtick_at(S, VPIT_HZ), 1193182);
	assert_int_equal(vtick_at(S - 1, VPIT_HZ), 1193181);
	assert_int_equal(vtick_at(UINT64_C(1000000) * S, VPIT_HZ), UINT64_C(1193182000000));
	for (uint64_t tick = 1; tick < UINT64_C(1) << 52; tick = tick * 3 + 1) {
		assert_int_equal(vtick_at(vtick_ns(tick, VPIT_HZ), VPIT_HZ), tick);
		assert_int_equal(vtick_at(vtick_ns(tick, VPIT_HZ) - 1, VPIT_HZ), tick - 1);
	}
}

static void an_8254_nobody_programmed_has_no_deadline(void **state)
{
	(void)state;
	assert_int_equal(vpit_poll(&pit, 100 * S), VDEV_NEVER);
	assert_int_equal(rises, 0);
}

/* "Mode 0": OUT goes high N + 1 ticks after the count was written, once. */
static void mode_0_interrupts_once_at_its_terminal_count(void **state)
{
	(void)state;
	program(0, 0, 1000, 50);
	assert_false(level);
	assert_int_equal(vpit_poll(&pit, at(50)), at(50 + 1001));
	vpit_poll(&pit, at(50 + 1001) - 1);
	assert_int_equal(rises, 0);
	assert_int_equal(vpit_poll(&pit, at(50 + 1001)), VDEV_NEVER);
	assert_int_equal(rises, 1);
	assert_true(level);
	vpit_poll(&pit, at(1000000));
	assert_int_equal(rises, 1);
	vpit_write(&pit, 0, 5, at(1000000)); /* the first byte of two takes OUT down */
	assert_false(level);
	assert_int_equal(vpit_poll(&pit, at(2000000)), VDEV_NEVER);
}

/* "Mode 2". Linux: HZ = 250 is a count of 4773. */
static void mode_2_interrupts_every_period_without_drift(void **state)
{
	uint64_t now = 0;

	(void)state;
	program(0, 2, 4773, 0);
	for (unsigned i = 1; i <= 10000; i++) {
		now = vpit_poll(&pit, now);
		assert_int_equal(now, at(1 + i * UINT64_C(4773)));
		vpit_poll(&pit, now);
		assert_int_equal(rises, i);
	}
}

static void missed_periods_are_one_edge(void **state)
{
	(void)state;
	program(0, 3, 1000, 0);
	assert_int_equal(vpit_poll(&pit, at(5601)), at(6001));
	assert_int_equal(rises, 1);
	assert_true(
		level); /* though the square wave is in its second half: who was to hear of it has not yet */
	assert_int_equal(vpit_poll(&pit, at(6001)), at(7001));
	assert_int_equal(rises, 2);
	assert_true(level);
}

static void a_period_too_short_does_not_keep_the_poller_busy(void **state)
{
	(void)state;
	program(0, 2, 2, 0);
	assert_int_equal(vpit_poll(&pit, at(10)), at(10) + VPIT_PERIOD_MIN_NS);
	program(0, 0, 2, 20);
	assert_int_equal(vpit_poll(&pit, at(20)), at(23));
}

/* "Mode 2": a new count is taken at the end of the cycle. */
static void a_new_count_waits_for_the_end_of_the_cycle(void **state)
{
	(void)state;
	program(0, 2, 1000, 0);
	vpit_write(&pit, 0, 2000 & 0xFF, at(500));
	vpit_write(&pit, 0, 2000 >> 8, at(500));
	assert_int_equal(read_count(0, 600), 401);
	assert_int_equal(vpit_poll(&pit, at(600)), at(1001));
	assert_int_equal(vpit_poll(&pit, at(1501)), at(3001));
	assert_int_equal(read_count(0, 1501), 1500);
}

/* "Mode 3": a new count is taken at the end of the half-cycle, if no trigger comes before. */
static void a_square_wave_takes_a_new_count_after_its_high_half(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	program(2, 3, 1000, 0); /* high from 1, low from 501 */
	write_count(2, 21, 100);
	assert_int_equal(read_count(2, 500), 1000 - 2 * 499);
	assert_true(output2(500));
	assert_int_equal(read_count(2, 501), 20); /* a low half of 10 ticks */
	assert_false(output2(501));
	assert_false(output2(510));
	assert_true(output2(511)); /* a high one of 11 */
	assert_int_equal(read_count(2, 512), 18);
	assert_true(output2(521));
	assert_false(output2(522));
	assert_true(output2(532));
}

static void a_square_wave_takes_a_new_count_after_its_low_half(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	program(2, 3, 1000, 0);
	write_count(2, 20, 600);
	assert_false(output2(1000));
	assert_true(output2(1001));
	assert_true(output2(1010));
	assert_false(output2(1011));
	assert_true(output2(1021));
}

/* As who plays sound by the counter does: the last one written before the end of the half-cycle counts. */
static void a_square_wave_takes_the_last_count_written(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	program(2, 3, 1000, 0);
	write_count(2, 20, 100);
	write_count(2, 40, 200);
	assert_false(output2(520));
	assert_true(output2(521));
	write_count(2, 60, 525);
	assert_false(output2(541));
	assert_false(output2(570));
	assert_true(output2(571));
	write_count(2, 100, 580); /* a trigger takes it before */
	vpit_gate2_set(&pit, false, at(585));
	vpit_gate2_set(&pit, true, at(590));
	assert_int_equal(read_count(2, 591), 100);
	assert_true(output2(640));
	assert_false(output2(641));
}

static void a_square_wave_interrupts_where_a_new_count_lets_it_rise(void **state)
{
	(void)state;
	program(0, 3, 1000, 0);
	rises = 0;
	write_count(0, 200, 100);
	assert_int_equal(vpit_poll(&pit, at(100)), at(501 + 100));
	assert_int_equal(vpit_poll(&pit, at(601)), at(801));
	assert_int_equal(rises, 1);
	write_count(0, 1000, 710); /* its low half */
	assert_int_equal(vpit_poll(&pit, at(710)), at(801));
	assert_int_equal(vpit_poll(&pit, at(801)), at(1801));
	assert_int_equal(rises, 2);
}

static void counts_are_the_data_sheets_in_each_mode(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	program(2, 0, 4, 0);
	assert_int_equal(read_count(2, 1), 4);
	assert_int_equal(read_count(2, 4), 1);
	assert_int_equal(read_count(2, 5), 0);
	assert_int_equal(read_count(2, 6), 0xFFFF);
	program(2, 2, 3, 10);
	assert_int_equal(read_count(2, 11), 3);
	assert_int_equal(read_count(2, 13), 1);
	assert_true(output2(12));
	assert_false(output2(13));
	assert_int_equal(read_count(2, 14), 3);
	program(2, 3, 4, 20);
	assert_int_equal(read_count(2, 21), 4);
	assert_int_equal(read_count(2, 22), 2);
	assert_true(output2(22));
	assert_false(output2(23));
	assert_int_equal(read_count(2, 23), 4);
	program(2, 3, 5, 30); /* "Mode 3": odd counts */
	assert_int_equal(read_count(2, 31), 4);
	assert_int_equal(read_count(2, 33), 0);
	assert_true(output2(33));
	assert_int_equal(read_count(2, 34), 4);
	assert_false(output2(34));
	assert_int_equal(read_count(2, 35), 2);
	assert_true(output2(36));
}

/* "Mode 4": low for one tick, N + 1 ticks after the count. */
static void mode_4_strobes_once(void **state)
{
	(void)state;
	program(0, 4, 100, 0);
	assert_true(level);
	rises = 0;
	assert_int_equal(vpit_poll(&pit, at(100)), at(102));
	vpit_poll(&pit, at(101));
	assert_int_equal(rises, 0);
	assert_int_equal(vpit_poll(&pit, at(102)), VDEV_NEVER);
	assert_true(level);
	assert_int_equal(rises, 1);
}

/* A request goes away with the wire (8259A), so only what the guest writes may take it down. */
static void the_wire_falls_by_what_the_guest_writes_and_not_by_time(void **state)
{
	(void)state;
	program(0, 3, 1000, 0);
	vpit_poll(&pit, at(1001));
	rises = 0;
	for (uint64_t tick = 1002; tick < 2001; tick += 111) {
		vpit_poll(&pit, at(tick));
		vpit_write(&pit, CONTROL, 0, at(tick)); /* latch */
		read_count(0, tick);
		vpit_write(&pit, CONTROL, 0xE2, at(tick)); /* read back the status */
		vpit_read(&pit, 0, at(tick));
		write_count(0, 1000, tick);
		program(1, 0, 10, tick);
		assert_true(level);
	}
	assert_int_equal(rises, 0);
	vpit_poll(&pit, at(2001));
	assert_int_equal(rises, 1);
	vpit_write(&pit, CONTROL, 0x30,
		   at(2900)); /* mode 0, while the output is low: low it stays */
	assert_false(level);
	program(0, 2, 1000, 3000); /* high at once: an edge */
	assert_true(level);
	assert_int_equal(rises, 2);
	program(0, 2, 1000, 3500); /* high as before: none */
	assert_int_equal(rises, 2);
}

/* The wire of a new mode that is high where the old one was low rises, if nobody saw it fall. */
static void a_new_mode_that_lifts_the_output_is_an_edge(void **state)
{
	(void)state;
	program(0, 3, 1000, 0);
	vpit_poll(&pit, at(1001));
	rises = 0;
	program(0, 2, 1000, 1700);
	assert_int_equal(rises, 1);
	assert_true(level);
}

/* pit_calibrate_tsc(): counter 2 in mode 0 behind its gate, output at port 0x61 bit 5. */
static void gate_2_starts_and_pauses_mode_0(void **state)
{
	(void)state;
	program(2, 0, 1000, 0);
	assert_false(output2(5000));
	assert_int_equal(read_count(2, 5000), 1000);
	vpit_gate2_set(&pit, true, at(5000));
	assert_int_equal(read_count(2, 5400), 600);
	vpit_gate2_set(&pit, false, at(5400));
	assert_int_equal(read_count(2, 9000), 600);
	vpit_gate2_set(&pit, true, at(9000));
	assert_false(output2(9599));
	assert_true(output2(9600));
}

/* "Mode 1", "Mode 5": the gate's rising edge is the trigger, and triggers again. */
static void triggered_modes_wait_for_the_gate(void **state)
{
	(void)state;
	program(2, 1, 10, 0);
	assert_true(output2(50));
	vpit_gate2_set(&pit, true, at(100));
	assert_false(output2(101));
	assert_false(output2(110));
	assert_true(output2(111));
	vpit_gate2_set(&pit, false, at(200));
	vpit_gate2_set(&pit, true, at(200));
	vpit_gate2_set(&pit, false, at(205));
	vpit_gate2_set(&pit, true, at(205));
	assert_false(output2(215));
	assert_true(output2(216));
	vpit_gate2_set(&pit, false, at(300));
	program(2, 5, 10, 300);
	vpit_gate2_set(&pit, true, at(300));
	assert_true(output2(310));
	assert_false(output2(311));
	assert_true(output2(312));
}

/* "Gate Pin Operations Summary": modes 2 and 3 stop with OUT high and begin anew. */
static void gate_restarts_periodic_modes(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	program(2, 3, 100, 0);
	assert_false(output2(60));
	vpit_gate2_set(&pit, false, at(60));
	assert_true(output2(60));
	vpit_gate2_set(&pit, true, at(200));
	assert_int_equal(read_count(2, 201), 100);
	assert_false(output2(251));
}

/* "Counter Latch Command". */
static void a_latched_count_stays_until_it_is_read(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	program(2, 0, 0xFFFF, 0);
	vpit_write(&pit, CONTROL, LATCH_2, at(256));
	vpit_write(&pit, CONTROL, LATCH_2, at(300));
	assert_int_equal(read_count(2, 1000), 0xFFFF - 255);
	assert_int_equal(read_count(2, 1001), 0xFFFF - 1000);
}

/* "Read-Back Command": status first; OUT, null count, access, mode, BCD. */
static void read_back_latches_status_and_count(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	vpit_write(&pit, CONTROL, 0xB6, at(0));
	vpit_write(&pit, CONTROL, 0xE8, at(0)); /* status of counter 2 */
	assert_int_equal(vpit_read(&pit, 2, at(0)), 0xF6);
	program(2, 3, 100, 0);
	vpit_write(&pit, CONTROL, 0xC8, at(51)); /* both */
	assert_int_equal(vpit_read(&pit, 2, at(60)), 0x36);
	assert_int_equal(read_count(2, 60), 100);
	vpit_write(&pit, 2, 1, at(60));
	vpit_write(&pit, 2, 1, at(60));
	vpit_write(&pit, CONTROL, 0xE8, at(61));
	assert_int_equal(vpit_read(&pit, 2, at(61)), 0x76);
}

/* "Control Word Format", RW1 and RW0. */
static void single_byte_access_reads_and_writes_one(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	vpit_write(&pit, CONTROL, 0x90, at(0)); /* low byte, mode 0 */
	vpit_write(&pit, 2, 200, at(0));
	assert_int_equal(vpit_read(&pit, 2, at(1)), 200);
	assert_int_equal(vpit_read(&pit, 2, at(2)), 199);
	vpit_write(&pit, CONTROL, 0xA0, at(10)); /* high byte */
	vpit_write(&pit, 2, 2, at(10));
	assert_int_equal(vpit_read(&pit, 2, at(11)), 2);
	assert_int_equal(vpit_read(&pit, 2, at(12)), 1);
}

static void bcd_counts_in_decimal(void **state)
{
	(void)state;
	vpit_gate2_set(&pit, true, 0);
	vpit_write(&pit, CONTROL, 0xB1, at(0));
	vpit_write(&pit, 2, 0x00, at(0));
	vpit_write(&pit, 2, 0x10, at(0));
	assert_int_equal(read_count(2, 1), 0x1000);
	assert_int_equal(read_count(2, 2), 0x0999);
	assert_true(output2(1001));
	assert_int_equal(read_count(2, 1002), 0x9999);
}

static void a_count_of_zero_is_the_largest(void **state)
{
	(void)state;
	program(0, 2, 0, 0);
	assert_int_equal(vpit_poll(&pit, 0), at(65537));
	program(0, 2, 1, 10); /* forbidden there: is 2 */
	assert_int_equal(read_count(0, 11), 2);
	assert_int_equal(read_count(0, 12), 1);
	assert_int_equal(read_count(0, 13), 2);
}

/* Whatever is written and read in whatever order: nothing to assert but the sanitizers' silence. */
static void any_sequence_of_accesses_is_survived(void **state)
{
	uint32_t random = 1;
	uint64_t now = 0;

	(void)state;
	for (unsigned i = 0; i < 300000; i++) {
		random = random * 1664525 + 1013904223;
		now += random >> 8 & 0xFFFF;
		if (random >> 30 == 0) {
			vpit_read(&pit, random >> 28 & 3, now);
		} else if (random >> 30 == 1) {
			vpit_gate2_set(&pit, random >> 28 & 1, now);
		} else {
			vpit_write(&pit, random >> 28 & 3, (uint8_t)(random >> 20), now);
		}
		assert_true(vpit_poll(&pit, now) > now);
		vpit_output2(&pit, now);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ticks_and_nanoseconds_agree_without_drift, setup),
		cmocka_unit_test_setup(an_8254_nobody_programmed_has_no_deadline, setup),
		cmocka_unit_test_setup(mode_0_interrupts_once_at_its_terminal_count, setup),
		cmocka_unit_test_setup(mode_2_interrupts_every_period_without_drift, setup),
		cmocka_unit_test_setup(missed_periods_are_one_edge, setup),
		cmocka_unit_test_setup(a_period_too_short_does_not_keep_the_poller_busy, setup),
		cmocka_unit_test_setup(a_new_count_waits_for_the_end_of_the_cycle, setup),
		cmocka_unit_test_setup(a_square_wave_takes_a_new_count_after_its_high_half, setup),
		cmocka_unit_test_setup(a_square_wave_takes_a_new_count_after_its_low_half, setup),
		cmocka_unit_test_setup(a_square_wave_takes_the_last_count_written, setup),
		cmocka_unit_test_setup(a_square_wave_interrupts_where_a_new_count_lets_it_rise,
				       setup),
		cmocka_unit_test_setup(counts_are_the_data_sheets_in_each_mode, setup),
		cmocka_unit_test_setup(mode_4_strobes_once, setup),
		cmocka_unit_test_setup(the_wire_falls_by_what_the_guest_writes_and_not_by_time,
				       setup),
		cmocka_unit_test_setup(a_new_mode_that_lifts_the_output_is_an_edge, setup),
		cmocka_unit_test_setup(gate_2_starts_and_pauses_mode_0, setup),
		cmocka_unit_test_setup(triggered_modes_wait_for_the_gate, setup),
		cmocka_unit_test_setup(gate_restarts_periodic_modes, setup),
		cmocka_unit_test_setup(a_latched_count_stays_until_it_is_read, setup),
		cmocka_unit_test_setup(read_back_latches_status_and_count, setup),
		cmocka_unit_test_setup(single_byte_access_reads_and_writes_one, setup),
		cmocka_unit_test_setup(bcd_counts_in_decimal, setup),
		cmocka_unit_test_setup(a_count_of_zero_is_the_largest, setup),
		cmocka_unit_test_setup(any_sequence_of_accesses_is_survived, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
