/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_system.c: commands about the hypervisor itself, and help. */
#include "kernel/monitor/cmd_system.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/wire.h"

static const struct monitor_setup *the_setup;

void cmd_system_start(const struct monitor_setup *setup)
{
	the_setup = setup;
}

static void say_row(const struct command *command)
{
	char usage[64];

	format(usage, sizeof(usage), "%s%s%s", command->words,
	       command->arguments[0] != '\0' ? " " : "", command->arguments);
	output_format("  %-20s %s\n", usage, command->help);
}

static void say_overview(void)
{
	for (size_t i = 0; i < command_group_count; i++) {
		output_format("%s:\n", command_groups[i]->title);
		for (size_t j = 0; j < command_groups[i]->count; j++) {
			say_row(&command_groups[i]->commands[j]);
		}
	}
	output_text("^C ends long output. Ctrl-] leaves a guest's console.\n");
}

static void say_command(const struct command *command)
{
	output_format("usage: %s%s%s\n  %s\n", command->words,
		      command->arguments[0] != '\0' ? " " : "", command->arguments, command->help);
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
		say_overview();
		return true;
	}
	const struct command *about = command_find(run);
	if (about != NULL) {
		say_command(about);
	} else if (!say_commands_of(word)) {
		output_format("no command begins with \"%s\"; help alone lists all\n", word);
	}
	return true;
}

static bool version(struct command_run *run)
{
	(void)run;
	output_format("%s\n", the_setup->version);
	return true;
}

static bool reboot(struct command_run *run)
{
	(void)run;
	if (the_setup->reboot == NULL) {
		output_text("there is no way to reboot this machine\n");
		return true;
	}
	output_text("rebooting\n");
	wire_flush(WIRE_TRANSMIT_BYTES);
	the_setup->reboot();
	output_text("reboot failed: the machine did not reset; switch it off and on\n");
	return true;
}

static void say_check(const char *line)
{
	size_t length = strlen(line);

	/* selftest cannot be stopped half way, so it waits for the line instead of losing its first words. */
	if (wire_queued() + 2 * length + 2 > WIRE_TRANSMIT_BYTES) {
		wire_flush(WIRE_TRANSMIT_BYTES);
	}
	output_foreign(line, length);
	output_text("\n");
}

static bool selftest(struct command_run *run)
{
	(void)run;
	if (the_setup->selftest == NULL) {
		output_text("selftest: not there\n");
		return true;
	}
	uint32_t failed = the_setup->selftest(say_check);
	if (failed == 0) {
		say_check("selftest: ok");
		return true;
	}
	output_format("selftest: %u checks failed\n", failed);
	return true;
}

/* clang-format off */
static const struct command system_commands[] = {
	{ "help", "[COMMAND]", "this list, or the usage of one command",
	  "help guest console", 0, 2, help },
	{ "version", "", "which Muntin this is", "", 0, 0, version },
	{ "selftest", "", "check page tables and EPTs as they are now", "", 0, 0, selftest },
	{ "reboot", "", "reset the machine and with it every guest, at once", "", 0, 0, reboot },
};
/* clang-format on */

const struct command_group command_group_system = { "System", system_commands,
						    ARRAY_COUNT(system_commands) };
