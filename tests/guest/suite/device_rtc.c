/* SPDX-License-Identifier: Apache-2.0 */
/* device_rtc.c: the clock of the PC, its RAM and its interrupts. */
#include "tests/guest/suite/acpi.h"
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/suite.h"

/* Source of all: Motorola MC146818A data sheet, "Registers". */
enum {
	INDEX = 0x70,
	DATA = 0x71,
	SECONDS = 0,
	SECONDS_ALARM = 1,
	MINUTES_ALARM = 3,
	HOURS_ALARM = 5,
	REG_A = 0xA,
	REG_B = 0xB,
	REG_C = 0xC,
	REG_D = 0xD,
	A_UPDATING = 1 << 7,
	A_DIVIDER_ON = 2 << 4,
	A_1024_HZ = 6,
	B_SET = 1 << 7,
	B_PERIODIC = 1 << 6,
	B_ALARM = 1 << 5,
	B_UPDATE = 1 << 4,
	B_24_HOURS = 1 << 1,
	C_ANY = 1 << 7,
	D_VALID = 1 << 7,
	DONT_CARE = 0xC0,
	RAM_FIRST = 0x5C,
	IRQ_RTC = 8,
	VECTOR_RTC = 0x58,
	SECOND_US = 1000000,
};

static uint32_t reasons;
static volatile uint32_t seen;

static uint8_t cmos(uint8_t index)
{
	out8(INDEX, index);
	return in8(DATA);
}

static void set_cmos(uint8_t index, uint8_t value)
{
	out8(INDEX, index);
	out8(DATA, value);
}

static void on_rtc(struct frame *frame)
{
	(void)frame;
	reasons |= cmos(REG_C);
	seen++;
	apic_write(APIC_EOI, 0);
}

static void start(uint8_t enable)
{
	reasons = 0;
	seen = 0;
	interrupt_handle(VECTOR_RTC, on_rtc);
	set_cmos(REG_A, A_DIVIDER_ON | A_1024_HZ);
	cmos(REG_C);
	ioapic_route(acpi_isa_pin(IRQ_RTC), apic_id(), VECTOR_RTC);
	set_cmos(REG_B, B_24_HOURS | enable);
}

static void end(void)
{
	set_cmos(REG_B, B_24_HOURS);
	cmos(REG_C);
}

static bool wait_seen(uint32_t count, uint32_t us)
{
	uint64_t limit = clock_after(us);

	while (seen < count && rdtsc() < limit) {
		__asm__ volatile("sti; nop; pause; cli" : : : "memory");
	}
	return seen >= count;
}

BEHAVIOUR(cmos_ram_keeps_what_is_written)
{
	uint8_t before = cmos(RAM_FIRST);

	set_cmos(RAM_FIRST, 0x5A);
	expect_equal("the byte", cmos(RAM_FIRST), 0x5A);
	set_cmos(RAM_FIRST, 0xA5);
	expect_equal("the byte again", cmos(RAM_FIRST), 0xA5);
	set_cmos(RAM_FIRST, before);
}

BEHAVIOUR(register_d_says_that_the_time_is_valid)
{
	expect((cmos(REG_D) & D_VALID) != 0, "it does not");
}

static bool wait_second(uint32_t us)
{
	uint8_t before = cmos(SECONDS);
	uint64_t limit = clock_after(us);

	while (cmos(SECONDS) == before) {
		if (rdtsc() > limit) {
			return false;
		}
	}
	return true;
}

BEHAVIOUR(a_second_of_the_clock_is_a_second)
{
	uint64_t begin;

	end();
	if (!expect(wait_second(2 * SECOND_US), "the seconds stand")) {
		return;
	}
	begin = rdtsc();
	wait_second(2 * SECOND_US);
	expect_between("us", divide((rdtsc() - begin) * 1000, clock_khz()), 950000, 1050000);
}

BEHAVIOUR(the_periodic_interrupt_comes_1024_times_a_second)
{
	uint64_t begin;
	uint32_t us;

	start(B_PERIODIC);
	expect(wait_seen(1, SECOND_US), "it did not come");
	begin = rdtsc();
	expect(wait_seen(65, SECOND_US), "it stopped");
	us = (uint32_t)divide((rdtsc() - begin) * 1000, clock_khz());
	end();
	expect_between("us of 64 periods", us, 60000, 65500);
	expect((reasons & B_PERIODIC) != 0, "register C lacks its flag");
}

BEHAVIOUR(without_reading_register_c_no_interrupt_follows)
{
	start(0);
	interrupt_handle(VECTOR_RTC, NULL);
	set_cmos(REG_B, B_24_HOURS | B_PERIODIC);
	expect(interrupt_wait(VECTOR_RTC, 1, SECOND_US), "it did not come");
	expect(!interrupt_wait(VECTOR_RTC, 2, SECOND_US / 50), "a second one came");
	cmos(REG_C);
	expect(interrupt_wait(VECTOR_RTC, 2, SECOND_US), "it did not come again");
	end();
}

BEHAVIOUR(reading_register_c_clears_it)
{
	start(0);
	clock_wait(3000);
	cmos(REG_C);
	expect_equal("interrupt flag", cmos(REG_C) & C_ANY, 0);
	end();
}

BEHAVIOUR(the_update_ended_interrupt_comes_each_second)
{
	start(B_UPDATE);
	expect(wait_seen(1, 2 * SECOND_US), "it did not come");
	expect((reasons & B_UPDATE) != 0, "register C lacks its flag");
	end();
}

BEHAVIOUR(the_alarm_comes_each_second_when_it_does_not_care)
{
	set_cmos(SECONDS_ALARM, DONT_CARE);
	set_cmos(MINUTES_ALARM, DONT_CARE);
	set_cmos(HOURS_ALARM, DONT_CARE);
	start(B_ALARM);
	expect(wait_seen(1, 2 * SECOND_US), "it did not come");
	expect((reasons & B_ALARM) != 0, "register C lacks its flag");
	end();
}

static uint8_t next_second(uint8_t bcd)
{
	uint8_t next = (bcd & 0xF) == 9 ? (uint8_t)((bcd & 0xF0) + 0x10) : (uint8_t)(bcd + 1);

	return next == 0x60 ? 0 : next;
}

BEHAVIOUR(the_alarm_comes_at_its_second_and_not_before)
{
	uint8_t at;

	end();
	wait_second(2 * SECOND_US);
	at = next_second(next_second(cmos(SECONDS)));
	set_cmos(SECONDS_ALARM, at);
	set_cmos(MINUTES_ALARM, DONT_CARE);
	set_cmos(HOURS_ALARM, DONT_CARE);
	start(B_ALARM);
	expect(!wait_seen(1, SECOND_US), "it came early");
	expect(wait_seen(1, 2 * SECOND_US), "it did not come");
	expect_equal("the second", cmos(SECONDS), at);
	end();
}

BEHAVIOUR(update_in_progress_lets_the_time_be_read)
{
	for (unsigned i = 0; i < 100000; i++) {
		if ((cmos(REG_A) & A_UPDATING) == 0) {
			expect(true, "");
			return;
		}
	}
	fail("it never ends");
}

BEHAVIOUR(set_stops_the_clock)
{
	uint8_t before;

	end();
	wait_second(2 * SECOND_US);
	set_cmos(REG_B, B_24_HOURS | B_SET);
	before = cmos(SECONDS);
	clock_wait(SECOND_US + SECOND_US / 10);
	expect_equal("seconds", cmos(SECONDS), before);
	end();
}
