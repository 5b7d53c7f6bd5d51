/* SPDX-License-Identifier: Apache-2.0 */
/* history.c: the lines that were entered, newest last, in a ring of bytes. */
#include "kernel/monitor/history.h"

#include "kernel/lib/string.h"

void history_init(struct history *history, char *bytes, size_t size)
{
	*history = (struct history){ .bytes = bytes, .size = size };
}

/* @at: from 1 to used; the byte at 1 is the newest line's NUL. */
static char byte_at(const struct history *history, size_t at)
{
	return history->bytes[(history->end + history->size - at) % history->size];
}

/* Whether @text stands at @at. It ends at a line's end at the latest: it has no NUL, or one as its last byte. */
static bool stands_at(const struct history *history, size_t at, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (byte_at(history, at - i) != text[i]) {
			return false;
		}
	}
	return true;
}

size_t history_older(const struct history *history, size_t at)
{
	if (at >= history->used) {
		return 0;
	}
	size_t older = at + 1; /* its NUL */
	while (older < history->used && byte_at(history, older + 1) != '\0') {
		older++;
	}
	return older;
}

size_t history_newer(const struct history *history, size_t at)
{
	while (byte_at(history, at) != '\0') {
		at--;
	}
	return at - 1;
}

size_t history_hold(struct history *history, const char *text)
{
	size_t bytes = strlen(text) + 1;

	if (bytes > history->size) {
		return 0;
	}
	while (history->used + bytes > history->size) {
		history->used = history_newer(history, history->used);
	}
	for (size_t i = 0; i < bytes; i++) {
		history->bytes[history->end] = text[i];
		history->end = (history->end + 1) % history->size;
	}
	history->used += bytes;
	return bytes;
}

void history_add(struct history *history, const char *text)
{
	size_t bytes = strlen(text) + 1;
	bool again = history_older(history, 0) == bytes && stands_at(history, bytes, text, bytes);

	if (text[0] != '\0' && text[0] != ' ' && !again) {
		history_hold(history, text);
	}
}

void history_drop(struct history *history)
{
	size_t bytes = history_older(history, 0);

	history->end = (history->end + history->size - bytes) % history->size;
	history->used -= bytes;
}

size_t history_read(const struct history *history, size_t at, char *text, size_t size)
{
	size_t length = 0;

	while (length + 1 < size && length < at && byte_at(history, at - length) != '\0') {
		text[length] = byte_at(history, at - length);
		length++;
	}
	text[length] = '\0';
	return length;
}

/* Return: whether the line at @at has @pattern in it; @offset says where. */
static bool has(const struct history *history, size_t at, const char *pattern, size_t *offset)
{
	size_t length = strlen(pattern);
	size_t i = 0;

	while (!stands_at(history, at - i, pattern, length)) {
		if (byte_at(history, at - i) == '\0') {
			return false;
		}
		i++;
	}
	*offset = i;
	return true;
}

size_t history_find(const struct history *history, size_t at, const char *pattern, size_t *offset)
{
	while (at != 0 && !has(history, at, pattern, offset)) {
		at = history_older(history, at);
	}
	return at;
}
