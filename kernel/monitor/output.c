/* SPDX-License-Identifier: Apache-2.0 */
/* output.c: text of the monitor on its way to the serial line. */
#include "kernel/monitor/output.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/wire.h"

void output_bytes(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n') {
			wire_write("\r", 1);
		}
		wire_write(&text[i], 1);
	}
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
