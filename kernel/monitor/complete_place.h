/* SPDX-License-Identifier: Apache-2.0 */
/* complete_place.h: what stands before a word of a command line; for completion only. */
#pragma once

#include "kernel/monitor/command.h"
#include "kernel/monitor/complete.h"
#include "kernel/monitor/usage.h"

/** struct place_word - a word as it was typed, and without its quotes. */
struct place_word {
	const char *start;
	bool quoted;
	size_t length;
	char text
		[COMPLETE_WORD_BYTES]; /* a word too long for it begins with a newline, as no word does */
};

/** enum place_kind - which word of a command it is. */
enum place_kind { PLACE_NAME, PLACE_SECOND, PLACE_ARGUMENT };

/** struct place - where in a command the next word stands. Zero at its start. */
struct place {
	enum place_kind kind;
	char first[COMPLETE_WORD_BYTES]; /* the command's first word */
	const struct command *row;       /* whose arguments may stand here, or NULL */
	uint32_t positionals;            /* arguments before, without the options */
	uint32_t given;                  /* bit n: token n of the usage, an option */
	bool json_given;
	bool options_end;         /* behind the first word of a TEXT..., or behind -- */
	bool in_value;            /* of an option: */
	struct usage_token value; /* this one */
};

/** place_find() - read @length bytes of @text: where its last word, @word, stands. Empty behind a space. */
void place_find(const char *text, size_t length, struct place *place, struct place_word *word);

/** place_option_given() - whether option number @index of the usage was given before. */
static inline bool place_option_given(const struct place *place, uint32_t index)
{
	return (place->given & 1U << index % 32) != 0;
}

/** place_takes_json() - whether --json may stand here. */
static inline bool place_takes_json(const struct place *place)
{
	return (place->row->flags & COMMAND_JSON) != 0 && !place->json_given;
}
