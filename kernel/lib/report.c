/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: a list of everything that is wrong, in words, for the operator. */
#include "kernel/lib/report.h"

#include "kernel/lib/format.h"

void report_add(struct report *report, uint32_t line, const char *fmt, ...)
{
	if (report == NULL) {
		return;
	}
	if (report->count >= REPORT_LINES_MAX) {
		report->dropped++;
		return;
	}
	char *text = report->lines[report->count++];
	size_t used = 0;

	if (line > 0) {
		used = format(text, REPORT_LINE_BYTES,
			      "%s:%u: ", report->file != NULL ? report->file : "config", line);
	}
	if (used >= REPORT_LINE_BYTES) {
		return;
	}
	va_list args;
	va_start(args, fmt);
	format_v(text + used, REPORT_LINE_BYTES - used, fmt, args);
	va_end(args);
}
