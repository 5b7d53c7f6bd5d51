/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_vcpu.c: commands about virtual processors. */
#include "kernel/guest_backtrace.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/bits.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/hex.h"
#include "kernel/monitor/inspect.h"
#include "kernel/monitor/view.h"
#include "kernel/vcpu_step.h"

enum { STEP_COUNT_MAX = 1000, INSTRUCTION_BYTES_MAX = 15, JUMP_BYTES_SHOWN = 7 };

/* --- vcpu list */

enum { LIST_GUEST, LIST_VCPU, LIST_OPEN };

static uint64_t exits_total(const struct vcpu_counts *counts)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < EXIT_SLOT_COUNT; i++) {
		total += __atomic_load_n(&counts->exits[i].count, __ATOMIC_RELAXED);
	}
	return total;
}

static void show_vcpu(const struct partition *partition, uint32_t index)
{
	enum vcpu_state state = partition_vcpu_state(partition, index);
	bool paused = state == VCPU_RUNNING && partition_state(partition) == PARTITION_PAUSED;

	view_object(NULL);
	view_text("guest", -20, partition_name(partition));
	view_number("vcpu", 4, index);
	view_number("cpu", 4, partition_vcpu_cpu(partition, index));
	view_text("state", -13, paused ? "paused" : vcpu_state_text(state));
	view_number("exits", 0, exits_total(partition_counts(partition, index)));
	view_object_end();
}

static bool vcpu_list(struct command_run *run)
{
	const struct partition *only =
		run->argc > 0 ? guest_from_argument(run, run->argv[0]) : NULL;
	uint32_t index = (uint32_t)run->at[LIST_GUEST];

	if (run->argc > 0 && only == NULL) {
		return true;
	}
	if (run->at[LIST_OPEN]++ == 0) {
		view_list(NULL);
	}
	if (index >= partition_count()) {
		return true;
	}
	const struct partition *partition = partition_at(index);
	uint32_t vcpu = (uint32_t)run->at[LIST_VCPU]++;
	if (vcpu >= partition_vcpu_count(partition) || (only != NULL && only != partition)) {
		run->at[LIST_GUEST]++;
		run->at[LIST_VCPU] = 0;
	} else {
		show_vcpu(partition, vcpu);
	}
	return false;
}

/* --- vcpu regs */

static void show_general(const struct vcpu_snapshot *s)
{
	const struct vmx_guest *g = &s->general;
	const struct {
		char name[4];
		uint64_t value;
	} registers[] = {
		{ "rip", snapshot_field(s, VMCS_GUEST_RIP) },
		{ "rsp", snapshot_field(s, VMCS_GUEST_RSP) },
		{ "rax", g->rax },
		{ "rbx", g->rbx },
		{ "rcx", g->rcx },
		{ "rdx", g->rdx },
		{ "rsi", g->rsi },
		{ "rdi", g->rdi },
		{ "rbp", g->rbp },
		{ "r8", g->r8 },
		{ "r9", g->r9 },
		{ "r10", g->r10 },
		{ "r11", g->r11 },
		{ "r12", g->r12 },
		{ "r13", g->r13 },
		{ "r14", g->r14 },
		{ "r15", g->r15 },
	};

	view_object("general");
	for (size_t i = 0; i < ARRAY_COUNT(registers); i++) {
		view_hex(registers[i].name, 0, registers[i].value);
	}
	view_object_end();
}

static void show_register(const char *name, uint64_t value, const char *bits)
{
	char text[BITS_TEXT_BYTES] = "";

	if (bits != NULL) {
		bits_text(bits, value, text);
	}
	view_object(NULL);
	view_text("register", -8, name);
	view_hex("value", -18, value);
	view_text("bits", 0, text);
	view_object_end();
}

static void show_control(const struct vcpu_snapshot *s)
{
	view_list("control");
	show_register("RFLAGS", snapshot_field(s, VMCS_GUEST_RFLAGS), bits_of_rflags);
	show_register("CR0", snapshot_cr0(s), bits_of_cr0);
	show_register("CR2", s->cr2, NULL);
	show_register("CR3", snapshot_field(s, VMCS_GUEST_CR3), NULL);
	show_register("CR4", snapshot_cr4(s), bits_of_cr4);
	show_register("CR8", s->cr8, NULL);
	show_register("EFER", snapshot_field(s, VMCS_GUEST_EFER), bits_of_efer);
	if (s->has_xcr0) {
		show_register("XCR0", s->xcr0, bits_of_xcr0);
	}
	for (uint32_t i = 0; i < SNAPSHOT_DRS; i++) {
		const char name[] = { 'D', 'R', (char)('0' + i), '\0' };

		show_register(name, s->dr[i], NULL);
	}
	show_register("DR6", s->dr6, bits_of_dr6);
	show_register("DR7", snapshot_field(s, VMCS_GUEST_DR7), bits_of_dr7);
	view_list_end();
}

