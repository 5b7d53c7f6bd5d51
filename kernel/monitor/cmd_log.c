/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_log.c: the command that shows the log. */
#include "kernel/clock.h"
#include "kernel/lib/keep.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/log_view.h"
#include "kernel/monitor/runner.h"
#include "kernel/monitor/view.h"

enum { ENTRIES_OF_A_STEP = 4, FOLLOW_US = 50000 };

/* What run->at[] holds. */
enum {
	AT_POSITION,
	AT_END, /* where it was when the command began: a log that grows as fast as it is shown has no end */
	AT_SKIP, /* messages before those of -n */
	AT_LEVEL,
	AT_BEGUN,
};

static bool next_entry(const struct command_run *run, uint64_t *position, struct log_entry *entry)
{
	struct log_ring before;

	if (command_option(run, "--previous") == NULL) {
		return log_next(position, entry);
	}
	return keep_previous_log(&before) && log_ring_next(&before, position, entry);
}

/* The next one of the wanted levels. */
static bool next_wanted(const struct command_run *run, uint64_t *position, struct log_entry *entry)
{
	while (next_entry(run, position, entry)) {
		if (entry->level <= run->at[AT_LEVEL]) {
			return true;
		}
	}
	return false;
}

static bool read_level(struct command_run *run)
{
	const char *name = command_option(run, "-l");

	run->at[AT_LEVEL] = LOG_INFO;
	for (unsigned level = 0; name != NULL && level < LOG_LEVELS; level++) {
		if (strcmp(name, log_level_name((enum log_level)level)) == 0) {
			run->at[AT_LEVEL] = level;
			name = NULL;
		}
	}
	return name == NULL || !command_fail(run, COMMAND_USAGE,
					     "-l: \"%s\" is none of: error, warning, info", name);
}

static bool read_count(struct command_run *run)
{
	const char *text = command_option(run, "-n");
	uint64_t most = UINT64_MAX;
	uint64_t position = 0;
	uint64_t count = 0;
	struct log_entry entry;

	if (text != NULL && !command_number(run, "-n", text, LOG_BYTES, &most)) {
		return false;
	}
	while (text != NULL && position < run->at[AT_END] && next_wanted(run, &position, &entry)) {
		count++;
	}
	run->at[AT_SKIP] = count > most ? count - most : 0;
	return true;
}

/* Return: false when there is nothing to show; all was said. */
static bool begin(struct command_run *run)
{
	bool previous = command_option(run, "--previous") != NULL;
	struct log_ring before;

	run->at[AT_BEGUN] = 1;
	run->at[AT_END] = previous ? UINT64_MAX : log_end();
	if (previous && command_option(run, "-f") != NULL) {
		command_fail(run, COMMAND_USAGE,
			     "nothing is added to it: -f or --previous, not both");
		return false;
	}
	if (previous && !keep_previous_log(&before)) {
		command_fail(run, COMMAND_FAILED,
			     "no log of the run before: there was none, or the reset did not keep "
			     "memory");
		return false;
	}
	if (!read_level(run) || !read_count(run)) {
		return false;
	}
	if (command_option(run, "-f") != NULL) {
		runner_no_pager();
	}
	view_list(NULL);
	return true;
}

/* A table's row has no room for a message, so text is the lines of the log itself. */
static void show_entry(const struct command_run *run, const struct log_entry *entry)
{
	char line[LOG_LINE_BYTES];

	if (!run->json) {
		log_entry_line(entry, line);
		view_text(NULL, 0, line);
		return;
	}
	view_object(NULL);
	view_number("time_us", 0, entry->us);
	view_text("level", 0, log_level_name(entry->level));
	view_text("text", 0, entry->text);
	view_object_end();
}

/* Return: false when there is no more for now. */
static bool show_next(struct command_run *run)
{
	struct log_entry entry;
	bool follow = command_option(run, "-f") != NULL;

	if ((!follow && run->at[AT_POSITION] >= run->at[AT_END]) ||
	    !next_wanted(run, &run->at[AT_POSITION], &entry)) {
		return false;
	}
	if (run->at[AT_SKIP] > 0) {
		run->at[AT_SKIP]--;
	} else {
		show_entry(run, &entry);
	}
	return true;
}

static bool log_step(struct command_run *run)
{
	bool more = true;

	if (run->at[AT_BEGUN] == 0 && !begin(run)) {
		return true;
	}
	for (unsigned i = 0; i < ENTRIES_OF_A_STEP && more; i++) {
		more = show_next(run);
	}
	if (command_option(run, "--previous") == NULL) {
		log_view_seen(run->at[AT_POSITION]);
	}
	if (!more && command_option(run, "-f") != NULL) {
		run->wake_us = clock_us() + FOLLOW_US;
		return false;
	}
	return !more;
}

/* clang-format off */
static const struct command log_commands[] = {
	{ "log", "[-f] [-l LEVEL] [-n COUNT] [--previous]",
	  "the hypervisor's messages; -f goes on until ^C", "log -l warning -n 20", COMMAND_JSON, log_step },
};
/* clang-format on */

const struct command_group command_group_log = { "Log", log_commands, ARRAY_COUNT(log_commands) };
