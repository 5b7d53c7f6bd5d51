/* SPDX-License-Identifier: Apache-2.0 */
/* device_pic.c: the pair of 8259s: registers, and interrupts through LINT0 as ExtINT. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/suite.h"
#include "tests/guest/suite/world.h"

/* Source of all: Intel 8259A data sheet, "Operation Command Words", "Interrupt Sequence". */
enum {
	PIC_1 = 0x20,
	PIC_2 = 0xA0,
	OCW3_READ_IRR = 0x0A,
	OCW3_READ_ISR = 0x0B,
	OCW3_POLL = 0x0C,
	EOI = 0x20,
	EOI_SPECIFIC = 0x60,
	ICW4_AEOI = 3,
	POLL_REQUEST = 1 << 7,
	IRQ_TIMER = 0,
	IRQ_CASCADE = 2,
	IRQ_SPURIOUS = 7,
	IRQ_RTC = 8,
	PIT_DATA = 0x40,
	PIT_CONTROL = 0x43,
	PIT_ONCE = 0x30,
	PIT_PERIODIC = 0x34,
	COUNT_10_MS = 11932,
	SOON_US = 30000,
	EXTINT = 7 << 8,
	VECTOR_TIMER_IRQ = VECTOR_PIC_1 + IRQ_TIMER,
	VECTOR_RTC_IRQ = VECTOR_PIC_2 + IRQ_RTC - 8,
	ELCR_1 = 0x4D0,
	CMOS_INDEX = 0x70,
	CMOS_DATA = 0x71,
};

static uint8_t read_pic(uint16_t port, uint8_t what)
{
	out8(port, what);
	return in8(port);
}

static void start_timer(uint8_t mode)
{
	out8(PIT_CONTROL, mode);
	out8(PIT_DATA, COUNT_10_MS & 0xFF);
	out8(PIT_DATA, COUNT_10_MS >> 8);
}

static void unmask(uint8_t mask)
{
	out8(PIC_1 + 1, (uint8_t)~mask);
}

static uint8_t isr_inside;

static void end(struct frame *frame)
{
	isr_inside = read_pic(PIC_1, OCW3_READ_ISR);
	if (frame->vector >= VECTOR_PIC_2) {
		out8(PIC_2, EOI);
	}
	out8(PIC_1, EOI);
}

static void note(struct frame *frame)
{
	(void)frame;
	isr_inside = read_pic(PIC_1, OCW3_READ_ISR);
}

/* LINT0 takes what the 8259s say. */
static void connect(void)
{
	apic_write(APIC_LVT_LINT0, EXTINT);
}

BEHAVIOUR(the_mask_keeps_what_is_written)
{
	out8(PIC_1 + 1, 0xA5);
	expect_equal("mask of the first", in8(PIC_1 + 1), 0xA5);
	out8(PIC_2 + 1, 0x5A);
	expect_equal("mask of the second", in8(PIC_2 + 1), 0x5A);
}

BEHAVIOUR(a_masked_request_shows_in_irr)
{
	start_timer(PIT_ONCE);
	expect_equal("IRR before", read_pic(PIC_1, OCW3_READ_IRR) & 1, 0);
	clock_wait(SOON_US);
	expect_equal("IRR", read_pic(PIC_1, OCW3_READ_IRR) & 1, 1);
	expect_equal("ISR", read_pic(PIC_1, OCW3_READ_ISR) & 1, 0);
}

BEHAVIOUR(a_poll_takes_the_request)
{
	start_timer(PIT_ONCE);
	clock_wait(SOON_US);
	unmask(1 << IRQ_TIMER);
	expect_equal("the poll", read_pic(PIC_1, OCW3_POLL), POLL_REQUEST | IRQ_TIMER);
	expect_equal("ISR", read_pic(PIC_1, OCW3_READ_ISR) & 1, 1);
	out8(PIC_1, EOI);
	expect_equal("ISR after EOI", read_pic(PIC_1, OCW3_READ_ISR) & 1, 0);
}

BEHAVIOUR(the_timer_interrupts_through_the_8259)
{
	interrupt_handle(VECTOR_TIMER_IRQ, end);
	connect();
	start_timer(PIT_ONCE);
	unmask(1 << IRQ_TIMER);
	expect(interrupt_wait(VECTOR_TIMER_IRQ, 1, SOON_US), "it did not come");
	expect_equal("ISR in the handler", isr_inside, 1);
	expect(!interrupt_wait(VECTOR_TIMER_IRQ, 2, SOON_US), "it came twice");
}

BEHAVIOUR(the_timer_interrupts_again_and_again_through_the_8259)
{
	interrupt_handle(VECTOR_TIMER_IRQ, end);
	connect();
	start_timer(PIT_PERIODIC);
	unmask(1 << IRQ_TIMER);
	expect(interrupt_wait(VECTOR_TIMER_IRQ, 5, 10 * SOON_US), "it did not come often enough");
}

static void do_not_end(struct frame *frame)
{
	(void)frame;
}

BEHAVIOUR(without_eoi_no_interrupt_follows)
{
	interrupt_handle(VECTOR_TIMER_IRQ, do_not_end);
	connect();
	start_timer(PIT_PERIODIC);
	unmask(1 << IRQ_TIMER);
	expect(interrupt_wait(VECTOR_TIMER_IRQ, 1, SOON_US), "it did not come");
	expect(!interrupt_wait(VECTOR_TIMER_IRQ, 2, SOON_US), "it came again");
	out8(PIC_1, EOI_SPECIFIC | IRQ_TIMER);
	expect(interrupt_wait(VECTOR_TIMER_IRQ, 2, SOON_US), "it did not come after EOI");
}

