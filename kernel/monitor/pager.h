/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pager.h: output that stops at --More-- when the screen is full. Pure.
 *
 * It holds what one step of a command wrote and hands it on, a screen at a time.
 */
#pragma once

#include "kernel/lib/types.h"

enum { PAGER_ROWS = 23, PAGER_COLUMNS = 80 }; /* of a terminal of 24 lines: one is for --More-- */

/** struct pager - zero all but @text and @size, then call pager_start(). */
struct pager {
	char *text;
	size_t size;
	size_t used; /* bytes put in */
	size_t sent; /* of those, handed on */
	uint32_t column;
	uint32_t rows_left;
	bool stopped; /* --More-- is on the screen */
};

/** enum pager_answer - what a key at --More-- means. */
enum pager_answer { PAGER_STAY, PAGER_GO_ON, PAGER_QUIT };

/** pager_start() - a command begins: the whole screen is its own. */
void pager_start(struct pager *pager);

/** pager_put() - append bytes. Return: how many had room; all, if no step writes more than @size. */
size_t pager_put(struct pager *pager, const char *bytes, size_t length);

/** pager_pending() - whether anything waits in it. */
bool pager_pending(const struct pager *pager);

/**
 * pager_next() - the next piece to write.
 * @piece: where it is
 * @most:  longest piece wanted
 *
 * Return: its length; 0 when all is handed on, or the screen has just become full: then @stopped is true and the
 * caller writes PAGER_PROMPT.
 */
size_t pager_next(struct pager *pager, const char **piece, size_t most);

/** pager_key() - a key at --More--: Space a screen, Enter a line, q or ^C the end. The caller wipes the prompt. */
enum pager_answer pager_key(struct pager *pager, uint8_t byte);

/** What the caller writes when the pager stops, and when it goes on. */
#define PAGER_PROMPT "--More--"
#define PAGER_WIPE   "\r        \r"
