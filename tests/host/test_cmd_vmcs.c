/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_vmcs.c: vmcs dump. */
#include "tests/host/inspect_guest.h"

static void field_that_the_processor_lacks_is_left_out(void **state)
{
	(void)state;
	set(VMCS_HOST_RIP, 0xABC);
	assert_said("vmcs dump linux", "Host RIP");
	assert_non_null(strstr(screen, "Guest RIP"));
	assert_null(strstr(screen, "Guest RSP"));
	assert_said("vmcs dump linux 0 --group host", "Host RIP");
	assert_null(strstr(screen, "Guest RIP"));
	assert_refused("vmcs dump linux --group all", COMMAND_USAGE, "guest, host, control, exit");
}

static void controls_and_exits_are_named(void **state)
{
	(void)state;
	set(VMCS_PIN_CONTROLS, PIN_NMI_EXITING | 1u << 1);
	set(VMCS_EXIT_REASON, EXIT_REASON_EPT_VIOLATION);
	assert_said("vmcs dump linux --json",
		    "{\"field\": \"Pin-based controls\", \"bits\": \"NMI exiting\"}");
	assert_non_null(
		strstr(screen, "{\"field\": \"Exit reason\", \"bits\": \"EPT_VIOLATION\"}"));
}

static void dump_with_everything_set_stays_within_its_steps(void **state)
{
	(void)state;
	memset(snapshot.fields, 0xFF, sizeof(snapshot.fields));
	memset(snapshot.has, true, sizeof(snapshot.has));
	obey("vmcs dump linux");
	obey("vmcs dump linux --json");
	obey("vcpu regs linux");
	obey("vcpu regs linux --json");
	assert_int_equal(run.status, COMMAND_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(field_that_the_processor_lacks_is_left_out),
		CASE(controls_and_exits_are_named),
		CASE(dump_with_everything_set_stays_within_its_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
