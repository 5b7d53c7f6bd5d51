/* SPDX-License-Identifier: Apache-2.0 */
/* complete.c: what a word that was begun can become. */
#include "kernel/monitor/complete.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/complete_place.h"
#include "kernel/monitor/usage.h"

enum { LIST_WORDS_MAX = 100, LIST_GAP = 2, LIST_COUNT_BYTES = 40 };

_Static_assert((int)LINE_WORD_BYTES >= (int)COMPLETE_WORD_BYTES + 2, "a word in quotes must fit");

struct finder {
	struct line_completion *found;
	const struct complete_kind *kinds;
	size_t kind_count;
	const struct place_word *begun;
	char common[COMPLETE_WORD_BYTES]; /* how all words that fit begin */
	size_t common_length;
	size_t widest;
	bool listing; /* the second time round: widest is known */
	size_t column;
	size_t behind; /* spaces between the last word and @column */
};

static void list_text(const struct finder *finder, const char *text, size_t length)
{
	finder->found->list(text, length);
}

static void list_word(struct finder *finder, const char *word, size_t length)
{
	if (finder->column + finder->widest > LINE_COLUMNS) {
		list_text(finder, "\r\n", 2);
		finder->column = 0;
		finder->behind = 0;
	}
	for (; finder->behind > 0; finder->behind--) {
		list_text(finder, " ", 1);
	}
	list_text(finder, word, length);
	finder->column += finder->widest + LIST_GAP;
	finder->behind = finder->widest + LIST_GAP - length;
}

static void count_word(struct finder *finder, const char *word, size_t length)
{
	size_t same = 0;

	if (finder->found->count++ == 0) {
		memcpy(finder->common, word, length);
		finder->common_length = length;
	}
	while (same < finder->common_length && same < length &&
	       finder->common[same] == word[same]) {
		same++;
	}
	finder->common_length = same;
	finder->widest = max_u64(finder->widest, length);
}

static bool can_be_typed(const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (word[i] < ' ' || word[i] > '~' || word[i] == '"') {
			return false;
		}
	}
	return length > 0 && length < COMPLETE_WORD_BYTES;
}

static void offer(struct finder *finder, const char *word, size_t length)
{
	const struct place_word *begun = finder->begun;

	if (length < begun->length || memcmp(word, begun->text, begun->length) != 0 ||
	    !can_be_typed(word, length)) {
		return;
	}
	if (finder->listing) {
		list_word(finder, word, length);
	} else {
		count_word(finder, word, length);
	}
}

static size_t first_word_length(const struct command *row)
{
	size_t length = 0;

	while (row->words[length] != '\0' && row->words[length] != ' ') {
		length++;
	}
	return length;
}

/* The first word of many commands is the same: it is offered once. */
static bool first_of_its_name(const struct command *row)
{
	const struct command *other = command_next(NULL);
	size_t length = first_word_length(row);

	while (first_word_length(other) != length ||
	       memcmp(other->words, row->words, length) != 0) {
		other = command_next(other);
	}
	return other == row;
}

static void offer_first_words(struct finder *finder)
{
	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		if (first_of_its_name(c)) {
			offer(finder, c->words, first_word_length(c));
		}
	}
}

static void offer_second_words(struct finder *finder, const char *first)
{
	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		const char *second = &c->words[first_word_length(c)];

		if (command_starts_with(c, first) && *second == ' ') {
			offer(finder, second + 1, strlen(second + 1));
		}
	}
}

static void offer_names(struct finder *finder)
{
	for (const struct command *c = command_next(NULL); c != NULL; c = command_next(c)) {
		offer(finder, c->words, strlen(c->words));
	}
}

static bool is_text(const char *part, size_t length, const char *text)
{
	return strlen(text) == length && memcmp(part, text, length) == 0;
}

