/* SPDX-License-Identifier: Apache-2.0 */
/* console_show.c: what guests print, on its way to the serial line. */
#include "kernel/monitor/console_show.h"

#include "kernel/clock.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/console_text.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/settings.h"
#include "kernel/monitor/wire.h"

/* SHOW_BYTES: with what may be queued in front of them they take less than 50 ms at 115200. */
enum {
	SHOW_BYTES = 128,
	SHOW_STAMPED_BYTES = 16,   /* were each of them a newline, the stamps would be as long */
	SHOW_PATIENCE_US = 100000, /* for the end of a line */
	SHOW_BACKLOG_BYTES = 2048, /* of each guest, when all are shown: 0.2 s at 115200 */
	SHOW_STAMP_COLUMNS = 18,   /* three years */
	SHOW_STATE_COLUMNS = 16,   /* "is stopped: ", and then some */
	SHOW_MARKS = 3,            /* brackets and mark */
	SHOW_COLOURS = 6,
	BYTE_ESC = 0x1B,
	BYTE_SO = 0x0E,
};

/*
 * CAN ends a sequence, ST a string; normal rendition and character set (ECMA-48, ISO/IEC 2022). Then the normal
 * screen without moving the cursor, normal cursor keys and keypad, wrapping, a visible cursor, no mouse, no bracketed
 * paste (xterm's control sequences, "DEC Private Mode"), no insertion, no margins (which sends the cursor home, so it
 * is saved around that).
 */
static const char order_short[] = "\x18\x1b\\\x1b[m\x0f\x1b(B";
static const char order_long[] = "\x1b[?47l\x1b[?1l\x1b>\x1b[?7h\x1b[?25h\x1b[?1000;1002;1003;2004l"
				 "\x1b[4l\x1b"
				 "7\x1b[r\x1b"
				 "8";

void console_show_begin(struct console_place *place)
{
	place->state = PARTITION_RUNNING;
	place->open_us = 0;
}

void console_show_order(struct console_place *place, bool leave)
{
	if (!place->controls) {
		return;
	}
	output_text(order_short);
	if (leave) {
		output_text(order_long);
		place->controls = false;
	}
}

static void write_stamp(void)
{
	uint64_t now = clock_us();

	output_format("[%5lu.%06lu] ", now / 1000000, now % 1000000);
}

/* Return: whether it has come to another state than the one that was said last, or left that for a while. */
static bool new_state(struct console_place *place, const struct partition *partition)
{
	enum partition_state state = partition_state(partition);
	bool passes = state == PARTITION_ENDING || state == PARTITION_STARTING;
	bool is_new = state != place->state && !passes;

	place->state = state;
	return is_new;
}

/* Why one that runs, or is held, ended the time before is not news. */
static void say_state(const struct console_place *place, const char *why, size_t columns)
{
	bool lives = place->state == PARTITION_RUNNING || place->state == PARTITION_PAUSED;
	bool tells = why[0] != '\0' && !lives;

	output_format("is %s%s", partition_state_text(place->state), tells ? ": " : "");
	output_foreign(why, tells ? min_u64(strlen(why), columns) : 0);
}

/* --- One guest */

static void note_controls(struct console_place *place, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool c1 = bytes[i] >= 0x80 && bytes[i] < 0xA0;

		place->controls |= c1 || bytes[i] == BYTE_ESC || bytes[i] == BYTE_SO;
	}
}

static void write_bytes(struct console_place *place, const uint8_t *bytes, size_t length)
{
	note_controls(place, bytes, length);
	for (size_t i = 0; i < length; i++) {
		/* A CR does not begin a line: it may belong to the end of the one before. */
		if (settings.timestamps && !place->middle && bytes[i] != '\r') {
			write_stamp();
		}
		place->middle = bytes[i] != '\n' && (place->middle || bytes[i] != '\r');
		wire_write(&bytes[i], 1);
	}
}

bool console_show_one(struct console_place *place, uint32_t index)
{
	const struct partition *partition = partition_at(index);
	uint8_t bytes[SHOW_BYTES];
	uint64_t lost = 0;
	size_t length =
		console_ring_get(partition_console(partition), &place->shown, bytes,
				 settings.timestamps ? SHOW_STAMPED_BYTES : SHOW_BYTES, &lost);

	if (lost > 0) {
		console_show_order(place, false);
		output_format("\n[... %lu bytes lost]\n", lost);
		place->lost += lost;
	}
	write_bytes(place, bytes, length);
	if (length > 0 || lost > 0) {
		return true;
	}
	/* Its last words come before the line that says it stopped. */
	if (!new_state(place, partition)) {
		return false;
	}
	console_show_order(place, false);
	output_format("\n[%s ", partition_name(partition));
	say_state(place, partition_why(partition), SIZE_MAX);
	output_text("]\n");
	place->middle = false;
	return true;
}

