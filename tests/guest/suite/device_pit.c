/* SPDX-License-Identifier: Apache-2.0 */
/* device_pit.c: the 8254: modes, latches, and whether everybody's clock goes as fast as it. */
#include "tests/guest/suite/acpi.h"
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/suite.h"

/* Source of all: Intel 8254 data sheet, "Programming the 8254", "Mode Definitions"; port 0x61 of the PC. */
enum {
	CHANNEL_0 = 0x40,
	CHANNEL_2 = 0x42,
	CONTROL = 0x43,
	PORT_B = 0x61,
	GATE_2 = 1 << 0,
	SPEAKER = 1 << 1,
	OUT_2 = 1 << 5,
	BOTH_BYTES = 3 << 4,
	READ_BACK = 3 << 6,
	READ_BACK_2 = 1 << 3,
	NO_COUNT = 1 << 5,
	STATUS_OUT = 1 << 7,
	STATUS_NULL = 1 << 6,
	PIT_HZ = 1193182,
	FADT_PM_TIMER = 76,
	VECTOR_TICK = 0x53,
	IRQ_TIMER = 0,
	HZ = 100,
};

static void set(unsigned channel, unsigned mode, uint16_t count)
{
	out8(CONTROL, (uint8_t)(channel << 6 | BOTH_BYTES | mode << 1));
	out8((uint16_t)(CHANNEL_0 + channel), (uint8_t)count);
	out8((uint16_t)(CHANNEL_0 + channel), (uint8_t)(count >> 8));
}

static uint16_t latched(unsigned channel)
{
	uint8_t low;

	out8(CONTROL, (uint8_t)(channel << 6));
	low = in8((uint16_t)(CHANNEL_0 + channel));
	return (uint16_t)(low | in8((uint16_t)(CHANNEL_0 + channel)) << 8);
}

static void gate(bool open)
{
	out8(PORT_B, (uint8_t)((in8(PORT_B) & 0xC & ~SPEAKER) | (open ? GATE_2 : 0)));
}

static bool out_2(void)
{
	return (in8(PORT_B) & OUT_2) != 0;
}

/* Ticks of the TSC until OUT of channel 2 is @level; 0: it took more than @us. */
static uint64_t wait_out_2(bool level, uint32_t us)
{
	uint64_t begin = rdtsc();
	uint64_t end = clock_after(us);

	while (out_2() != level) {
		if (rdtsc() > end) {
			return 0;
		}
	}
	return rdtsc() - begin;
}

static uint64_t ticks_of(uint32_t counts)
{
	return divide((uint64_t)counts * clock_khz(), PIT_HZ / 1000);
}

BEHAVIOUR(mode_0_raises_out_when_the_count_is_over)
{
	gate(true);
	set(2, 0, 12000);
	expect(!out_2(), "OUT is high at once");
	expect_between("ticks", wait_out_2(true, 100000), ticks_of(11800), ticks_of(12200));
	clock_wait(2000);
	expect(out_2(), "OUT did not stay");
}

BEHAVIOUR(mode_0_stands_while_the_gate_is_closed)
{
	uint16_t before;

	gate(true);
	set(2, 0, 60000);
	clock_wait(1000);
	gate(false);
	before = latched(2);
	clock_wait(3000);
	expect_equal("count while closed", latched(2), before);
	gate(true);
	clock_wait(1000);
	expect(latched(2) < before, "it does not go on");
}

BEHAVIOUR(mode_1_begins_when_the_gate_opens)
{
	gate(false);
	set(2, 1, 5000);
	clock_wait(3000);
	expect(out_2(), "OUT is low before the gate");
	gate(true);
	clock_wait(500);
	expect(!out_2(), "OUT is high behind the gate");
	expect(wait_out_2(true, 20000) != 0, "OUT does not come back");
}

BEHAVIOUR(mode_2_counts_again_and_again)
{
	uint16_t last;
	uint32_t wraps = 0;
	uint64_t end = clock_after(50000);

	gate(true);
	set(2, 2, 5966); /* 5 ms */
	last = latched(2);
	while (rdtsc() < end) {
		uint16_t now = latched(2);

		wraps += now > last;
		last = now;
		if (!expect(now >= 1 && now <= 5966, "the count left its range")) {
			return;
		}
	}
	expect_between("wraps in 50 ms", wraps, 9, 11);
}

