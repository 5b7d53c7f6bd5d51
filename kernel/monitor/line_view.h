/* SPDX-License-Identifier: Apache-2.0 */
/* line_view.h: the row of the screen that a line is shown on; for the line editor only. */
#pragma once

#include "kernel/monitor/line.h"

/** line_show_prompt() - show the prompt alone, on an empty row. */
void line_show_prompt(struct line *line);

/** line_show_from() - the text from character @from on has changed: show it. @from is not behind the cursor. */
void line_show_from(struct line *line, size_t from);

/** line_show_cursor() - the cursor alone has moved. */
void line_show_cursor(struct line *line);

/** line_end_row() - go to a new row; @text, which may be "", first, if there is room for it. */
void line_end_row(struct line *line, const char *text);

/** line_bell() - say that a key could not do what it does. */
void line_bell(struct line *line);
