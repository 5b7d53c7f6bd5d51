/* SPDX-License-Identifier: Apache-2.0 */
/* log_view.c: the log as the monitor shows it: whole lines, and which of them are new. */
#include "kernel/monitor/log_view.h"

#include "kernel/lib/log.h"

_Static_assert((int)LOG_VIEW_BYTES > (int)LOG_LINE_BYTES, "or a line might never fit");

static uint64_t shown;

size_t log_view_read(uint64_t *position, char *buffer)
{
	size_t length = log_read(position, buffer, LOG_VIEW_BYTES);
	size_t whole = length;

	while (whole > 0 && buffer[whole - 1] != '\n') {
		whole--;
	}
	/* Read the rest again with its end. The log takes up lines as a whole, so there always is an end. */
	*position -= length - whole;
	return whole;
}

size_t log_view_new(char *buffer)
{
	return log_view_read(&shown, buffer);
}

uint32_t log_view_skip(void)
{
	char buffer[LOG_VIEW_BYTES];
	uint32_t lines = 0;
	size_t length;
	size_t bytes = 0;

	/* Not until the end: who logs faster than we read must not hold us here. */
	while (bytes < LOG_BYTES && (length = log_view_new(buffer)) > 0) {
		bytes += length;
		for (size_t i = 0; i < length; i++) {
			lines += buffer[i] == '\n' ? 1 : 0;
		}
	}
	return lines;
}

void log_view_seen(uint64_t position)
{
	shown = max_u64(shown, position);
}
