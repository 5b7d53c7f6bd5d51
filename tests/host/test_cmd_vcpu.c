/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_vcpu.c: vcpu list and vcpu regs. */
#include "tests/host/inspect_guest.h"

static void list_asks_nobody(void **state)
{
	(void)state;
	vcpus[0].counts.exits[EXIT_REASON_CPUID].count = 40;
	vcpus[0].counts.exits[EXIT_SLOT_IPI].count = 2;
	assert_said("vcpu list --json", "{\"guest\": \"linux\", \"vcpu\": 0, \"cpu\": 3, "
					"\"state\": \"running\", \"exits\": 42}");
	assert_non_null(strstr(screen, "\"vcpu\": 1, \"cpu\": 4, \"state\": \"wait-for-SIPI\""));
	assert_int_equal(questions, 0);
	pause_guest();
	assert_said("vcpu list linux", "paused");
	assert_refused("vcpu list nobody", COMMAND_FAILED, "no guest");
}

static void registers_are_shown_as_the_guest_reads_them(void **state)
{
	(void)state;
	snapshot.general.r15 = 0x1515;
	/* NE is Muntin's: the guest has it clear, and CD set. */
	set(VMCS_CR0_MASK, CR0_NE | CR0_CD);
	set(VMCS_CR0_SHADOW, CR0_CD);
	set(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI);
	set(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	assert_said("vcpu regs linux --json", "\"rip\": \"0x100\"");
	assert_int_equal(asked, VCPU_REQUEST_SNAPSHOT);
	assert_int_equal(questions, 1);
	assert_non_null(strstr(screen, "\"r15\": \"0x1515\""));
	assert_non_null(strstr(
		screen,
		"{\"register\": \"CR0\", \"value\": \"0x40000011\", \"bits\": \"PE ET CD\"}"));
	assert_non_null(strstr(screen, "\"activity\": \"HLT\""));
	assert_non_null(strstr(screen, "\"blocking_by\": \"STI\""));
}

static void row_with_many_bits_goes_on_below_and_is_one_in_json(void **state)
{
	(void)state;
	set(VMCS_GUEST_CR4, 0xFFFFF);
	assert_said("vcpu regs linux", "CR4      0xfffff            VME");
	for (const char *row = screen; row != NULL; row = strchr(row + 1, '\n')) {
		const char *end = strchr(row + 1, '\n');

		assert_true(end == NULL || end - row < 82);
	}
	obey("vcpu regs linux --json");
	assert_non_null(strstr(screen, "VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP "
				       "LA57 VMXE SMXE bit15 FSGSBASE PCIDE OSXSAVE KL\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(list_asks_nobody),
		CASE(registers_are_shown_as_the_guest_reads_them),
		CASE(row_with_many_bits_goes_on_below_and_is_one_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
