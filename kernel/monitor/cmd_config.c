/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_config.c: commands that show the config and the plan, and hold them against what runs. */
#include "kernel/config_print.h"
#include "kernel/inspect.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/view.h"
#include "kernel/partition.h"
#include "kernel/plan_image.h"

/* What the steps remember: names for run->at[]. */
enum { AT_STARTED, AT_INDEX, AT_WRONG };

static void view_line(const struct config_line *line)
{
	char section[CONFIG_NAME_BYTES + 8];

	format(section, sizeof(section), "%s%s%s", line->section, line->name[0] != '\0' ? " " : "",
	       line->name);
	view_object(NULL);
	view_text("section", -18, section);
	view_text("key", -12, line->key->name);
	if (line->line != 0) {
		view_number("line", 4, line->line);
	} else {
		view_none("line", 4);
	}
	view_text("value", 0, line->value);
	view_object_end();
}

/* A line a step. */
static bool show_config(struct command_run *run)
{
	struct config_line line;

	if (run->at[AT_STARTED]++ == 0) {
		view_object(NULL);
		view_format("hash", 0, "%08x", config_hash());
		view_size("file_bytes", 0, inspect_boot()->config_text.length);
		view_list("settings");
	}
	if (!config_print(&inspect_boot()->config, (uint32_t)run->at[AT_INDEX]++, &line)) {
		return true;
	}
	view_line(&line);
	return false;
}

static void view_monitor_plan(const struct boot_info *info)
{
	const struct plan *plan = &info->plan;

	view_number("monitor_cpu", 0, plan->monitor_cpu);
	view_bool("monitor_shared", 0, plan->monitor_shared);
	view_hex("arena", 0, plan->arena.value);
	view_size("arena_bytes", 0, plan->arena_bytes);
}

/* Its RAM by pieces; what is the guest's as a whole is repeated on each. */
static void view_guest_plan(const struct boot_info *info, uint32_t index)
{
	const struct plan_guest *guest = &info->plan.guests[index];

	for (uint32_t i = 0; i < guest->ram_count; i++) {
		view_object(NULL);
		view_text("guest", -16, info->config.guests[index].name);
		view_hex("gpa", 12, guest->ram[i].gpa.value);
		view_hex("hpa", 14, guest->ram[i].hpa.value);
		view_size("size_bytes", 10, guest->ram[i].bytes);
		view_numbers("cpus", 0, guest->cpus, guest->cpu_count);
		view_object_end();
	}
}

static bool show_plan(struct command_run *run)
{
	const struct boot_info *info = inspect_boot();

	if (run->at[AT_STARTED]++ == 0) {
		view_object(NULL);
		view_monitor_plan(info);
		view_list("guests");
	}
	if (run->at[AT_INDEX] == info->plan.guest_count) {
		return true;
	}
	view_guest_plan(info, (uint32_t)run->at[AT_INDEX]++);
	return false;
}

/* --- check: everything is made anew in a room of its own and held against what runs. */

static bool config_reads_the_same(struct inspect_room *room)
{
	const struct boot_info *info = inspect_boot();

	config_parse((const char *)info->config_text.bytes, info->config_text.length, &room->config,
		     &room->report);
	return memcmp(&room->config, &info->config, sizeof(room->config)) == 0;
}

static bool plan_comes_out_the_same(struct inspect_room *room)
{
	const struct boot_info *info = inspect_boot();

	plan_make(&info->config, &info->machine, &room->plan, &room->report);
	return memcmp(&room->plan, &info->plan, sizeof(room->plan)) == 0;
}

static bool images_can_be_loaded(struct inspect_room *room)
{
	const struct boot_info *info = inspect_boot();

	for (uint32_t i = 0; i < info->config.guest_count; i++) {
		plan_image_probe(&info->config.guests[i], &info->guests[i], &room->report);
		plan_image_check(&info->config.guests[i], &info->plan.guests[i], &info->guests[i],
				 &room->report);
	}
	return true;
}

static bool partitions_are_what_the_plan_says(struct inspect_room *room)
{
	const struct boot_info *info = inspect_boot();
	bool same = partition_count() == info->plan.guest_count;

	(void)room;
	for (uint32_t i = 0; same && i < partition_count(); i++) {
		const struct partition *partition = partition_at(i);

		same = partition->config == &info->config.guests[i] &&
		       partition->plan == &info->plan.guests[i] &&
		       partition->vcpu_count == partition->plan->cpu_count &&
		       partition_memory_bytes(partition) == partition->config->memory_bytes;
	}
	return same;
}

struct check {
	bool (*same)(
		struct inspect_room *room); /* what is wrong with the input goes to the report */
	const char *what;
};

static const struct check checks[] = {
	{ config_reads_the_same, "the file, read again, is the config that runs" },
	{ plan_comes_out_the_same, "the plan, made again, is the one that runs" },
	{ images_can_be_loaded, "the guests' images can be loaded into their RAM" },
	{ partitions_are_what_the_plan_says, "the guests have the processors and RAM planned" },
};

static void view_finding(const char *what, const struct report *report, bool same)
{
	bool good = same && report_empty(report);

	view_object(NULL);
	view_text("result", -6, good ? "ok" : "FAILED");
	view_text("check", -46, what);
	if (good) {
		view_none("found", 0);
	} else {
		view_text("found", 0, report_empty(report) ? "it differs" : report->lines[0]);
	}
	view_object_end();
}

/* A check a step. */
static bool check(struct command_run *run)
{
	struct inspect_room *room = inspect_room();
	const struct check *row = &checks[run->at[AT_INDEX]];

	if (run->at[AT_INDEX] == 0) {
		view_list(NULL);
	}
	memset(&room->report, 0, sizeof(room->report));
	room->report.file = "muntin.conf";
	bool same = row->same(room);
	view_finding(row->what, &room->report, same);
	if (!same || !report_empty(&room->report)) {
		run->status = COMMAND_FAILED;
	}
	return ++run->at[AT_INDEX] == ARRAY_COUNT(checks);
}

/* clang-format off */
static const struct command config_commands[] = {
	{ "config show", "", "the config as understood; line - is a default", "", COMMAND_JSON,
	  show_config },
	{ "plan show", "", "which processors and memory everybody was given", "", COMMAND_JSON,
	  show_plan },
	{ "check", "", "config, plan and images again, against what runs", "", COMMAND_JSON,
	  check },
};
/* clang-format on */

const struct command_group command_group_config = { "Configuration", config_commands,
						    ARRAY_COUNT(config_commands) };
