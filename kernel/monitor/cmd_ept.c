/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ept.c: commands that show what a guest's addresses are. The tables are fixed: it notices nothing. */
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/view.h"
#include "kernel/partition.h"

/* In run->at[]. */
enum { MAP_OPEN, MAP_AT };

enum { RUNS_A_STEP = 32, ACCESS_TEXT_BYTES = 4 };

static const char *type_text(uint8_t type)
{
	switch (type) {
	case MEMORY_TYPE_UC:
		return "UC";
	case MEMORY_TYPE_WC:
		return "WC";
	case MEMORY_TYPE_WT:
		return "WT";
	case MEMORY_TYPE_WP:
		return "WP";
	case MEMORY_TYPE_WB:
		return "WB";
	default:
		return "reserved";
	}
}

static void access_text(uint8_t access, char text[ACCESS_TEXT_BYTES])
{
	text[0] = (access & EPT_READ) != 0 ? 'r' : '-';
	text[1] = (access & EPT_WRITE) != 0 ? 'w' : '-';
	text[2] = (access & EPT_EXEC) != 0 ? 'x' : '-';
	text[3] = '\0';
}

/* --- ept walk */

static const char *step_text(const struct page_tree_step *step, bool last)
{
	if (!last) {
		return "table";
	}
	return page_tree_is_present(step->entry) ? "page" : "not present";
}

static void show_path(const struct ept *ept, gpa_t at)
{
	struct page_tree_step path[PAGE_TREE_LEVELS];
	uint32_t count = ept_path(ept, at, path);

	view_list("levels");
	for (uint32_t i = 0; i < count; i++) {
		view_object(NULL);
		view_number("level", 5, PAGE_TREE_LEVELS - i);
		view_hex("at", -14, path[i].where);
		view_hex("entry", -18, path[i].entry);
		view_size("covers_bytes", 12, path[i].bytes);
		view_text("is", 0, step_text(&path[i], i + 1 == count));
		view_object_end();
	}
	view_list_end();
}

static void show_translation(const struct ept *ept, gpa_t at)
{
	struct ept_entry entry;
	char access[ACCESS_TEXT_BYTES];
	bool mapped = ept_lookup(ept, at, &entry);

	view_bool("mapped", 0, mapped);
	if (!mapped) {
		return;
	}
	access_text(entry.access, access);
	view_hex("hpa", 0, entry.hpa.value + (at.value - entry.gpa.value));
	view_size("page_bytes", 0, entry.bytes);
	view_text("access", 0, access);
	view_text("type", 0, type_text(entry.type));
}

static bool ept_walk_command(struct command_run *run)
{
	struct partition *partition = guest_from_argument(run, run->argv[0]);
	uint64_t at;

	if (partition == NULL ||
	    !command_number(run, "guest-physical address", run->argv[1], PAGE_TREE_SPAN - 1, &at)) {
		return true;
	}
	view_object(NULL);
	view_text("guest", 0, partition_name(partition));
	view_hex("gpa", 0, at);
	show_path(&partition->ept, gpa(at));
	show_translation(&partition->ept, gpa(at));
	view_object_end();
	return true;
}

/* --- ept map */

static void show_run(const struct ept_run *run)
{
	char access[ACCESS_TEXT_BYTES];

	access_text(run->first.access, access);
	view_object(NULL);
	view_hex("gpa", -14, run->first.gpa.value);
	view_hex("gpa_last", -14, run->first.gpa.value + run->bytes - 1);
	view_hex("hpa", -15, run->first.hpa.value);
	view_size("bytes", 7, run->bytes);
	view_text("access", 6, access);
	view_text("type", -4, type_text(run->first.type));
	view_size("page_bytes", 0, run->first.bytes);
	view_object_end();
}

static bool ept_map_command(struct command_run *run)
{
	const struct partition *partition = guest_from_argument(run, run->argv[0]);
	struct ept_run next;

	if (partition == NULL) {
		return true;
	}
	if (run->at[MAP_OPEN]++ == 0) {
		view_list(NULL);
	}
	for (uint32_t i = 0; i < RUNS_A_STEP; i++) {
		if (!ept_next_run(&partition->ept, &run->at[MAP_AT], &next)) {
			return true;
		}
		show_run(&next);
	}
	return false;
}

/* clang-format off */
static const struct command ept_commands[] = {
	{ "ept walk", "NAME GPA", "every EPT entry that translates a guest-physical address",
	  "ept walk linux 0x100000", COMMAND_JSON, ept_walk_command },
	{ "ept map", "NAME", "what a guest's EPT maps: where, how, with pages of what size",
	  "ept map linux", COMMAND_JSON, ept_map_command },
};
/* clang-format on */

const struct command_group command_group_ept = { "EPT", ept_commands, ARRAY_COUNT(ept_commands) };
