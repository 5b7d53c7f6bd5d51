/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h: the line editor: bytes of a keyboard in, a line of text out, echo through a callback. Pure.
 *
 * The terminal needs to know CR, LF, backspace and BEL only. A line wider than the screen scrolls
 * sideways under the prompt, so nothing ever wraps.
 *
 * Keys: printable ASCII; Backspace and DEL; cursor left and right, Home, End, Delete; ^A ^E ^B ^F; ^D
 * deletes to the right; ^U clears the line, ^K the rest of it, ^W the word before the cursor; ^L draws
 * the line again; ^C abandons it. CR, LF and CR LF each end a line once. Other keys do nothing.
 */
#pragma once

#include "kernel/lib/types.h"

enum {
	LINE_BYTES = 256, /* longest line, the NUL included */
	LINE_COLUMNS =
		79, /* of the screen; the last column of 80 stays free, or terminals would wrap */
};

/** enum line_event - what a byte led to. */
enum line_event {
	LINE_EDITING,
	LINE_ENTERED,   /* text holds the line */
	LINE_ABANDONED, /* ^C */
	LINE_TOO_LONG,  /* entered, but more was typed than fits: not to be obeyed */
};

/** line_echo_fn - gets what the terminal shall show. */
typedef void (*line_echo_fn)(const char *text, size_t length);

/** struct line - a line being typed. Set @prompt and @echo, zero the rest, then call line_start(). */
struct line {
	const char *prompt; /* shorter than half of LINE_COLUMNS */
	line_echo_fn echo;
	char text[LINE_BYTES]; /* ends with a NUL at all times */
	size_t length;
	size_t cursor;   /* before which character of @text */
	size_t first;    /* first character in view */
	size_t drawn;    /* characters on the screen behind the prompt */
	uint32_t escape; /* what was seen of an escape sequence */
	uint32_t escape_number;
	bool too_long;
	bool after_cr;
};

/** line_start() - begin an empty line: show the prompt. */
void line_start(struct line *line);

/** line_feed() - take one byte from the keyboard. After any event but LINE_EDITING call line_start(). */
enum line_event line_feed(struct line *line, uint8_t byte);

/**
 * line_swallows() - whether @byte is the LF of a CR LF whose CR ended a line.
 *
 * For every byte that comes in, wherever it goes: the line may have been one that sends keys elsewhere.
 */
bool line_swallows(struct line *line, uint8_t byte);

/** line_hide() - wipe prompt and line off the screen; line_draw() brings them back. */
void line_hide(struct line *line);

/** line_draw() - show prompt and line as they are. */
void line_draw(struct line *line);
