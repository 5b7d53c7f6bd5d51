/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_vcpu_code.c: commands that show what a virtual processor executes. */
#include "kernel/guest_backtrace.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/hex.h"
#include "kernel/monitor/inspect.h"
#include "kernel/monitor/view.h"

enum { STEP_COUNT_MAX = 1000, INSTRUCTION_BYTES_MAX = 15, CODE_BYTES_SHOWN = 7 };

/* --- vcpu backtrace */

static struct backtrace start_trace(const struct inspected *who)
{
	const struct vcpu_snapshot *s = who->snapshot;
	bool wide = snapshot_is_64bit(s);

	return (struct backtrace){
		.paging = snapshot_paging(s),
		.memory = &who->partition->memory,
		.word_bytes = wide ? 8 : 4,
		.stack_base = wide ? 0 : snapshot_field(s, VMCS_GUEST_SS_BASE),
		.frame_pointer = wide ? s->general.rbp : (uint32_t)s->general.rbp,
		.frame_count = 1,
	};
}

static void show_frame(uint32_t number, uint64_t rip, uint64_t frame_pointer)
{
	view_object(NULL);
	view_number("frame", 5, number);
	view_hex("rip", -18, rip);
	view_hex("frame_pointer", 0, frame_pointer);
	view_object_end();
}

static bool vcpu_backtrace(struct command_run *run)
{
	struct inspected who;
	uint64_t caller = 0;
	enum backtrace_end end;

	switch (inspect_vcpu(run, VCPU_REQUEST_SNAPSHOT, &who)) {
	case INSPECT_WAIT:
		return false;
	case INSPECT_FAILED:
		return true;
	case INSPECT_READY:
		break;
	}
	struct backtrace trace = start_trace(&who);
	view_object(NULL);
	inspect_show_who(&who);
	view_list("frames");
	show_frame(0, snapshot_field(who.snapshot, VMCS_GUEST_RIP), trace.frame_pointer);
	while ((end = backtrace_next(&trace, &caller)) == BACKTRACE_MORE) {
		show_frame(trace.frame_count - 1, caller, trace.frame_pointer);
	}
	view_list_end();
	view_text("ended", 0, backtrace_end_text(end));
	view_object_end();
	return true;
}

/* --- vcpu step */

/* In run->at[], behind inspect.c's: */
enum { STEP_RIP = INSPECT_AT, STEP_CODE_COUNT, STEP_CODE_LOW, STEP_CODE_HIGH, STEP_BEGAN };

/* What the next instruction is; known before it is executed. */
static void note_code(struct command_run *run, const struct inspected *who)
{
	uint8_t code[HEX_BYTES] = { 0 };

	run->at[STEP_RIP] = snapshot_field(who->snapshot, VMCS_GUEST_RIP);
	run->at[STEP_CODE_COUNT] = inspect_code(who, code, INSTRUCTION_BYTES_MAX);
	memcpy(&run->at[STEP_CODE_LOW], code, sizeof(code));
}

_Static_assert(sizeof(((struct command_run *)NULL)->at) >= (STEP_BEGAN + 1) * sizeof(uint64_t),
	       "a step remembers its code");

/* Where RIP went tells how long an instruction was that did not jump. */
static size_t code_bytes(const struct command_run *run, uint64_t rip)
{
	uint64_t moved = rip - run->at[STEP_RIP];
	uint64_t known = run->at[STEP_CODE_COUNT];

	if (run->json && moved > 0 && moved <= known) {
		return moved;
	}
	return min_u64(CODE_BYTES_SHOWN, moved > 0 && moved <= known ? moved : known);
}

static void show_step(const struct command_run *run, const struct inspected *who, const char *exit)
{
	uint64_t rip = snapshot_field(who->snapshot, VMCS_GUEST_RIP);
	uint8_t code[HEX_BYTES];
	char text[HEX_TEXT_BYTES];

	memcpy(code, &run->at[STEP_CODE_LOW], sizeof(code));
	hex_text(code, code_bytes(run, rip), text);
	view_object(NULL);
	view_hex("rip", -18, run->at[STEP_RIP]);
	view_hex("next_rip", -18, rip);
	view_text("code", -3 * CODE_BYTES_SHOWN, text);
	view_text("exit", 0, exit);
	view_object_end();
}