/* One of the parts of on|off: capitals name a kind, small letters are the word. */
static void offer_part(struct finder *finder, const char *part, size_t length)
{
	char text[COMPLETE_WORD_BYTES];

	if (length > 0 && (part[0] < 'A' || part[0] > 'Z')) {
		offer(finder, part, length);
		return;
	}
	if (is_text(part, length, "COMMAND")) {
		offer_names(finder);
		return;
	}
	for (size_t i = 0; i < finder->kind_count; i++) {
		const struct complete_kind *kind = &finder->kinds[i];

		for (uint32_t j = 0;
		     is_text(part, length, kind->kind) && kind->at(j, text, sizeof(text)); j++) {
			offer(finder, text, strlen(text));
		}
	}
}

static void offer_parts(struct finder *finder, const char *token, size_t length)
{
	size_t start = 0;

	for (size_t end = 0; end <= length; end++) {
		if (end == length || token[end] == '|') {
			offer_part(finder, &token[start], end - start);
			start = end + 1;
		}
	}
}

static void offer_options(struct finder *finder, const struct place *place)
{
	const char *usage = place->row->usage;
	struct usage_token token;

	for (uint32_t i = 0; usage_next(&usage, &token); i++) {
		if (token.option && !place_option_given(place, i)) {
			offer(finder, token.name, token.name_bytes);
		}
	}
	if (place_takes_json(place)) {
		offer(finder, "--json", sizeof("--json") - 1);
	}
}

static void offer_arguments(struct finder *finder, const struct place *place)
{
	struct usage_token token;
	bool argument = usage_positional(place->row->usage, place->positionals, &token);
	bool option = finder->begun->text[0] == '-' || !argument;

	if (place->in_value) {
		offer_parts(finder, place->value.value, place->value.value_bytes);
	} else if (option && !place->options_end) {
		offer_options(finder, place);
	} else if (argument && token.rest && usage_kind_is(&token, "COMMAND")) {
		offer_first_words(finder);
	} else if (argument) {
		offer_parts(finder, token.name, token.name_bytes);
	}
}

static void offer_all(struct finder *finder, const struct place *place)
{
	if (place->kind == PLACE_NAME) {
		offer_first_words(finder);
		return;
	}
	if (place->kind == PLACE_SECOND) {
		offer_second_words(finder, place->first);
	}
	if (place->row != NULL) {
		offer_arguments(finder, place);
	}
}

/* Puts @common in, in quotes if it needs them; the second only when the word is whole. */
static void answer(const struct finder *finder)
{
	char *to = finder->found->word;
	bool quotes = finder->begun->quoted;

	for (size_t i = 0; i < finder->common_length; i++) {
		quotes |= finder->common[i] == ' ' || finder->common[i] == ';';
	}
	if (quotes) {
		*to++ = '"';
	}
	memcpy(to, finder->common, finder->common_length);
	to += finder->common_length;
	if (quotes && finder->found->count == 1) {
		*to++ = '"';
	}
	*to = '\0';
}

static void list(struct finder *finder, const struct place *place)
{
	char text[LIST_COUNT_BYTES];

	if (finder->found->count > LIST_WORDS_MAX) {
		list_text(finder, text,
			  format(text, sizeof(text), "%lu words fit", finder->found->count));
	} else {
		finder->listing = true;
		offer_all(finder, place);
	}
	list_text(finder, "\r\n", 2);
}

void complete(const struct complete_kind *kinds, size_t kind_count,
	      struct line_completion *completion)
{
	struct finder finder = { .found = completion, .kinds = kinds, .kind_count = kind_count };
	struct place place;
	struct place_word word;

	if (completion->text[0] == '@') {
		return;
	}
	place_find(completion->text, completion->length, &place, &word);
	finder.begun = &word;
	offer_all(&finder, &place);
	completion->replaces = completion->length - (size_t)(word.start - completion->text);
	answer(&finder);
	if (completion->list != NULL && completion->count > 0) {
		list(&finder, &place);
	}
}