BEHAVIOUR(mode_3_is_a_square_wave)
{
	gate(true);
	set(2, 3, 23864); /* 20 ms */
	wait_out_2(true, 50000);
	wait_out_2(false, 50000);
	expect_between("low half", wait_out_2(true, 50000), ticks_of(11700), ticks_of(12200));
	expect_between("high half", wait_out_2(false, 50000), ticks_of(11700), ticks_of(12200));
}

static void set_count(unsigned channel, uint16_t count)
{
	out8((uint16_t)(CHANNEL_0 + channel), (uint8_t)count);
	out8((uint16_t)(CHANNEL_0 + channel), (uint8_t)(count >> 8));
}

/* "Mode 3": not at once, and not at the end of the whole cycle. */
BEHAVIOUR(mode_3_takes_a_new_count_at_the_end_of_the_half_cycle)
{
	gate(true);
	set(2, 3, 23864); /* 20 ms */
	wait_out_2(false, 50000);
	wait_out_2(true, 50000);
	set_count(2, 4772); /* 4 ms */
	expect_between("old high half", wait_out_2(false, 50000), ticks_of(11500), ticks_of(12200));
	expect_between("new low half", wait_out_2(true, 50000), ticks_of(2200), ticks_of(2600));
}

BEHAVIOUR(mode_4_strobes_once)
{
	gate(true);
	set(2, 4, 3000);
	expect(out_2(), "OUT is low at once");
	clock_wait(20000);
	expect(out_2(), "OUT is low long afterwards");
}

BEHAVIOUR(the_latch_holds_while_the_count_goes_on)
{
	uint8_t low, high;
	uint16_t first, second;

	set(0, 2, 0);
	out8(CONTROL, 0);
	clock_wait(2000);
	low = in8(CHANNEL_0);
	clock_wait(2000);
	high = in8(CHANNEL_0);
	first = (uint16_t)(low | high << 8);
	second = latched(0);
	expect_between("counts between", (uint16_t)(first - second), 4000, 6500);
}

BEHAVIOUR(a_second_latch_command_changes_nothing)
{
	uint8_t low, high;
	uint16_t before, value;

	set(0, 2, 0);
	clock_wait(100);
	before = latched(0);
	out8(CONTROL, 0);
	clock_wait(3000);
	out8(CONTROL, 0);
	low = in8(CHANNEL_0);
	high = in8(CHANNEL_0);
	value = (uint16_t)(low | high << 8);
	expect_between("counts from the latch before", (uint16_t)(before - value), 0, 500);
}

BEHAVIOUR(read_back_gives_the_status)
{
	uint8_t status;

	gate(true);
	set(2, 3, 1000);
	clock_wait(100);
	out8(CONTROL, READ_BACK | NO_COUNT | READ_BACK_2);
	status = in8(CHANNEL_2);
	expect_equal("mode and access", status & 0x3F, BOTH_BYTES | 3 << 1);
	expect_equal("null count", status & STATUS_NULL, 0);
	out8(CONTROL, (uint8_t)(2 << 6 | BOTH_BYTES | 0 << 1));
	out8(CONTROL, READ_BACK | NO_COUNT | READ_BACK_2);
	status = in8(CHANNEL_2);
	expect_equal("null count without a count", status & STATUS_NULL, STATUS_NULL);
	expect_equal("OUT in mode 0", status & STATUS_OUT, 0);
}

BEHAVIOUR(one_byte_at_a_time_is_possible)
{
	out8(CONTROL, 2 << 6 | 1 << 4 | 2 << 1); /* the low byte only, mode 2 */
	gate(true);
	out8(CHANNEL_2, 200);
	clock_wait(500);
	expect_between("count", in8(CHANNEL_2), 1, 200);
	out8(CONTROL, 2 << 6 | 2 << 4 | 2 << 1); /* the high byte only */
	out8(CHANNEL_2, 200);
	clock_wait(500);
	expect_between("high byte of the count", in8(CHANNEL_2), 150, 200);
}

