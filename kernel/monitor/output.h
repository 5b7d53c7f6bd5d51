/* SPDX-License-Identifier: Apache-2.0 */
/* output.h: text of the monitor on its way to the serial line. Every newline becomes CR LF. */
#pragma once

#include "kernel/lib/types.h"

/** OUTPUT_FORMAT_BYTES - what output_format() can make at once, the NUL included; more is cut. */
enum { OUTPUT_FORMAT_BYTES = 512 };

/** output_sink_fn - gets what is written. */
typedef void (*output_sink_fn)(const void *bytes, size_t length);

/** output_to() - from now on all text goes to @sink; at first to the line itself, wire_write(). */
void output_to(output_sink_fn sink);

/** output_redraw() - @redraw: the screen is drawn over in place, so each line wipes its rest (ECMA-48, "EL"). */
void output_redraw(bool redraw);

/** output_bytes() - @length bytes of text that is known to be harmless. */
void output_bytes(const char *text, size_t length);

/** output_text() - a string of our own. */
void output_text(const char *text);

/** output_format() - text as format() makes it. */
void output_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** output_foreign() - text from elsewhere: what is neither printable ASCII nor a newline becomes a dot. */
void output_foreign(const char *text, size_t length);
