/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_memory.c: commands that show who owns which memory. */
#include "kernel/memory.h"
#include "kernel/memory_map.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/view.h"

/* What the step remembers: names for run->at[]. */
enum { AT_STARTED, AT_ADDRESS, AT_MUNTIN, AT_GUESTS };

static void view_piece(const struct memory_map_piece *piece)
{
	view_object(NULL);
	view_hex("start", 12, piece->base);
	view_hex("end", 12, piece->base + piece->bytes - 1);
	view_size("size_bytes", 10, piece->bytes);
	view_text("owner", -10, piece->guest != NULL ? piece->guest : "(muntin)");
	view_text("access", -6, piece->access);
	if (piece->is_ram) {
		view_hex("gpa", 11, piece->gpa);
	} else {
		view_none("gpa", 11);
	}
	view_text("what", 0, piece->what);
	view_object_end();
}

static bool map_end(struct command_run *run)
{
	view_list_end();
	view_object("totals");
	view_size("guests_bytes", 0, run->at[AT_GUESTS]);
	view_size("muntin_bytes", 0, run->at[AT_MUNTIN]);
	view_size("arena_free_bytes", 0, memory_free());
	return true;
}

static bool show_map(struct command_run *run)
{
	struct memory_map_piece piece;

	if (run->at[AT_STARTED]++ == 0) {
		view_object(NULL);
		view_list("pieces");
	}
	if (!memory_map_next(run->at[AT_ADDRESS], &piece)) {
		return map_end(run);
	}
	view_piece(&piece);
	run->at[AT_ADDRESS] = piece.base + piece.bytes;
	run->at[piece.guest != NULL ? AT_GUESTS : AT_MUNTIN] += piece.bytes;
	return false;
}

static bool show_free(struct command_run *run)
{
	(void)run;
	view_object(NULL);
	view_size("arena_bytes", 0, memory_used() + memory_free());
	view_size("used_bytes", 0, memory_used());
	view_size("free_bytes", 0, memory_free());
	view_bool("sealed", 0, memory_sealed());
	return true;
}

/* clang-format off */
static const struct command memory_commands[] = {
	{ "memory map", "", "who owns which memory, in the order of addresses", "", COMMAND_JSON,
	  show_map },
	{ "memory free", "", "Muntin's own memory: fixed once it is sealed", "", COMMAND_JSON,
	  show_free },
};
/* clang-format on */

const struct command_group command_group_memory = { "Memory", memory_commands,
						    ARRAY_COUNT(memory_commands) };
