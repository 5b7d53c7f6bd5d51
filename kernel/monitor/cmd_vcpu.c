/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_vcpu.c: commands that show virtual processors. */
#include "kernel/lib/string.h"
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

/* Where a register is: its VMCS field, or its place in the snapshot. */
enum source { IN_FIELD, IN_SNAPSHOT, IN_SNAPSHOT_XCR0, IN_SNAPSHOT_DR6 };

/* No pointers: they would cost relocations. */
struct place {
	char name[20];
	uint8_t source;
	uint16_t at;
};

#define GENERAL(name)                                                                              \
	{                                                                                          \
#name, IN_SNAPSHOT, offsetof(struct vcpu_snapshot, general.name)                   \
	}
#define LIVE(name) IN_SNAPSHOT, offsetof(struct vcpu_snapshot, live.name)

/* clang-format off */
static const struct place general[] = {
	{ "rip", IN_FIELD, VMCS_GUEST_RIP },
	{ "rsp", IN_FIELD, VMCS_GUEST_RSP },
	GENERAL(rax), GENERAL(rbx), GENERAL(rcx), GENERAL(rdx), GENERAL(rsi), GENERAL(rdi), GENERAL(rbp),
	GENERAL(r8), GENERAL(r9), GENERAL(r10), GENERAL(r11), GENERAL(r12), GENERAL(r13), GENERAL(r14), GENERAL(r15),
};

static const struct place control[] = {
	{ "RFLAGS", IN_FIELD, VMCS_GUEST_RFLAGS },
	{ "CR0", IN_FIELD, VMCS_GUEST_CR0 },
	{ "CR2", LIVE(cr2) },
	{ "CR3", IN_FIELD, VMCS_GUEST_CR3 },
	{ "CR4", IN_FIELD, VMCS_GUEST_CR4 },
	{ "CR8", LIVE(cr8) },
	{ "EFER", IN_FIELD, VMCS_GUEST_EFER },
	{ "XCR0", IN_SNAPSHOT_XCR0, offsetof(struct vcpu_snapshot, live.xcr0) },
	{ "DR0", LIVE(dr[0]) },
	{ "DR1", LIVE(dr[1]) },
	{ "DR2", LIVE(dr[2]) },
	{ "DR3", LIVE(dr[3]) },
	{ "DR6", IN_SNAPSHOT_DR6, offsetof(struct vcpu_snapshot, live.dr6) },
	{ "DR7", IN_FIELD, VMCS_GUEST_DR7 },
};

static const struct place msrs[] = {
	{ "IA32_PAT", IN_FIELD, VMCS_GUEST_PAT },
	{ "IA32_DEBUGCTL", IN_FIELD, VMCS_GUEST_DEBUGCTL },
	{ "IA32_SYSENTER_CS", IN_FIELD, VMCS_GUEST_SYSENTER_CS },
	{ "IA32_SYSENTER_ESP", IN_FIELD, VMCS_GUEST_SYSENTER_ESP },
	{ "IA32_SYSENTER_EIP", IN_FIELD, VMCS_GUEST_SYSENTER_EIP },
	{ "IA32_STAR", LIVE(star) },
	{ "IA32_LSTAR", LIVE(lstar) },
	{ "IA32_CSTAR", LIVE(cstar) },
	{ "IA32_FMASK", LIVE(fmask) },
	{ "IA32_KERNEL_GS_BASE", LIVE(kernel_gs_base) },
};
/* clang-format on */

/* As the guest reads it. */
static uint64_t value_at(const struct vcpu_snapshot *s, const struct place *place)
{
	uint64_t value;

	if (place->source == IN_FIELD) {
		return place->at == VMCS_GUEST_CR0   ? snapshot_cr0(s)
		       : place->at == VMCS_GUEST_CR4 ? snapshot_cr4(s)
						     : snapshot_field(s, place->at);
	}
	memcpy(&value, (const uint8_t *)s + place->at, sizeof(value));
	return value;
}

static const char *bits_at(const struct place *place)
{
	switch (place->source) {
	case IN_FIELD:
		return bits_of_vmcs(place->at);
	case IN_SNAPSHOT_XCR0:
		return bits_of_xcr0;
	case IN_SNAPSHOT_DR6:
		return bits_of_dr6;
	default:
		return NULL;
	}
}

static void show_general(const struct vcpu_snapshot *s)
{
	view_object("general");
	for (size_t i = 0; i < ARRAY_COUNT(general); i++) {
		view_hex(general[i].name, 0, value_at(s, &general[i]));
	}
	view_object_end();
}

/* One object; as text with as many rows as its bits need. */
static void show_register(const struct command_run *run, const char *name, uint64_t value,
			  const char *bits)
{
	bool first = true;

	do {
		size_t length = inspect_words_that_fit(run, bits, BITS_COLUMNS);

		view_object(NULL);
		view_text("register", -8, first ? name : "");
		if (first) {
			view_hex("value", -18, value);
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
	view_list("control");
	for (size_t i = 0; i < ARRAY_COUNT(control); i++) {
		uint64_t value = value_at(s, &control[i]);
		const char *names = bits_at(&control[i]);
		char bits[BITS_TEXT_BYTES] = "";

		/* A register without description is one number. */
		if (names != NULL) {
			bits_text(names, value, bits);
		}
		show_register(run, control[i].name, value, bits);
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
	view_list("msrs");
	for (size_t i = 0; i < ARRAY_COUNT(msrs); i++) {
		view_object(NULL);
		view_text("msr", -20, msrs[i].name);
		view_hex("value", 0, value_at(s, &msrs[i]));
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
