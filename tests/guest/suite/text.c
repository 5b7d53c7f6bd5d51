/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: a line put together piece by piece. */
#include "tests/guest/suite/text.h"

enum { DIGITS = 20 };

void text_clear(struct text *text)
{
	text->length = 0;
	text->at[0] = '\0';
}

void text_add(struct text *text, const char *more)
{
	while (*more != '\0' && text->length < TEXT_BYTES - 1) {
		text->at[text->length++] = *more++;
	}
	text->at[text->length] = '\0';
}

void text_add_decimal(struct text *text, uint64_t value)
{
	char digits[DIGITS + 1];
	char *at = digits + DIGITS;

	*at = '\0';
	do {
		uint64_t rest = divide(value, 10);

		*--at = (char)('0' + (value - rest * 10));
		value = rest;
	} while (value != 0);
	text_add(text, at);
}

void text_add_hex(struct text *text, uint64_t value)
{
	char digits[DIGITS + 1];
	char *at = digits + DIGITS;

	*at = '\0';
	do {
		*--at = "0123456789abcdef"[value & 0xF];
		value >>= 4;
	} while (value != 0);
	text_add(text, "0x");
	text_add(text, at);
}

void text_copy(char *to, const char *from, uint32_t bytes)
{
	uint32_t i = 0;

	for (; i + 1 < bytes && from[i] != '\0'; i++) {
		to[i] = from[i];
	}
	to[i] = '\0';
}

static uint32_t common_length(const char *words, const char *name)
{
	uint32_t i = 0;

	while (name[i] != '\0' && words[i] == name[i]) {
		i++;
	}
	return i;
}

const char *text_behind(const char *words, const char *name)
{
	for (; *words != '\0'; words++) {
		uint32_t length = common_length(words, name);

		if (name[length] == '\0' && words[length] == '=') {
			return words + length + 1;
		}
	}
	return NULL;
}

bool text_is_word(const char *words, const char *word)
{
	uint32_t length = common_length(words, word);

	return word[length] == '\0' && (words[length] == '\0' || words[length] == ' ');
}
