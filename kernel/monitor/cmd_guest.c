/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_guest.c: commands that show guests. */
#include "kernel/monitor/cmd_guest.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/console.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/view.h"
#include "kernel/partition_launch.h"
#include "kernel/plan.h"

enum { NAMES_BYTES = 200 };

struct partition *guest_from_argument(struct command_run *run, const char *name)
{
	struct partition *partition = partition_find(name);
	char names[NAMES_BYTES] = "";
	size_t used = 0;

	if (partition != NULL) {
		return partition;
	}
	for (uint32_t i = 0; i < partition_count() && used < sizeof(names); i++) {
		used += format(&names[used], sizeof(names) - used, "%s%s", i > 0 ? ", " : " ",
			       partition_name(partition_at(i)));
	}
	command_fail(run, COMMAND_FAILED, "no guest is called \"%s\"; there %s%s", name,
		     partition_count() == 0 ? "are none" : "is:", names);
	return NULL;
}

static void view_cpus(const struct partition *partition, int width)
{
	uint32_t cpus[PLAN_CPUS_MAX];
	uint32_t count = partition_vcpu_count(partition);

	for (uint32_t i = 0; i < count; i++) {
		cpus[i] = partition_vcpu_cpu(partition, i);
	}
	view_numbers("cpus", width, cpus, count);
}

static uint32_t vcpus_in(const struct partition *partition, enum vcpu_state state)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < partition_vcpu_count(partition); i++) {
		found += partition_vcpu_state(partition, i) == state ? 1 : 0;
	}
	return found;
}

static void view_guest(const struct partition *partition)
{
	view_text("name", -16, partition_name(partition));
	view_text("state", -8, partition_state_text(partition_state(partition)));
	view_cpus(partition, -10);
	view_number("running_vcpus", 13, vcpus_in(partition, VCPU_RUNNING));
	view_size("memory_bytes", 12, partition_memory_bytes(partition));
	view_text("why", 0, partition_why(partition));
}

/* at[0]: the next guest. */
static bool guest_list(struct command_run *run)
{
	uint32_t index = (uint32_t)run->at[0]++;

	if (index == 0) {
		view_list(NULL);
	}
	if (index >= partition_count()) {
		return true;
	}
	view_object(NULL);
	view_guest(partition_at(index));
	view_object_end();
	return false;
}

static void view_vcpu(const struct partition *partition, uint32_t index)
{
	view_object(NULL);
	view_number("vcpu", 4, index);
	view_number("cpu", 4, partition_vcpu_cpu(partition, index));
	view_text("state", 0, vcpu_state_text(partition_vcpu_state(partition, index)));
	view_object_end();
}

/* What it runs from, or will: `guest relaunch` changes it. */
static void view_launch(const struct partition_launch *launch)
{
	view_text("kernel", 0, launch->kernel);
	view_text("initrd", 0, launch->initrd);
	view_text("modules", 0, launch->modules);
	view_text("cmdline", 0, launch->cmdline);
}

static void view_console(const struct partition *partition)
{
	struct console_counts counts = console_counts(partition);

	view_number("console_bytes", 0, counts.written);
	view_number("console_unread_bytes", 0, counts.unread);
	view_number("console_lost_bytes", 0, counts.lost);
}

static bool guest_show(struct command_run *run)
{
	const struct partition *partition = guest_from_argument(run, run->argv[0]);

	if (partition == NULL) {
		return true;
	}
	view_object(NULL);
	view_guest(partition);
	view_number("restarts", 0, partition_restarts(partition));
	view_launch(partition_launch_current(partition));
	view_console(partition);
	view_list("vcpus");
	for (uint32_t i = 0; i < partition_vcpu_count(partition); i++) {
		view_vcpu(partition, i);
	}
	return true;
}

/* clang-format off */
static const struct command guest_commands[] = {
	{ "guest list", "", "all guests: state, processors, memory, why stopped",
	  "", COMMAND_JSON, guest_list },
	{ "guest show", "NAME", "one guest, whole",
	  "guest show linux", COMMAND_JSON, guest_show },
};
/* clang-format on */

const struct command_group command_group_guest = { "Guests", guest_commands,
						   ARRAY_COUNT(guest_commands) };
