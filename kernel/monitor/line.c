/* SPDX-License-Identifier: Apache-2.0 */
/* line.c: the line editor: bytes of a keyboard in, a line of text out, echo through a callback. */
#include "kernel/monitor/line.h"

#include "kernel/lib/string.h"
#include "kernel/monitor/line_recall.h"
#include "kernel/monitor/line_view.h"

#define CONTROL(letter) ((letter) - '@')

void line_start(struct line *line)
{
	recall_end(line);
	line->length = 0;
	line->cursor = 0;
	line->first = 0;
	memset(line->text, 0, sizeof(line->text)); /* it may have been a password */
	line->too_long = false;
	line->decoder = (struct key_decoder){ 0 };
	line->last_key = KEY_NONE;
	line_show_prompt(line);
}

/* Puts @length characters in for those from @from up to the cursor. Return: false when they do not fit. */
static bool text_replace(struct line *line, size_t from, const char *text, size_t length)
{
	size_t behind = line->length - line->cursor;

	if (from + length + behind >= LINE_BYTES) {
		line_bell(line);
		return false;
	}
	memmove(&line->text[from + length], &line->text[line->cursor], behind + 1);
	memcpy(&line->text[from], text, length);
	line->length = from + length + behind;
	line->cursor = from + length;
	line_show_from(line, from);
	return true;
}

/* Takes characters @from up to @to, not included, out of the text; the cursor stands at @from then. */
static void text_cut(struct line *line, size_t from, size_t to)
{
	if (from < to) {
		line->too_long = false;
		line->cursor = to;
		text_replace(line, from, "", 0);
	}
}

static void text_insert(struct line *line, char c)
{
	/* It rings once: what is pasted may be far too long. */
	if (!line->too_long) {
		line->too_long = !text_replace(line, line->cursor, &c, 1);
	}
}

static size_t word_start(const struct line *line)
{
	size_t at = line->cursor;

	while (at > 0 && line->text[at - 1] == ' ') {
		at--;
	}
	while (at > 0 && line->text[at - 1] != ' ') {
		at--;
	}
	return at;
}

static size_t word_end(const struct line *line)
{
	size_t at = line->cursor;

	while (line->text[at] == ' ') {
		at++;
	}
	while (line->text[at] != ' ' && line->text[at] != '\0') {
		at++;
	}
	return at;
}

static void go_to(struct line *line, size_t to)
{
	line->cursor = to;
	line_show_cursor(line);
}

static void key_left(struct line *line)
{
	go_to(line, line->cursor - (line->cursor > 0 ? 1 : 0));
}

static void key_right(struct line *line)
{
	go_to(line, line->cursor + (line->cursor < line->length ? 1 : 0));
}

static void key_home(struct line *line)
{
	go_to(line, 0);
}

static void key_end(struct line *line)
{
	go_to(line, line->length);
}

static void key_word_left(struct line *line)
{
	go_to(line, word_start(line));
}

static void key_word_right(struct line *line)
{
	go_to(line, word_end(line));
}

static void key_backspace(struct line *line)
{
	if (line->cursor > 0) {
		text_cut(line, line->cursor - 1, line->cursor);
	}
}

static void key_delete(struct line *line)
{
	if (line->cursor < line->length) {
		text_cut(line, line->cursor, line->cursor + 1);
	}
}

static void key_clear(struct line *line)
{
	text_cut(line, 0, line->length);
}

static void key_clear_rest(struct line *line)
{
	text_cut(line, line->cursor, line->length);
}

static void key_clear_word(struct line *line)
{
	text_cut(line, word_start(line), line->cursor);
}

static void key_clear_next_word(struct line *line)
{
	text_cut(line, line->cursor, word_end(line));
}

/* The one word that fits is whole: the next one may follow. */
static void end_word(struct line *line)
{
	if (line->text[line->cursor] == ' ') {
		key_right(line);
	} else {
		text_replace(line, line->cursor, " ", 1);
	}
}

static void show_list(struct line *line)
{
	struct line_completion found = {
		.text = line->text,
		.length = line->cursor,
		.list = line->echo,
	};

	line_end_row(line, "");
	line->complete(&found);
	line_draw(line);
}

