/* SPDX-License-Identifier: Apache-2.0 */
/* test_lock.c: what locks the monitor, what opens it, how tries slow down, and its two commands. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/lib/sha256.h"
#include "kernel/monitor/cmd_lock.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/lock.h"
#include "kernel/monitor/wire.h"

extern const struct command_group command_group_lock;
const struct command_group *const command_groups[] = { &command_group_lock };
const size_t command_group_count = 1;

enum { SECOND = 1000000, ITERATIONS = 1000 };

static struct config_monitor config;
static uint64_t now_us;
static char said[1024];

/* Each look at the clock takes a little time, as it does. */
uint64_t clock_us(void)
{
	return now_us += 10;
}

static void hear(const void *bytes, size_t length)
{
	size_t used = strlen(said);

	assert_true(used + length < sizeof(said));
	memcpy(said + used, bytes, length);
	said[used + length] = '\0';
}

void wire_write(const void *bytes, size_t length)
{
	hear(bytes, length);
}

static void set_password(const char *password)
{
	struct pbkdf2_salt salt = { config.password.salt, 16, ITERATIONS };
	struct pbkdf2 run;

	memset(&config, 0, sizeof(config));
	memset(config.password.salt, 0x5A, 16);
	config.password.salt_bytes = 16;
	config.password.iterations = ITERATIONS;
	pbkdf2_begin(&run, password, strlen(password), &salt);
	pbkdf2_step(&run, UINT32_MAX);
	pbkdf2_end(&run, config.password.hash);
}

static int set_up(void **state)
{
	(void)state;
	now_us = 100 * (uint64_t)SECOND;
	set_password("right");
	lock_init(&config, now_us);
	said[0] = '\0';
	return 0;
}

static enum lock_answer try_password(const char *password)
{
	enum lock_answer answer = lock_try(password, strlen(password), now_us);

	while (answer == LOCK_CHECKING) {
		answer = lock_try_step(100, now_us);
	}
	return answer;
}

static void monitor_with_a_password_is_locked_at_first(void **state)
{
	(void)state;
	assert_true(lock_present());
	assert_true(lock_locked());
	assert_true(lock_asks());
}

static void monitor_without_a_password_is_never_locked(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	config.lock_after = 1;
	lock_init(&config, 0);
	assert_false(lock_locked());
	assert_false(lock_now());
	assert_false(lock_idle_tick(1000 * (uint64_t)SECOND));
	assert_false(lock_locked());
	assert_false(lock_asks());
	assert_false(lock_hides_consoles());
	assert_int_equal(try_password("anything"), LOCK_OPENED);
}

static void right_password_opens_it_and_no_other_does(void **state)
{
	static const char *const wrong[] = { "", "righ", "rightx", "Right", "right ", "wrong" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(try_password(wrong[i]), LOCK_WRONG);
		assert_true(lock_locked());
		now_us += 61 * (uint64_t)SECOND;
	}
	assert_int_equal(try_password("right"), LOCK_OPENED);
	assert_false(lock_locked());
	assert_false(lock_asks());
}

static void wrong_tries_slow_down_up_to_a_minute(void **state)
{
	static const unsigned waits[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(try_password("wrong"), LOCK_WRONG);
		assert_int_equal(lock_wait_us(now_us), waits[i] * (uint64_t)SECOND);
		now_us += waits[i] * (uint64_t)SECOND - 1;
		/* Also the right one has to wait. */
		assert_int_equal(try_password("right"), LOCK_TOO_EARLY);
		assert_int_equal(lock_wait_us(now_us), 1);
		now_us += 1;
	}
	assert_int_equal(lock_wrong_tries(), 9);
}

static void locking_again_does_not_shorten_the_wait(void **state)
{
	(void)state;
	try_password("wrong");
	now_us += SECOND;
	try_password("wrong");
	lock_now();
	lock_ask(true);
	assert_int_equal(lock_wait_us(now_us), 2 * SECOND);
	assert_int_equal(try_password("right"), LOCK_TOO_EARLY);
}

