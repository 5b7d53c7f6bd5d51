/* SPDX-License-Identifier: Apache-2.0 */
/* xapic_ipi.c: interrupts between processors, of xAPICs and of x2APICs. */
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"
#include "tests/guest/suite/xapic.h"

enum {
	VECTOR_NMI = 2,
	VECTOR = 0x51,
	SOON_US = 20000,
	TASK_US = 100000,
	OWN_LDR = 0x01,
	OTHERS_LDR = 0x02,
	LDR_SHIFT = 24,
	CLUSTER_1 = 0x10,
};

static volatile uint32_t ready;
static volatile bool stays_x2;
static volatile uint32_t model;
static volatile uint32_t logical;
static volatile bool enabled;

/* The other processor: takes interrupts until the behaviour is over. */
static void listen(void)
{
	if (!stays_x2 && apic_is_x2()) {
		xapic_set_mode(0);
		xapic_set_mode(APIC_BASE_EN);
	}
	apic_reset();
	if (!apic_is_x2()) {
		apic_write(APIC_DFR, model);
		apic_write(APIC_LDR, logical << LDR_SHIFT);
	}
	if (!enabled) {
		apic_write(APIC_SVR, VECTOR_SPURIOUS);
	}
	ready = 1;
	for (;;) {
		__asm__ volatile("sti; pause" : : : "memory");
	}
}

static void reset_options(void)
{
	ready = 0;
	stays_x2 = false;
	enabled = true;
	model = UINT32_MAX;
	logical = OTHERS_LDR;
}

/* Both in xAPIC mode, each with its logical ID. */
static bool start_listener(void)
{
	if (smp_count() == 0) {
		skip("one processor");
		return false;
	}
	interrupt_handle(VECTOR, NULL);
	apic_write(APIC_DFR, model);
	apic_write(APIC_LDR, OWN_LDR << LDR_SHIFT);
	return expect(smp_start(smp_id(0), listen) && clock_wait_for(&ready, 1, SOON_US),
		      "it did not start");
}

static bool came(uint32_t count)
{
	uint64_t end = clock_after(SOON_US);

	while (interrupt_count(VECTOR) < count && rdtsc() < end) {
		__builtin_ia32_pause();
	}
	clock_wait(500);
	return interrupt_count(VECTOR) == count;
}

BEHAVIOUR(an_xapic_reaches_another_by_its_id)
{
	reset_options();
	if (xapic_enter() && start_listener()) {
		apic_send(smp_id(0), ICR_ASSERT | VECTOR);
		expect(came(1), "it did not come once");
	}
}

/* SDM Vol. 3A, "Logical Destination Mode". */
BEHAVIOUR(an_xapic_reaches_another_by_its_flat_logical_id)
{
	reset_options();
	if (xapic_enter() && start_listener()) {
		apic_send(OTHERS_LDR, ICR_ASSERT | ICR_LOGICAL | VECTOR);
		expect(came(1), "it did not come once");
		apic_send(0x80, ICR_ASSERT | ICR_LOGICAL | VECTOR);
		expect(came(1), "one for nobody came");
	}
}

BEHAVIOUR(an_xapic_reaches_a_member_of_a_cluster)
{
	reset_options();
	model = 0;
	logical = CLUSTER_1 | 1;
	if (xapic_enter() && start_listener()) {
		apic_send(CLUSTER_1 | 3, ICR_ASSERT | ICR_LOGICAL | VECTOR);
		expect(came(1), "it did not come once");
		apic_send(0x21, ICR_ASSERT | ICR_LOGICAL | VECTOR);
		expect(came(1), "one for another cluster came");
	}
}

BEHAVIOUR(a_broadcast_of_an_xapic_reaches_all_and_itself)
{
	reset_options();
	if (xapic_enter() && start_listener()) {
		apic_send(ICR_EVERYBODY, ICR_ASSERT | VECTOR);
		interrupt_wait(VECTOR, 2, SOON_US);
		expect(came(2), "it did not come twice");
	}
}

BEHAVIOUR(lowest_priority_of_an_xapic_reaches_one)
{
	reset_options();
	if (xapic_enter() && start_listener()) {
		apic_send(OWN_LDR | OTHERS_LDR, ICR_ASSERT | ICR_LOGICAL | ICR_LOWEST | VECTOR);
		interrupt_wait(VECTOR, 1, SOON_US);
		expect(came(1), "it did not come once");
	}
}

BEHAVIOUR(lowest_priority_passes_over_a_disabled_xapic)
{
	reset_options();
	enabled = false;
	if (xapic_enter() && start_listener()) {
		for (uint32_t i = 1; i <= 4; i++) {
			apic_send(OWN_LDR | OTHERS_LDR,
				  ICR_ASSERT | ICR_LOGICAL | ICR_LOWEST | VECTOR);
			expect(interrupt_wait(VECTOR, i, SOON_US), "one was lost");
		}
	}
}

/* While a guest starts, its processors may be in different modes. */
BEHAVIOUR(an_xapic_reaches_an_x2apic_by_its_id)
{
	reset_options();
	stays_x2 = true;
	if (xapic_enter() && xapic_may_be_off() && start_listener()) {
		apic_send(smp_id(0), ICR_ASSERT | VECTOR);
		expect(came(1), "it did not come once");
		apic_send(0, ICR_ASSERT | ICR_OTHERS | VECTOR);
		expect(interrupt_wait(VECTOR, 2, SOON_US), "by shorthand it did not come");
	}
}

BEHAVIOUR(an_nmi_of_an_xapic_reaches_its_sender)
{
	if (xapic_enter()) {
		interrupt_handle(VECTOR_NMI, NULL);
		apic_send(apic_id(), ICR_ASSERT | ICR_NMI);
		clock_wait(1000);
		expect_equal("NMIs", interrupt_count(VECTOR_NMI), 1);
	}
}

/* INIT by one's own ID: INIT-SIPI by the other processor is what brings it back, so it is sent to the other here. */
BEHAVIOUR(after_init_an_xapic_is_in_xapic_mode_still)
{
	reset_options();
	if (xapic_enter() && start_listener()) {
		stays_x2 = true;
		ready = 0;
		expect(smp_start(smp_id(0), listen) && clock_wait_for(&ready, 1, SOON_US),
		       "it did not start again");
		apic_send(OTHERS_LDR, ICR_ASSERT | ICR_LOGICAL | VECTOR);
		expect(came(1), "it has no logical ID of xAPIC mode");
	}
}
