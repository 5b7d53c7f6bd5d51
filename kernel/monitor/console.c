/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: whose line the serial line is: the monitor's, or one guest's console. */
#include "kernel/monitor/console.h"

#include "kernel/config.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/byte_ring.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/wire.h"

/* CONSOLE_AHEAD_BYTES: at most so much of a guest's output waits in front of our own, 44 ms at 115200. */
enum { CONSOLE_CHUNK_BYTES = 256, CONSOLE_AHEAD_BYTES = 512 };

static uint8_t typed_bytes[CONSOLE_TYPED_BYTES];

static struct {
	struct partition *attached; /* NULL: the line is the monitor's */
	uint32_t index;             /* of @attached */
	enum partition_state state; /* of @attached, when it was last looked at */
	uint64_t shown[CONFIG_GUESTS_MAX];
	struct partition *typed_for;
	struct byte_ring typed; /* what @typed_for has not taken yet */
} console;

void console_reset(void)
{
	memset(&console, 0, sizeof(console));
	console.typed.bytes = typed_bytes;
	console.typed.size = CONSOLE_TYPED_BYTES;
}

static uint32_t index_of(const struct partition *partition)
{
	uint32_t index = 0;

	while (index < partition_count() && partition_at(index) != partition) {
		index++;
	}
	return index;
}

static void say_state(void)
{
	const char *why = partition_why(console.attached);

	output_format("\n[%s is %s%s", partition_name(console.attached),
		      partition_state_text(console.state), why[0] != '\0' ? ": " : "");
	output_foreign(why, strlen(why));
	output_text("]\n");
}

void console_attach(struct partition *partition)
{
	uint32_t index = index_of(partition);

	if (index >= CONFIG_GUESTS_MAX) {
		return;
	}
	if (console.typed_for != partition) {
		byte_ring_drop(&console.typed, byte_ring_used(&console.typed));
	}
	console.attached = partition;
	console.typed_for = partition;
	console.index = index;
	console.state = PARTITION_RUNNING;
	output_format("[attached to %s; Ctrl-] returns]\n", partition_name(partition));
}

bool console_attached(void)
{
	return console.attached != NULL;
}

void console_detach(void)
{
	output_format("\n[detached from %s]\n", partition_name(console.attached));
	console.attached = NULL;
}

bool console_key(uint8_t byte)
{
	if (byte == CONSOLE_ESCAPE) {
		console_detach();
		return true;
	}
	return byte_ring_put(&console.typed, byte);
}

static bool pump_typed(void)
{
	const uint8_t *bytes;
	uint32_t length = byte_ring_span(&console.typed, &bytes);

	if (length == 0) {
		return false;
	}
	size_t taken = partition_console_input(console.typed_for, bytes, length);
	byte_ring_drop(&console.typed, (uint32_t)min_u64(taken, length));
	return taken > 0;
}

static bool show_output(void)
{
	uint8_t bytes[CONSOLE_CHUNK_BYTES];
	uint64_t lost = 0;
	size_t length =
		console_ring_get(partition_console(console.attached), &console.shown[console.index],
				 bytes, sizeof(bytes), &lost);

	if (lost > 0) {
		output_format("\n[... %lu bytes lost]\n", lost);
	}
	wire_write(bytes, length);
	return length > 0 || lost > 0;
}

static bool show_state(void)
{
	enum partition_state state = partition_state(console.attached);

	/* On its way to another one: that will be said when it is there. */
	bool passing = state == PARTITION_ENDING || state == PARTITION_STARTING;

	if (state == console.state || passing) {
		return false;
	}
	console.state = state;
	say_state();
	return true;
}

bool console_pump(void)
{
	bool moved = pump_typed();

	while (console.attached != NULL && wire_queued() < CONSOLE_AHEAD_BYTES) {
		/* Its last words come before the line that says it stopped. */
		if (!show_output() && !show_state()) {
			break;
		}
		moved = true;
	}
	return moved;
}