static void right_password_ends_the_waiting(void **state)
{
	(void)state;
	try_password("wrong");
	now_us += SECOND;
	assert_int_equal(try_password("right"), LOCK_OPENED);
	lock_now();
	assert_int_equal(lock_wait_us(now_us), 0);
	try_password("wrong");
	assert_int_equal(lock_wait_us(now_us), SECOND);
}

/* Or ^C would make guessing as fast as typing. */
static void try_that_is_given_up_counts_too(void **state)
{
	(void)state;
	assert_int_equal(lock_try("wrong", 5, now_us), LOCK_CHECKING);
	assert_int_equal(lock_try_step(10, now_us), LOCK_CHECKING);
	assert_int_equal(lock_wait_us(now_us), SECOND);
	assert_int_equal(try_password("right"), LOCK_TOO_EARLY);
}

static void wait_begins_when_the_answer_is_there(void **state)
{
	(void)state;
	lock_try("wrong", 5, now_us);
	now_us += 5 * SECOND;
	while (lock_try_step(100, now_us) == LOCK_CHECKING) {
	}
	assert_int_equal(lock_wait_us(now_us), SECOND);
}

static void idle_time_locks_it_and_keys_put_that_off(void **state)
{
	(void)state;
	config.lock_after = 30;
	try_password("right");
	lock_key_seen(now_us);
	now_us += 29 * SECOND;
	assert_false(lock_idle_tick(now_us));
	lock_key_seen(now_us);
	now_us += 29 * SECOND;
	assert_false(lock_idle_tick(now_us));
	now_us += SECOND;
	assert_true(lock_idle_tick(now_us));
	assert_true(lock_locked());
	assert_true(lock_asks());
	/* It is news once. */
	assert_false(lock_idle_tick(now_us));
}

static void without_lock_after_idle_time_does_not_lock_it(void **state)
{
	(void)state;
	try_password("right");
	now_us += 1000000 * (uint64_t)SECOND;
	assert_false(lock_idle_tick(now_us));
	assert_false(lock_locked());
}

static void consoles_of_a_locked_monitor_are_hidden_unless_the_config_shows_them(void **state)
{
	(void)state;
	assert_true(lock_hides_consoles());
	config.locked_consoles = true;
	assert_false(lock_hides_consoles());
	config.locked_consoles = false;
	try_password("right");
	assert_false(lock_hides_consoles());
}

/* --- The commands */

static struct command_run run;

/* Return: how often the step was called. */
static unsigned command(const char *line)
{
	unsigned steps = 1;

	memset(&run, 0, sizeof(run));
	said[0] = '\0';
	strcpy(run.text, line);
	assert_int_equal(command_split(&run), OK);
	assert_non_null(command_find(&run));
	if (command_arguments(&run)) {
		for (; !run.command->step(&run); steps++) {
			assert_true(steps < 10000);
		}
	}
	return steps;
}

static void unlock_opens_in_slices_of_a_few_milliseconds(void **state)
{
	(void)state;
	/* 250 looks at the clock, of 10 us each, are the hash of 1000 iterations. */
	assert_in_range(command("unlock right"), 2, 20);
	assert_int_equal(run.status, COMMAND_OK);
	assert_string_equal(said, "unlocked\r\n");
	assert_false(lock_locked());
	command("unlock right");
	assert_string_equal(said, "it is not locked\r\n");
}

static void refused_try_names_the_wait(void **state)
{
	(void)state;
	command("unlock wrong");
	assert_int_equal(run.status, COMMAND_LOCKED);
	assert_string_equal(said, "wrong password; the next try counts in 1 s\r\n");
	command("unlock right");
	assert_int_equal(run.status, COMMAND_LOCKED);
	assert_string_equal(said, "not looked at: the next try counts in 1 s\r\n");
	now_us += SECOND;
	command("unlock right");
	assert_string_equal(said, "unlocked\r\n1 wrong tries before\r\n");
}

static void unlock_alone_asks_for_the_password(void **state)
{
	(void)state;
	lock_ask(false);
	command("unlock");
	assert_int_equal(run.status, COMMAND_OK);
	assert_true(lock_asks());
	assert_true(lock_locked());
}

