/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_guest.c: guest list, and the commands that start, stop, pause and resume a guest. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/host/monitor_screen.h"

static void guest_list_shows_state_processors_memory_and_why(void **state)
{
	(void)state;
	BEAT->state = PARTITION_STOPPED;
	BEAT->vcpu_states[0] = VCPU_OFF;
	BEAT->why = "EPT violation\x1b[2J at f0000000";
	type("guest list\r");
	assert_shows("linux            running  1-2                    1         512M\r\n");
	assert_shows("beat             stopped  3                      0           2G EPT ");
	/* A guest's words may not command the terminal. */
	assert_shows("EPT violation.[2J at f0000000\r\n");
	assert_ends_with_prompt();
}

static void guest_is_started_and_ended_by_the_states_it_has(void **state)
{
	(void)state;
	BEAT->state = PARTITION_STOPPED;
	type("guest start beat\r");
	assert_shows("beat: starting\r\n");
	assert_int_equal(BEAT->state, PARTITION_STARTING);
	BEAT->state = PARTITION_RUNNING;
	type("guest stop beat --force\r");
	assert_shows("beat: ending\r\n");
	assert_int_equal(BEAT->state, PARTITION_ENDING);
}

static void paused_guest_goes_on_when_it_is_told_to(void **state)
{
	(void)state;
	type("guest pause beat\r");
	assert_int_equal(BEAT->state, PARTITION_PAUSED);
	type("guest resume beat\r");
	assert_shows("beat: running\r\n");
	assert_int_equal(BEAT->state, PARTITION_RUNNING);
}

static void what_a_guest_cannot_do_now_is_said_with_what_it_needs(void **state)
{
	(void)state;
	type("guest resume beat\r");
	assert_shows("beat is running; this needs one that is paused\r\n");
	type("guest start beat\r");
	assert_shows("beat is running; this needs one that is off, ending or stopped\r\n");
	type("guest stop beat --now\r");
	assert_shows("unknown option \"--now\"; usage: guest stop NAME [--force]\r\n");
	assert_int_equal(BEAT->state, PARTITION_RUNNING);
}

static void power_button_is_pressed_before_anything_is_forced(void **state)
{
	(void)state;
	type("guest stop beat\r");
	assert_shows("beat: its power button is pressed; with --force it ends at once\r\n");
	assert_int_equal(BEAT->state, PARTITION_RUNNING);
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(guest_list_shows_state_processors_memory_and_why),
		T(guest_is_started_and_ended_by_the_states_it_has),
		T(paused_guest_goes_on_when_it_is_told_to),
		T(what_a_guest_cannot_do_now_is_said_with_what_it_needs),
		T(power_button_is_pressed_before_anything_is_forced),
	};

	return cmocka_run_group_tests_name("cmd_guest", tests, NULL, NULL);
}
