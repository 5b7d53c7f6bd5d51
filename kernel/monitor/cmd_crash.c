/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_crash.c: the record of the last panic, and a way to have one. */
#include "arch/cpu/exception.h"
#include "arch/vmx/exit_reason.h"
#include "kernel/crash.h"
#include "kernel/lib/log.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/view.h"
#include "kernel/monitor/view_time.h"

enum { BASIC_REASON = 0xFFFF };

static void view_registers(const struct crash_record *record)
{
	view_object("registers");
	for (unsigned i = 0; i < CRASH_REGISTERS; i++) {
		view_hex(crash_register_name(i), 0, record->registers[i]);
	}
	view_object_end();
}

static void view_trace(const struct crash_record *record)
{
	view_list("backtrace");
	for (uint32_t i = 0; i < record->trace_count; i++) {
		view_format(NULL, 0, "image+0x%lx", record->trace[i] - record->image);
	}
	view_list_end();
}

static void view_exit(const struct crash_exit *exit)
{
	if (exit->known == 0) {
		view_none("last_exit", 0);
		return;
	}
	view_object("last_exit");
	view_text("guest", 0, exit->guest);
	view_number("vcpu", 0, exit->vcpu);
	view_text("reason", 0, exit_reason_name(exit->reason & BASIC_REASON));
	view_hex("qualification", 0, exit->qualification);
	view_hex("guest_rip", 0, exit->guest_rip);
	view_object_end();
}

static void view_identity(const struct crash_record *record)
{
	view_text("reason", 0, record->reason);
	view_text("version", 0, record->version);
	view_number("runs_ago", 0, keep_run() - record->run);
	view_number("in_a_row", 0, record->in_a_row);
	view_date("time", record->epoch);
	view_number("up_us", 0, record->us);
	view_number("cpu", 0, record->cpu);
	view_hex("image", 0, record->image);
	if (record->vector == CRASH_NO_VECTOR) {
		view_none("vector", 0);
		view_none("error_code", 0);
		return;
	}
	view_number("vector", 0, record->vector);
	view_hex("error_code", 0, record->error_code);
}

static bool crash_show(struct command_run *run)
{
	const struct crash_record *record = crash_known(keep_record());

	if (record == NULL && !run->json) {
		output_text("no record: no panic, or the last reset did not keep memory\n");
		return true;
	}
	view_object(NULL);
	view_bool("recorded", 0, record != NULL);
	if (record == NULL) {
		return true;
	}
	view_identity(record);
	view_exit(&record->exit);
	view_trace(record);
	view_registers(record);
	return true;
}

/* An exception that nobody handles, so that all of the way is tried: vector, registers, stack, record. */
static bool crash_test(struct command_run *run)
{
	if (command_option(run, "--yes") == NULL) {
		return command_fail(
			run, COMMAND_USAGE,
			"this ends every guest and Muntin itself, as a fault of its own "
			"would: write crash test --yes");
	}
	log_warning("crash test: asked for at the monitor");
	__asm__ volatile("ud2");
	return true;
}

/* clang-format off */
static const struct command crash_commands[] = {
	{ "crash show", "", "the record of the last panic, also of an earlier run", "", COMMAND_JSON, crash_show },
	{ "crash test", "[--yes]", "panic on purpose: ends every guest; to try crash show and on-panic",
	  "crash test --yes", 0, crash_test },
};
/* clang-format on */

const struct command_group command_group_crash = { "Crash", crash_commands,
						   ARRAY_COUNT(crash_commands) };
