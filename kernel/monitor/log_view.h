/* SPDX-License-Identifier: Apache-2.0 */
/* log_view.h: the log as the monitor shows it: as lines, and which of them are new. */
#pragma once

#include "kernel/lib/log.h"
#include "kernel/lib/types.h"

/** LOG_VIEW_BYTES - a buffer of this size holds any line of the log and its newline. */
enum { LOG_VIEW_BYTES = LOG_LINE_BYTES + 1 };

/**
 * log_view_new() - a line that was neither shown nor skipped yet, of those that settings.loglevel shows.
 * @buffer: LOG_VIEW_BYTES of room
 *
 * Return: bytes, the last one a newline; 0: none is new.
 */
size_t log_view_new(char *buffer);

/** log_view_skip() - no line that is in the log now is new any longer. Return: how many would have been shown. */
uint32_t log_view_skip(void);

/** log_view_seen() - the lines before @position were shown. */
void log_view_seen(uint64_t position);
