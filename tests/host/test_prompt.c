/* SPDX-License-Identifier: Apache-2.0 */
/* test_prompt.c: tests of the monitor's prompt: what history and Tab do to the real commands, seen on a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/host/dumb_terminal.h"
#include "tests/host/monitor_fakes.h"

static void settle(void)
{
	assert_true(fake_settle());
	terminal_echo(fake_uart.screen, fake_uart.screen_used);
	fake_screen_clear();
	assert_int_equal(terminal.wraps, 0);
	assert_int_equal(terminal.strange, 0);
}

static int start(void **state)
{
	(void)state;
	fake_start();
	terminal_clear();
	settle();
	return 0;
}

static void type(const char *keys)
{
	fake_type(keys);
	settle();
}

static void assert_at(size_t back, const char *row)
{
	if (!terminal_shows(back, row)) {
		fail_msg("the row shows\n%s|\nnot\n%s", terminal.rows[terminal.row - back], row);
	}
}

static void up_brings_the_last_command_back_and_enter_runs_it_again(void **state)
{
	(void)state;
	type("version\r\x1b[A");
	assert_at(0, "muntin> version");
	type("\r");
	assert_at(3, "muntin> version");
	assert_non_null(strstr(terminal.rows[terminal.row - 2], "Muntin 0.1 (test)"));
	assert_at(0, "muntin>");
}

static void search_runs_an_older_command(void **state)
{
	(void)state;
	type("version\rset\r\x12"
	     "er");
	assert_at(0, "(search 'er') version");
	type("\r");
	assert_at(3, "muntin> version");
	assert_non_null(strstr(terminal.rows[terminal.row - 2], "Muntin 0.1 (test)"));
}

static void log_line_leaves_a_search_as_it_was(void **state)
{
	(void)state;
	type("version\r\x12"
	     "er");
	log_info("disk on fire");
	settle();
	assert_non_null(strstr(terminal.rows[terminal.row - 1], "disk on fire"));
	assert_at(0, "(search 'er') version");
	assert_int_equal(terminal.column, strlen("(search 'er') v"));
}

static void what_programs_ask_and_secrets_are_not_kept(void **state)
{
	(void)state;
	type("version\r@1 set\r unlock me\runlock me\r\x1b[A");
	assert_at(0, "muntin> version");
}

static void keys_for_a_guest_are_not_kept(void **state)
{
	(void)state;
	type("guest console linux\r");
	fake_guest_prints(&fake_guests[0], "login: ");
	type("secret\r\x1d\x1b[A");
	assert_at(0, "muntin> guest console linux");
}

static void tab_completes_commands_guests_and_settings(void **state)
{
	(void)state;
	type("gu\tsto\tli\t\t");
	assert_at(0, "muntin> guest stop linux --force");
	type("\x15set\tpa\t");
	assert_at(0, "muntin> set paging");
	type("of\t");
	assert_at(0, "muntin> set paging off");
	type("\x15log -l w\t");
	assert_at(0, "muntin> log -l warning");
	type("\x15");
	assert_at(0, "muntin>");
}

static void list_of_all_commands_fits_the_screen(void **state)
{
	(void)state;
	type("\t\t");
	assert_at(0, "muntin>");
	type("gu\t\t");
	assert_at(0, "muntin> guest");
}

/* Whatever the table holds: each command's name can be had with Tab from any part of it. */
static void every_command_can_be_completed(void **state)
{
	(void)state;
	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		char row[TERMINAL_COLUMNS + 1] = "muntin> ";

		strcat(row, c->words);
		fake_type_bytes(c->words, strlen(c->words));
		type("\t");
		assert_memory_equal(terminal.rows[terminal.row], row, strlen(row));
		fake_type_bytes("\x15", 1);
		fake_type_bytes(c->words, strlen(c->words) - 1);
		type("\t\x15");
		assert_at(0, "muntin>");
	}
}

static void without_echo_tab_and_arrows_show_nothing(void **state)
{
	(void)state;
	type("set prompt \"\"\rset echo off\r");
	terminal.bytes = 0;
	type("\t\t\x1b[A\x12gu\t\x03");
	assert_int_equal(terminal.bytes, 0);
	type("set echo on;set prompt \"> \"\rvers\t");
	assert_at(0, "> version");
}

static void longest_line_is_obeyed_and_comes_back_whole(void **state)
{
	char keys[LINE_BYTES + 1];

	(void)state;
	memset(keys, ' ', sizeof(keys));
	memcpy(&keys, "set prompt", 10);
	memcpy(&keys[LINE_BYTES - 5], "\"# \"\r", 6);
	type(keys);
	assert_at(0, "#");
	type("\x1b[A");
	assert_non_null(strstr(terminal.rows[terminal.row], "     \"# \"  "));
	type("\x1b[H");
	assert_memory_equal(terminal.rows[terminal.row], "# set prompt   ", 15);
}

#define T(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(up_brings_the_last_command_back_and_enter_runs_it_again),
		T(search_runs_an_older_command),
		T(log_line_leaves_a_search_as_it_was),
		T(what_programs_ask_and_secrets_are_not_kept),
		T(keys_for_a_guest_are_not_kept),
		T(tab_completes_commands_guests_and_settings),
		T(list_of_all_commands_fits_the_screen),
		T(every_command_can_be_completed),
		T(without_echo_tab_and_arrows_show_nothing),
		T(longest_line_is_obeyed_and_comes_back_whole),
	};

	return cmocka_run_group_tests_name("prompt", tests, NULL, NULL);
}
