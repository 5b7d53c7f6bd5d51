/* SPDX-License-Identifier: Apache-2.0 */
/* output.c: text of the monitor on its way to the serial line. */
#include "kernel/monitor/output.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/wire.h"

static struct {
	output_sink_fn sink; /* NULL: wire_write() */
	bool redraw;
} output;

void output_to(output_sink_fn sink)
{
	output.sink = sink;
}

void output_redraw(bool redraw)
{
	output.redraw = redraw;
}

static void put(const void *bytes, size_t length)
{
	if (output.sink != NULL) {
		output.sink(bytes, length);
	} else {
		wire_write(bytes, length);
	}
}

static void put_newline(void)
{
	static const char wipe[] = "\x1b[K\r\n";

	put(output.redraw ? wipe : &wipe[sizeof(wipe) - 3], output.redraw ? sizeof(wipe) - 1 : 2);
}

void output_bytes(const char *text, size_t length)
{
	size_t start = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n') {
			put(&text[start], i - start);
			put_newline();
			start = i + 1;
		}
	}
	put(&text[start], length - start);
}

void output_text(const char *text)
{
	output_bytes(text, strlen(text));
}

void output_format(const char *fmt, ...)
{
	char text[OUTPUT_FORMAT_BYTES];
	va_list args;

	va_start(args, fmt);
	size_t length = format_v(text, sizeof(text), fmt, args);
	va_end(args);
	output_bytes(text, min_u64(length, sizeof(text) - 1));
}

void output_foreign(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool harmless = (text[i] >= ' ' && text[i] <= '~') || text[i] == '\n';
		output_bytes(harmless ? &text[i] : ".", 1);
	}
}