static void show_segments(const struct vcpu_snapshot *s)
{
	static const char names[SEG_COUNT][5] = {
		"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"
	};

	view_list("segments");
	for (uint32_t i = 0; i < SEG_COUNT; i++) {
		uint32_t step = i * VMCS_SEGMENT_STEP;
		uint32_t access = (uint32_t)snapshot_field(s, VMCS_GUEST_ES_ACCESS + step);
		char text[BITS_TEXT_BYTES];

		bits_segment(access, text);
		view_object(NULL);
		view_text("segment", -7, names[i]);
		view_hex("selector", -8, snapshot_field(s, VMCS_GUEST_ES_SELECTOR + step));
		view_hex("base", -18, snapshot_field(s, VMCS_GUEST_ES_BASE + step));
		view_hex("limit", -10, snapshot_field(s, VMCS_GUEST_ES_LIMIT + step));
		view_hex("access", -7, access);
		view_text("is", 0, text);
		view_object_end();
	}
	view_list_end();
}

static void show_table(const char *name, uint64_t base, uint64_t limit)
{
	view_object(NULL);
	view_text("table", -5, name);
	view_hex("base", -18, base);
	view_hex("limit", 0, limit);
	view_object_end();
}

static void show_tables(const struct vcpu_snapshot *s)
{
	view_list("tables");
	show_table("GDTR", snapshot_field(s, VMCS_GUEST_GDTR_BASE),
		   snapshot_field(s, VMCS_GUEST_GDTR_LIMIT));
	show_table("IDTR", snapshot_field(s, VMCS_GUEST_IDTR_BASE),
		   snapshot_field(s, VMCS_GUEST_IDTR_LIMIT));
	view_list_end();
}

static void show_msrs(const struct vcpu_snapshot *s)
{
	const struct {
		char name[24];
		uint64_t value;
	} msrs[] = {
		{ "IA32_PAT", snapshot_field(s, VMCS_GUEST_PAT) },
		{ "IA32_DEBUGCTL", snapshot_field(s, VMCS_GUEST_DEBUGCTL) },
		{ "IA32_SYSENTER_CS", snapshot_field(s, VMCS_GUEST_SYSENTER_CS) },
		{ "IA32_SYSENTER_ESP", snapshot_field(s, VMCS_GUEST_SYSENTER_ESP) },
		{ "IA32_SYSENTER_EIP", snapshot_field(s, VMCS_GUEST_SYSENTER_EIP) },
		{ "IA32_STAR", s->star },
		{ "IA32_LSTAR", s->lstar },
		{ "IA32_CSTAR", s->cstar },
		{ "IA32_FMASK", s->fmask },
		{ "IA32_KERNEL_GS_BASE", s->kernel_gs_base },
	};

	view_list("msrs");
	for (size_t i = 0; i < ARRAY_COUNT(msrs); i++) {
		view_object(NULL);
		view_text("msr", -20, msrs[i].name);
		view_hex("value", 0, msrs[i].value);
		view_object_end();
	}
	view_list_end();
}

static const char *activity_text(uint64_t activity)
{
	static const char texts[][14] = { "active", "HLT", "shutdown", "wait-for-SIPI" };

	return activity < ARRAY_COUNT(texts) ? texts[activity] : "reserved";
}

static void show_state(const struct inspected *who)
{
	const struct vcpu_snapshot *s = who->snapshot;
	char blocking[BITS_TEXT_BYTES];

	bits_text(bits_of_vmcs(VMCS_GUEST_INTERRUPTIBILITY),
		  snapshot_field(s, VMCS_GUEST_INTERRUPTIBILITY), blocking);
	inspect_show_who(who);
	view_number("cpu", 0, who->vcpu->cpu->index);
	view_text("state", 0, s->held ? "paused" : vcpu_state_text(s->state));
	view_text("activity", 0, activity_text(snapshot_field(s, VMCS_GUEST_ACTIVITY)));
	view_text("blocking_by", 0, blocking);
	view_bool("code_64bit", 0, snapshot_is_64bit(s));
}

