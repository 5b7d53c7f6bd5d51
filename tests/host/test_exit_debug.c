/* SPDX-License-Identifier: Apache-2.0 */
/* test_exit_debug.c: which breakpoints an access meets, and what becomes of one met while an event was delivered. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/host/fake_vmcs.h"

#include "kernel/exit_debug.c"

enum { ANY = 3, WRITE = 1, PORT = 2, LEN_1 = 0, LEN_2 = 1, LEN_8 = 2, LEN_4 = 3 };

static struct vcpu vcpu;

/* Breakpoint @number, enabled by its G bit. */
static struct debug_registers at(unsigned number, uint64_t address, unsigned rw, unsigned length)
{
	struct debug_registers r = { .control = (uint64_t)2 << (2 * number) |
						(uint64_t)(rw | length << 2) << (16 + 4 * number) };

	r.address[number] = address;
	return r;
}

/* SDM Vol. 3B, "Debug Control Register (DR7)", R/W0 to R/W3. */
static void kind_of_access_decides(void **unused)
{
	struct debug_registers write = at(0, 0x1000, WRITE, LEN_4);
	struct debug_registers any = at(3, 0x1000, ANY, LEN_4);
	struct debug_registers port = at(1, 0x60, PORT, LEN_1);

	(void)unused;
	assert_int_equal(debug_match(&write, DEBUG_WRITE, 0x1000, 4), 1);
	assert_int_equal(debug_match(&write, DEBUG_READ, 0x1000, 4), 0);
	assert_int_equal(debug_match(&any, DEBUG_WRITE, 0x1000, 4), 8);
	assert_int_equal(debug_match(&any, DEBUG_READ, 0x1000, 4), 8);
	assert_int_equal(debug_match(&any, DEBUG_PORT, 0x1000, 4), 0);
	assert_int_equal(debug_match(&port, DEBUG_PORT, 0x60, 1), 2);
	assert_int_equal(debug_match(&port, DEBUG_READ, 0x60, 1), 0);
}

/* The same, "Breakpoint Field Recognition": any byte of the access within the field. */
static void one_common_byte_is_enough(void **unused)
{
	struct debug_registers two = at(0, 0x1002, ANY, LEN_2);
	struct debug_registers eight = at(0, 0x1008, ANY, LEN_8);

	(void)unused;
	assert_int_equal(debug_match(&two, DEBUG_READ, 0x1000, 2), 0);
	assert_int_equal(debug_match(&two, DEBUG_READ, 0x1000, 4), 1);
	assert_int_equal(debug_match(&two, DEBUG_READ, 0x1003, 1), 1);
	assert_int_equal(debug_match(&two, DEBUG_READ, 0x1004, 4), 0);
	assert_int_equal(debug_match(&eight, DEBUG_READ, 0x100F, 1), 1);
	assert_int_equal(debug_match(&eight, DEBUG_READ, 0x1010, 1), 0);
}

static void address_of_a_field_is_taken_as_aligned(void **unused)
{
	struct debug_registers four = at(0, 0x1003, ANY, LEN_4);

	(void)unused;
	assert_int_equal(debug_match(&four, DEBUG_READ, 0x1000, 1), 1);
	assert_int_equal(debug_match(&four, DEBUG_READ, 0x1004, 1), 0);
}

static void breakpoint_that_is_not_enabled_is_none(void **unused)
{
	struct debug_registers r = at(2, 0x1000, ANY, LEN_1);

	(void)unused;
	assert_int_equal(debug_match(&r, DEBUG_READ, 0x1000, 1), 4);
	r.control &= ~DR7_ENABLES;
	assert_int_equal(debug_match(&r, DEBUG_READ, 0x1000, 1), 0);
	r.control |= 1 << 4; /* L2 */
	assert_int_equal(debug_match(&r, DEBUG_READ, 0x1000, 1), 4);
}

static void instruction_breakpoint_meets_no_data(void **unused)
{
	struct debug_registers r = at(0, 0x1000, 0, LEN_1);

	(void)unused;
	assert_int_equal(debug_match(&r, DEBUG_READ, 0x1000, 1), 0);
	assert_int_equal(debug_match(&r, DEBUG_WRITE, 0x1000, 1), 0);
}

/* SDM Vol. 3C, "Delivery of Pending Debug Exceptions after VM Entry": the entry that injects drops them. */
static void postponed_breakpoint_sleeps_for_one_entry(void **unused)
{
	(void)unused;
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	vmwrite(VMCS_GUEST_DR7, 0x000D0402);
	vmwrite(VMCS_PREEMPTION_TIMER, 77);
	assert_int_equal(exit_debug_resume(&vcpu), 0);
	exit_debug_postpone(&vcpu, 1);
	assert_int_equal(vmread(VMCS_GUEST_DR7), 0x000D0400);
	assert_int_equal(vmread(VMCS_PREEMPTION_TIMER), 0);
	assert_int_equal(vmread(VMCS_PIN_CONTROLS), PIN_PREEMPTION_TIMER);
	assert_int_equal(exit_debug_resume(&vcpu), 1);
	assert_int_equal(vmread(VMCS_GUEST_DR7), 0x000D0402);
	assert_int_equal(exit_debug_resume(&vcpu), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kind_of_access_decides),
		cmocka_unit_test(one_common_byte_is_enough),
		cmocka_unit_test(address_of_a_field_is_taken_as_aligned),
		cmocka_unit_test(breakpoint_that_is_not_enabled_is_none),
		cmocka_unit_test(instruction_breakpoint_meets_no_data),
		cmocka_unit_test(postponed_breakpoint_sleeps_for_one_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
