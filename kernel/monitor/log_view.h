/* SPDX-License-Identifier: Apache-2.0 */
/* log_view.h: the log as the monitor shows it: whole lines, and which of them are new. */
#pragma once

#include "kernel/lib/types.h"

/** LOG_VIEW_BYTES - a buffer of this size holds any line of the log and its newline. */
enum { LOG_VIEW_BYTES = 512 };

/**
 * log_view_read() - copy whole lines.
 * @position: as log_read()
 * @buffer:   LOG_VIEW_BYTES of room
 *
 * Return: bytes copied, the last one a newline; 0 at the end.
 */
size_t log_view_read(uint64_t *position, char *buffer);

/** log_view_new() - as log_view_read(), lines that were neither shown nor skipped yet. */
size_t log_view_new(char *buffer);

/** log_view_skip() - no line that is in the log now is new any longer. Return: how many were. */
uint32_t log_view_skip(void);

/** log_view_seen() - the lines before @position were shown. */
void log_view_seen(uint64_t position);
