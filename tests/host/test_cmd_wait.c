/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_wait.c: `guest wait`, over a guest made of variables. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/monitor/cmd_wait.c"
#include "kernel/partition_state.c"

struct partition {
	enum partition_state state;
	struct console_ring console;
	uint64_t start;
};

static struct partition guest;
static struct command_run run;
static uint64_t now_us;
static char said[512];

uint64_t clock_us(void)
{
	return now_us;
}

uint32_t partition_count(void)
{
	return 1;
}

struct partition *partition_at(uint32_t index)
{
	assert_int_equal(index, 0);
	return &guest;
}

const char *partition_name(const struct partition *partition)
{
	(void)partition;
	return "linux";
}

enum partition_state partition_state(const struct partition *partition)
{
	return partition->state;
}

const struct console_ring *partition_console(const struct partition *partition)
{
	return &partition->console;
}

uint64_t partition_console_start(const struct partition *partition)
{
	return partition->start;
}

struct partition *guest_from_argument(struct command_run *asking, const char *name)
{
	(void)asking;
	return strcmp(name, "linux") == 0 ? &guest : NULL;
}

const char *command_option(const struct command_run *asking, const char *name)
{
	for (uint32_t i = 0; i < asking->option_count; i++) {
		if (strcmp(asking->options[i].name, name) == 0) {
			return asking->options[i].value;
		}
	}
	return NULL;
}

bool command_number(struct command_run *asking, const char *what, const char *text, uint64_t most,
		    uint64_t *value)
{
	(void)what;
	*value = strtoull(text, NULL, 10);
	asking->status = *value <= most ? COMMAND_OK : COMMAND_USAGE;
	return *value <= most;
}

bool command_fail(struct command_run *asking, enum command_status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(said, sizeof(said), fmt, args);
	va_end(args);
	asking->status = status;
	return true;
}

void output_format(const char *fmt, ...)
{
	va_list args;
	size_t used = strlen(said);

	va_start(args, fmt);
	vsnprintf(said + used, sizeof(said) - used, fmt, args);
	va_end(args);
}

void output_text(const char *text)
{
	output_format("%s", text);
}

void output_foreign(const char *text, size_t length)
{
	output_format("%.*s", (int)length, text);
}

static void prints(const char *text)
{
	for (; *text != '\0'; text++) {
		console_ring_put(&guest.console, (uint8_t)*text);
	}
}

/* A new command line; an option with NULL is not given. */
static void ask(const char *state_wanted, const char *text, const char *timeout, bool new)
{
	said[0] = '\0';
	run = (struct command_run){ .argc = state_wanted != NULL ? 2 : 1,
				    .argv = { "linux", state_wanted } };
	if (text != NULL) {
		run.options[run.option_count++] = (struct command_option){ "--text", text };
	}
	if (timeout != NULL) {
		run.options[run.option_count++] = (struct command_option){ "--timeout", timeout };
	}
	if (new) {
		run.options[run.option_count++] = (struct command_option){ "--new", "" };
	}
}

static bool step(void)
{
	now_us = max_u64(now_us, run.wake_us);
	run.wake_us = 0;
	return guest_wait(&run);
}

static void ends(enum command_status status, const char *text)
{
	assert_true(step());
	assert_int_equal(run.status, status);
	assert_string_equal(said, text);
}

/* It never blocks: it says when it wants to be called again. */
static void goes_on(void)
{
	assert_false(step());
	assert_true(run.wake_us > now_us);
}

static int new_guest(void **state)
{
	(void)state;
	memset(&guest, 0, sizeof(guest));
	memset(read_up_to, 0, sizeof(read_up_to));
	guest.state = PARTITION_RUNNING;
	now_us = 5000000;
	return 0;
}

static void state_that_is_there_ends_it_at_once(void **state)
{
	(void)state;
	ask("running", NULL, NULL, false);
	ends(COMMAND_OK, "linux: running\n");
}

static void state_is_waited_for(void **state)
{
	(void)state;
	ask("off", NULL, NULL, false);
	goes_on();
	guest.state = PARTITION_ENDING;
	goes_on();
	guest.state = PARTITION_OFF;
	ends(COMMAND_OK, "linux: off\n");
}

