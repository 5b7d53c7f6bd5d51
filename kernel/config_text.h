/* SPDX-License-Identifier: Apache-2.0 */
/* config_text.h: the config file as characters: is it text, its lines, comments and quotes. */
#pragma once

#include "kernel/lib/report.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct config_slice - a part of the file; no NUL at its end. */
struct config_slice {
	const char *at;
	size_t length;
};

/** struct config_shown - a slice made fit for a message: cut when long, other than ASCII as "?". */
struct config_shown {
	char text[48];
};

/** config_show() - @slice for a message. */
struct config_shown config_show(struct config_slice slice);

/** config_slice_of() - a string as a slice. */
struct config_slice config_slice_of(const char *string);

/** config_slice_is() - whether @slice is exactly @word. */
bool config_slice_is(struct config_slice slice, const char *word);

/** config_blank() - whether @c is a space or a tab. */
static inline bool config_blank(char c)
{
	return c == ' ' || c == '\t';
}

/** config_trim() - @slice without the spaces and tabs around it. */
struct config_slice config_trim(struct config_slice slice);

/** config_drop() - @slice without its first @count bytes, at most all of them. */
struct config_slice config_drop(struct config_slice slice, size_t count);

/**
 * config_text_check() - whether a file can be a config at all.
 * @text:   the file
 * @report: gets one message when it cannot
 *
 * Text is UTF-8 without control characters but tab and line end (LF or CR LF).
 *
 * Return: OK, or E_INVALID.
 * Source: The Unicode Standard, "UTF-8" (which byte sequences are well-formed).
 */
enum status config_text_check(struct config_slice text, struct report *report);

/** config_text_start() - @text without a UTF-8 byte order mark. */
struct config_slice config_text_start(struct config_slice text);

/**
 * config_next_line() - take the next line off @rest.
 * @rest: what is left of the file
 * @line: the line, without its line end and without spaces around it
 *
 * Return: false when nothing was left.
 */
bool config_next_line(struct config_slice *rest, struct config_slice *line);

/** config_is_comment() - whether @tail, what follows a closing mark, is blank or a comment. */
bool config_is_comment(struct config_slice tail);

/**
 * config_split() - cut a line at its first "=".
 * @line:  a line
 * @key:   what is before it, trimmed; the line without its comment when there is no "="
 * @value: everything behind it
 *
 * Return: OK, or E_NOT_FOUND when there is no "=" in front of a comment.
 */
enum status config_split(struct config_slice line, struct config_slice *key,
			 struct config_slice *value);

/**
 * config_unquote() - find where a value ends.
 * @value:  what follows the "="; becomes the value alone, without quotes around it
 * @quoted: whether it was in quotes, so that \" and \\ in it mean " and \
 *
 * Return: NULL, or in words what is wrong.
 */
const char *config_unquote(struct config_slice *value, bool *quoted);
