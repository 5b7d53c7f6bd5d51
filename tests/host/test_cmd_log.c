/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_log.c: `log` and its options, and which messages are shown unasked. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/lib/keep.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/log_view.h"
#include "kernel/monitor/runner.h"
#include "kernel/monitor/settings.h"
#include "kernel/monitor/view.h"
#include "kernel/monitor/wire.h"

extern const struct command_group command_group_log;
const struct command_group *const command_groups[] = { &command_group_log };
const size_t command_group_count = 1;

static uint64_t memory[KEEP_BYTES / 8];
static struct command_run run;
static char said[1 << 20];
static bool no_pager;

uint64_t clock_us(void)
{
	return 7000000;
}

void wire_write(const void *bytes, size_t length)
{
	size_t used = strlen(said);

	assert_true(used + length < sizeof(said));
	memcpy(said + used, bytes, length);
	said[used + length] = '\0';
}

void runner_no_pager(void)
{
	no_pager = true;
}

static int set_up(void **state)
{
	(void)state;
	memset(memory, 0, sizeof(memory));
	settings.loglevel = LOG_INFO;
	log_set_clock(clock_us);
	keep_open(memory);
	no_pager = false;
	return 0;
}

/* Steps until it is done, or waits. Return: whether it is done. */
static bool go_on(void)
{
	bool done = false;

	said[0] = '\0';
	run.wake_us = 0;
	while (!done && run.wake_us == 0) {
		size_t before = strlen(said);

		done = run.command->step(&run);
		assert_true(strlen(said) - before <= COMMAND_STEP_BYTES);
	}
	if (done) {
		view_end();
	}
	return done;
}

static bool command(const char *line)
{
	memset(&run, 0, sizeof(run));
	said[0] = '\0';
	strcpy(run.text, line);
	assert_int_equal(command_split(&run), OK);
	assert_non_null(command_find(&run));
	if (!command_arguments(&run)) {
		return true;
	}
	view_begin(run.json);
	return go_on();
}

static void log_three(void)
{
	log_error("broken");
	log_warning("careful");
	log_info("fine");
}

static void log_shows_every_message(void **state)
{
	(void)state;
	log_three();
	assert_true(command("log"));
	assert_string_equal(said, "[    7.000000]E broken\r\n[    7.000000]W careful\r\n"
				  "[    7.000000]  fine\r\n");
	assert_false(no_pager);
}

static void level_leaves_out_what_matters_less(void **state)
{
	(void)state;
	log_three();
	command("log -l error");
	assert_string_equal(said, "[    7.000000]E broken\r\n");
	command("log -l warning");
	assert_non_null(strstr(said, "broken"));
	assert_non_null(strstr(said, "careful"));
	assert_null(strstr(said, "fine"));
	command("log -l loud");
	assert_int_equal(run.status, COMMAND_USAGE);
	assert_string_equal(said, "-l: \"loud\" is none of: error, warning, info\r\n");
}

static void count_shows_the_newest_of_that_level(void **state)
{
	(void)state;
	log_three();
	log_error("again");
	command("log -n 1");
	assert_string_equal(said, "[    7.000000]E again\r\n");
	command("log -n 1 -l warning");
	assert_string_equal(said, "[    7.000000]E again\r\n");
	command("log -l error -n 2");
	assert_string_equal(said, "[    7.000000]E broken\r\n[    7.000000]E again\r\n");
	command("log -n 0");
	assert_string_equal(said, "");
	command("log -n 1000");
	assert_non_null(strstr(said, "broken"));
	command("log -n many");
	assert_int_equal(run.status, COMMAND_USAGE);
}

static void json_has_time_level_and_text(void **state)
{
	(void)state;
	log_warning("a \"quote\"");
	command("log --json");
	assert_string_equal(said, "[\r\n{\"time_us\": 7000000, \"level\": \"warning\", \"text\": "
				  "\"a \\\"quote\\\"\"}\r\n]\r\n");
	keep_open(memory);
	command("log --json");
	assert_string_equal(said, "[\r\n\r\n]\r\n");
}

static void following_goes_on_with_what_is_new(void **state)
{
	(void)state;
	log_three();
	assert_false(command("log -f -n 1"));
	assert_true(no_pager);
	assert_string_equal(said, "[    7.000000]  fine\r\n");
	assert_true(run.wake_us > clock_us());
	assert_false(go_on());
	assert_string_equal(said, "");
	log_info("news");
	assert_false(go_on());
	assert_string_equal(said, "[    7.000000]  news\r\n");
	/* It has been seen. */
	assert_int_equal(log_view_skip(), 0);
}

static void log_ends_where_it_was_when_it_was_asked_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		log_info("old");
	}
	memset(&run, 0, sizeof(run));
	strcpy(run.text, "log");
	command_split(&run);
	command_find(&run);
	command_arguments(&run);
	view_begin(false);
	while (!run.command->step(&run)) {
		for (unsigned i = 0; i < 10; i++) {
			log_info("new");
		}
	}
	assert_null(strstr(said, "new"));
}

static void log_of_the_run_before_is_shown(void **state)
{
	(void)state;
	command("log --previous");
	assert_int_equal(run.status, COMMAND_FAILED);
	assert_non_null(strstr(said, "no log of the run before"));
	log_three();
	keep_open(memory);
	log_info("now");
	command("log --previous -l warning");
	assert_int_equal(run.status, COMMAND_OK);
	assert_string_equal(said, "[    7.000000]E broken\r\n[    7.000000]W careful\r\n");
	command("log --previous -n 1");
	assert_string_equal(said, "[    7.000000]  fine\r\n");
	command("log --previous -f");
	assert_int_equal(run.status, COMMAND_USAGE);
}

static void loglevel_decides_what_is_shown_unasked(void **state)
{
	char line[LOG_VIEW_BYTES];

	(void)state;
	log_view_skip();
	settings.loglevel = LOG_WARNING;
	log_three();
	size_t length = log_view_new(line);
	assert_int_equal(length, strlen("[    7.000000]E broken\n"));
	assert_memory_equal(line, "[    7.000000]E broken\n", length);
	assert_true(log_view_new(line) > 0);
	assert_int_equal(log_view_new(line), 0);
	log_three();
	assert_int_equal(log_view_skip(), 2);
}

static void longest_message_fits_in_a_line(void **state)
{
	char line[LOG_VIEW_BYTES];

	(void)state;
	settings.loglevel = LOG_INFO;
	log_view_skip();
	log_info("%0300u", 0u);
	size_t length = log_view_new(line);
	assert_true(length <= sizeof(line));
	assert_int_equal(line[length - 1], '\n');
	assert_int_equal(line[length - 2], '0');
}

/* First: what is new goes on from one run to the next here, as it never does. */
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(loglevel_decides_what_is_shown_unasked, set_up),
		cmocka_unit_test(longest_message_fits_in_a_line),
		cmocka_unit_test(following_goes_on_with_what_is_new),
		cmocka_unit_test_setup(log_shows_every_message, set_up),
		cmocka_unit_test_setup(level_leaves_out_what_matters_less, set_up),
		cmocka_unit_test_setup(count_shows_the_newest_of_that_level, set_up),
		cmocka_unit_test_setup(json_has_time_level_and_text, set_up),
		cmocka_unit_test_setup(log_ends_where_it_was_when_it_was_asked_for, set_up),
		cmocka_unit_test_setup(log_of_the_run_before_is_shown, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
