/* SPDX-License-Identifier: Apache-2.0 */
/* report.h: a list of everything that is wrong, in words, for the operator. */
#pragma once

#include "kernel/lib/types.h"

enum { REPORT_LINES_MAX = 48, REPORT_LINE_BYTES = 320 };

/** struct report - messages in the order they were found; starts zeroed. */
struct report {
	const char *file; /* the file the line numbers belong to */
	uint32_t count;   /* messages kept */
	uint32_t dropped; /* messages beyond REPORT_LINES_MAX, counted only */
	char lines[REPORT_LINES_MAX][REPORT_LINE_BYTES];
};

/**
 * report_add() - add a message.
 * @report: to this list; NULL when nobody wants to know
 * @line:   line of @report->file it is about, from 1; 0 when it is about no line
 * @fmt:    what was found and what to write instead, as format()
 */
void report_add(struct report *report, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** report_empty() - whether nothing was found wrong. */
static inline bool report_empty(const struct report *report)
{
	return report->count == 0;
}
