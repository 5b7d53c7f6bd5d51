/* SPDX-License-Identifier: Apache-2.0 */
/* view.c: what a command shows, as text or as JSON. */
#include "kernel/monitor/view.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/output.h"

enum { VIEW_DEPTH_MAX = 6, VIEW_ROW_BYTES = 160, VIEW_TEXT_BYTES = 256, VIEW_KEY_COLUMNS = 20 };

/* What stands where, in text. */
enum level_kind { LEVEL_TOP, LEVEL_OBJECT, LEVEL_LIST, LEVEL_ROW };

struct level {
	enum level_kind kind;
	bool any;    /* something was written into it */
	bool headed; /* a list: its head was written */
};

/* A line of a table that is being put together. */
struct row_text {
	char text[VIEW_ROW_BYTES];
	size_t used;
};

static struct {
	bool json;
	unsigned depth;
	struct level levels[VIEW_DEPTH_MAX];
	struct row_text head;
	struct row_text row;
} view;

static struct level *innermost(void)
{
	return &view.levels[view.depth];
}

void view_begin(bool json)
{
	memset(&view, 0, sizeof(view));
	view.json = json;
}

void view_end(void)
{
	while (view.depth > 0) {
		if (innermost()->kind == LEVEL_LIST) {
			view_list_end();
		} else {
			view_object_end();
		}
	}
}

/* --- JSON (RFC 8259) */

static void json_char(char c)
{
	if (c == '"' || c == '\\') {
		output_format("\\%c", c);
	} else if (c >= ' ' && c <= '~') {
		output_bytes(&c, 1);
	} else {
		output_format("\\u%04x", (unsigned)(uint8_t)c);
	}
}

static void json_string(const char *text, size_t length)
{
	output_text("\"");
	for (size_t i = 0; i < length; i++) {
		json_char(text[i]);
	}
	output_text("\"");
}

/* Comma and key of what comes next. In a list at the top each element has a line of its own. */
static void json_next(const char *key)
{
	struct level *level = innermost();

	bool own_line = view.depth == 1 && level->kind == LEVEL_LIST;

	output_text(level->any ? (own_line ? ",\n" : ", ") : "");
	level->any = true;
	if (key != NULL) {
		json_string(key, strlen(key));
		output_text(": ");
	}
}

/* --- Text */

static void row_add(struct row_text *row, int width, const char *text, size_t length)
{
	char cell[VIEW_TEXT_BYTES];
	bool first = row->used == 0;
	size_t room = sizeof(row->text) - 1 - row->used;
	size_t cell_bytes = format(cell, sizeof(cell), "%s%*.*s", first ? "" : " ", width,
				   (int)min_u64(length, sizeof(cell) / 2), text);

	cell_bytes = min_u64(cell_bytes, room);
	memcpy(&row->text[row->used], cell, cell_bytes);
	row->used += cell_bytes;
}

static void row_write(struct row_text *row)
{
	while (row->used > 0 && row->text[row->used - 1] == ' ') {
		row->used--;
	}
	output_foreign(row->text, row->used);
	output_text("\n");
	row->used = 0;
}

static void indent(void)
{
	for (unsigned i = 1; i < view.depth; i++) {
		output_text("  ");
	}
}

static void text_cell(const char *key, int width, const char *text, size_t length)
{
	if (!view.levels[view.depth - 1].headed) {
		row_add(&view.head, width, key, strlen(key));
	}
	row_add(&view.row, width, text, length);
}

static void text_line(const char *key, const char *text, size_t length)
{
	indent();
	if (key != NULL) {
		output_format("%-*s ", VIEW_KEY_COLUMNS - 2 * (int)view.depth, key);
	}
	output_foreign(text, length);
	output_text("\n");
}

static void text_row_end(void)
{
	struct level *list = &view.levels[view.depth - 1];

	if (!list->headed) {
		list->headed = true;
		row_write(&view.head);
	}
	row_write(&view.row);
}

/* --- Both */

static void open_level(const char *key, enum level_kind kind)
{
	if (view.depth + 1 == VIEW_DEPTH_MAX) {
		return; /* no command nests so deep */
	}
	if (view.json) {
		json_next(key);
		output_text(kind == LEVEL_LIST ? (view.depth == 0 ? "[\n" : "[") : "{");
	} else if (key != NULL && kind != LEVEL_ROW) {
		output_format("%s:\n", key);
	}
	view.levels[++view.depth] = (struct level){ .kind = kind };
}

