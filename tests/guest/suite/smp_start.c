/* SPDX-License-Identifier: Apache-2.0 */
/* smp_start.c: INIT and SIPI, in the forms that systems use. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"

enum { SOON_US = 20000, A_WHILE_US = 2000 };

static void nothing(void)
{
}

static void spin(void)
{
	for (;;) {
		__builtin_ia32_pause();
	}
}

static bool has_others(void)
{
	if (smp_count() > 0) {
		return true;
	}
	skip("one processor");
	return false;
}

static void send_init(void)
{
	apic_send(smp_id(0), ICR_INIT | ICR_ASSERT);
	clock_wait(A_WHILE_US);
}

static void send_startup(uint32_t page)
{
	apic_send(smp_id(0), ICR_STARTUP | ICR_ASSERT | page);
}

/* Source of all: SDM Vol. 3A, "MP Initialization Protocol Algorithm for MP Systems". */
BEHAVIOUR(init_and_sipi_start_one_processor)
{
	if (has_others()) {
		expect(smp_run(smp_id(0), nothing), "it did not start");
	}
}

BEHAVIOUR(a_second_sipi_changes_nothing)
{
	if (!has_others() || !expect(smp_start(smp_id(0), spin), "it did not start")) {
		return;
	}
	send_startup(SMP_START_PAGE);
	clock_wait(SOON_US);
	expect_equal("count of starts", smp_entered(smp_id(0)), 1);
}

BEHAVIOUR(init_and_sipi_start_a_running_processor_anew)
{
	if (!has_others() || !expect(smp_start(smp_id(0), spin), "it did not start")) {
		return;
	}
	expect(smp_run(smp_id(0), nothing), "it did not start again");
}

BEHAVIOUR(a_sipi_without_init_does_nothing_to_a_running_processor)
{
	if (!has_others() || !expect(smp_start(smp_id(0), spin), "it did not start")) {
		return;
	}
	send_startup(SMP_START_PAGE);
	clock_wait(SOON_US);
	expect_equal("count of starts", smp_entered(smp_id(0)), 1);
}

BEHAVIOUR(a_sipi_without_init_starts_a_processor_that_waits)
{
	if (!has_others()) {
		return;
	}
	smp_prepare(SMP_START_PAGE, nothing);
	send_startup(SMP_START_PAGE);
	expect(smp_wait_done(smp_id(0), SOON_US), "it did not start");
}

BEHAVIOUR(init_to_all_but_self_and_sipi_to_all_but_self_start_all)
{
	if (!has_others()) {
		return;
	}
	smp_prepare(SMP_START_PAGE, nothing);
	apic_send(0, ICR_INIT | ICR_ASSERT | ICR_OTHERS);
	clock_wait(A_WHILE_US);
	apic_send(0, ICR_STARTUP | ICR_ASSERT | ICR_OTHERS | SMP_START_PAGE);
	for (uint32_t i = 0; i < smp_count(); i++) {
		expect(smp_wait_done(smp_id(i), SOON_US), "one did not start");
	}
	expect_equal("starts of the sender", smp_entered(apic_id()), 0);
}

BEHAVIOUR(init_deassert_does_nothing)
{
	if (!has_others() || !expect(smp_start(smp_id(0), spin), "it did not start")) {
		return;
	}
	apic_send(0, ICR_INIT | ICR_LEVEL | ICR_ALL);
	clock_wait(A_WHILE_US);
	send_startup(SMP_START_PAGE);
	clock_wait(SOON_US);
	expect_equal("count of starts", smp_entered(smp_id(0)), 1);
}

static bool starts_at(uint32_t page)
{
	smp_prepare(page, nothing);
	send_init();
	send_startup(page);
	return smp_wait_done(smp_id(0), SOON_US) && smp_segment(smp_id(0)) == page << 8;
}

enum { CODE_MAX = 256, PAGES = 256, VIDEO_FIRST = 0xA0, VIDEO_LAST = 0xBF };

/* RAM, but for the video memory of a PC: that keeps what is written too, and cannot be executed on every machine. */
static bool is_ram(uint32_t page)
{
	volatile uint32_t *first = (volatile uint32_t *)(page << 12);
	uint32_t before = *first;
	bool keeps;

	*first = ~before;
	keeps = *first == ~before;
	*first = before;
	return keeps && (page < VIDEO_FIRST || page > VIDEO_LAST);
}

/* Whatever lies there (the BIOS', the boot loader's) stays as it was. */
static bool starts_at_borrowed(uint32_t page)
{
	static uint8_t saved[CODE_MAX];
	volatile uint8_t *at = (volatile uint8_t *)(page << 12);
	bool starts;

	for (uint32_t i = 0; i < smp_code_bytes(); i++) {
		saved[i] = at[i];
	}
	starts = starts_at(page);
	for (uint32_t i = 0; i < smp_code_bytes(); i++) {
		at[i] = saved[i];
	}
	return starts;
}

BEHAVIOUR(a_sipi_starts_at_the_page_it_names_whatever_the_vector)
{
	uint32_t pages = 0;

	if (!has_others() || !expect(smp_code_bytes() <= CODE_MAX, "no room to save")) {
		return;
	}
	for (uint32_t page = 0; page < PAGES; page++) {
		if (!is_ram(page)) {
			continue;
		}
		pages++;
		if (!starts_at_borrowed(page)) {
			expect_equal("page of the last start", smp_segment(smp_id(0)) >> 8, page);
			fail("it did not start at a page");
			return;
		}
	}
	expect_between("pages of RAM", pages, VIDEO_FIRST - 1, PAGES);
}
