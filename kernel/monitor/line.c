/* SPDX-License-Identifier: Apache-2.0 */
/* line.c: the line editor: bytes of a keyboard in, a line of text out, echo through a callback. */
#include "kernel/monitor/line.h"

#include "kernel/lib/string.h"

#define CONTROL(letter) ((letter) - '@')

/* Values of escape. ESCAPE_PARAMETERS is behind "ESC [", ESCAPE_LETTER behind "ESC O". */
enum { ESCAPE_NONE, ESCAPE_SEEN, ESCAPE_PARAMETERS, ESCAPE_LETTER };
enum { BYTE_ESC = 0x1B, BYTE_DEL = 0x7F, ESCAPE_NUMBER_MAX = 1000 };

static void echo_text(struct line *line, const char *text)
{
	line->echo(text, strlen(text));
}

static void echo_times(struct line *line, const char *byte, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		line->echo(byte, 1);
	}
}

static size_t view_width(const struct line *line)
{
	return LINE_COLUMNS - strlen(line->prompt);
}

/* Scrolls by half a view, so that typing on behind the edge does not draw the line for every key. */
static void view_follow_cursor(struct line *line)
{
	size_t width = view_width(line);

	if (line->cursor < line->first) {
		line->first = line->cursor > width / 2 ? line->cursor - width / 2 : 0;
	}
	if (line->cursor > line->first + width) {
		line->first = line->cursor - width / 2;
	}
}

void line_draw(struct line *line)
{
	view_follow_cursor(line);
	size_t shown = min_u64(line->length - line->first, view_width(line));
	size_t stale = line->drawn > shown ? line->drawn - shown : 0;

	echo_text(line, "\r");
	echo_text(line, line->prompt);
	line->echo(&line->text[line->first], shown);
	echo_times(line, " ", stale);
	echo_times(line, "\b", stale + shown - (line->cursor - line->first));
	line->drawn = shown;
}

void line_hide(struct line *line)
{
	echo_text(line, "\r");
	echo_times(line, " ", strlen(line->prompt) + line->drawn);
	echo_text(line, "\r");
	line->drawn = 0;
}

void line_start(struct line *line)
{
	line->length = 0;
	line->cursor = 0;
	line->first = 0;
	line->drawn = 0;
	line->text[0] = '\0';
	line->too_long = false;
	line->escape = ESCAPE_NONE;
	echo_text(line, line->prompt);
}

/* Takes characters @from up to @to, not included, out of the text; the cursor stands at @from then. */
static void text_cut(struct line *line, size_t from, size_t to)
{
	memmove(&line->text[from], &line->text[to], line->length - to + 1);
	line->length -= to - from;
	line->cursor = from;
	line->too_long = false;
}

static void text_refuse(struct line *line)
{
	if (!line->too_long) {
		echo_text(line, "\a");
	}
	line->too_long = true;
}

static void text_insert(struct line *line, char c)
{
	if (line->length + 1 >= LINE_BYTES) {
		text_refuse(line);
		return;
	}
	size_t behind = line->length - line->cursor;
	memmove(&line->text[line->cursor + 1], &line->text[line->cursor], behind + 1);
	line->text[line->cursor++] = c;
	line->length++;
	if (behind > 0 || line->cursor > line->first + view_width(line)) {
		line_draw(line);
		return;
	}
	line->echo(&c, 1);
	line->drawn++;
}

static void key_backspace(struct line *line)
{
	if (line->cursor == 0) {
		return;
	}
	bool simple = line->cursor == line->length && line->cursor > line->first;
	text_cut(line, line->cursor - 1, line->cursor);
	if (!simple) {
		line_draw(line);
		return;
	}
	echo_text(line, "\b \b");
	line->drawn--;
}

static void key_delete(struct line *line)
{
	if (line->cursor < line->length) {
		text_cut(line, line->cursor, line->cursor + 1);
		line_draw(line);
	}
}

static void key_clear(struct line *line)
{
	text_cut(line, 0, line->length);
	line_draw(line);
}

static void key_clear_rest(struct line *line)
{
	text_cut(line, line->cursor, line->length);
	line_draw(line);
}

static void key_clear_word(struct line *line)
{
	size_t from = line->cursor;

	while (from > 0 && line->text[from - 1] == ' ') {
		from--;
	}
	while (from > 0 && line->text[from - 1] != ' ') {
		from--;
	}
	text_cut(line, from, line->cursor);
	line_draw(line);
}