BEHAVIOUR(a_bcd_count_counts_in_tens)
{
	uint16_t value;

	out8(CONTROL, 2 << 6 | BOTH_BYTES | 2 << 1 | 1);
	gate(true);
	out8(CHANNEL_2, 0x00);
	out8(CHANNEL_2, 0x50);
	for (unsigned i = 0; i < 100; i++) {
		value = latched(2);
		if (!expect((value & 0xF) <= 9 && (value >> 4 & 0xF) <= 9 && value <= 0x5000,
			    "a digit is above 9")) {
			return;
		}
	}
}

/* As calibration loops do it: 50 ms by channel 2, against another clock. */
static uint64_t calibrated_khz(void)
{
	uint64_t begin, ticks;

	gate(true);
	set(2, 0, 59659);
	begin = rdtsc();
	if (wait_out_2(true, 200000) == 0) {
		return 0;
	}
	ticks = rdtsc() - begin;
	return divide(ticks, 50);
}

BEHAVIOUR(calibrations_agree_to_a_thousandth)
{
	uint64_t first = calibrated_khz();
	uint64_t thousandth = divide(first, 1000);

	for (unsigned i = 0; i < 5; i++) {
		expect_between("kHz", calibrated_khz(), first - thousandth, first + thousandth);
	}
}

static uint32_t pm_port(void)
{
	const struct acpi_header *fadt = acpi_find("FACP");

	return fadt == NULL ? 0 : acpi_dword(fadt, FADT_PM_TIMER);
}

static uint32_t pm_now(void)
{
	return in32((uint16_t)pm_port()) & 0xFFFFFF;
}

/* ACPI Specification, "Power Management Timer": 3.579545 MHz, three times the 8254's rate. */
BEHAVIOUR(the_pm_timer_and_the_8254_agree_to_a_thousandth)
{
	uint32_t begin, count;

	if (pm_port() == 0) {
		skip("no PM timer");
		return;
	}
	gate(true);
	set(2, 0, 59659);
	begin = pm_now();
	if (!expect(wait_out_2(true, 200000) != 0, "OUT does not rise")) {
		return;
	}
	count = (pm_now() - begin) & 0xFFFFFF;
	expect_between("counts of the PM timer", count, 178977 - 179, 178977 + 179);
}

BEHAVIOUR(the_pm_timer_never_goes_back)
{
	uint32_t last = pm_now();

	for (unsigned i = 0; i < 2000; i++) {
		uint32_t now = pm_now();

		if (!expect(((now - last) & 0xFFFFFF) < 0x100000, "it went back")) {
			return;
		}
		last = now;
	}
}

static void start_periodic(void)
{
	interrupt_handle(VECTOR_TICK, NULL);
	set(0, 2, PIT_HZ / HZ);
	ioapic_route(acpi_isa_pin(IRQ_TIMER), apic_id(), VECTOR_TICK);
}

BEHAVIOUR(channel_0_interrupts_through_the_ioapic_at_its_rate)
{
	uint64_t begin, ticks;

	start_periodic();
	if (!expect(interrupt_wait(VECTOR_TICK, 2, 100000), "no interrupt came")) {
		return;
	}
	begin = rdtsc();
	expect(interrupt_wait(VECTOR_TICK, 22, 1000000), "they stopped");
	ticks = rdtsc() - begin;
	ioapic_mask_all();
	expect_between("ticks of 20 periods", ticks, (uint64_t)clock_khz() * 197,
		       (uint64_t)clock_khz() * 203);
}

BEHAVIOUR(channel_0_interrupts_once_in_mode_0)
{
	interrupt_handle(VECTOR_TICK, NULL);
	set(0, 0, 12000);
	ioapic_route(acpi_isa_pin(IRQ_TIMER), apic_id(), VECTOR_TICK);
	expect(interrupt_wait(VECTOR_TICK, 1, 100000), "it did not come");
	expect(!interrupt_wait(VECTOR_TICK, 2, 100000), "it came twice");
}
