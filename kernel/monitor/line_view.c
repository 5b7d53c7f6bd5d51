/* SPDX-License-Identifier: Apache-2.0 */
/* line_view.c: the row of the screen that a line is shown on. */
#include "kernel/monitor/line_view.h"

#include "kernel/lib/string.h"

static const char search_head[] = "(search '";
static const char search_tail[] = "') ";

static void put(struct line *line, const char *text, size_t length)
{
	if (length > 0) {
		line->echo(text, length);
		line->column += length;
	}
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

static void put_spaces(struct line *line, size_t count)
{
	while (count-- > 0) {
		put(line, " ", 1);
	}
}

static size_t head_width(const struct line *line)
{
	return line->searching
		       ? sizeof(search_head) + sizeof(search_tail) - 2 + strlen(line->pattern)
		       : strlen(line->prompt);
}

static size_t view_width(const struct line *line)
{
	return LINE_COLUMNS - head_width(line);
}

/* A program that wants no echo and no prompt gets not even a CR. */
static bool row_is_ours(const struct line *line)
{
	return !line->quiet || line->prompt[0] != '\0';
}

/*
 * Scrolls by half a view, so that typing on behind the edge does not draw the line for every key.
 * Return: whether it scrolled.
 */
static bool follow_cursor(struct line *line)
{
	size_t width = view_width(line);
	size_t before = line->first;

	if (line->cursor < line->first) {
		line->first = line->cursor > width / 2 ? line->cursor - width / 2 : 0;
	}
	if (line->cursor > line->first + width) {
		line->first = line->cursor - width / 2;
	}
	return line->first != before;
}

/* Moves the screen's cursor over what is shown, to character @to of the text. */
static void go_to(struct line *line, size_t to)
{
	size_t head = head_width(line);
	size_t column = head + to - line->first;

	for (; line->column > column; line->column--) {
		line->echo("\b", 1);
	}
	put(line, &line->text[line->first + line->column - head], column - line->column);
}

static void show_text(struct line *line, size_t from)
{
	go_to(line, from);
	put(line, &line->text[from], min_u64(line->length, line->first + view_width(line)) - from);
	size_t shown = line->column;
	put_spaces(line, line->drawn > shown ? line->drawn - shown : 0);
	line->drawn = shown;
	go_to(line, line->cursor);
}

static void go_to_margin(struct line *line)
{
	if (row_is_ours(line)) {
		line->echo("\r", 1);
	}
	line->column = 0;
}

static void show_head(struct line *line)
{
	if (!line->searching) {
		put_text(line, line->prompt);
		return;
	}
	put_text(line, search_head);
	put_text(line, line->pattern);
	put_text(line, search_tail);
}

void line_show_prompt(struct line *line)
{
	line->column = 0;
	show_head(line);
	line->drawn = line->column;
}

void line_draw(struct line *line)
{
	go_to_margin(line);
	show_head(line);
	if (line->quiet) {
		line->drawn = line->column;
		return;
	}
	follow_cursor(line);
	show_text(line, line->first);
}

void line_hide(struct line *line)
{
	go_to_margin(line);
	put_spaces(line, line->drawn);
	go_to_margin(line);
	line->drawn = 0;
}

void line_show_from(struct line *line, size_t from)
{
	if (line->quiet) {
		return;
	}
	if (follow_cursor(line)) {
		line_draw(line);
		return;
	}
	show_text(line, max_u64(from, line->first));
}

void line_show_cursor(struct line *line)
{
	if (line->quiet) {
		return;
	}
	if (follow_cursor(line)) {
		line_draw(line);
		return;
	}
	go_to(line, line->cursor);
}

void line_end_row(struct line *line, const char *text)
{
	if (!line->quiet && line->column + strlen(text) <= LINE_COLUMNS) {
		put_text(line, text);
	}
	if (row_is_ours(line)) {
		line->echo("\r\n", 2);
	}
	line->column = 0;
	line->drawn = 0;
}

void line_bell(struct line *line)
{
	if (!line->quiet) {
		line->echo("\a", 1);
	}
}
