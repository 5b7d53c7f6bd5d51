/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_memory_dump.c: the command that shows a guest's memory. The guest notices nothing. */
#include "kernel/lib/format.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/hex.h"
#include "kernel/monitor/inspect.h"
#include "kernel/monitor/view.h"

/* In run->at[]: bytes shown so far. */
enum { DUMP_OPEN, DUMP_DONE };

enum {
	DUMP_BYTES = 256,
	DUMP_BYTES_MAX = 64 * 1024,
	ROWS_A_STEP = 32,
	RANGES_BYTES = 160,
};

/* Whether all of it is RAM that the plan gave to this guest. */
static bool is_ram(const struct partition *partition, uint64_t at, uint64_t bytes)
{
	for (uint32_t i = 0; i < partition->plan->ram_count && bytes > 0; i++) {
		const struct plan_ram *ram = &partition->plan->ram[i];
		uint64_t offset = at - ram->gpa.value;

		/* Sorted by address: what goes on in the next piece is seen there. */
		if (at >= ram->gpa.value && offset < ram->bytes) {
			uint64_t part = min_u64(ram->bytes - offset, bytes);

			at += part;
			bytes -= part;
		}
	}
	return bytes == 0;
}

static bool refuse(struct command_run *run, const struct partition *partition)
{
	char ranges[RANGES_BYTES] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < partition->plan->ram_count && used < sizeof(ranges); i++) {
		const struct plan_ram *ram = &partition->plan->ram[i];

		used += format(&ranges[used], sizeof(ranges) - used, "%s0x%lx-0x%lx",
			       i > 0 ? ", " : "", ram->gpa.value, ram->gpa.value + ram->bytes - 1);
	}
	return command_fail(run, COMMAND_FAILED, "not all of that is RAM of %s, which is: %s",
			    partition_name(partition), ranges);
}

static void show_row(struct partition *partition, uint64_t at, size_t count)
{
	uint8_t bytes[HEX_BYTES];
	char hex[HEX_TEXT_BYTES];
	char text[HEX_BYTES];

	if (guest_memory_read(&partition->memory, gpa(at), bytes, count) != OK) {
		return; /* cannot be: is_ram() looked */
	}
	hex_text(bytes, count, hex);
	for (size_t i = 0; i < count; i++) {
		text[i] = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
	}
	view_object(NULL);
	view_hex("address", -13, at);
	view_text("bytes", -(HEX_TEXT_BYTES - 1), hex);
	view_bytes("text", 0, text, count);
	view_object_end();
}

static bool guest_memory(struct command_run *run)
{
	struct partition *partition = guest_from_argument(run, run->argv[0]);
	uint64_t at;
	uint64_t bytes = DUMP_BYTES;

	if (partition == NULL ||
	    !command_number(run, "guest-physical address", run->argv[1], UINT64_MAX, &at) ||
	    (run->argc > 2 &&
	     !inspect_amount(run, "length", run->argv[2], DUMP_BYTES_MAX, &bytes))) {
		return true;
	}
	if (at + bytes < at || !is_ram(partition, at, bytes)) {
		return refuse(run, partition);
	}
	if (run->at[DUMP_OPEN]++ == 0) {
		view_list(NULL);
	}
	for (uint32_t i = 0; i < ROWS_A_STEP && run->at[DUMP_DONE] < bytes; i++) {
		uint64_t count = min_u64(HEX_BYTES, bytes - run->at[DUMP_DONE]);

		show_row(partition, at + run->at[DUMP_DONE], count);
		run->at[DUMP_DONE] += count;
	}
	return run->at[DUMP_DONE] >= bytes;
}

/* clang-format off */
static const struct command memory_dump_commands[] = {
	{ "guest memory", "NAME GPA [LEN]", "a guest's RAM by guest-physical address; 256 bytes, or LEN up to 64 KiB",
	  "guest memory linux 0x100000 64", COMMAND_JSON, guest_memory },
};
/* clang-format on */

const struct command_group command_group_memory_dump = { "Guests' memory", memory_dump_commands,
							 ARRAY_COUNT(memory_dump_commands) };
