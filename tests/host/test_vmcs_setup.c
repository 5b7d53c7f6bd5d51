/* SPDX-License-Identifier: Apache-2.0 */
/* test_vmcs_setup.c: where a guest's processor begins: after a reset, and by each SIPI. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/host/fake_vmcs.h"

#include "arch/vmx/vmcs_setup.c"

uint64_t exception_idt(void)
{
	return 0;
}

void vmx_exit(void)
{
}

static int setup(void **unused)
{
	(void)unused;
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	vmcs_reset_guest();
	return 0;
}

static void expect_code(uint64_t selector, uint64_t base, uint64_t rip)
{
	assert_int_equal(vmread(VMCS_GUEST_CS_SELECTOR), selector);
	assert_int_equal(vmread(VMCS_GUEST_CS_BASE), base);
	assert_int_equal(vmread(VMCS_GUEST_CS_LIMIT), 0xFFFF);
	assert_int_equal(vmread(VMCS_GUEST_CS_ACCESS), ACCESS_CODE_REAL);
	assert_int_equal(vmread(VMCS_GUEST_RIP), rip);
}

/* SDM Vol. 3A, "First Instruction Executed": 16 bytes below 4 GiB. */
static void reset_begins_below_4_gib(void **unused)
{
	(void)unused;
	expect_code(0xF000, 0xFFFF0000, 0xFFF0);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS), RFLAGS_FIXED);
	assert_int_equal(vmread(VMCS_GUEST_CR0) & (CR0_PE | CR0_PG), 0);
}

/* SDM Vol. 3A, "MP Initialization Protocol Algorithm for MP Systems": at 000VV000H, in real mode. All 256 of them. */
static void sipi_begins_at_the_page_of_its_vector(void **unused)
{
	(void)unused;
	for (uint64_t vector = 0; vector <= UINT8_MAX; vector++) {
		vmcs_reset_guest();
		vmcs_set_sipi((uint8_t)vector);
		expect_code(vector << 8, vector << 12, 0);
		assert_int_equal(vmread(VMCS_GUEST_CR0) & (CR0_PE | CR0_PG), 0);
	}
}

/* SDM Vol. 3A, "Processor State After Reset": all else of a SIPI is what INIT left. */
static void sipi_changes_nothing_but_the_code_segment(void **unused)
{
	uint64_t before[FAKE_VMCS_FIELDS];

	(void)unused;
	memcpy(before, fake_vmcs, sizeof(before));
	vmcs_set_sipi(0xFF);
	before[VMCS_GUEST_CS_SELECTOR] = 0xFF00;
	before[VMCS_GUEST_CS_BASE] = 0xFF000;
	before[VMCS_GUEST_RIP] = 0;
	assert_memory_equal(fake_vmcs, before, sizeof(before));
}

/* A flat file that is entered in real mode: in segment 0 if it can be, else at the start of a page's segment. */
static void real_mode_entry_has_the_address_asked_for(void **unused)
{
	(void)unused;
	vmcs_set_real(0x7C00, 0x6000);
	expect_code(0, 0, 0x7C00);
	assert_int_equal(vmread(VMCS_GUEST_RSP), 0x6000);
	vmcs_set_real(0x12345, 0x6000);
	expect_code(0x1200, 0x12000, 0x345);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, setup)
		T(reset_begins_below_4_gib),
		T(sipi_begins_at_the_page_of_its_vector),
		T(sipi_changes_nothing_but_the_code_segment),
		T(real_mode_entry_has_the_address_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