/* A part at a time, so that none is longer than a step may write. */
static bool vcpu_regs(struct command_run *run)
{
	struct inspected who;

	switch (inspect_vcpu(run, VCPU_REQUEST_SNAPSHOT, &who)) {
	case INSPECT_WAIT:
		return false;
	case INSPECT_FAILED:
		return true;
	case INSPECT_READY:
		break;
	}
	switch (run->at[INSPECT_AT]++) {
	case 0:
		view_object(NULL);
		show_state(&who);
		show_general(who.snapshot);
		return false;
	case 1:
		show_control(who.snapshot);
		return false;
	default:
		show_segments(who.snapshot);
		show_tables(who.snapshot);
		show_msrs(who.snapshot);
		return true;
	}
}

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

/* Where RIP went tells how long an instruction was that did not jump; of others, what fits the line. */
static size_t code_bytes(const struct command_run *run, uint64_t rip)
{
	uint64_t moved = rip - run->at[STEP_RIP];
	uint64_t known = run->at[STEP_CODE_COUNT];

	return moved > 0 && moved <= known ? moved : min_u64(known, JUMP_BYTES_SHOWN);
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
	view_text("exit", -18, exit);
	view_text("code", 0, text);
	view_object_end();
}

/* The exit that the instruction caused; "" for none. */
static const char *exit_text(const struct vcpu_snapshot *snapshot)
{
	uint64_t reason = snapshot_field(snapshot, VMCS_EXIT_REASON);

	return reason == EXIT_REASON_MONITOR_TRAP
		       ? ""
		       : exit_reason_name((uint32_t)reason & EXIT_REASON_BASIC_MASK);
}

/* Return: true, there is no further step. */
static bool no_step(struct command_run *run, const struct inspected *who)
{
	bool asleep = snapshot_field(who->snapshot, VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT;
	const char *why = who->snapshot->state != VCPU_RUNNING ? "waits for a SIPI"
			  : asleep ? "sleeps in HLT, and no interrupt wakes it"
				   : "did not come to an instruction";

	if (run->at[INSPECT_SHOWN] == 0) {
		return command_fail(run, COMMAND_FAILED, "%s vcpu%u %s",
				    partition_name(who->partition), who->vcpu->id, why);
	}
	run->status = COMMAND_FAILED;
	return true;
}

static bool step_done(struct command_run *run, const struct inspected *who, uint64_t count)
{
	if (!who->snapshot->stepped) {
		return no_step(run, who);
	}
	if (run->at[INSPECT_SHOWN]++ == 0) {
		view_list(NULL);
	}
	show_step(run, who, exit_text(who->snapshot));
	return run->at[INSPECT_SHOWN] > count;
}

/* Return: whether it can be done at all. */
static bool can_step(struct command_run *run, uint64_t *count)
{
	const struct partition *partition = guest_from_argument(run, run->argv[0]);

	*count = 1;
	if (partition == NULL ||
	    (run->argc > 2 && !command_number(run, "count", run->argv[2], STEP_COUNT_MAX, count))) {
		return false;
	}
	if (!vcpu_step_supported()) {
		command_fail(run, COMMAND_FAILED,
			     "this processor's VMX has no monitor trap flag: no single steps");
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
static const struct command vcpu_commands[] = {
	{ "vcpu list", "[NAME]", "virtual processors: where, state, exits; guests notice nothing",
	  "vcpu list linux", COMMAND_JSON, vcpu_list },
	{ "vcpu regs", "NAME [VCPU]", "all registers, decoded; costs the guest one exit",
	  "vcpu regs linux 1", COMMAND_JSON, vcpu_regs },
	{ "vcpu backtrace", "NAME [VCPU]", "callers, by frame pointers; costs the guest one exit",
	  "vcpu backtrace linux", COMMAND_JSON, vcpu_backtrace },
	{ "vcpu step", "NAME [VCPU] [COUNT]", "execute instructions of a paused guest, one by one",
	  "vcpu step linux 0 10", COMMAND_JSON, vcpu_step_command },
};
/* clang-format on */

const struct command_group command_group_vcpu = { "Virtual processors", vcpu_commands,
						  ARRAY_COUNT(vcpu_commands) };
