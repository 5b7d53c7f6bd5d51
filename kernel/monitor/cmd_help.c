/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_help.c: the command that shows the command table. */
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/view.h"

/* In one line of the screen stand a usage and a help of so much. */
enum { ROW_USAGE_COLUMNS = 24, ROW_HELP_COLUMNS = 52 };

static void say_row(const struct command *command)
{
	char usage[80];
	size_t length = format(usage, sizeof(usage), "%s%s%s", command->words,
			       command->usage[0] != '\0' ? " " : "", command->usage);

	/* Two lines where one would be wider than the screen. */
	bool wide = length > ROW_USAGE_COLUMNS || strlen(command->help) > ROW_HELP_COLUMNS;
	output_format(wide ? "  %s\n      %s\n" : "  %-24s %s\n", usage, command->help);
}

static void view_row(const struct command *command, const char *group)
{
	view_object(NULL);
	view_text("words", 0, command->words);
	view_text("usage", 0, command->usage);
	view_text("help", 0, command->help);
	view_text("example", 0, command->example);
	view_text("group", 0, group);
	view_bool("json", 0, (command->flags & COMMAND_JSON) != 0);
	view_object_end();
}

static const char *group_of(const struct command *command)
{
	for (size_t i = 0; i < command_group_count; i++) {
		const struct command_group *group = command_groups[i];

		if (command >= group->commands && command < group->commands + group->count) {
			return group->title;
		}
	}
	return "";
}

/* A row each step, at[0]: how many were shown. */
static bool help_all(struct command_run *run)
{
	const struct command *command = command_next(NULL);

	for (uint64_t i = 0; i < run->at[0] && command != NULL; i++) {
		command = command_next(command);
	}
	if (run->at[0]++ == 0 && run->json) {
		view_list(NULL);
	}
	if (command == NULL) {
		output_text(run->json ? ""
				      : "^C ends long output. Ctrl-] leaves a guest's console.\n");
		return true;
	}
	const char *group = group_of(command);
	if (run->json) {
		view_row(command, group);
		return false;
	}
	if (run->at[1] != (uint64_t)group) {
		output_format("%s:\n", group);
		run->at[1] = (uint64_t)group;
	}
	say_row(command);
	return false;
}

static void say_command(const struct command *command)
{
	output_format("usage: %s%s%s%s\n  %s\n", command->words,
		      command->usage[0] != '\0' ? " " : "", command->usage,
		      (command->flags & COMMAND_JSON) != 0 ? " [--json]" : "", command->help);
	if (command->example[0] != '\0') {
		output_format("example: %s\n", command->example);
	}
}

/* For a first word alone ("help guest"). Return: whether there is any. */
static bool say_commands_of(const char *word)
{
	bool any = false;

	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		if (command_starts_with(c, word)) {
			say_row(c);
			any = true;
		}
	}
	return any;
}

static bool help(struct command_run *run)
{
	/* The rest of the line is a command line itself; help's own row is not needed any more. */
	const char *word = run->argv[0];

	if (run->argc == 0) {
		return help_all(run);
	}
	const struct command *own = run->command;
	const struct command *about = command_find(run);
	run->command = own;
	if (about != NULL && run->json) {
		view_row(about, group_of(about));
	} else if (about != NULL) {
		say_command(about);
	} else if (run->json || !say_commands_of(word)) {
		command_fail(run, COMMAND_FAILED,
			     "no command begins with \"%s\"; help alone lists all", word);
	}
	return true;
}

/* clang-format off */
static const struct command help_commands[] = {
	{ "help", "[COMMAND...]", "this list, or the usage of one command",
	  "help guest console", COMMAND_JSON | COMMAND_ALWAYS, help },
};
/* clang-format on */

const struct command_group command_group_help = { "Help", help_commands,
						  ARRAY_COUNT(help_commands) };
