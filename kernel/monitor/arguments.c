/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.c: the words behind a command's name: what they have to be, and how it is said that they are not. */
#include "kernel/lib/distance.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/usage.h"
#include "kernel/monitor/view.h"

enum { OPTION_DISTANCE_MAX = 3, FAIL_BYTES = 256 };

static bool wrong_use(struct command_run *run, const char *what)
{
	const struct command *c = run->command;

	command_fail(run, COMMAND_USAGE, "%s; usage: %s%s%s%s", what, c->words,
		     c->usage[0] != '\0' ? " " : "", c->usage,
		     (c->flags & COMMAND_JSON) != 0 ? " [--json]" : "");
	return false;
}

static bool was_meant(struct command_run *run, const char *name, const char *known)
{
	return distance(name, strlen(name), known) <= OPTION_DISTANCE_MAX &&
	       command_fail(run, COMMAND_USAGE, "unknown option \"%s\"; did you mean %s?", name,
			    known);
}

static bool unknown_option(struct command_run *run, const char *name)
{
	const char *usage = run->command->usage;
	struct usage_token token;
	char text[FAIL_BYTES / 2];

	while (usage_next(&usage, &token)) {
		format(text, sizeof(text), "%.*s", (int)token.name_bytes, token.name);
		if (token.option && was_meant(run, name, text)) {
			return false;
		}
	}
	if ((run->command->flags & COMMAND_JSON) != 0 && was_meant(run, name, "--json")) {
		return false;
	}
	format(text, sizeof(text), "unknown option \"%s\"", name);
	return wrong_use(run, text);
}

/* Takes the option at word *@at. */
static bool take_option(struct command_run *run, uint32_t *at)
{
	const char *name = run->argv[*at];
	struct usage_token token;

	if ((run->command->flags & COMMAND_JSON) != 0 && strcmp(name, "--json") == 0) {
		return true; /* seen before */
	}
	if (!usage_option(run->command->usage, name, &token)) {
		return unknown_option(run, name);
	}
	if (run->option_count == COMMAND_OPTIONS_MAX) {
		return wrong_use(run, "too many options");
	}
	bool valued = token.value != NULL;
	if (valued && ++*at == run->argc) {
		return wrong_use(run, "the last option lacks its value");
	}
	run->options[run->option_count++] =
		(struct command_option){ name, valued ? run->argv[*at] : "" };
	return true;
}

/* A word that begins with "-" is an option, but for those behind the first word of a TEXT... */
static bool is_option(const struct command_run *run, const char *word, uint32_t positionals)
{
	struct usage_token token;
	bool rest = positionals > 0 &&
		    usage_positional(run->command->usage, positionals - 1, &token) && token.rest;

	return word[0] == '-' && word[1] != '\0' && !rest;
}

static bool take_positional(struct command_run *run, const char *word, uint32_t index)
{
	struct usage_token token;

	if (!usage_positional(run->command->usage, index, &token)) {
		return wrong_use(run, "too many arguments");
	}
	if (!usage_allows(&token, word)) {
		command_fail(run, COMMAND_USAGE, "\"%s\" is none of: %.*s", word,
			     (int)token.name_bytes, token.name);
		return false;
	}
	run->argv[index] = word;
	return true;
}

static uint32_t needed(const char *usage)
{
	struct usage_token token;
	uint32_t count = 0;

	while (usage_next(&usage, &token)) {
		count += token.option || token.optional ? 0 : 1;
	}
	return count;
}

/* Before anything can be wrong, so that what is wrong is said as JSON too. */
static bool json_wanted(const struct command_run *run)
{
	bool json = false;

	for (uint32_t i = 0; i < run->argc && (run->command->flags & COMMAND_JSON) != 0; i++) {
		json |= strcmp(run->argv[i], "--json") == 0;
	}
	return json;
}

bool command_arguments(struct command_run *run)
{
	uint32_t positionals = 0;

	run->json = json_wanted(run);
	bool options = true;
	for (uint32_t i = 0; i < run->argc; i++) {
		if (options && strcmp(run->argv[i], "--") == 0) {
			options = false;
		} else if (options && is_option(run, run->argv[i], positionals)) {
			if (!take_option(run, &i)) {
				return false;
			}
		} else if (!take_positional(run, run->argv[i], positionals++)) {
			return false;
		}
	}
	run->argc = positionals;
	if (positionals < needed(run->command->usage)) {
		return wrong_use(run, "argument missing");
	}
	return true;
}

const char *command_option(const struct command_run *run, const char *name)
{
	for (uint32_t i = 0; i < run->option_count; i++) {
		if (strcmp(run->options[i].name, name) == 0) {
			return run->options[i].value;
		}
	}
	return NULL;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	char lower = (char)(c | 0x20);
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool read_number(const char *text, uint64_t *value)
{
	unsigned base = text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10;

	text += base == 16 ? 2 : 0;
	*value = 0;
	for (const char *at = text; *at != '\0'; at++) {
		int digit = digit_value(*at);

		if (digit < 0 || (unsigned)digit >= base ||
		    __builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, (unsigned)digit, value)) {
			return false;
		}
	}
	return *text != '\0';
}

bool command_number(struct command_run *run, const char *what, const char *text, uint64_t most,
		    uint64_t *value)
{
	if (read_number(text, value) && *value <= most) {
		return true;
	}
	command_fail(run, COMMAND_USAGE, "%s: \"%s\" is no number from 0 to %lu (0x%lx)", what,
		     text, most, most);
	return false;
}

bool command_fail(struct command_run *run, enum command_status status, const char *fmt, ...)
{
	char text[FAIL_BYTES];
	va_list args;

	va_start(args, fmt);
	size_t length = format_v(text, sizeof(text), fmt, args);
	va_end(args);
	length = min_u64(length, sizeof(text) - 1);
	run->status = status;
	if (run->json) {
		view_begin(true);
		view_object(NULL);
		view_bytes("error", 0, text, length);
		view_number("status", 0, status);
		view_end();
	} else {
		output_foreign(text, length);
		output_text("\n");
	}
	return true;
}
