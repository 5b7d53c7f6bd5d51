/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_vcpu_code.c: vcpu backtrace and vcpu step. */
#include "tests/host/inspect_guest.h"

static void backtrace_begins_where_it_executes(void **state)
{
	(void)state;
	snapshot.general.rbp = 0x1000;
	memcpy(&ram[0x1000], (const uint32_t[]){ 0, 0x123 }, 8);
	assert_said(
		"vcpu backtrace linux --json",
		"\"frames\": [{\"frame\": 0, \"rip\": \"0x100\", \"frame_pointer\": \"0x1000\"}, "
		"{\"frame\": 1, \"rip\": \"0x123\", \"frame_pointer\": \"0x0\"}]");
	assert_non_null(strstr(screen, "\"ended\": \"the frame pointer is 0"));
}

/* nop; nop; jmp back. */
static void execute(void)
{
	uint64_t rip = snapshot_field(&snapshot, VMCS_GUEST_RIP);

	if (asked == VCPU_REQUEST_STEP) {
		set(VMCS_GUEST_RIP, rip == CODE + 2 ? CODE : rip + 1);
		snapshot.step = STEP_EXECUTED;
	}
}

static void steps_show_where_they_went_and_their_code(void **state)
{
	(void)state;
	pause_guest();
	memcpy(&ram[CODE], "\x90\x90\xEB\xFC", 4);
	when_asked = execute;
	assert_said(
		"vcpu step linux 0 3 --json",
		"\"steps\": [{\"rip\": \"0x100\", \"next_rip\": \"0x101\", \"code\": \"90\", "
		"\"exit\": \"\"}, "
		"{\"rip\": \"0x101\", \"next_rip\": \"0x102\", \"code\": \"90\", \"exit\": \"\"}, "
		"{\"rip\": \"0x102\", \"next_rip\": \"0x100\", \"code\": \"eb fc 00 00 00 00 00\"");
	assert_int_equal(run.status, COMMAND_OK);
	assert_null(strstr(screen, "ended"));
	/* One question to see where it is, and one for each step. */
	assert_int_equal(questions, 4);
}

static void one_step_is_the_default(void **state)
{
	(void)state;
	pause_guest();
	when_asked = execute;
	obey("vcpu step linux");
	assert_int_equal(questions, 2);
}

static void step_that_exits_names_the_exit(void **state)
{
	(void)state;
	pause_guest();
	set(VMCS_EXIT_REASON, EXIT_REASON_CPUID);
	snapshot.step = STEP_EXITED;
	assert_said("vcpu step linux", "CPUID");
}

static void guest_that_sleeps_is_not_stepped(void **state)
{
	(void)state;
	pause_guest();
	set(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	assert_refused("vcpu step linux 0 5", COMMAND_FAILED, "sleeps in HLT");
	snapshot.step = STEP_REFUSED;
	assert_refused("vcpu step linux 0 5 --json", COMMAND_FAILED, "no monitor trap flag");
	snapshot.state = VCPU_WAIT_SIPI;
	assert_refused("vcpu step linux 1", COMMAND_FAILED, "waits for a SIPI");
}

static void fall_asleep_after_two(void)
{
	execute();
	if (questions == 4) {
		snapshot.step = STEP_NONE;
		set(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	}
}

static void steps_that_end_early_say_why(void **state)
{
	(void)state;
	pause_guest();
	when_asked = fall_asleep_after_two;
	assert_refused("vcpu step linux 0 5 --json", COMMAND_FAILED,
		       "], \"ended\": \"it sleeps in HLT");
	assert_null(strstr(screen, "\"error\""));
}

static void end_after_two(void)
{
	execute();
	if (questions == 4) {
		end_guest();
	}
}

/* The instruction was a triple fault: what was shown stays whole. */
static void guest_that_ends_while_it_is_stepped_leaves_whole_json(void **state)
{
	(void)state;
	pause_guest();
	when_asked = end_after_two;
	obey("vcpu step linux 0 5 --json");
	assert_int_equal(run.status, COMMAND_FAILED);
	assert_null(strstr(screen, "error"));
	assert_string_equal(&screen[screen_used - 4], "]}\r\n");
}

static void guest_that_runs_is_not_stepped(void **state)
{
	(void)state;
	assert_refused("vcpu step linux", COMMAND_FAILED, "pause it first: guest pause linux");
	pause_guest();
	assert_refused("vcpu step linux 0 1001", COMMAND_USAGE, "count");
	assert_refused("vcpu step linux 0 0", COMMAND_USAGE, "count");
	assert_int_equal(questions, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(backtrace_begins_where_it_executes),
		CASE(steps_show_where_they_went_and_their_code),
		CASE(one_step_is_the_default),
		CASE(step_that_exits_names_the_exit),
		CASE(guest_that_sleeps_is_not_stepped),
		CASE(steps_that_end_early_say_why),
		CASE(guest_that_ends_while_it_is_stepped_leaves_whole_json),
		CASE(guest_that_runs_is_not_stepped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
