/* SPDX-License-Identifier: Apache-2.0 */
/* command.c: how a line becomes a command. */
#include "kernel/monitor/command.h"

#include "kernel/lib/distance.h"
#include "kernel/lib/string.h"

/* Longest name that takes part in the search for the nearest; the table has none longer. */
enum { NAME_BYTES_MAX = 32, NAME_DISTANCE_MAX = 3 };

static char *word_end(char *at, bool *open)
{
	bool quoted = false;
	char *to = at;

	for (; *at != '\0' && (quoted || *at != ' '); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		*to++ = *at;
	}
	*open = quoted;
	bool more = *at != '\0';
	*to = '\0';
	return more ? at + 1 : at;
}

enum status command_split(struct command_run *run)
{
	char *at = run->text;

	run->argc = 0;
	for (;;) {
		bool open = false;

		while (*at == ' ') {
			at++;
		}
		if (*at == '\0') {
			return OK;
		}
		if (run->argc == COMMAND_WORDS_MAX) {
			return E_FULL;
		}
		run->argv[run->argc++] = at;
		at = word_end(at, &open);
		if (open) {
			return E_INVALID;
		}
	}
}

const struct command *command_next(const struct command *command)
{
	bool passed = command == NULL;

	for (size_t i = 0; i < command_group_count; i++) {
		const struct command_group *group = command_groups[i];

		for (size_t j = 0; j < group->count; j++) {
			if (passed) {
				return &group->commands[j];
			}
			passed = &group->commands[j] == command;
		}
	}
	return NULL;
}

static uint32_t word_count(const char *words)
{
	uint32_t count = 1;

	for (; *words != '\0'; words++) {
		count += *words == ' ' ? 1 : 0;
	}
	return count;
}

/* Writes the first @count words that were typed, a space between them; false when that is too long. */
static bool join_words(const struct command_run *run, uint32_t count, char *name)
{
	size_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		size_t length = strlen(run->argv[i]);

		if (used + length + 2 > NAME_BYTES_MAX) {
			return false;
		}
		if (i > 0) {
			name[used++] = ' ';
		}
		memcpy(&name[used], run->argv[i], length);
		used += length;
	}
	name[used] = '\0';
	return true;
}

/* The words that would be @command's name; false when fewer were typed, or they cannot be a name. */
static bool typed_name(const struct command_run *run, const struct command *command, char *name)
{
	uint32_t count = word_count(command->words);

	return run->argc >= count && join_words(run, count, name);
}

static bool names_command(const struct command_run *run, const struct command *command)
{
	char name[NAME_BYTES_MAX];

	return typed_name(run, command, name) && strcmp(name, command->words) == 0;
}

const struct command *command_find(struct command_run *run)
{
	const struct command *found = NULL;
	uint32_t words = 0;

	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		if (names_command(run, c) && word_count(c->words) > words) {
			found = c;
			words = word_count(c->words);
		}
	}
	run->argc -= words;
	memmove(run->argv, &run->argv[words], run->argc * sizeof(run->argv[0]));
	run->command = found;
	return found;
}

const struct command *command_nearest(const struct command_run *run)
{
	const struct command *nearest = NULL;
	size_t least = NAME_DISTANCE_MAX + 1;

	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		char name[NAME_BYTES_MAX];

		if (!typed_name(run, c, name)) {
			continue;
		}
		size_t letters = distance(name, strlen(name), c->words);
		if (letters < least && letters * 2 <= strlen(c->words)) {
			nearest = c;
			least = letters;
		}
	}
	return nearest;
}

bool command_starts_with(const struct command *command, const char *word)
{
	size_t length = strlen(word);

	return strncmp(command->words, word, length) == 0 &&
	       (command->words[length] == ' ' || command->words[length] == '\0');
}

/* Return: whether commands begin with @word, which is none alone. */
static bool begins_commands(const char *word)
{
	const struct command *c = command_next(NULL);

	while (c != NULL && !command_starts_with(c, word)) {
		c = command_next(c);
	}
	return c != NULL;
}

void command_unknown(struct command_run *run)
{
	const struct command *nearest = command_nearest(run);
	const char *first = run->argv[0];
	bool begins = begins_commands(first);
	const char *second = begins && run->argc > 1 ? run->argv[1] : "";
	const char *space = *second != '\0' ? " " : "";

	if (nearest != NULL) {
		command_fail(run, COMMAND_USAGE, "unknown command \"%s%s%s\"; did you mean \"%s\"?",
			     first, space, second, nearest->words);
	} else if (begins) {
		command_fail(run, COMMAND_USAGE, "%s command \"%s%s%s\"; help %s lists all",
			     *second != '\0' ? "unknown" : "incomplete", first, space, second,
			     first);
	} else {
		command_fail(run, COMMAND_USAGE, "unknown command \"%s\"; help lists all", first);
	}
}
