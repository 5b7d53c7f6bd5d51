/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c: the arguments of a command, read from its usage text. */
#include "kernel/monitor/usage.h"

#include "kernel/lib/string.h"

static size_t word_bytes(const char *at)
{
	size_t length = 0;

	while (at[length] != '\0' && at[length] != ' ' && at[length] != ']') {
		length++;
	}
	return length;
}

static void read_rest(struct usage_token *token)
{
	static const char dots[] = "...";
	const size_t length = sizeof(dots) - 1;

	if (token->name_bytes > length &&
	    strncmp(&token->name[token->name_bytes - length], dots, length) == 0) {
		token->name_bytes -= length;
		token->rest = true;
	}
}

bool usage_next(const char **usage, struct usage_token *token)
{
	const char *at = *usage;

	while (*at == ' ') {
		at++;
	}
	if (*at == '\0') {
		return false;
	}
	*token = (struct usage_token){ .optional = *at == '[' };
	at += token->optional ? 1 : 0;
	token->name = at;
	token->name_bytes = word_bytes(at);
	token->option = at[0] == '-';
	at += token->name_bytes;
	if (token->option && at[0] == ' ') {
		token->value = at + 1;
		token->value_bytes = word_bytes(at + 1);
		at += 1 + token->value_bytes;
	}
	at += *at == ']' ? 1 : 0;
	read_rest(token);
	*usage = at;
	return true;
}

bool usage_option(const char *usage, const char *name, struct usage_token *token)
{
	while (usage_next(&usage, token)) {
		if (token->option && strlen(name) == token->name_bytes &&
		    strncmp(token->name, name, token->name_bytes) == 0) {
			return true;
		}
	}
	return false;
}

bool usage_positional(const char *usage, uint32_t index, struct usage_token *token)
{
	uint32_t at = 0;

	while (usage_next(&usage, token)) {
		if (!token->option && (token->rest || at++ == index)) {
			return true;
		}
	}
	return false;
}

bool usage_kind_is(const struct usage_token *token, const char *kind)
{
	const char *text = token->option ? token->value : token->name;
	size_t length = token->option ? token->value_bytes : token->name_bytes;

	return text != NULL && strlen(kind) == length && strncmp(text, kind, length) == 0;
}

/* Capitals name a kind; small letters are the words themselves. */
bool usage_allows(const struct usage_token *token, const char *word)
{
	size_t length = strlen(word);
	size_t start = 0;

	if (token->name[0] < 'a' || token->name[0] > 'z') {
		return true;
	}
	for (size_t end = 0; end <= token->name_bytes; end++) {
		if (end < token->name_bytes && token->name[end] != '|') {
			continue;
		}
		if (end - start == length && strncmp(&token->name[start], word, length) == 0) {
			return true;
		}
		start = end + 1;
	}
	return false;
}