/* --- All of them */

/* Return: columns that the prefix leaves for what comes behind it. */
static size_t columns_behind(uint32_t index)
{
	size_t stamp = settings.timestamps ? SHOW_STAMP_COLUMNS : 0;

	return CONSOLE_TEXT_SCREEN - stamp - SHOW_MARKS -
	       strlen(partition_name(partition_at(index)));
}

static void write_prefix(uint32_t index, char mark, bool plain)
{
	const char *name = partition_name(partition_at(index));

	if (settings.timestamps) {
		write_stamp();
	}
	if (plain) {
		output_format("[%s]%c", name, mark);
	} else {
		output_format("\x1b[%um[%s]\x1b[m%c", 31 + index % SHOW_COLOURS, name, mark);
	}
}

void console_show_skip(struct console_place *place, uint32_t index)
{
	const struct console_ring *ring = partition_console(partition_at(index));
	uint64_t written = ring->written;
	uint64_t from = place->shown > written ? 0 : place->shown;

	if (written - from <= SHOW_BACKLOG_BYTES) {
		return;
	}
	place->lost += console_ring_missed(ring, from);
	place->shown = written - SHOW_BACKLOG_BYTES;
	place->middle = true;
	write_prefix(index, '*', true);
	output_format(" %lu bytes before this: guest log %s\n", place->shown - from,
		      partition_name(partition_at(index)));
}

static bool patient(struct console_place *place)
{
	uint64_t now = clock_us();

	if (place->open_us == 0) {
		place->open_us = max_u64(now, 1);
	}
	return now - place->open_us < SHOW_PATIENCE_US;
}

/* Return: whether the rest of a line that is on the screen already is nothing but its end. */
static bool only_ends(struct console_place *place, const struct console_piece *piece)
{
	return place->middle && piece->end == CONSOLE_END_LINE && piece->length == 0;
}

static void take_piece(struct console_place *place, uint64_t from,
		       const struct console_piece *piece)
{
	place->shown = from + piece->taken;
	place->middle = piece->end != CONSOLE_END_LINE;
	place->open_us = 0;
}

static void say_lost(struct console_place *place, uint32_t index, uint64_t lost, bool plain)
{
	place->lost += lost;
	place->middle = true;
	write_prefix(index, '*', plain);
	output_format(" %lu bytes lost\n", lost);
}

static bool show_line(struct console_place *place, uint32_t index, bool plain)
{
	uint8_t bytes[CONSOLE_TEXT_SCREEN + CONSOLE_TEXT_ENDING];
	char text[CONSOLE_TEXT_SCREEN];
	uint64_t end = place->shown;
	uint64_t lost = 0;
	size_t count = console_ring_get(partition_console(partition_at(index)), &end, bytes,
					sizeof(bytes), &lost);

	if (lost > 0) {
		place->shown = end - count;
		say_lost(place, index, lost, plain);
		return true;
	}
	struct console_piece piece = console_text_next(bytes, count, text, columns_behind(index));
	if (only_ends(place, &piece)) {
		take_piece(place, end - count, &piece);
		return true;
	}
	if (piece.end == CONSOLE_END_OPEN && (piece.taken == 0 || patient(place))) {
		return false;
	}
	write_prefix(index, place->middle ? '+' : ' ', plain);
	output_bytes(text, piece.length);
	output_text("\n");
	take_piece(place, end - count, &piece);
	return true;
}

static bool show_guest(struct console_place *place, uint32_t index, bool plain)
{
	const struct partition *partition = partition_at(index);

	if (show_line(place, index, plain)) {
		return true;
	}
	/* Its last words, though their line has no end, come first. */
	if (place->open_us != 0 || !new_state(place, partition)) {
		return false;
	}
	write_prefix(index, '*', plain);
	output_text(" ");
	say_state(place, partition_why(partition), columns_behind(index) - SHOW_STATE_COLUMNS);
	output_text("\n");
	return true;
}

bool console_show_all(struct console_all *all)
{
	uint32_t count = partition_count();

	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = (all->turn + i) % count;

		if (show_guest(&all->places[index], index, all->plain)) {
			all->turn = index + 1;
			return true;
		}
	}
	return false;
}