/* The exit that the instruction caused; "" for none. */
static const char *exit_text(const struct vcpu_snapshot *snapshot)
{
	uint32_t reason = (uint32_t)snapshot_field(snapshot, VMCS_EXIT_REASON);

	return snapshot->step == STEP_EXITED ? exit_reason_name(reason & EXIT_REASON_BASIC_MASK)
					     : "";
}

static const char *no_step_text(const struct vcpu_snapshot *snapshot)
{
	if (snapshot->state != VCPU_RUNNING) {
		return "waits for a SIPI";
	}
	if (snapshot->step == STEP_REFUSED) {
		return "is at PUSHF, INT, SYSCALL, SYSENTER or the way back, which this processor "
		       "cannot step: it has no monitor trap flag";
	}
	return snapshot_field(snapshot, VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT
		       ? "sleeps in HLT, and no interrupt wakes it"
		       : "did not come to an instruction";
}

/* Return: true, there is no further step. */
static bool no_step(struct command_run *run, const struct inspected *who)
{
	const char *why = no_step_text(who->snapshot);

	if (run->at[INSPECT_SHOWN] == 0) {
		return command_fail(run, COMMAND_FAILED, "%s vcpu%u %s",
				    partition_name(who->partition), who->vcpu->id, why);
	}
	view_list_end();
	view_format("ended", 0, "it %s", why);
	run->status = COMMAND_FAILED;
	return true;
}

static bool step_done(struct command_run *run, const struct inspected *who, uint64_t count)
{
	if (who->snapshot->step != STEP_EXECUTED && who->snapshot->step != STEP_EXITED) {
		return no_step(run, who);
	}
	if (run->at[INSPECT_SHOWN]++ == 0) {
		view_object(NULL);
		inspect_show_who(who);
		view_list("steps");
	}
	show_step(run, who, exit_text(who->snapshot));
	return run->at[INSPECT_SHOWN] >= count;
}

/* Return: whether it can be done at all. */
static bool can_step(struct command_run *run, uint64_t *count)
{
	const struct partition *partition = guest_from_argument(run, run->argv[0]);

	*count = 1;
	if (partition == NULL ||
	    (run->argc > 2 && !inspect_amount(run, "count", run->argv[2], STEP_COUNT_MAX, count))) {
		return false;
	}
	if (*count == 0) {
		command_fail(run, COMMAND_USAGE, "count: no instruction is none; write 1 or more");
		return false;
	}
	if (run->at[INSPECT_SHOWN] == 0 && partition_state(partition) != PARTITION_PAUSED) {
		command_fail(run, COMMAND_FAILED, "%s is %s; pause it first: guest pause %s",
			     partition_name(partition),
			     partition_state_text(partition_state(partition)),
			     partition_name(partition));
		return false;
	}
	return true;
}

/* First a look at where it is, then step by step. */
static bool vcpu_step_command(struct command_run *run)
{
	struct inspected who;
	uint64_t count;
	bool began = run->at[STEP_BEGAN] != 0;

	if (!can_step(run, &count)) {
		return true;
	}
	switch (inspect_vcpu(run, began ? VCPU_REQUEST_STEP : VCPU_REQUEST_SNAPSHOT, &who)) {
	case INSPECT_WAIT:
		return false;
	case INSPECT_FAILED:
		return true;
	case INSPECT_READY:
		break;
	}
	if (began && step_done(run, &who, count)) {
		return true;
	}
	run->at[STEP_BEGAN] = 1;
	note_code(run, &who);
	inspect_again(run);
	return false;
}

/* clang-format off */
static const struct command vcpu_code_commands[] = {
	{ "vcpu backtrace", "NAME [VCPU]", "callers, by frame pointers; costs the guest one exit",
	  "vcpu backtrace linux", COMMAND_JSON, vcpu_backtrace },
	{ "vcpu step", "NAME [VCPU] [COUNT]", "execute instructions of a paused guest, one by one",
	  "vcpu step linux 0 10", COMMAND_JSON, vcpu_step_command },
};
/* clang-format on */

const struct command_group command_group_vcpu_code = { "Code of guests", vcpu_code_commands,
						       ARRAY_COUNT(vcpu_code_commands) };
