/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage.h: the arguments of a command, read from its usage text. Pure.
 *
 * The text that help shows is the grammar: the parser, the completion and docs/monitor.md read the same
 * string, so none of them can be out of date. Tokens stand between spaces:
 *
 *     NAME            a positional argument that must be there; capitals say what kind it is
 *     on|off          one of these words
 *     [LEN]           may be left out (and then all behind it)
 *     TEXT...         this word and all that follow, options or not; the last token
 *     [--force]       an option
 *     [-n COUNT]      an option with a value
 *
 * Options may stand anywhere before the first word of a TEXT...; a word "--" ends them.
 */
#pragma once

#include "kernel/lib/types.h"

/** struct usage_token - one token; what it points to lies in the usage text, without brackets and dots. */
struct usage_token {
	const char *name; /* NAME, on|off, --force */
	size_t name_bytes;
	const char *value; /* COUNT of [-n COUNT]; NULL for none */
	size_t value_bytes;
	bool option; /* begins with "-" */
	bool optional;
	bool rest; /* TEXT... */
};

/** usage_next() - read the token at *@usage and move behind it. Return: false at the end. */
bool usage_next(const char **usage, struct usage_token *token);

/** usage_option() - find the option called @name. Return: false when there is none. */
bool usage_option(const char *usage, const char *name, struct usage_token *token);

/** usage_positional() - find positional argument @index; beyond a TEXT... it is that. False: there is none. */
bool usage_positional(const char *usage, uint32_t index, struct usage_token *token);

/** usage_kind_is() - whether the token's kind (its value's, for an option) is @kind, such as "NAME". */
bool usage_kind_is(const struct usage_token *token, const char *kind);

/** usage_allows() - for a token like on|off whether @word is one of its words; true for all other tokens. */
bool usage_allows(const struct usage_token *token, const char *word);
