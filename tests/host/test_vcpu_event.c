/* SPDX-License-Identifier: Apache-2.0 */
/* test_vcpu_event.c: events that wait until a virtual processor can take them; none is lost. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/host/fake_vmcs.h"

#include "kernel/vcpu_event.c"

enum { BASE_CONTROLS = 0x80000000, VECTOR = 0x31 };

#define NMI_EVENT      (EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI)
#define EXTERNAL_EVENT (EVENT_VALID | VECTOR)

static struct vcpu vcpu;
static unsigned waiting; /* interrupts of the 8259s */

bool extint_waits(struct vcpu *v)
{
	(void)v;
	return waiting != 0;
}

int extint_acknowledge(struct vcpu *v)
{
	(void)v;
	if (waiting == 0) {
		return -1;
	}
	waiting--;
	return VECTOR;
}

static int idle(void **unused)
{
	(void)unused;
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	memset(&vcpu, 0, sizeof(vcpu));
	waiting = 0;
	vcpu.controls.word[CONTROLS_PROC] = BASE_CONTROLS;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_IF);
	return 0;
}

static void assert_injected(uint32_t event)
{
	assert_int_equal(vmread(VMCS_ENTRY_INTERRUPTION), event);
}

static void assert_window(uint32_t window)
{
	assert_int_equal(vmread(VMCS_PROC_CONTROLS), BASE_CONTROLS | window);
}

/* The entry has taken what was injected, and the window exits. */
static void window_opens(void)
{
	vmwrite(VMCS_ENTRY_INTERRUPTION, 0);
	vcpu_event_deliver(&vcpu);
}

static void nmi_is_injected_at_once(void **unused)
{
	(void)unused;
	vcpu_event_due(&vcpu, VCPU_DUE_NMI);
	assert_injected(NMI_EVENT);
	assert_window(0);
}

/* SDM Vol. 3A, "Handling Multiple NMIs": one waits while one is handled; more are one. */
static void nmi_that_is_blocked_waits_one_deep(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_NMI);
	vcpu_event_due(&vcpu, VCPU_DUE_NMI);
	vcpu_event_due(&vcpu, VCPU_DUE_NMI);
	assert_injected(0);
	assert_window(PROC_NMI_WINDOW);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, 0); /* IRET */
	window_opens();
	assert_injected(NMI_EVENT);
	assert_window(0);
	window_opens();
	assert_injected(0);
}

/* SDM Vol. 3C, "Checks on Guest Non-Register State": some processors refuse an NMI behind STI. */
static void nmi_behind_sti_waits_for_the_interrupt_window(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI);
	vcpu_event_due(&vcpu, VCPU_DUE_NMI);
	assert_injected(0);
	assert_window(PROC_INTERRUPT_WINDOW);
}

static void event_that_is_injected_already_stays(void **unused)
{
	const uint32_t fault =
		EVENT_VALID | EVENT_HARDWARE_EXCEPTION << EVENT_TYPE_SHIFT | VECTOR_UD;

	(void)unused;
	vmwrite(VMCS_ENTRY_INTERRUPTION, fault);
	waiting = 1;
	vcpu_event_due(&vcpu, VCPU_DUE_NMI);
	vcpu_event_due(&vcpu, VCPU_DUE_EXTERNAL);
	assert_injected(fault);
	assert_window(PROC_NMI_WINDOW | PROC_INTERRUPT_WINDOW);
	assert_int_equal(waiting, 1);
}

/* SDM Vol. 3C, "Delivery of Pending Debug Exceptions after VM Entry": an entry that injects drops them. */
static void debug_trap_that_is_due_goes_first(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_PENDING_DEBUG, DR6_BS);
	waiting = 1;
	vcpu_event_due(&vcpu, VCPU_DUE_NMI);
	vcpu_event_due(&vcpu, VCPU_DUE_EXTERNAL);
	assert_injected(0);
	assert_window(PROC_NMI_WINDOW | PROC_INTERRUPT_WINDOW);
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 0);
	window_opens();
	assert_injected(NMI_EVENT);
	assert_window(PROC_INTERRUPT_WINDOW);
	window_opens();
	assert_injected(EXTERNAL_EVENT);
	assert_window(0);
}

/* Breakpoints that were met and not enabled raise nothing: waiting for them would be for ever. */
static void breakpoint_that_is_not_enabled_holds_nothing_up(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 1);
	vcpu_event_due(&vcpu, VCPU_DUE_NMI);
	assert_injected(NMI_EVENT);
}

static void interrupt_waits_until_the_guest_takes_interrupts(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
	waiting = 1;
	vcpu_event_due(&vcpu, VCPU_DUE_EXTERNAL);
	assert_injected(0);
	assert_window(PROC_INTERRUPT_WINDOW);
	assert_int_equal(waiting, 1);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_IF);
	window_opens();
	assert_injected(EXTERNAL_EVENT);
	assert_window(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, idle)
		T(nmi_is_injected_at_once),
		T(nmi_that_is_blocked_waits_one_deep),
		T(nmi_behind_sti_waits_for_the_interrupt_window),
		T(event_that_is_injected_already_stays),
		T(debug_trap_that_is_due_goes_first),
		T(breakpoint_that_is_not_enabled_holds_nothing_up),
		T(interrupt_waits_until_the_guest_takes_interrupts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
