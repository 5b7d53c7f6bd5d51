/* SPDX-License-Identifier: Apache-2.0 */
/* test_inspect.c: how a command asks a guest's processor, and what it says when there is no answer. */
#include "tests/host/inspect_guest.h"

static void processor_that_does_not_answer_is_given_up(void **state)
{
	(void)state;
	answers = false;
	assert_refused("vcpu regs linux", COMMAND_TIMEOUT, "linux vcpu0 does not answer");
	assert_int_equal(asked, 0);
	assert_refused("vmcs dump linux 1 --json", COMMAND_TIMEOUT, "\"error\"");
}

static void guest_that_ends_before_it_answers_is_refused(void **state)
{
	(void)state;
	when_asked = end_guest;
	assert_refused("vcpu backtrace linux", COMMAND_FAILED, "the guest is off");
	assert_int_equal(asked, 0);
}

static void guest_that_is_off_is_not_asked(void **state)
{
	(void)state;
	guest.state = PARTITION_OFF;
	assert_refused("vcpu regs linux", COMMAND_FAILED, "must be running or paused");
	assert_refused("vmcs dump linux --json", COMMAND_FAILED, "\"error\"");
	assert_int_equal(questions, 0);
}

static void processor_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_refused("vcpu regs linux 2", COMMAND_USAGE, "from 0 to 1");
	assert_refused("vcpu regs linux 0x10000000000000000", COMMAND_USAGE, "from 0 to 1");
	assert_refused("vcpu regs nobody", COMMAND_FAILED, "no guest");
	assert_int_equal(questions, 0);
}

/* The owner of an earlier question is just writing: it is asked again. */
static void room_that_is_in_use_is_waited_for(void **state)
{
	(void)state;
	busy = true;
	memset(&run, 0, sizeof(run));
	snprintf(run.text, sizeof(run.text), "vcpu regs linux");
	screen_used = 0;
	assert_int_equal(command_split(&run), OK);
	command_find(&run);
	assert_true(command_arguments(&run));
	view_begin(false);
	assert_false(step_once());
	assert_false(step_once());
	assert_int_equal(questions, 2);
	busy = false;
	assert_false(step_once());
	assert_non_null(strstr(screen, "rip"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(processor_that_does_not_answer_is_given_up),
		CASE(guest_that_ends_before_it_answers_is_refused),
		CASE(guest_that_is_off_is_not_asked),
		CASE(processor_that_is_none_is_refused),
		CASE(room_that_is_in_use_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
