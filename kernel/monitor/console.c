/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: whose line the serial line is: the monitor's, one guest's console, or all guests' to read. */
#include "kernel/monitor/console.h"

#include "kernel/lib/string.h"
#include "kernel/monitor/byte_ring.h"
#include "kernel/monitor/lock.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/runner.h"
#include "kernel/monitor/settings.h"
#include "kernel/monitor/wire.h"

/* CONSOLE_AHEAD_BYTES: at most so much of a guest's output waits in front of our own, 22 ms at 115200. */
enum { CONSOLE_AHEAD_BYTES = 256, CONTROL = 0x40 };

enum console_mode { CONSOLE_NONE, CONSOLE_ONE, CONSOLE_ALL };

static struct {
	enum console_mode mode;
	bool announce;           /* it was not said yet what the line is now */
	bool after_escape;       /* the next key may be a second one */
	uint32_t index;          /* of @guest */
	struct partition *guest; /* attached, or the last that was; NULL: none yet */
	struct byte_ring typed;  /* what @guest has not taken yet */
	struct console_all all;  /* its places are those of CONSOLE_ONE too */
} console;

void console_reset(struct console_room *room)
{
	memset(&console, 0, sizeof(console));
	console.typed.bytes = room->typed;
	console.typed.size = sizeof(room->typed);
	console.all.places = room->places;
}

static uint32_t index_of(const struct partition *partition)
{
	uint32_t index = 0;

	while (index < partition_count() && partition_at(index) != partition) {
		index++;
	}
	return index;
}

static void take_line(enum console_mode mode)
{
	console.mode = mode;
	console.announce = true;
	console.after_escape = false;
}

void console_attach(struct partition *partition)
{
	uint32_t index = index_of(partition);

	if (index >= CONFIG_GUESTS_MAX) {
		return;
	}
	if (console.guest != partition) {
		byte_ring_drop(&console.typed, byte_ring_used(&console.typed));
	}
	console.guest = partition;
	console.index = index;
	console_show_begin(&console.all.places[index]);
	take_line(CONSOLE_ONE);
}

void console_attach_all(bool plain)
{
	for (uint32_t i = 0; i < partition_count(); i++) {
		console_show_begin(&console.all.places[i]);
	}
	console.all.plain = plain;
	console.all.turn = 0;
	take_line(CONSOLE_ALL);
}

bool console_attached(void)
{
	return console.mode != CONSOLE_NONE;
}

/* It waits until the command that attached has got its answer. */
static void announce(void)
{
	console.announce = false;
	if (console.mode == CONSOLE_ONE) {
		output_format("[attached to %s; Ctrl-%c returns]\n", partition_name(console.guest),
			      settings.escape ^ CONTROL);
		return;
	}
	output_format("[all consoles; Ctrl-%c or Ctrl-C returns]\n", settings.escape ^ CONTROL);
	for (uint32_t i = 0; i < partition_count(); i++) {
		console_show_skip(&console.all.places[i], i);
	}
}

void console_detach(void)
{
	if (console.mode == CONSOLE_ONE) {
		console_show_order(&console.all.places[console.index], true);
		output_format("\n[detached from %s]\n", partition_name(console.guest));
	} else {
		output_text("[detached from all consoles]\n");
	}
	console.mode = CONSOLE_NONE;
	console.announce = false;
}

bool console_key(uint8_t byte)
{
	bool leaves =
		byte == settings.escape || (console.mode == CONSOLE_ALL && byte == ('C' ^ CONTROL));

	if (leaves) {
		console_detach();
		console.after_escape = true;
		return true;
	}
	return console.mode == CONSOLE_ALL || byte_ring_put(&console.typed, byte);
}

/* --- Keys behind the escape key */

static void attach_number(uint8_t key)
{
	uint32_t number = key == '0' ? 10 : key - (uint32_t)'0';

	if (number > partition_count()) {
		output_format("[no guest has number %u: there are %u]\n", number,
			      partition_count());
		return;
	}
	console_attach(partition_at(number - 1));
}

static void send_break(void)
{
	output_format(partition_console_break(console.guest) ? "[BREAK sent to %s]\n"
							     : "[%s does not take a BREAK now]\n",
		      partition_name(console.guest));
}

static void list_keys(void)
{
	output_text(
		"1 to 9, 0 for 10: that guest; Ctrl-A: all guests. For the guest just left:\n"
		"Ctrl-B: a BREAK; Ctrl-V: the escape key itself. Other keys are the prompt's.\n");
	console.after_escape = true;
}

static bool key_for_guest(uint8_t byte)
{
	bool is_break = byte == ('B' ^ CONTROL);

	if (console.guest == NULL || (!is_break && byte != ('V' ^ CONTROL))) {
		return false;
	}
	output_text("\n");
	if (is_break) {
		send_break();
	} else {
		byte_ring_put(&console.typed, settings.escape);
	}
	console_attach(console.guest);
	return true;
}

bool console_second_key(uint8_t byte)
{
	bool first = console.after_escape;

	if (byte == settings.escape) {
		return false; /* however often it comes, it leads to the prompt */
	}
	console.after_escape = false;
	if (!first || lock_asks() || lock_hides_consoles()) {
		return false;
	}
	if (key_for_guest(byte)) {
		return true;
	}
	bool digit = byte >= '0' && byte <= '9';
	if (!digit && byte != '?' && byte != ('A' ^ CONTROL)) {
		return false;
	}
	output_text("\n");
	if (digit) {
		attach_number(byte);
	} else if (byte == '?') {
		list_keys();
	} else {
		console_attach_all(false);
	}
	return true;
}

/* --- Moving bytes */

static bool pump_typed(void)
{
	const uint8_t *bytes;
	uint32_t length = byte_ring_span(&console.typed, &bytes);

	if (length == 0) {
		return false;
	}
	size_t taken = partition_console_input(console.guest, bytes, length);
	byte_ring_drop(&console.typed, (uint32_t)min_u64(taken, length));
	return taken > 0;
}

static bool show(void)
{
	return console.mode == CONSOLE_ONE
		       ? console_show_one(&console.all.places[console.index], console.index)
		       : console_show_all(&console.all);
}

bool console_pump(void)
{
	bool moved = pump_typed();

	if (!console_attached() || runner_busy()) {
		return moved;
	}
	if (console.announce) {
		announce();
		moved = true;
	}
	while (wire_queued() < CONSOLE_AHEAD_BYTES && show()) {
		moved = true;
	}
	return moved;
}

bool console_typed_waits(const struct partition *partition)
{
	return console.guest == partition && byte_ring_used(&console.typed) > 0;
}

struct console_counts console_counts(const struct partition *partition)
{
	const struct console_ring *ring = partition_console(partition);
	const struct console_place *place = &console.all.places[index_of(partition)];
	uint64_t missed = console_ring_missed(ring, place->shown);
	uint64_t written = ring->written;

	return (struct console_counts){
		.written = written,
		.unread = written - (place->shown > written ? 0 : place->shown) - missed,
		.lost = place->lost + missed,
	};
}
