/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_vcpu.c: commands that show virtual processors. */
#include "kernel/monitor/bits.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/inspect.h"
#include "kernel/monitor/view.h"

enum { BITS_COLUMNS = 79 - 8 - 18 - 2 }; /* what a row of control registers leaves */

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

/* A register and what is in it. */
struct named {
	char name[24];
	uint64_t value;
};

static void show_general(const struct vcpu_snapshot *s)
{
	const struct vmx_guest *g = &s->general;
	const struct named registers[] = {
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

/* One object; as text with as many rows as its bits need. */
static void show_register(const struct command_run *run, struct named named, const char *names)
{
	char text[BITS_TEXT_BYTES] = "";
	const char *bits = text;
	bool first = true;

	if (names != NULL) {
		bits_text(names, named.value, text);
	}
	do {
		size_t length = inspect_words_that_fit(run, bits, BITS_COLUMNS);

		view_object(NULL);
		view_text("register", -8, first ? named.name : "");
		if (first) {
			view_hex("value", -18, named.value);
		} else {
			view_text("value", -18, "");
		}
		view_bytes("bits", 0, bits, length);
		view_object_end();
		bits += length;
		bits += *bits == ' ' ? 1 : 0;
		first = false;
	} while (*bits != '\0');
}

static void show_control(const struct command_run *run, const struct vcpu_snapshot *s)
{
	const struct {
		struct named named;
		const char *bits;
	} rows[] = {
		{ { "RFLAGS", snapshot_field(s, VMCS_GUEST_RFLAGS) }, bits_of_rflags },
		{ { "CR0", snapshot_cr0(s) }, bits_of_cr0 },
		{ { "CR2", s->live.cr2 }, NULL },
		{ { "CR3", snapshot_field(s, VMCS_GUEST_CR3) }, NULL },
		{ { "CR4", snapshot_cr4(s) }, bits_of_cr4 },
		{ { "CR8", s->live.cr8 }, NULL },
		{ { "EFER", snapshot_field(s, VMCS_GUEST_EFER) }, bits_of_efer },
		{ { "XCR0", s->live.xcr0 }, bits_of_xcr0 },
		{ { "DR0", s->live.dr[0] }, NULL },
		{ { "DR1", s->live.dr[1] }, NULL },
		{ { "DR2", s->live.dr[2] }, NULL },
		{ { "DR3", s->live.dr[3] }, NULL },
		{ { "DR6", s->live.dr6 }, bits_of_dr6 },
		{ { "DR7", snapshot_field(s, VMCS_GUEST_DR7) }, bits_of_dr7 },
	};

	view_list("control");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		show_register(run, rows[i].named, rows[i].bits);
	}
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
	const struct named msrs[] = {
		{ "IA32_PAT", snapshot_field(s, VMCS_GUEST_PAT) },
		{ "IA32_DEBUGCTL", snapshot_field(s, VMCS_GUEST_DEBUGCTL) },
		{ "IA32_SYSENTER_CS", snapshot_field(s, VMCS_GUEST_SYSENTER_CS) },
		{ "IA32_SYSENTER_ESP", snapshot_field(s, VMCS_GUEST_SYSENTER_ESP) },
		{ "IA32_SYSENTER_EIP", snapshot_field(s, VMCS_GUEST_SYSENTER_EIP) },
		{ "IA32_STAR", s->live.star },
		{ "IA32_LSTAR", s->live.lstar },
		{ "IA32_CSTAR", s->live.cstar },
		{ "IA32_FMASK", s->live.fmask },
		{ "IA32_KERNEL_GS_BASE", s->live.kernel_gs_base },
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
	if (blocking[0] != '\0') {
		view_text("blocking_by", 0, blocking);
	} else {
		view_none("blocking_by", 0);
	}
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
		show_control(run, who.snapshot);
		return false;
	default:
		show_segments(who.snapshot);
		show_tables(who.snapshot);
		show_msrs(who.snapshot);
		return true;
	}
}

/* clang-format off */
static const struct command vcpu_commands[] = {
	{ "vcpu list", "[NAME]", "virtual processors: where, state, exits; guests notice nothing",
	  "vcpu list linux", COMMAND_JSON, vcpu_list },
	{ "vcpu regs", "NAME [VCPU]", "all registers, decoded; costs the guest one exit",
	  "vcpu regs linux 1", COMMAND_JSON, vcpu_regs },
};
/* clang-format on */

const struct command_group command_group_vcpu = { "Virtual processors", vcpu_commands,
						  ARRAY_COUNT(vcpu_commands) };
