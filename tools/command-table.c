/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command-table.c: prints the monitor's command table as Markdown; tools/update-docs puts it into docs/monitor.md.
 *
 * Linked with the monitor's own rows. What their steps call is not there, and not called.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/monitor/command.h"

enum { COLUMNS = 79 };

/* In a table a bar would begin a new cell. */
static void print_cell(const char *text)
{
	for (; *text != '\0'; text++) {
		printf(*text == '|' ? "\\|" : "%c", *text);
	}
}

static void print_row(const struct command *c)
{
	printf("| `");
	print_cell(c->words);
	printf("%s", c->usage[0] != '\0' ? " " : "");
	print_cell(c->usage);
	printf("%s` | ", (c->flags & COMMAND_JSON) != 0 ? " [--json]" : "");
	print_cell(c->help);
	printf(" | %s%s%s |\n", c->example[0] != '\0' ? "`" : "", c->example,
	       c->example[0] != '\0' ? "`" : "");
}

/* `help` shows a row in lines of the screen: usage behind 2 blanks, help behind 6. */
static int too_wide(const struct command *c)
{
	if (strlen(c->words) + 1 + strlen(c->usage) > COLUMNS - 2 ||
	    strlen(c->help) > COLUMNS - 6) {
		fprintf(stderr, "%s: usage or help is wider than the screen\n", c->words);
		return 1;
	}
	return 0;
}

int main(void)
{
	int wide = 0;

	for (size_t i = 0; i < command_group_count; i++) {
		printf("### %s\n| command | what it does | example |\n|---|---|---|\n",
		       command_groups[i]->title);
		for (size_t j = 0; j < command_groups[i]->count; j++) {
			print_row(&command_groups[i]->commands[j]);
			wide |= too_wide(&command_groups[i]->commands[j]);
		}
		printf("\n");
	}
	return wide;
}
