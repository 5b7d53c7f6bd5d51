/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h: what a command shows: said once, it comes out as text for people or as JSON for programs.
 *
 * A tree of objects and lists, written in order. Keys are lower case with underscores and are stable:
 * programs read them, docs/schemas/ describes them. As text
 *   - a list of objects is a table: the keys are its head, each object a row;
 *   - any other object is a line "key: value" for each field, a nested one indented;
 *   - a list of strings is a line each.
 * A list may be written over several steps of its command. What is open when the command ends is closed then.
 * Widths are columns of a table, of which a row may have 79; the last field of a row has width 0. A negative
 * width is left-aligned, as in printf. Strings may come from a guest: what is not printable ASCII is made harmless.
 */
#pragma once

#include "kernel/lib/types.h"

/** view_begin() - a command begins; @json: its output is JSON. */
void view_begin(bool json);

/** view_end() - the command has ended: close what is open. */
void view_end(void);

/** view_object() - open an object; @key is NULL at the top and in a list. */
void view_object(const char *key);

/** view_object_end() - close it. */
void view_object_end(void);

/** view_list() - open a list; @key as above. */
void view_list(const char *key);

/** view_list_end() - close it. */
void view_list_end(void);

/** view_text() - a string; @key is NULL in a list of strings. */
void view_text(const char *key, int width, const char *text);

/** view_bytes() - a string of @length bytes, from anywhere. */
void view_bytes(const char *key, int width, const char *bytes, size_t length);

/** view_format() - a string as format() makes it; up to 255 characters. */
void view_format(const char *key, int width, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** view_number() - a number. In JSON above 2^53 some readers lose digits: use view_hex() for addresses and registers. */
void view_number(const char *key, int width, uint64_t value);

/** view_thousandths() - a number with three digits behind the point. */
void view_thousandths(const char *key, int width, uint64_t thousandths);

/** view_hex() - "0x..." ; in JSON a string. */
void view_hex(const char *key, int width, uint64_t value);

/** view_bool() - yes or no; in JSON true or false. */
void view_bool(const char *key, int width, bool value);

/** view_none() - "-"; in JSON null. */
void view_none(const char *key, int width);

/** view_size() - bytes: 512M as text, a number of bytes in JSON (the key should end with _bytes). */
void view_size(const char *key, int width, uint64_t bytes);

/** view_numbers() - numbers that rise: "0-3,5" as text, [0,1,2,3,5] in JSON. */
void view_numbers(const char *key, int width, const uint32_t *numbers, uint32_t count);
