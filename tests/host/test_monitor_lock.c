/* SPDX-License-Identifier: Apache-2.0 */
/* test_monitor_lock.c: the whole monitor with a password: when it asks, what it lets through, what it shows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/lib/sha256.h"
#include "tests/host/monitor_fakes.h"

enum { SECOND = 1000000, ITERATIONS = 1000 };

#define LINUX (&fake_guests[0])

static struct config_monitor config;

static const char *screen(void)
{
	return fake_uart.screen;
}

static void type(const char *keys)
{
	fake_screen_clear();
	fake_type(keys);
	assert_true(fake_settle());
}

static void assert_shows(const char *text)
{
	if (strstr(screen(), text) == NULL) {
		fail_msg("not shown: %s; shown: %s", text, screen());
	}
}

static void assert_hides(const char *text)
{
	if (strstr(screen(), text) != NULL) {
		fail_msg("shown: %s", screen());
	}
}

static void assert_ends_with(const char *text)
{
	size_t length = strlen(screen());

	assert_true(length >= strlen(text));
	assert_string_equal(screen() + length - strlen(text), text);
}

static int set_up(void **state)
{
	static const uint8_t salt[16] = { 1, 2, 3 };
	struct pbkdf2_salt with = { salt, sizeof(salt), ITERATIONS };
	struct monitor_setup setup = fake_setup;
	struct pbkdf2 run;

	(void)state;
	fake_start();
	memset(&config, 0, sizeof(config));
	config.lock_after = 60;
	config.password.iterations = ITERATIONS;
	config.password.salt_bytes = sizeof(salt);
	memcpy(config.password.salt, salt, sizeof(salt));
	pbkdf2_begin(&run, "right; one", 10, &with);
	pbkdf2_step(&run, UINT32_MAX);
	pbkdf2_end(&run, config.password.hash);
	setup.config = &config;
	fake_screen_clear();
	monitor_init(&setup);
	settings.paging = false;
	assert_true(fake_settle());
	return 0;
}

static void unlock(void)
{
	type("right; one\r");
	assert_shows("unlocked");
	assert_ends_with("muntin> ");
}

static void password_is_asked_for_after_boot_and_not_shown(void **state)
{
	(void)state;
	assert_ends_with("password: ");
	type("right; one\r");
	assert_hides("right");
	assert_string_equal(screen(), "\r\nunlocked\r\nmuntin> ");
}

/* What the config says needs no password: whoever wrote it could have left that out. */
static void commands_of_the_config_run_although_it_is_locked(void **state)
{
	struct monitor_setup setup = fake_setup;

	(void)state;
	memcpy(config.startup, "guest pause linux; version", 27);
	setup.config = &config;
	LINUX->state = PARTITION_RUNNING;
	fake_screen_clear();
	monitor_init(&setup);
	assert_true(fake_settle());
	assert_int_equal(LINUX->state, PARTITION_PAUSED);
	assert_shows("c0ffee42");
	assert_ends_with("password: ");
	type("\rguest resume linux\r");
	assert_shows("the monitor is locked");
	assert_int_equal(LINUX->state, PARTITION_PAUSED);
}

static void wrong_password_is_asked_for_again(void **state)
{
	(void)state;
	type("wrong\r");
	assert_shows("wrong password; the next try counts in 1 s");
	assert_ends_with("password: ");
	type("right; one\r");
	assert_shows("not looked at");
	fake_us += SECOND;
	unlock();
}

static void locked_monitor_obeys_nothing_but_what_is_harmless(void **state)
{
	(void)state;
	type("\r");
	assert_ends_with("muntin> ");
	type("guest list\r");
	assert_shows("the monitor is locked: write unlock first");
	assert_hides("linux");
	type("reboot; log; set\r");
	assert_int_equal(fake_reboots, 0);
	type("watch guest list\r");
	assert_hides("linux");
	type("version\r");
	assert_shows("Muntin 0.1");
	type("help unlock\r");
	assert_shows("usage: unlock [PASSWORD]");
	type("unlock\r");
	assert_ends_with("password: ");
	unlock();
	type("guest list\r");
	assert_shows("linux");
}

static void what_is_typed_as_a_password_is_never_a_command(void **state)
{
	(void)state;
	type("x\"; reboot; \"\r");
	fake_us += 100 * (uint64_t)SECOND;
	type("\"; reboot\r");
	assert_int_equal(fake_reboots, 0);
	assert_shows("wrong password");
}