static void waiting_ends_after_a_minute_or_when_it_was_told_to(void **state)
{
	uint64_t from = now_us;

	(void)state;
	ask("off", NULL, NULL, false);
	while (!step()) {
		assert_true(now_us < from + 61000000);
	}
	assert_int_equal(run.status, COMMAND_TIMEOUT);
	assert_true(now_us >= from + 60000000);
	assert_string_equal(said, "in vain: linux is running");
	from = now_us;
	ask("off", NULL, "2", false);
	while (!step()) {
		assert_true(now_us < from + 3000000);
	}
	assert_true(now_us >= from + 2000000);
	ask("off", NULL, "0", false);
	ends(COMMAND_TIMEOUT, "in vain: linux is running");
}

static void text_is_found_wherever_it_is_cut(void **state)
{
	(void)state;
	ask(NULL, "login:", NULL, false);
	goes_on();
	prints("\r\nlo");
	goes_on();
	prints("log");
	goes_on();
	prints("in");
	goes_on();
	prints(":");
	ends(COMMAND_OK, "linux: printed \"login:\"\n");
}

static void text_is_found_behind_more_than_is_looked_through_at_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		prints("x");
	}
	prints("login:");
	ask(NULL, "login:", NULL, false);
	for (unsigned i = 0; i < 20 && !step(); i++) {
	}
	assert_string_equal(said, "linux: printed \"login:\"\n");
}

static void text_is_found_once(void **state)
{
	(void)state;
	prints("# # ");
	for (unsigned i = 0; i < 2; i++) {
		ask(NULL, "# ", NULL, false);
		ends(COMMAND_OK, "linux: printed \"# \"\n");
	}
	ask(NULL, "# ", NULL, false);
	goes_on();
	prints("# ");
	ends(COMMAND_OK, "linux: printed \"# \"\n");
}

static void new_text_is_what_comes_from_now_on(void **state)
{
	(void)state;
	prints("login: ");
	ask(NULL, "login:", NULL, true);
	goes_on();
	prints("login:");
	ends(COMMAND_OK, "linux: printed \"login:\"\n");
}

static void text_of_an_earlier_life_does_not_count(void **state)
{
	(void)state;
	prints("login: ");
	guest.start = guest.console.written;
	ask(NULL, "login:", NULL, false);
	goes_on();
	/* It is reset while we wait. */
	prints("log");
	guest.start = guest.console.written;
	prints("in:");
	goes_on();
	prints("login:");
	ends(COMMAND_OK, "linux: printed \"login:\"\n");
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const char both[] =
		"one of the two is needed: a state, or --text and what it prints";

	(void)state;
	ask(NULL, NULL, NULL, false);
	ends(COMMAND_USAGE, both);
	ask("off", "x", NULL, false);
	ends(COMMAND_USAGE, both);
	ask(NULL, "", NULL, false);
	ends(COMMAND_USAGE, both);
	ask("dead", NULL, NULL, false);
	ends(COMMAND_USAGE,
	     "there is no state \"dead\"; there is: off, waiting, starting, running, "
	     "paused, ending, stopped");
	char text[300];
	memset(text, 'x', sizeof(text));
	text[256] = '\0';
	ask(NULL, text, NULL, false);
	ends(COMMAND_USAGE, "the text has more than 255 characters");
	ask("off", NULL, "86401", false);
	assert_true(step());
	assert_int_equal(run.status, COMMAND_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(state_that_is_there_ends_it_at_once, new_guest),
		cmocka_unit_test_setup(state_is_waited_for, new_guest),
		cmocka_unit_test_setup(waiting_ends_after_a_minute_or_when_it_was_told_to,
				       new_guest),
		cmocka_unit_test_setup(text_is_found_wherever_it_is_cut, new_guest),
		cmocka_unit_test_setup(text_is_found_behind_more_than_is_looked_through_at_once,
				       new_guest),
		cmocka_unit_test_setup(text_is_found_once, new_guest),
		cmocka_unit_test_setup(new_text_is_what_comes_from_now_on, new_guest),
		cmocka_unit_test_setup(text_of_an_earlier_life_does_not_count, new_guest),
		cmocka_unit_test_setup(what_makes_no_sense_is_refused, new_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
