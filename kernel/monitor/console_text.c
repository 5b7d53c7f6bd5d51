/* SPDX-License-Identifier: Apache-2.0 */
/* console_text.c: a guest's bytes made into lines that command no terminal. */
#include "kernel/monitor/console_text.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

/* CONSOLE_RETURNS_MAX: Linux writes CR CR LF; a longer run of CRs is no line's end. */
enum { CONSOLE_RETURNS_MAX = 8, CONSOLE_TAB = 8, CONSOLE_SHOWN_MAX = 8, BYTE_DEL = 0x7F };

/* Return: how many characters @byte is shown as at @column, in @shown. */
static size_t show_byte(uint8_t byte, size_t column, char shown[CONSOLE_SHOWN_MAX + 1])
{
	if (byte == '\t') {
		return format(shown, CONSOLE_SHOWN_MAX + 1, "%*s",
			      (int)(CONSOLE_TAB - column % CONSOLE_TAB), "");
	}
	if (byte < ' ' || byte == BYTE_DEL) {
		return format(shown, CONSOLE_SHOWN_MAX + 1, "^%c", byte ^ 0x40);
	}
	return format(shown, CONSOLE_SHOWN_MAX + 1, byte < BYTE_DEL ? "%c" : "\\x%02x", byte);
}

/* Return: bytes of the line's end that stands at @bytes; 0 when none does. @open: it may be one, with more bytes. */
static size_t line_end(const uint8_t *bytes, size_t count, bool *open)
{
	size_t returns = 0;

	while (returns < count && returns < CONSOLE_RETURNS_MAX && bytes[returns] == '\r') {
		returns++;
	}
	*open = returns > 0 && returns == count;
	return returns < count && bytes[returns] == '\n' ? returns + 1 : 0;
}

struct console_piece console_text_next(const uint8_t *bytes, size_t count, char *text,
				       size_t columns)
{
	struct console_piece piece = { 0, 0, CONSOLE_END_OPEN };

	while (piece.taken < count) {
		char shown[CONSOLE_SHOWN_MAX + 1];
		bool open;
		size_t end = line_end(&bytes[piece.taken], count - piece.taken, &open);

		if (end > 0) {
			piece.taken += end;
			piece.end = CONSOLE_END_LINE;
			break;
		}
		size_t length = show_byte(bytes[piece.taken], piece.length, shown);
		if (piece.length + length > columns) {
			piece.end = CONSOLE_END_FULL;
			break;
		}
		if (open) {
			break;
		}
		memcpy(&text[piece.length], shown, length);
		piece.length += length;
		piece.taken++;
	}
	return piece;
}