static void password_that_was_asked_for_may_have_spaces_and_semicolons(void **state)
{
	char line[LINE_BYTES] = "two words; one";

	(void)state;
	set_password("two words; one");
	cmd_lock_line(line);
	assert_string_equal(line, "unlock \"two words; one\"");
	command(line);
	assert_string_equal(said, "unlocked\r\n");
}

static void any_line_that_is_typed_for_a_password_stays_one_word(void **state)
{
	char line[LINE_BYTES];

	(void)state;
	strcpy(line, "a\"; reboot; \"b");
	cmd_lock_line(line);
	assert_string_equal(line, "unlock \"a; reboot; b\"");
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	cmd_lock_line(line);
	assert_int_equal(strlen(line), LINE_BYTES - 1);
	assert_int_equal(line[LINE_BYTES - 2], '"');
}

static void password_does_not_stay_in_the_command(void **state)
{
	(void)state;
	command("unlock right");
	for (size_t i = 0; i + 5 < sizeof(run.text); i++) {
		assert_memory_not_equal(&run.text[i], "right", 5);
	}
}

static void lock_locks_or_says_how_to_set_a_password(void **state)
{
	(void)state;
	try_password("right");
	command("lock");
	assert_string_equal(said, "locked\r\n");
	assert_true(lock_locked());
	memset(&config, 0, sizeof(config));
	lock_init(&config, 0);
	command("lock");
	assert_int_equal(run.status, COMMAND_FAILED);
	assert_non_null(strstr(said, "tools/muntin-passwd"));
	command("unlock x");
	assert_int_equal(run.status, COMMAND_OK);
	assert_non_null(strstr(said, "no password is set"));
}

static void line_with_a_password_is_known_for_the_history(void **state)
{
	(void)state;
	assert_true(cmd_lock_secret("unlock secret"));
	assert_true(cmd_lock_secret("@7:0badcafe unlock secret"));
	assert_true(cmd_lock_secret("version;unlock secret"));
	assert_false(cmd_lock_secret("unlock"));
	assert_false(cmd_lock_secret("lock"));
	assert_false(cmd_lock_secret("guest list"));
	assert_false(cmd_lock_secret(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(monitor_with_a_password_is_locked_at_first, set_up),
		cmocka_unit_test_setup(monitor_without_a_password_is_never_locked, set_up),
		cmocka_unit_test_setup(right_password_opens_it_and_no_other_does, set_up),
		cmocka_unit_test_setup(wrong_tries_slow_down_up_to_a_minute, set_up),
		cmocka_unit_test_setup(locking_again_does_not_shorten_the_wait, set_up),
		cmocka_unit_test_setup(right_password_ends_the_waiting, set_up),
		cmocka_unit_test_setup(try_that_is_given_up_counts_too, set_up),
		cmocka_unit_test_setup(wait_begins_when_the_answer_is_there, set_up),
		cmocka_unit_test_setup(idle_time_locks_it_and_keys_put_that_off, set_up),
		cmocka_unit_test_setup(without_lock_after_idle_time_does_not_lock_it, set_up),
		cmocka_unit_test_setup(
			consoles_of_a_locked_monitor_are_hidden_unless_the_config_shows_them,
			set_up),
		cmocka_unit_test_setup(unlock_opens_in_slices_of_a_few_milliseconds, set_up),
		cmocka_unit_test_setup(refused_try_names_the_wait, set_up),
		cmocka_unit_test_setup(unlock_alone_asks_for_the_password, set_up),
		cmocka_unit_test_setup(password_that_was_asked_for_may_have_spaces_and_semicolons,
				       set_up),
		cmocka_unit_test_setup(any_line_that_is_typed_for_a_password_stays_one_word,
				       set_up),
		cmocka_unit_test_setup(password_does_not_stay_in_the_command, set_up),
		cmocka_unit_test_setup(lock_locks_or_says_how_to_set_a_password, set_up),
		cmocka_unit_test_setup(line_with_a_password_is_known_for_the_history, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