BEHAVIOUR(automatic_eoi_needs_no_eoi)
{
	interrupt_handle(VECTOR_TIMER_IRQ, do_not_end);
	connect();
	out8(PIC_1, 0x11);
	out8(PIC_1 + 1, VECTOR_PIC_1);
	out8(PIC_1 + 1, 1 << IRQ_CASCADE);
	out8(PIC_1 + 1, ICW4_AEOI);
	start_timer(PIT_PERIODIC);
	unmask(1 << IRQ_TIMER);
	expect(interrupt_wait(VECTOR_TIMER_IRQ, 3, 5 * SOON_US), "it did not come often enough");
}

BEHAVIOUR(a_masked_line_does_not_interrupt)
{
	interrupt_handle(VECTOR_TIMER_IRQ, end);
	connect();
	start_timer(PIT_ONCE);
	expect(!interrupt_wait(VECTOR_TIMER_IRQ, 1, SOON_US), "it did");
	unmask(1 << IRQ_TIMER);
	expect(interrupt_wait(VECTOR_TIMER_IRQ, 1, SOON_US),
	       "it did not come when it was unmasked");
}

BEHAVIOUR(a_masked_lint0_lets_nothing_in)
{
	interrupt_handle(VECTOR_TIMER_IRQ, end);
	apic_write(APIC_LVT_LINT0, EXTINT | APIC_LVT_MASKED);
	start_timer(PIT_ONCE);
	unmask(1 << IRQ_TIMER);
	expect(!interrupt_wait(VECTOR_TIMER_IRQ, 1, SOON_US), "it came");
}

BEHAVIOUR(the_timer_wakes_hlt_through_the_8259)
{
	interrupt_handle(VECTOR_TIMER_IRQ, end);
	connect();
	start_timer(PIT_PERIODIC);
	unmask(1 << IRQ_TIMER);
	if (!expect(interrupt_wait(VECTOR_TIMER_IRQ, 1, SOON_US), "it did not come")) {
		return;
	}
	__asm__ volatile("sti; hlt; cli" : : : "memory");
	expect_between("count", interrupt_count(VECTOR_TIMER_IRQ), 2, 3);
}

static void set_cmos(uint8_t index, uint8_t value)
{
	out8(CMOS_INDEX, index);
	out8(CMOS_DATA, value);
}

BEHAVIOUR(the_second_8259_interrupts_through_the_first)
{
	interrupt_handle(VECTOR_RTC_IRQ, end);
	connect();
	set_cmos(0xA, 0x26);
	out8(CMOS_INDEX, 0xC);
	in8(CMOS_DATA);
	unmask(1 << IRQ_CASCADE);
	out8(PIC_2 + 1, 0xFE);
	set_cmos(0xB, 0x42);
	expect(interrupt_wait(VECTOR_RTC_IRQ, 1, SOON_US), "it did not come");
	expect_equal("ISR of the first in the handler", isr_inside, 1 << IRQ_CASCADE);
	set_cmos(0xB, 0x02);
	out8(CMOS_INDEX, 0xC);
	in8(CMOS_DATA);
}

BEHAVIOUR(a_masked_request_goes_away_with_its_line)
{
	start_timer(PIT_ONCE);
	clock_wait(SOON_US);
	expect_equal("IRR", read_pic(PIC_1, OCW3_READ_IRR) & 1, 1);
	out8(PIT_CONTROL, PIT_ONCE); /* takes the line down */
	expect_equal("IRR afterwards", read_pic(PIC_1, OCW3_READ_IRR) & 1, 0);
}

/*
 * The data sheet leaves open whether INT falls with the request. Where it does nothing comes; else the processor
 * acknowledges what is gone, and gets the vector of line 7 with nothing in service.
 */
BEHAVIOUR(a_request_that_goes_away_is_nobody_s)
{
	interrupt_handle(VECTOR_TIMER_IRQ, end);
	interrupt_handle(VECTOR_PIC_1 + IRQ_SPURIOUS, note);
	connect();
	start_timer(PIT_ONCE);
	unmask(1 << IRQ_TIMER);
	clock_wait(SOON_US);
	expect_equal("IRR", read_pic(PIC_1, OCW3_READ_IRR) & 1, 1);
	out8(PIT_CONTROL, PIT_ONCE);
	expect_equal("IRR afterwards", read_pic(PIC_1, OCW3_READ_IRR) & 1, 0);
	isr_inside = 0;
	expect(!interrupt_wait(VECTOR_TIMER_IRQ, 1, SOON_US), "it came");
	expect_equal("ISR in the handler of line 7", isr_inside, 0);
	expect_between("line 7", interrupt_count(VECTOR_PIC_1 + IRQ_SPURIOUS), 0, 1);
	start_timer(PIT_ONCE);
	expect(interrupt_wait(VECTOR_TIMER_IRQ, 1, SOON_US), "the next one did not come");
	expect_equal("its ISR", isr_inside, 1);
}

BEHAVIOUR(a_poll_without_a_request_has_none)
{
	expect_equal("request bit", read_pic(PIC_1, OCW3_POLL) & POLL_REQUEST, 0);
	expect_equal("ISR", read_pic(PIC_1, OCW3_READ_ISR), 0);
}

/* PC: ELCR, lines 0, 1, 2 cannot be level-triggered (82371AB data sheet, "ELCR1"). */
BEHAVIOUR(the_trigger_register_keeps_what_is_written)
{
	uint8_t before = in8(ELCR_1);

	out8(ELCR_1, 0x20);
	expect_equal("ELCR1", in8(ELCR_1), 0x20);
	out8(ELCR_1, before);
}
