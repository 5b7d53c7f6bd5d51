/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_console_text.c: any bytes of a guest become lines: printable, within their columns, to the last byte. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/monitor/console_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct console_piece *piece, const char *text, size_t columns, size_t seen)
{
	assert(piece->length <= columns && piece->taken <= seen);
	for (size_t i = 0; i < piece->length; i++) {
		assert(text[i] >= ' ' && text[i] <= '~');
	}
}

/* The first byte says how many columns there are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[CONSOLE_TEXT_COLUMNS];

	if (size == 0) {
		return 0;
	}
	size_t columns = 8 + data[0] % (CONSOLE_TEXT_COLUMNS - 7);
	for (size_t at = 1; at < size;) {
		size_t left = size - at;
		size_t seen = columns + CONSOLE_TEXT_ENDING;
		struct console_piece piece;

		seen = seen < left ? seen : left;
		piece = console_text_next(&data[at], seen, text, columns);
		check(&piece, text, columns, seen);
		if (piece.taken == 0) {
			/* Only what may be the beginning of a line's end waits for more. */
			assert(piece.end == CONSOLE_END_OPEN && left <= 8);
			for (; at < size; at++) {
				assert(data[at] == '\r');
			}
		}
		at += piece.taken;
	}
	return 0;
}