static void program_unlocks_with_a_tagged_line(void **state)
{
	(void)state;
	type("@1 guest list\r");
	assert_shows("@1 end 5 ");
	type("@2 unlock \"right; one\"\r");
	assert_shows("@2 end 0 ");
	type("@3 guest list\r");
	assert_shows("@3 end 0 ");
}

static void password_is_not_in_the_history(void **state)
{
	(void)state;
	unlock();
	type("lock\r");
	type("\r");
	type("version; unlock \"right; one\"\r");
	assert_shows("unlocked");
	for (unsigned i = 0; i < 6; i++) {
		type("\x1b[A");
		assert_hides("right");
	}
	type("\x03");
	/* Nor anywhere else in the monitor's own memory, but in what was received. */
	const char *room = (const char *)&fake_room;
	size_t skip = sizeof(fake_room.wire);
	for (size_t i = 0; i + 10 < sizeof(fake_room); i++) {
		bool in_wire = &room[i] >= (const char *)&fake_room.wire &&
			       &room[i] < (const char *)&fake_room.wire + skip;
		assert_true(in_wire || memcmp(&room[i], "right; one", 10) != 0);
	}
}

static void idle_time_locks_a_prompt_and_what_it_runs(void **state)
{
	(void)state;
	unlock();
	type("log -f\r");
	fake_us += 59 * (uint64_t)SECOND;
	fake_screen_clear();
	assert_true(fake_settle());
	assert_hides("locked");
	fake_us += SECOND;
	assert_true(fake_settle());
	assert_shows("[locked]");
	assert_ends_with("password: ");
}

static void typing_puts_the_lock_off(void **state)
{
	(void)state;
	unlock();
	for (unsigned i = 0; i < 5; i++) {
		fake_us += 40 * (uint64_t)SECOND;
		type("x");
		assert_hides("locked");
	}
}

static void break_locks_and_half_a_line_is_gone(void **state)
{
	(void)state;
	unlock();
	type("reb");
	fake_uart.broke = true;
	fake_screen_clear();
	assert_true(fake_settle());
	assert_shows("[locked]");
	assert_ends_with("password: ");
	type("oot\r");
	assert_int_equal(fake_reboots, 0);
	assert_shows("wrong password");
	fake_us += SECOND;
	unlock();
	/* Without a password a BREAK is nothing. */
	memset(&config, 0, sizeof(config));
	fake_uart.broke = true;
	fake_screen_clear();
	assert_true(fake_settle());
	assert_string_equal(screen(), "");
}

static void console_is_hidden_when_it_locks(void **state)
{
	(void)state;
	unlock();
	type("guest console linux\r");
	fake_uart.broke = true;
	fake_screen_clear();
	assert_true(fake_settle());
	assert_shows("[detached from linux]");
	assert_ends_with("password: ");
	fake_guest_prints(LINUX, "a secret\n");
	assert_true(fake_settle());
	type("guest console linux\r");
	assert_hides("a secret");
}

static void console_stays_if_the_config_says_so_but_takes_no_keys(void **state)
{
	(void)state;
	config.locked_consoles = true;
	unlock();
	type("guest console linux\r");
	fake_uart.broke = true;
	fake_screen_clear();
	assert_true(fake_settle());
	fake_guest_prints(LINUX, "for everybody\n");
	assert_true(fake_settle());
	assert_shows("for everybody");
	size_t before = LINUX->input_used;
	type("ls\r");
	assert_int_equal(LINUX->input_used, before);
	assert_shows("password: ");
}

static void messages_of_the_log_wait_for_the_password(void **state)
{
	(void)state;
	fake_screen_clear();
	log_info("linux: something of interest");
	assert_true(fake_settle());
	assert_hides("interest");
	unlock();
	assert_true(fake_settle());
	assert_shows("something of interest");
}

#define T(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(password_is_asked_for_after_boot_and_not_shown),
		T(commands_of_the_config_run_although_it_is_locked),
		T(wrong_password_is_asked_for_again),
		T(locked_monitor_obeys_nothing_but_what_is_harmless),
		T(what_is_typed_as_a_password_is_never_a_command),
		T(program_unlocks_with_a_tagged_line),
		T(password_is_not_in_the_history),
		T(idle_time_locks_a_prompt_and_what_it_runs),
		T(typing_puts_the_lock_off),
		T(break_locks_and_half_a_line_is_gone),
		T(console_is_hidden_when_it_locks),
		T(console_stays_if_the_config_says_so_but_takes_no_keys),
		T(messages_of_the_log_wait_for_the_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
