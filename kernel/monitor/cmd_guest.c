/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_guest.c: commands about guests. */
#include "kernel/monitor/cmd_guest.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/console.h"
#include "kernel/monitor/output.h"

enum { LIST_TEXT_BYTES = 128 };

/* A list that is built up in a buffer; one that does not fit ends in "...". */
struct list_text {
	char text[LIST_TEXT_BYTES];
	size_t used;
};

static void list_add(struct list_text *list, const char *entry)
{
	static const char rest[] = " ...";
	size_t length = strlen(entry);

	if (list->used + length + sizeof(rest) <= sizeof(list->text)) {
		memcpy(&list->text[list->used], entry, length + 1);
		list->used += length;
		return;
	}
	if (list->used + sizeof(rest) <= sizeof(list->text)) {
		memcpy(&list->text[list->used], rest, sizeof(rest));
		list->used = sizeof(list->text);
	}
}

/* "3" or "3-5", as the config writes processors. */
static void format_range(char *text, size_t size, uint32_t first, uint32_t last)
{
	if (first == last) {
		format(text, size, "%u", first);
		return;
	}
	format(text, size, "%u-%u", first, last);
}

static void list_cpus(const struct partition *partition, struct list_text *list)
{
	uint32_t count = partition_vcpu_count(partition);

	for (uint32_t first = 0, end; first < count; first = end) {
		uint32_t cpu = partition_vcpu_cpu(partition, first);
		char range[24];
		char entry[32];

		end = first + 1;
		while (end < count && partition_vcpu_cpu(partition, end) == cpu + end - first) {
			end++;
		}
		format_range(range, sizeof(range), cpu, cpu + end - first - 1);
		format(entry, sizeof(entry), "%s%s", first > 0 ? "," : "", range);
		list_add(list, entry);
	}
}

static void list_vcpu_states(const struct partition *partition, struct list_text *list)
{
	uint32_t count = partition_vcpu_count(partition);

	for (uint32_t first = 0, end; first < count; first = end) {
		enum vcpu_state state = partition_vcpu_state(partition, first);
		char range[24];
		char entry[64];

		end = first + 1;
		while (end < count && partition_vcpu_state(partition, end) == state) {
			end++;
		}
		format_range(range, sizeof(range), first, end - 1);
		format(entry, sizeof(entry), "%s%s:%s", first > 0 ? " " : "", range,
		       vcpu_state_text(state));
		list_add(list, entry);
	}
}

static void format_size(char *text, size_t size, uint64_t bytes)
{
	if (is_aligned(bytes, GIB)) {
		format(text, size, "%luG", bytes / GIB);
	} else if (is_aligned(bytes, MIB)) {
		format(text, size, "%luM", bytes / MIB);
	} else {
		format(text, size, "%luK", bytes / KIB);
	}
}

static void say_guest(const struct partition *partition)
{
	struct list_text cpus = { "", 0 };
	struct list_text states = { "", 0 };
	char memory[24];
	const char *why = partition_why(partition);

	list_cpus(partition, &cpus);
	list_vcpu_states(partition, &states);
	format_size(memory, sizeof(memory), partition_memory_bytes(partition));
	output_format("%-16s %-8s %-8s %8s  %s\n", partition_name(partition),
		      partition_state_text(partition_state(partition)), cpus.text, memory,
		      states.text);
	if (why[0] != '\0') {
		output_text("  why: ");
		output_foreign(why, strlen(why));
		output_text("\n");
	}
}

/* at[0]: the next guest. */
static bool guest_list(struct command_run *run)
{
	uint32_t index = (uint32_t)run->at[0]++;

	if (partition_count() == 0) {
		output_text("no guests\n");
		return true;
	}
	if (index == 0) {
		output_format("%-16s %-8s %-8s %8s  %s\n", "NAME", "STATE", "CPUS", "MEMORY",
			      "VCPUS");
	}
	say_guest(partition_at(index));
	return index + 1 >= partition_count();
}

struct partition *guest_from_argument(const char *name)
{
	struct partition *partition = partition_find(name);

	if (partition != NULL) {
		return partition;
	}
	output_format("no guest is called \"%s\"; there %s", name,
		      partition_count() == 0 ? "are none" : "is:");
	for (uint32_t i = 0; i < partition_count(); i++) {
		output_format("%s %s", i > 0 ? "," : "", partition_name(partition_at(i)));
	}
	output_text("\n");
	return NULL;
}

static bool guest_console(struct command_run *run)
{
	struct partition *partition = guest_from_argument(run->argv[0]);

	if (partition != NULL) {
		console_attach(partition);
	}
	return true;
}

/* clang-format off */
static const struct command guest_commands[] = {
	{ "guest list", "", "guests: state, processors, memory, virtual processors, why stopped",
	  "", 0, 0, guest_list },
	{ "guest console", "NAME", "put the line on a guest's console; Ctrl-] returns",
	  "guest console linux", 1, 1, guest_console },
};
/* clang-format on */

const struct command_group command_group_guest = { "Guests", guest_commands,
						   ARRAY_COUNT(guest_commands) };
