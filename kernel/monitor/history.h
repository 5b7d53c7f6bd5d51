/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.h: the lines that were entered, newest last, in a ring of bytes: a new one pushes out the oldest. Pure.
 *
 * A line is named by its distance: the bytes from its first to the end of the newest line. 0 is no line.
 * Adding and taking away lines changes distances.
 */
#pragma once

#include "kernel/lib/types.h"

/** struct history - the ring. Call history_init() first. */
struct history {
	char *bytes;
	size_t size;
	size_t end;  /* where the next byte goes */
	size_t used; /* each line and its NUL */
};

/** history_init() - begin with no line; @bytes, @size of them, at least 1, is where lines will be kept. */
void history_init(struct history *history, char *bytes, size_t size);

/**
 * history_add() - keep a line that was entered.
 *
 * Not kept: the empty line, one that begins with a space, one equal to the newest, one longer than the ring.
 * A line with a secret in it must not be added: only the caller knows which those are.
 */
void history_add(struct history *history, const char *text);

/** history_hold() - keep @text, whatever it is, for a while. Return: its distance; 0: the ring is too small. */
size_t history_hold(struct history *history, const char *text);

/** history_drop() - forget the newest line. There must be one. */
void history_drop(struct history *history);

/** history_older() - the line before the one at @at; the newest for 0. Return: 0 when there is none. */
size_t history_older(const struct history *history, size_t at);

/** history_newer() - the line behind the one at @at, which must not be 0. Return: 0 when there is none. */
size_t history_newer(const struct history *history, size_t at);

/** history_read() - copy the line at @at to @text of @size bytes, cut if need be. Return: its length there. */
size_t history_read(const struct history *history, size_t at, char *text, size_t size);

/**
 * history_find() - the line at @at or the next older one with the string @pattern in it.
 * @offset: where in the line @pattern begins
 *
 * Return: 0 when there is none.
 */
size_t history_find(const struct history *history, size_t at, const char *pattern, size_t *offset);
