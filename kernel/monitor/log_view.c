/* SPDX-License-Identifier: Apache-2.0 */
/* log_view.c: the log as the monitor shows it: as lines, and which of them are new. */
#include "kernel/monitor/log_view.h"

#include "kernel/monitor/settings.h"

static uint64_t shown;

static bool next_wanted(struct log_entry *entry)
{
	while (log_next(&shown, entry)) {
		if (entry->level <= settings.loglevel) {
			return true;
		}
	}
	return false;
}

size_t log_view_new(char *buffer)
{
	struct log_entry entry;

	if (!next_wanted(&entry)) {
		return 0;
	}
	size_t length = min_u64(log_entry_line(&entry, buffer), LOG_LINE_BYTES - 1);
	buffer[length] = '\n';
	return length + 1;
}

uint32_t log_view_skip(void)
{
	struct log_entry entry;
	uint32_t lines = 0;
	uint64_t end = log_end();

	/* Not further: who logs faster than we read must not hold us here. */
	while (shown < end && next_wanted(&entry)) {
		lines++;
	}
	return lines;
}

void log_view_seen(uint64_t position)
{
	shown = max_u64(shown, position);
}