static void close_level(const char *json)
{
	bool top = view.depth == 1;

	view.depth--;
	if (view.json) {
		output_text(top && json[0] == ']' ? "\n" : "");
		output_text(json);
		output_text(top ? "\n" : "");
	}
}

void view_object(const char *key)
{
	open_level(key, innermost()->kind == LEVEL_LIST ? LEVEL_ROW : LEVEL_OBJECT);
}

void view_object_end(void)
{
	if (!view.json && innermost()->kind == LEVEL_ROW) {
		text_row_end();
	}
	close_level("}");
}

void view_list(const char *key)
{
	open_level(key, LEVEL_LIST);
}

void view_list_end(void)
{
	close_level("]");
}

/* A value that is @json there and @text here. */
static void put(const char *key, int width, const char *json, const char *text)
{
	if (view.json) {
		json_next(key);
		output_text(json);
	} else if (innermost()->kind == LEVEL_ROW) {
		text_cell(key, width, text, strlen(text));
	} else {
		text_line(key, text, strlen(text));
	}
}

void view_bytes(const char *key, int width, const char *bytes, size_t length)
{
	if (view.json) {
		json_next(key);
		json_string(bytes, length);
	} else if (innermost()->kind == LEVEL_ROW) {
		text_cell(key, width, bytes, length);
	} else {
		text_line(key, bytes, length);
	}
}

void view_text(const char *key, int width, const char *text)
{
	view_bytes(key, width, text, strlen(text));
}

void view_format(const char *key, int width, const char *fmt, ...)
{
	char text[VIEW_TEXT_BYTES];
	va_list args;

	va_start(args, fmt);
	size_t length = format_v(text, sizeof(text), fmt, args);
	va_end(args);
	view_bytes(key, width, text, min_u64(length, sizeof(text) - 1));
}

void view_number(const char *key, int width, uint64_t value)
{
	char text[24];

	format(text, sizeof(text), "%lu", value);
	put(key, width, text, text);
}

void view_thousandths(const char *key, int width, uint64_t thousandths)
{
	char text[24];

	format(text, sizeof(text), "%lu.%03lu", thousandths / 1000, thousandths % 1000);
	put(key, width, text, text);
}

void view_hex(const char *key, int width, uint64_t value)
{
	view_format(key, width, "0x%lx", value);
}

void view_bool(const char *key, int width, bool value)
{
	put(key, width, value ? "true" : "false", value ? "yes" : "no");
}

void view_none(const char *key, int width)
{
	put(key, width, "null", "-");
}

void view_size(const char *key, int width, uint64_t bytes)
{
	static const struct {
		uint64_t unit;
		char letter;
	} units[] = { { GIB, 'G' }, { MIB, 'M' }, { KIB, 'K' } };
	char json[24];
	char text[24];

	format(json, sizeof(json), "%lu", bytes);
	memcpy(text, json, sizeof(text));
	for (size_t i = ARRAY_COUNT(units); bytes != 0 && i-- > 0;) {
		if (is_aligned(bytes, units[i].unit)) {
			format(text, sizeof(text), "%lu%c", bytes / units[i].unit, units[i].letter);
		}
	}
	put(key, width, json, text);
}

void view_numbers(const char *key, int width, const uint32_t *numbers, uint32_t count)
{
	char text[VIEW_TEXT_BYTES];
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t first = 0, end; first < count && used < sizeof(text); first = end) {
		for (end = first + 1; end < count && numbers[end] == numbers[end - 1] + 1; end++) {
		}
		used += format(&text[used], sizeof(text) - used, first > 0 ? ",%u" : "%u",
			       numbers[first]);
		if (end - first > 1 && used < sizeof(text)) {
			used += format(&text[used], sizeof(text) - used, "-%u", numbers[end - 1]);
		}
	}
	if (!view.json) {
		put(key, width, "", text);
		return;
	}
	json_next(key);
	output_text("[");
	for (uint32_t i = 0; i < count; i++) {
		output_format("%s%u", i > 0 ? ", " : "", numbers[i]);
	}
	output_text("]");
}
