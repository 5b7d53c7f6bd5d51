/* SPDX-License-Identifier: Apache-2.0 */
/* xapic_pic.c: the 8254 through the 8259s: by LINT0, by the I/O APIC, without a local APIC; and beside them. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/suite.h"
#include "tests/guest/suite/world.h"
#include "tests/guest/suite/xapic.h"

/* Source: Intel 8254 and 8259A data sheets; SDM Vol. 3A, "Local Vector Table"; 82093AA, "I/O Redirection Table Registers". */
enum {
	PIT_CHANNEL_0 = 0x40,
	PIT_CONTROL = 0x43,
	RATE_GENERATOR_0 = 0x34,
	ONE_SHOT_0 = 0x30,
	TICK = 1193, /* of the 8254's clock: a thousandth of a second */
	PIC_1 = 0x20,
	PIC_1_MASK = 0x21,
	ALL_BUT_TIMER = 0xFE,
	ALL = 0xFF,
	EOI = 0x20,
	READ_ISR = 0x0B,
	LVT_EXTINT = 7 << 8,
	PIN_PIC = 0,
	PIN_TIMER = 2,
	PIN_EXTINT = 7 << 8,
	VECTOR_PIN = 0x55,
	VECTOR_LINT0 = 0x56,
	TICKS = 5,
	SOON_US = 50000,
};

static void on_pic(struct frame *frame)
{
	(void)frame;
	out8(PIC_1, EOI);
}

static void start_ticks(void)
{
	interrupt_handle(VECTOR_PIC_1, on_pic);
	out8(PIT_CONTROL, RATE_GENERATOR_0);
	out8(PIT_CHANNEL_0, TICK & 0xFF);
	out8(PIT_CHANNEL_0, TICK >> 8);
	out8(PIC_1_MASK, ALL_BUT_TIMER);
}

static void stop_ticks(void)
{
	out8(PIC_1_MASK, ALL);
	out8(PIT_CONTROL, ONE_SHOT_0);
}

/* The rig's own APIC does not do it. */
static bool has_lint0(void)
{
	return xapic_may_be_off() && xapic_enter();
}

static void expect_ticks(unsigned vector)
{
	expect(interrupt_wait(vector, TICKS, SOON_US), "the 8254 did not tick");
}

static void expect_none(void)
{
	interrupt_wait(VECTOR_PIC_1, 1, 5000);
	expect_equal("ticks", interrupt_count(VECTOR_PIC_1), 0);
}

BEHAVIOUR(the_8254_ticks_through_the_8259s_and_lint0)
{
	if (has_lint0()) {
		apic_write(APIC_LVT_LINT0, LVT_EXTINT);
		start_ticks();
		expect_ticks(VECTOR_PIC_1);
		stop_ticks();
	}
}

BEHAVIOUR(in_x2apic_mode_it_ticks_through_lint0_too)
{
	if (has_lint0() && apic_enter_x2()) {
		apic_write(APIC_LVT_LINT0, LVT_EXTINT);
		start_ticks();
		expect_ticks(VECTOR_PIC_1);
		stop_ticks();
	}
}

BEHAVIOUR(behind_a_masked_lint0_no_tick_comes_until_it_is_opened)
{
	if (has_lint0()) {
		apic_write(APIC_LVT_LINT0, LVT_EXTINT | APIC_LVT_MASKED);
		start_ticks();
		expect_none();
		apic_write(APIC_LVT_LINT0, LVT_EXTINT);
		expect_ticks(VECTOR_PIC_1);
		stop_ticks();
	}
}

BEHAVIOUR(without_a_local_apic_the_8259s_are_heard)
{
	if (xapic_may_be_off()) {
		xapic_set_mode(0);
		start_ticks();
		expect_ticks(VECTOR_PIC_1);
		stop_ticks();
		xapic_set_mode(APIC_BASE_EN);
	}
}

BEHAVIOUR(the_8254_ticks_through_pin_0_of_the_ioapic)
{
	if (has_lint0()) {
		ioapic_route(PIN_PIC, apic_id(), PIN_EXTINT);
		start_ticks();
		expect_ticks(VECTOR_PIC_1);
		stop_ticks();
		ioapic_mask_all();
	}
}

/* Each interrupt of the 8259s is one of LINT0's vector; nobody asks them for theirs. */
BEHAVIOUR(a_fixed_lint0_has_a_vector_of_its_own)
{
	if (has_lint0()) {
		interrupt_handle(VECTOR_LINT0, NULL);
		apic_write(APIC_LVT_LINT0, VECTOR_LINT0);
		start_ticks();
		expect(interrupt_wait(VECTOR_LINT0, 1, SOON_US), "it did not come");
		expect_equal("ticks by the 8259s' vector", interrupt_count(VECTOR_PIC_1), 0);
		stop_ticks();
	}
}

/* Intel 8259A data sheet, "Interrupt Sequence". */
BEHAVIOUR(until_its_end_a_tick_of_the_8259s_is_in_service)
{
	if (has_lint0()) {
		apic_write(APIC_LVT_LINT0, LVT_EXTINT);
		start_ticks();
		interrupt_handle(VECTOR_PIC_1, NULL); /* no EOI to the 8259 */
		interrupt_wait(VECTOR_PIC_1, 2, 10000);
		out8(PIC_1, READ_ISR);
		expect_equal("ticks", interrupt_count(VECTOR_PIC_1), 1);
		expect_equal("ISR of the 8259", in8(PIC_1), 1);
		stop_ticks();
		out8(PIC_1, EOI);
	}
}

/* An interrupt that comes with IF clear waits, and is taken behind the instruction after STI. */
BEHAVIOUR(a_tick_waits_for_sti_and_the_instruction_behind_it)
{
	if (has_lint0()) {
		apic_write(APIC_LVT_LINT0, LVT_EXTINT);
		start_ticks();
		clock_wait(3000);
		expect_equal("ticks with IF clear", interrupt_count(VECTOR_PIC_1), 0);
		__asm__ volatile("sti; cli" : : : "memory");
		expect_equal("ticks in the shadow of STI", interrupt_count(VECTOR_PIC_1), 0);
		expect_ticks(VECTOR_PIC_1);
		stop_ticks();
	}
}

/* HLT ends with it. */
BEHAVIOUR(a_tick_of_the_8259s_ends_hlt)
{
	if (has_lint0()) {
		apic_write(APIC_LVT_LINT0, LVT_EXTINT);
		start_ticks();
		for (unsigned i = 0; i < TICKS; i++) {
			__asm__ volatile("sti; hlt; cli" : : : "memory");
		}
		expect_between("ticks", interrupt_count(VECTOR_PIC_1), 1, 3 * TICKS);
		stop_ticks();
	}
}

BEHAVIOUR(the_8254_ticks_through_the_ioapic_to_an_xapic)
{
	if (xapic_enter()) {
		interrupt_handle(VECTOR_PIN, NULL);
		ioapic_route(PIN_TIMER, apic_id(), VECTOR_PIN);
		start_ticks();
		out8(PIC_1_MASK, ALL);
		expect_ticks(VECTOR_PIN);
		stop_ticks();
		ioapic_mask_all();
	}
}
