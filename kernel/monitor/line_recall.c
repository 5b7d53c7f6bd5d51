/* SPDX-License-Identifier: Apache-2.0 */
/* line_recall.c: the keys that bring lines of the history back. */
#include "kernel/monitor/line_recall.h"

#include "kernel/lib/string.h"
#include "kernel/monitor/line_view.h"

#define CONTROL(letter) ((letter) - '@')

/*
 * Holds the line being typed as the newest of the history, so that it needs no second buffer.
 * Return: whether lines can be recalled.
 */
static bool begin(struct line *line)
{
	if (line->history == NULL || line->quiet || line->locked) {
		return false;
	}
	/* What did not fit into the line is lost: recalling the rest would make it look whole. */
	if (line->recall == 0 && !line->too_long) {
		line->recall = history_hold(line->history, line->text);
	}
	return line->recall != 0;
}

void recall_end(struct line *line)
{
	if (line->recall != 0) {
		history_drop(line->history);
	}
	line->recall = 0;
	line->searching = false;
}

static void show(struct line *line, size_t at)
{
	line->recall = at;
	line->length = history_read(line->history, at, line->text, sizeof(line->text));
	line->cursor = line->length;
	line->first = 0;
	line->too_long = false;
}

static void show_held(struct line *line)
{
	show(line, history_older(line->history, 0));
	recall_end(line);
	line_draw(line);
}

void recall_older(struct line *line)
{
	size_t older = begin(line) ? history_older(line->history, line->recall) : 0;

	if (older == 0) {
		line_bell(line);
		return;
	}
	show(line, older);
	line_draw(line);
}

void recall_newer(struct line *line)
{
	size_t newer = line->recall != 0 ? history_newer(line->history, line->recall) : 0;

	if (newer == 0) {
		line_bell(line);
		return;
	}
	show(line, newer);
	if (history_newer(line->history, newer) == 0) {
		recall_end(line);
	}
	line_draw(line);
}

void recall_search(struct line *line)
{
	if (!begin(line)) {
		line_bell(line);
		return;
	}
	line->searching = true;
	line->pattern[0] = '\0';
	line_draw(line);
}

/* Looks at the line at @at and older ones. Return: whether one was found; if not, nothing has changed. */
static bool search_from(struct line *line, size_t at)
{
	size_t offset = 0;
	size_t found = history_find(line->history, at, line->pattern, &offset);

	if (found == 0) {
		line_bell(line);
		return false;
	}
	show(line, found);
	line->cursor = offset;
	line_draw(line);
	return true;
}

/* The line being typed is none to find. */
static size_t newest_to_find(const struct line *line)
{
	return history_older(line->history, history_older(line->history, 0));
}

static void search_letter(struct line *line, char letter)
{
	size_t length = strlen(line->pattern);
	bool held = line->recall == history_older(line->history, 0);

	if (length + 1 == LINE_PATTERN_BYTES) {
		line_bell(line);
		return;
	}
	line->pattern[length] = letter;
	line->pattern[length + 1] = '\0';
	if (!search_from(line, held ? newest_to_find(line) : line->recall)) {
		line->pattern[length] = '\0';
	}
}

static void search_rubout(struct line *line)
{
	size_t length = strlen(line->pattern);

	if (length == 0) {
		line_bell(line);
		return;
	}
	line->pattern[length - 1] = '\0';
	search_from(line, newest_to_find(line));
}

bool recall_key(struct line *line, uint32_t key)
{
	if (key == CONTROL('R')) {
		search_from(line, history_older(line->history, line->recall));
	} else if (key == KEY_BACKSPACE || key == KEY_RUBOUT) {
		search_rubout(line);
	} else if (key == CONTROL('C') || key == CONTROL('G')) {
		line->searching = false;
		show_held(line);
	} else if (key >= ' ' && key < KEY_RUBOUT) {
		search_letter(line, (char)key);
	} else {
		line->searching = false;
		line_draw(line);
		return false;
	}
	return true;
}
