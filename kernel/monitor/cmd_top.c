/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_top.c: guests at a glance, live. It reads counters only: no guest exits for it. */
#include "kernel/monitor/cmd_top.h"

#include "kernel/clock.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/runner.h"
#include "kernel/monitor/view.h"
#include "kernel/partition_view.h"

#define US_PER_SECOND ((uint64_t)1000000)
/* Two looks this near or far make no rate. */
#define LOOKS_US_MIN (US_PER_SECOND / 2)
#define LOOKS_US_MAX (10 * US_PER_SECOND)

/* What the step remembers: names for run->at[]. AT_OVER_US: between the two looks; 0: not known yet. */
enum { AT_OVER_US, AT_GUEST };
enum { REASONS_SHOWN = 3, REASONS_BYTES = 64 };

static struct top_room *room;

void cmd_top_init(struct top_room *the_room)
{
	room = the_room;
}

static void look(const struct partition *partition, struct top_guest *guest)
{
	memset(guest, 0, sizeof(*guest));
	for (uint32_t i = 0; i < partition_vcpu_count(partition); i++) {
		const struct vcpu_counts *counts = partition_counts(partition, i);

		for (uint32_t slot = 0; slot < EXIT_SLOT_COUNT; slot++) {
			guest->exits[slot] +=
				__atomic_load_n(&counts->exits[slot].count, __ATOMIC_RELAXED);
		}
	}
	guest->console_bytes = partition_console(partition)->written;
}

static void look_at_all(uint64_t now)
{
	for (uint32_t i = 0; i < partition_count(); i++) {
		look(partition_at(i), &room->guests[i]);
	}
	room->us = now;
}

static uint64_t per_second(uint64_t count, uint64_t us)
{
	return (count * US_PER_SECOND + us / 2) / us;
}

/* The slot with the highest rate that is below that of the one before; EXIT_SLOT_COUNT for none. */
static uint32_t next_slot(const uint64_t *rates, uint32_t before)
{
	uint32_t best = EXIT_SLOT_COUNT;

	for (uint32_t i = 0; i < EXIT_SLOT_COUNT; i++) {
		bool behind = before == EXIT_SLOT_COUNT || rates[i] < rates[before] ||
			      (rates[i] == rates[before] && i > before);

		if (rates[i] > 0 && behind && (best == EXIT_SLOT_COUNT || rates[i] > rates[best])) {
			best = i;
		}
	}
	return best;
}

static void view_reasons(const uint64_t *rates, bool json)
{
	char text[REASONS_BYTES] = "";
	size_t used = 0;
	uint32_t slot = EXIT_SLOT_COUNT;

	if (json) {
		view_list("reasons");
	}
	for (uint32_t n = 0; n < REASONS_SHOWN || json; n++) {
		slot = next_slot(rates, slot);
		if (slot == EXIT_SLOT_COUNT) {
			break;
		}
		if (json) {
			view_object(NULL);
			view_text("reason", 0, exit_slot_name(slot));
			view_number("exits_s", 0, rates[slot]);
			view_object_end();
		} else if (used < sizeof(text)) {
			used += format(&text[used], sizeof(text) - used, "%s%s %lu",
				       n > 0 ? ", " : "", exit_slot_name(slot), rates[slot]);
		}
	}
	if (json) {
		view_list_end();
	} else {
		view_text("reasons", 0, text);
	}
}

/* In the hypervisor or not at all: what a guest's HLT does is its own affair, and unknown without an exit. */
static uint64_t parked_percent(const struct partition *partition)
{
	uint32_t count = partition_vcpu_count(partition);
	uint32_t parked = 0;

	for (uint32_t i = 0; i < count; i++) {
		bool runs = partition_vcpu_state(partition, i) == VCPU_RUNNING &&
			    partition_state(partition) == PARTITION_RUNNING;
		parked += runs ? 0 : 1;
	}
	return (uint64_t)parked * 100 / max_u64(count, 1);
}

static void view_guest(const struct partition *partition, uint32_t index, struct command_run *run)
{
	struct top_guest now;
	uint64_t over_us = run->at[AT_OVER_US];
	uint64_t rates[EXIT_SLOT_COUNT];
	uint64_t total = 0;

	look(partition, &now);
	for (uint32_t i = 0; i < EXIT_SLOT_COUNT; i++) {
		rates[i] = per_second(now.exits[i] - room->guests[index].exits[i], over_us);
		total += rates[i];
	}
	view_object(NULL);
	view_text("name", -12, partition_name(partition));
	view_text("state", -8, partition_state_text(partition_state(partition)));
	view_number("vcpus", 5, partition_vcpu_count(partition));
	view_number("parked", 6, parked_percent(partition));
	view_number("console_s", 9,
		    per_second(now.console_bytes - room->guests[index].console_bytes, over_us));
	view_number("exits_s", 7, total);
	view_reasons(rates, run->json);
	view_object_end();
}

/* Return: whether the last look is of use; if not, one is taken, and the step comes again in a second. */
static bool looked(struct command_run *run)
{
	uint64_t now = clock_us();
	uint64_t over_us = now - room->us;

	if (room->us == 0 || over_us > LOOKS_US_MAX || over_us < LOOKS_US_MIN) {
		look_at_all(now);
		run->wake_us = now + US_PER_SECOND;
		return false;
	}
	run->at[AT_OVER_US] = over_us;
	view_list(NULL);
	return true;
}

static bool once(struct command_run *run)
{
	if (run->at[AT_OVER_US] == 0 && !looked(run)) {
		return false;
	}
	uint32_t index = (uint32_t)run->at[AT_GUEST]++;
	if (index < partition_count()) {
		view_guest(partition_at(index), index, run);
		return false;
	}
	look_at_all(clock_us());
	return true;
}

static bool top(struct command_run *run)
{
	uint64_t interval_us = 2 * US_PER_SECOND;

	if (!runner_interval(run, &interval_us)) {
		return true;
	}
	if (run->json || command_option(run, "--once") != NULL) {
		return once(run);
	}
	runner_repeat("top --once", interval_us);
	return true;
}

/* clang-format off */
static const struct command top_commands[] = {
	{ "top", "[-n SECONDS] [--once]", "guests live: parked %, console bytes/s, exits/s; no exit for it",
	  "top -n 5", COMMAND_JSON | COMMAND_NO_PAGER, top },
};
/* clang-format on */

const struct command_group command_group_top = { "Top", top_commands, ARRAY_COUNT(top_commands) };
