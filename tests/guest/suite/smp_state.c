/* SPDX-License-Identifier: Apache-2.0 */
/* smp_state.c: what a processor finds when it is started, and what several have in common. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/cr.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"

enum {
	ROUNDS = 2000,
	LATE_US = 200000,
	MSR_PAT = 0x277,
	SVR_AT_START = 0xFF,
};
#define CR0_KEPT (CR0_CD | CR0_NW) /* INIT keeps them */

static uint32_t cr0, cr2, cr3, cr4, svr, lvt, own;
static uint64_t efer, pat, other_pat, base;
static volatile uint64_t shared_tsc;
static volatile uint32_t turn, counter;
static volatile bool went_back;

static void look(void)
{
	cr0 = read_cr0();
	cr2 = read_cr2();
	cr3 = read_cr3();
	cr4 = read_cr4();
	efer = rdmsr(MSR_EFER);
	base = rdmsr(MSR_APIC_BASE);
	svr = apic_read(APIC_SVR);
	lvt = apic_read(APIC_LVT_TIMER);
	own = apic_id();
}

static bool looked(void)
{
	if (smp_count() == 0) {
		skip("one processor");
		return false;
	}
	return expect(smp_run(smp_id(0), look), "it did not start");
}

/* SDM Vol. 3A, "IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT". */
BEHAVIOUR(a_started_processor_has_the_control_registers_of_init)
{
	if (looked()) {
		expect_equal("CR0", cr0 & ~CR0_KEPT, CR0_ET | CR0_PE); /* smp.asm has set PE */
		expect_equal("CR2", cr2, 0);
		expect_equal("CR3", cr3, 0);
		expect_equal("CR4", cr4, 0);
		expect_equal("EFER", efer, 0);
	}
}

BEHAVIOUR(a_started_processor_has_the_apic_of_init)
{
	if (looked()) {
		expect_equal("SVR", svr, SVR_AT_START);
		expect_equal("timer's LVT", lvt, APIC_LVT_MASKED);
		expect_equal("APIC ID", own, smp_id(0));
		expect((base & APIC_BASE_BSP) == 0, "IA32_APIC_BASE has BSP");
		expect((base & APIC_BASE_EN) != 0, "IA32_APIC_BASE lacks EN");
	}
}

static void set_pat(void)
{
	wrmsr(MSR_PAT, 0x0606060606060606);
	other_pat = rdmsr(MSR_PAT);
}

BEHAVIOUR(each_processor_has_a_pat_of_its_own)
{
	if (!looked()) {
		return;
	}
	pat = rdmsr(MSR_PAT);
	expect(smp_run(smp_id(0), set_pat), "it did not start");
	expect_equal("the other's PAT", other_pat, 0x0606060606060606);
	expect_equal("this one's PAT", rdmsr(MSR_PAT), pat);
}

/* INIT keeps PAT and MTRRs: the same table. */
static void read_pat(void)
{
	other_pat = rdmsr(MSR_PAT);
	wrmsr(MSR_PAT, 0x0007040600070406);
}

BEHAVIOUR(init_keeps_the_pat)
{
	if (looked()) {
		expect(smp_run(smp_id(0), set_pat) && smp_run(smp_id(0), read_pat),
		       "it did not start");
		expect_equal("PAT", other_pat, 0x0606060606060606);
	}
}

/* Each waits for its turn, and looks at the clock: later than the other's look. */
static void take_turns(uint32_t own_turn)
{
	uint64_t end = clock_after(LATE_US);

	for (uint32_t i = 0; i < ROUNDS && rdtsc() < end; i++) {
		uint64_t now;

		while (turn != own_turn && rdtsc() < end) {
			__builtin_ia32_pause();
		}
		now = rdtsc();
		if (now < shared_tsc) {
			went_back = true;
		}
		shared_tsc = now;
		__atomic_store_n(&turn, own_turn ^ 1, __ATOMIC_SEQ_CST);
	}
}

static void take_second_turns(void)
{
	take_turns(1);
}

BEHAVIOUR(the_tsc_of_two_processors_never_goes_back)
{
	if (smp_count() == 0) {
		skip("one processor");
		return;
	}
	shared_tsc = 0;
	turn = 0;
	went_back = false;
	expect(smp_start(smp_id(0), take_second_turns), "it did not start");
	take_turns(0);
	expect(shared_tsc != 0 && !went_back, "one saw less than the other before");
}

static void count_up(void)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		__atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
	}
}

BEHAVIOUR(locked_additions_of_two_processors_are_all_there)
{
	if (smp_count() == 0) {
		skip("one processor");
		return;
	}
	counter = 0;
	expect(smp_start(smp_id(0), count_up), "it did not start");
	count_up();
	expect(smp_wait_done(smp_id(0), LATE_US), "it did not end");
	expect_equal("sum", counter, 2 * ROUNDS);
}

static void send_back(void)
{
	apic_send(0, ICR_ASSERT | 0x92);
}

BEHAVIOUR(another_processor_sends_to_the_boot_processor)
{
	uint32_t boot = apic_id();

	if (!looked() || boot != 0) {
		return;
	}
	interrupt_handle(0x92, NULL);
	expect(smp_run(smp_id(0), send_back), "it did not start");
	expect(interrupt_wait(0x92, 1, LATE_US), "it did not come");
}

static void initialise_oneself(void)
{
	apic_send(apic_id(), ICR_INIT | ICR_ASSERT);
	for (;;) {
		__builtin_ia32_pause();
	}
}

BEHAVIOUR(a_processor_that_sends_init_to_itself_waits_for_sipi)
{
	if (!looked() || !expect(smp_start(smp_id(0), initialise_oneself), "it did not start")) {
		return;
	}
	clock_wait(LATE_US / 100);
	smp_prepare(SMP_START_PAGE, look);
	apic_send(smp_id(0), ICR_STARTUP | ICR_ASSERT | SMP_START_PAGE);
	expect(smp_wait_done(smp_id(0), LATE_US), "it did not start from a SIPI alone");
}
