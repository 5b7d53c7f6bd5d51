/* SPDX-License-Identifier: Apache-2.0 */
/* complete_place.c: what stands before a word of a command line. */
#include "kernel/monitor/complete_place.h"

#include "kernel/lib/string.h"

enum word_end { WORD_AT_CURSOR, WORD_BEFORE_SPACE, WORD_ENDS_COMMAND };

static void add_letter(struct place_word *word, char letter)
{
	if (word->length + 1 == sizeof(word->text)) {
		word->text[0] = '\n'; /* too long for any word there is: now it begins none */
		return;
	}
	word->text[word->length++] = letter;
}

static enum word_end read_word(const char **at, const char *end, struct place_word *word)
{
	bool open = false;
	const char *to = *at;

	while (to < end && *to == ' ') {
		to++;
	}
	memset(word, 0, sizeof(*word));
	word->start = to;
	for (; to < end && (open || (*to != ' ' && *to != ';')); to++) {
		if (*to == '"') {
			open = !open;
			word->quoted = true;
		} else {
			add_letter(word, *to);
		}
	}
	*at = to + 1;
	if (to == end) {
		return WORD_AT_CURSOR;
	}
	return *to == ';' ? WORD_ENDS_COMMAND : WORD_BEFORE_SPACE;
}

/* Whether @row's name is @first, or @first and @second if that is not NULL. */
static bool is_named(const struct command *row, const char *first, const char *second)
{
	const char *rest = &row->words[command_starts_with(row, first) ? strlen(first) : 0];

	if (rest == row->words) {
		return false;
	}
	return second == NULL ? *rest == '\0' : *rest == ' ' && strcmp(rest + 1, second) == 0;
}

static const struct command *row_named(const char *first, const char *second)
{
	const struct command *row = command_next(NULL);

	while (row != NULL && !is_named(row, first, second)) {
		row = command_next(row);
	}
	return row;
}

/* Return: whether @word is an option of the command. */
static bool pass_option(struct place *place, const char *word)
{
	const char *usage = place->row->usage;
	struct usage_token token;

	if (place_takes_json(place) && strcmp(word, "--json") == 0) {
		place->json_given = true;
		return true;
	}
	for (uint32_t i = 0; usage_next(&usage, &token); i++) {
		if (token.option && strlen(word) == token.name_bytes &&
		    memcmp(word, token.name, token.name_bytes) == 0) {
			place->given |= 1U << i % 32;
			place->in_value = token.value != NULL;
			place->value = token;
			return true;
		}
	}
	return false;
}

/* Return: false when @word is the first of a command of its own. */
static bool pass_argument(struct place *place, const char *word)
{
	struct usage_token token;

	if (place->in_value) {
		place->in_value = false;
		return true;
	}
	if (!place->options_end && strcmp(word, "--") == 0) {
		place->options_end = true;
		return true;
	}
	if (word[0] == '-' && !place->options_end && pass_option(place, word)) {
		return true;
	}
	bool rest = usage_positional(place->row->usage, place->positionals, &token) && token.rest;
	place->options_end |= rest;
	place->positionals++;
	return !rest || !usage_kind_is(&token, "COMMAND");
}

static void begin_command(struct place *place, const char *word)
{
	memset(place, 0, sizeof(*place));
	memcpy(place->first, word, strlen(word) + 1);
	place->row = row_named(word, NULL);
	place->kind = PLACE_SECOND;
}

static void pass_word(struct place *place, const char *word)
{
	if (place->kind == PLACE_NAME) {
		begin_command(place, word);
		return;
	}
	if (place->kind == PLACE_SECOND) {
		const struct command *row = row_named(place->first, word);

		place->kind = PLACE_ARGUMENT;
		if (row != NULL) {
			place->row = row;
			return;
		}
	}
	if (place->row != NULL && !pass_argument(place, word)) {
		begin_command(place, word);
	}
}

void place_find(const char *text, size_t length, struct place *place, struct place_word *word)
{
	const char *end = text + length;
	enum word_end how = read_word(&text, end, word);

	memset(place, 0, sizeof(*place));
	for (; how != WORD_AT_CURSOR; how = read_word(&text, end, word)) {
		if (how == WORD_ENDS_COMMAND) {
			memset(place, 0, sizeof(*place));
		} else {
			pass_word(place, word->text);
		}
	}
}