static void key_complete(struct line *line)
{
	struct line_completion found = { .text = line->text, .length = line->cursor };

	if (line->complete == NULL || line->quiet || line->locked) {
		line_bell(line);
		return;
	}
	line->complete(&found);
	size_t length = strlen(found.word);
	size_t from = line->cursor - found.replaces;
	bool same = length == found.replaces && memcmp(&line->text[from], found.word, length) == 0;

	if (found.count == 1 || (found.count > 1 && !same)) {
		if (text_replace(line, from, found.word, length) && found.count == 1) {
			end_word(line);
		}
	} else if (found.count > 1 && line->last_key == KEY_TAB) {
		show_list(line);
	} else {
		line_bell(line);
	}
}

struct key_action {
	uint32_t key;
	void (*press)(struct line *line);
};

/* clang-format off */
static const struct key_action key_actions[] = {
	{ KEY_BACKSPACE, key_backspace },   { KEY_RUBOUT, key_backspace },
	{ KEY_LEFT, key_left },             { CONTROL('B'), key_left },
	{ KEY_RIGHT, key_right },           { CONTROL('F'), key_right },
	{ KEY_HOME, key_home },             { CONTROL('A'), key_home },
	{ KEY_END, key_end },               { CONTROL('E'), key_end },
	{ KEY_WORD_LEFT, key_word_left },   { KEY_WORD_RIGHT, key_word_right },
	{ KEY_DELETE, key_delete },         { CONTROL('D'), key_delete },
	{ CONTROL('U'), key_clear },        { CONTROL('K'), key_clear_rest },
	{ CONTROL('W'), key_clear_word },   { KEY_WORD_RUBOUT, key_clear_word },
	{ KEY_WORD_DELETE, key_clear_next_word },
	{ KEY_UP, recall_older },           { CONTROL('P'), recall_older },
	{ KEY_DOWN, recall_newer },         { CONTROL('N'), recall_newer },
	{ CONTROL('R'), recall_search },    { KEY_TAB, key_complete },
	{ CONTROL('L'), line_draw },
};
/* clang-format on */

static void press_key(struct line *line, uint32_t key)
{
	if (key >= ' ' && key < KEY_RUBOUT) {
		text_insert(line, (char)key);
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(key_actions); i++) {
		if (key_actions[i].key == key) {
			key_actions[i].press(line);
			return;
		}
	}
}

static enum line_event end_line(struct line *line, uint32_t key)
{
	recall_end(line);
	line->after_cr = key == '\r';
	line_end_row(line, "");
	return line->too_long ? LINE_TOO_LONG : LINE_ENTERED;
}

static enum line_event abandon_line(struct line *line)
{
	recall_end(line);
	line_end_row(line, "^C");
	return LINE_ABANDONED;
}

bool line_swallows(struct line *line, uint8_t byte)
{
	bool swallows = line->after_cr && byte == '\n';

	line->after_cr = false;
	return swallows;
}

/*
 * In a line with a tag a key that edits is a byte that the wire damaged ('0' and ^P differ in one bit), and would bring
 * back and run what somebody entered before. A character in its place is found by the line's checksum.
 */
static bool is_damage(const struct line *line, uint8_t byte)
{
	bool control = byte < ' ' || byte == KEY_RUBOUT;
	bool wanted = byte == '\r' || byte == '\n' || byte == CONTROL('C') || byte == CONTROL('U');

	return line->text[0] == '@' && control && !wanted;
}

enum line_event line_feed(struct line *line, uint8_t byte)
{
	if (line_swallows(line, byte)) {
		return LINE_EDITING;
	}
	byte = is_damage(line, byte) ? '?' : byte;
	uint32_t key = key_decode(&line->decoder, byte);
	if (key == KEY_NONE || (line->searching && recall_key(line, key))) {
		return LINE_EDITING;
	}
	if (key == '\r' || key == '\n') {
		return end_line(line, key);
	}
	if (key == CONTROL('C')) {
		return abandon_line(line);
	}
	press_key(line, key);
	line->last_key = key;
	return LINE_EDITING;
}
