/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_denied.c: the command that shows what guests asked for and were refused. */
#include "kernel/clock.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/vcpu_pick.h"
#include "kernel/monitor/view.h"
#include "kernel/partition_records.h"

/* What the step remembers: names for run->at[]. */
enum { AT_PHASE, AT_VCPU };
enum { PHASE_START, PHASE_VCPUS, PHASE_ROWS };

static void view_name(const struct vcpu_pick *pick)
{
	view_text("guest", -8, partition_name(pick->partition));
	view_number("vcpu", 4, pick->vcpu);
}

static void view_vcpu(const struct vcpu_pick *pick)
{
	const struct vcpu_counts *counts = partition_counts(pick->partition, pick->vcpu);

	view_object(NULL);
	view_name(pick);
	view_number("denied_msrs", 11, counts->denied_msrs);
	view_number("denied_ports", 12, counts->denied_ports);
	view_number("denied_addresses", 16, counts->denied_addresses);
	view_number("rows_lost", 0, partition_denied(pick->partition, pick->vcpu)->displaced);
	view_object_end();
}

static void view_row(const struct vcpu_pick *pick, const struct denied_entry *row)
{
	enum denied_kind kind = denied_kind(row);

	view_object(NULL);
	view_name(pick);
	view_text("what", -7, denied_what(kind));
	view_text("access", -6, denied_is_write(kind) ? "write" : "read");
	view_hex("number", 10, row->number);
	view_number("count", 9, row->count);
	view_hex("last_rip", 18, row->rip);
	view_number("last_ms", 0, clock_us_at(row->tsc) / 1000);
	view_object_end();
}

static void view_rows(const struct vcpu_pick *pick)
{
	const struct denied *denied = partition_denied(pick->partition, pick->vcpu);
	struct denied_entry row;

	for (uint32_t i = 0; i < DENIED_ENTRIES; i++) {
		if (denied_read(denied, i, &row)) {
			view_row(pick, &row);
		}
	}
}

static void step_vcpus(struct command_run *run, const char *name)
{
	if (!vcpu_pick_some(name, &run->at[AT_VCPU], view_vcpu)) {
		view_list_end();
		view_list("denied");
		run->at[AT_PHASE] = PHASE_ROWS;
		run->at[AT_VCPU] = 0;
	}
}

static bool denied(struct command_run *run)
{
	const char *name = run->argc > 0 ? run->argv[0] : NULL;
	struct vcpu_pick pick;

	switch (run->at[AT_PHASE]) {
	case PHASE_START:
		if (name != NULL && guest_from_argument(run, name) == NULL) {
			return true;
		}
		view_object(NULL);
		view_list("vcpus");
		run->at[AT_PHASE] = PHASE_VCPUS;
		return false;
	case PHASE_VCPUS:
		step_vcpus(run, name);
		return false;
	default:
		if (!vcpu_pick(name, run->at[AT_VCPU]++, &pick)) {
			return true;
		}
		view_rows(&pick);
		return false;
	}
}

/* clang-format off */
static const struct command denied_commands[] = {
	{ "denied", "[NAME]",
	  "MSRs, ports, addresses guests were refused",
	  "denied linux", COMMAND_JSON, denied },
};
/* clang-format on */

const struct command_group command_group_denied = { "Denied", denied_commands,
						    ARRAY_COUNT(denied_commands) };
