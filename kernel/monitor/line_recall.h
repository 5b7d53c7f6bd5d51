/* SPDX-License-Identifier: Apache-2.0 */
/* line_recall.h: the keys that bring lines of the history back; for the line editor only. */
#pragma once

#include "kernel/monitor/line.h"

/** recall_older() - show the line entered before the one shown. */
void recall_older(struct line *line);

/** recall_newer() - show the line entered behind the one shown, at last the one that was being typed. */
void recall_newer(struct line *line);

/** recall_search() - begin to look for a line. */
void recall_search(struct line *line);

/** recall_key() - a key while @line->searching. Return: false when it means what it always means. */
bool recall_key(struct line *line, uint32_t key);

/** recall_end() - the line shown is the one being edited from now on; the history is as it was. */
void recall_end(struct line *line);
