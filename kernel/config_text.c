/* SPDX-License-Identifier: Apache-2.0 */
/* config_text.c: the config file as characters: is it text, its lines, comments and quotes. */
#include "kernel/config_text.h"

#include "kernel/config.h"
#include "kernel/lib/string.h"

struct config_shown config_show(struct config_slice slice)
{
	struct config_shown shown = { "" };
	size_t room = sizeof(shown.text) - sizeof("...");
	size_t length = slice.length < room ? slice.length : room;

	for (size_t i = 0; i < length; i++) {
		bool plain = slice.at[i] >= ' ' && slice.at[i] <= '~';

		shown.text[i] = plain ? slice.at[i] : '?';
	}
	if (length < slice.length) {
		memcpy(shown.text + length, "...", sizeof("..."));
	}
	return shown;
}

struct config_slice config_slice_of(const char *string)
{
	return (struct config_slice){ string, strlen(string) };
}

bool config_slice_is(struct config_slice slice, const char *word)
{
	size_t length = strlen(word);

	return slice.length == length && memcmp(slice.at, word, length) == 0;
}

struct config_slice config_drop(struct config_slice slice, size_t count)
{
	size_t drop = count < slice.length ? count : slice.length;

	return (struct config_slice){ slice.at + drop, slice.length - drop };
}

struct config_slice config_trim(struct config_slice slice)
{
	while (slice.length > 0 && config_blank(slice.at[0])) {
		slice = config_drop(slice, 1);
	}
	while (slice.length > 0 && config_blank(slice.at[slice.length - 1])) {
		slice.length--;
	}
	return slice;
}

/* How many bytes the text character at @at takes; 0 when there is none. */
static size_t ascii_length(const uint8_t *at, size_t left)
{
	if (at[0] == '\r') {
		return left > 1 && at[1] == '\n' ? 2 : 0;
	}
	return (at[0] >= ' ' && at[0] != 0x7F) || at[0] == '\t' || at[0] == '\n' ? 1 : 0;
}

static size_t utf8_length(const uint8_t *at, size_t left)
{
	/* Below: overlong forms, and for two bytes the control characters U+0080 to U+009F. */
	static const uint32_t lowest[] = { [2] = 0xA0, [3] = 0x800, [4] = 0x10000 };
	size_t length = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
	uint32_t code = at[0] & (0x7FU >> length);

	if (at[0] < 0xC2 || at[0] > 0xF4 || length > left) {
		return 0;
	}
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xC0) != 0x80) {
			return 0;
		}
		code = code << 6 | (at[i] & 0x3FU);
	}
	bool surrogate = code >= 0xD800 && code <= 0xDFFF;
	return code < lowest[length] || surrogate || code > 0x10FFFF ? 0 : length;
}

static const char *file_of(const struct report *report)
{
	return report->file != NULL ? report->file : "config";
}

enum status config_text_check(struct config_slice text, struct report *report)
{
	uint32_t line = 1;

	if (text.length > CONFIG_FILE_BYTES_MAX) {
		report_add(report, 0,
			   "%s: the file has %zu bytes: write at most %d (64 KiB); "
			   "is it the right file?",
			   file_of(report), text.length, CONFIG_FILE_BYTES_MAX);
		return E_INVALID;
	}
	for (size_t at = 0; at < text.length;) {
		const uint8_t *byte = (const uint8_t *)text.at + at;
		size_t left = text.length - at;
		size_t length = *byte < 0x80 ? ascii_length(byte, left) : utf8_length(byte, left);

		if (length == 0) {
			report_add(report, line,
				   "not a text file: byte 0x%02X at offset %zu: "
				   "save it as plain text (UTF-8)",
				   (unsigned)*byte, at);
			return E_INVALID;
		}
		line += byte[length - 1] == '\n' ? 1 : 0;
		at += length;
	}
	return OK;
}

struct config_slice config_text_start(struct config_slice text)
{
	static const char mark[] = "\xEF\xBB\xBF";
	size_t length = sizeof(mark) - 1;

	if (text.length >= length && memcmp(text.at, mark, length) == 0) {
		return config_drop(text, length);
	}
	return text;
}

bool config_next_line(struct config_slice *rest, struct config_slice *line)
{
	size_t end = 0;

	if (rest->length == 0) {
		return false;
	}
	while (end < rest->length && rest->at[end] != '\n') {
		end++;
	}
	*line = (struct config_slice){ rest->at, end };
	*rest = config_drop(*rest, end + 1);
	if (end > 0 && line->at[end - 1] == '\r') {
		line->length--;
	}
	*line = config_trim(*line);
	return true;
}

/* A "#" inside of a word belongs to the word. */
static bool starts_comment(struct config_slice slice, size_t at)
{
	return slice.at[at] == '#' && (at == 0 || config_blank(slice.at[at - 1]));
}

bool config_is_comment(struct config_slice tail)
{
	struct config_slice text = config_trim(tail);

	return text.length == 0 || (text.at > tail.at && text.at[0] == '#');
}

enum status config_split(struct config_slice line, struct config_slice *key,
			 struct config_slice *value)
{
	size_t at = 0;

	while (at < line.length && line.at[at] != '=' && !starts_comment(line, at)) {
		at++;
	}
	*key = config_trim((struct config_slice){ line.at, at });
	*value = config_drop(line, at + 1);
	return at < line.length && line.at[at] == '=' ? OK : E_NOT_FOUND;
}

static const char *unquote(struct config_slice *value)
{
	size_t at = 1;

	while (at < value->length && value->at[at] != '"') {
		if (value->at[at] == '\\') {
			at++;
			if (at < value->length && value->at[at] != '"' && value->at[at] != '\\') {
				return "a \\ in quotes stands before another \\ or before \" "
				       "(in a path, write / instead)";
			}
		}
		at++;
	}
	if (at >= value->length) {
		return "the quote is not closed";
	}
	if (!config_is_comment(config_drop(*value, at + 1))) {
		return "there is text after the closing quote";
	}
	*value = (struct config_slice){ value->at + 1, at - 1 };
	return NULL;
}

/* Quotes inside of a value are part of it; a "#" between them starts no comment. */
static const char *cut_comment(struct config_slice *value)
{
	bool inside = false;
	size_t at = 0;

	while (at < value->length && (inside || !starts_comment(*value, at))) {
		inside ^= value->at[at] == '"';
		at++;
	}
	value->length = at;
	*value = config_trim(*value);
	return inside ? "the quote is not closed" : NULL;
}

const char *config_unquote(struct config_slice *value, bool *quoted)
{
	struct config_slice text = config_trim(*value);

	*quoted = text.length > 0 && text.at[0] == '"';
	if (*quoted) {
		*value = text;
	}
	const char *wrong = *quoted ? unquote(value) : cut_comment(value);
	for (size_t i = 0; wrong == NULL && i < value->length; i++) {
		if (value->at[i] == '\t') {
			wrong = "there is a tab in it, write a space";
		}
	}
	return wrong;
}
