/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h: the line editor: bytes of a keyboard in, a line of text out, echo through a callback. Pure.
 *
 * The terminal needs to know CR, LF, backspace and BEL only. A line wider than the screen scrolls
 * sideways under the prompt, so nothing ever wraps.
 *
 * Keys: printable ASCII; Backspace and DEL; cursor left and right (with Ctrl or Alt, and Alt-b Alt-f: a word),
 * Home, End, Delete; ^A ^E ^B ^F; ^D deletes to the right, Alt-d a word; ^U clears the line, ^K the rest of
 * it, ^W the word before the cursor; Up and Down, ^P and ^N: lines entered before; ^R looks for one of
 * them; Tab completes a word; ^L draws the line again; ^C abandons it. CR, LF and CR LF each end a line
 * once. Other keys do nothing.
 *
 * While ^R looks: letters and Backspace change what is looked for, ^R looks on for an older line, Enter
 * enters the line found, ^C and ^G leave with the line as it was before, any other key edits the line found.
 *
 * A line that begins with "@" is a program's (reply.h): of these keys only ^U and ^C mean anything in it.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/monitor/history.h"
#include "kernel/monitor/key.h"

enum {
	LINE_BYTES = 1024, /* longest line, the NUL included */
	LINE_COLUMNS =
		79, /* of the screen; the last column of 80 stays free, or terminals would wrap */
	LINE_PATTERN_BYTES = 32, /* what ^R can look for, the NUL included */
	LINE_WORD_BYTES = 72,    /* what Tab can put in, the NUL included */
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

/** struct line_completion - a word that was begun, and how it may go on. */
struct line_completion {
	const char *text;  /* in: the line */
	size_t length;     /* in: of it, up to the cursor */
	line_echo_fn list; /* in: gets all words that fit, in rows that end with CR LF; or NULL */
	size_t count;      /* out: how many words fit */
	size_t replaces;   /* out: how many characters before the cursor @word stands for */
	char word[LINE_WORD_BYTES]; /* out: how all of them begin, or the one; with its quotes */
};

/** line_complete_fn - answers what Tab asks. All that is not said to be in is zero before. */
typedef void (*line_complete_fn)(struct line_completion *completion);

/** struct line - a line being typed. Set what stands above @text, zero the rest, then call line_start(). */
struct line {
	const char *prompt; /* shorter than half of LINE_COLUMNS; "" for none */
	line_echo_fn echo;
	struct history *history;   /* nobody else changes it during a line; NULL: none */
	line_complete_fn complete; /* NULL: Tab does nothing */
	/* Both may change before line_start(): */
	bool quiet;  /* nothing but the prompt is shown; no history, no completion */
	bool locked; /* neither of them: they would tell what was done and what there is */

	char text[LINE_BYTES]; /* ends with a NUL at all times */
	size_t length;
	size_t cursor; /* before which character of @text */
	size_t first;  /* first character in view */
	size_t column; /* of the screen's cursor */
	size_t drawn;  /* columns of the screen's row that are not blank */
	size_t recall; /* the line of @history shown, while the one being typed is held there; or 0 */
	bool searching;
	char pattern[LINE_PATTERN_BYTES]; /* what ^R looks for */
	struct key_decoder decoder;
	uint32_t last_key;
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