static void key_left(struct line *line)
{
	line->cursor -= line->cursor > 0 ? 1 : 0;
	line_draw(line);
}

static void key_right(struct line *line)
{
	line->cursor += line->cursor < line->length ? 1 : 0;
	line_draw(line);
}

static void key_home(struct line *line)
{
	line->cursor = 0;
	line_draw(line);
}

static void key_end(struct line *line)
{
	line->cursor = line->length;
	line_draw(line);
}

struct key {
	uint32_t code;
	void (*press)(struct line *line);
};

static const struct key control_keys[] = {
	{ CONTROL('H'), key_backspace },  { BYTE_DEL, key_backspace },
	{ CONTROL('A'), key_home },       { CONTROL('E'), key_end },
	{ CONTROL('B'), key_left },       { CONTROL('F'), key_right },
	{ CONTROL('D'), key_delete },     { CONTROL('U'), key_clear },
	{ CONTROL('K'), key_clear_rest }, { CONTROL('W'), key_clear_word },
	{ CONTROL('L'), line_draw },
};

/* ESC [ letter and ESC O letter (ECMA-48, "Cursor control"; Home and End as xterm sends them). */
static const struct key letter_keys[] = {
	{ 'C', key_right },
	{ 'D', key_left },
	{ 'H', key_home },
	{ 'F', key_end },
};

/* ESC [ number ~, as the VT220, the Linux console and rxvt send them. */
static const struct key number_keys[] = {
	{ 1, key_home }, { 7, key_home }, { 4, key_end }, { 8, key_end }, { 3, key_delete },
};

static void press_key(struct line *line, const struct key *keys, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (keys[i].code == code) {
			keys[i].press(line);
			return;
		}
	}
}

static void end_sequence(struct line *line, uint8_t final)
{
	line->escape = ESCAPE_NONE;
	if (final == '~') {
		press_key(line, number_keys, ARRAY_COUNT(number_keys), line->escape_number);
		return;
	}
	press_key(line, letter_keys, ARRAY_COUNT(letter_keys), final);
}

static void take_parameter(struct line *line, uint8_t byte)
{
	if (byte >= '0' && byte <= '9' && line->escape_number < ESCAPE_NUMBER_MAX) {
		line->escape_number = line->escape_number * 10 + (uint32_t)(byte - '0');
	}
}

/* Return: false when @byte is no part of an escape sequence and means what it always means. */
static bool feed_escape(struct line *line, uint8_t byte)
{
	/* A control byte ends any sequence: a lone Esc never eats the Enter behind it. */
	if (line->escape == ESCAPE_NONE || byte < ' ') {
		line->escape = byte == BYTE_ESC ? ESCAPE_SEEN : ESCAPE_NONE;
		return byte == BYTE_ESC;
	}
	if (line->escape == ESCAPE_SEEN) {
		line->escape_number = 0;
		line->escape = byte == '['   ? ESCAPE_PARAMETERS
			       : byte == 'O' ? ESCAPE_LETTER
					     : ESCAPE_NONE;
		return true;
	}
	if (line->escape == ESCAPE_PARAMETERS && byte < '@') {
		take_parameter(line, byte);
		return true;
	}
	end_sequence(line, byte);
	return true;
}

static enum line_event end_line(struct line *line, uint8_t byte)
{
	line->after_cr = byte == '\r';
	echo_text(line, "\r\n");
	return line->too_long ? LINE_TOO_LONG : LINE_ENTERED;
}

static enum line_event abandon_line(struct line *line)
{
	bool room = line->cursor - line->first + 2 <= view_width(line);

	echo_text(line, room ? "^C\r\n" : "\r\n");
	return LINE_ABANDONED;
}

bool line_swallows(struct line *line, uint8_t byte)
{
	bool swallows = line->after_cr && byte == '\n';

	line->after_cr = false;
	return swallows;
}

enum line_event line_feed(struct line *line, uint8_t byte)
{
	if (line_swallows(line, byte) || feed_escape(line, byte)) {
		return LINE_EDITING;
	}
	if (byte == '\r' || byte == '\n') {
		return end_line(line, byte);
	}
	if (byte == CONTROL('C')) {
		return abandon_line(line);
	}
	if (byte >= ' ' && byte < BYTE_DEL) {
		text_insert(line, (char)byte);
		return LINE_EDITING;
	}
	press_key(line, control_keys, ARRAY_COUNT(control_keys), byte);
	return LINE_EDITING;
}
