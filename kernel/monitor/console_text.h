/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_text.h: a guest's bytes made into lines that command no terminal. Pure.
 *
 * Only printable ASCII comes out. A tab becomes spaces; other control bytes and DEL are shown as ^[ and the like, all
 * above DEL as \xHH: on a terminal of 8 bits 80H to 9FH are commands. LF ends a line, with any few CRs in front of
 * it. Lines are cut into pieces that fit the screen, because what wraps would begin a line of its own there.
 */
#pragma once

#include "kernel/lib/types.h"

enum {
	CONSOLE_TEXT_SCREEN = 79,   /* columns of a screen that may be filled */
	CONSOLE_TEXT_COLUMNS = 240, /* of the widest piece */
	CONSOLE_TEXT_ENDING = 16,   /* so many bytes more than columns are enough for a piece */
};

/** enum console_end - why a piece ends. */
enum console_end {
	CONSOLE_END_LINE, /* with the line */
	CONSOLE_END_FULL, /* it is as wide as it may be */
	CONSOLE_END_OPEN, /* there are no more bytes */
};

/** struct console_piece - how much of the bytes it is, and what it looks like. */
struct console_piece {
	size_t taken;
	size_t length;
	enum console_end end;
};

/**
 * console_text_next() - make the next piece.
 * @bytes:   what the guest wrote
 * @count:   how many there are; @columns + CONSOLE_TEXT_ENDING are enough
 * @text:    room for @columns characters; no NUL is added
 * @columns: 8 (a tab) to CONSOLE_TEXT_COLUMNS
 *
 * CRs at the end of the bytes are not taken while they may yet turn out to be a line's end.
 */
struct console_piece console_text_next(const uint8_t *bytes, size_t count, char *text,
				       size_t columns);
