/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_vmcs.c: the command that shows a VMCS. */
#include "arch/vmx/controls.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/bits.h"
#include "kernel/monitor/inspect.h"
#include "kernel/monitor/view.h"

/* In run->at[]: what comes next. */
enum { DUMP_PART = INSPECT_AT, DUMP_GROUP };
enum { PART_HEAD, PART_FIELDS, PART_BITS };

enum {
	FIELD_COLUMNS = 32,
	BITS_COLUMNS = 79 - FIELD_COLUMNS - 1,
};

/* In this order. */
static const uint8_t groups[VMCS_GROUP_COUNT] = { VMCS_GROUP_GUEST, VMCS_GROUP_HOST,
						  VMCS_GROUP_CONTROL, VMCS_GROUP_EXIT };

static const struct {
	uint16_t encoding;
	uint8_t word;
} control_words[] = {
	{ VMCS_PIN_CONTROLS, CONTROLS_PIN },     { VMCS_PROC_CONTROLS, CONTROLS_PROC },
	{ VMCS_PROC_CONTROLS2, CONTROLS_PROC2 }, { VMCS_EXIT_CONTROLS, CONTROLS_EXIT },
	{ VMCS_ENTRY_CONTROLS, CONTROLS_ENTRY },
};

/* Return: VMCS_GROUP_COUNT for all, more for a word that is none. */
static uint32_t wanted_group(const struct command_run *run)
{
	const char *name = command_option(run, "--group");
	uint32_t group = 0;

	if (name == NULL) {
		return VMCS_GROUP_COUNT;
	}
	while (group < VMCS_GROUP_COUNT &&
	       strcmp(name, vmcs_group_text((enum vmcs_group)group)) != 0) {
		group++;
	}
	return group < VMCS_GROUP_COUNT ? group : VMCS_GROUP_COUNT + 1;
}

static void show_bits(const char *field, const char *bits, size_t length)
{
	view_object(NULL);
	view_text("field", -FIELD_COLUMNS, field);
	view_bytes("bits", 0, bits, length);
	view_object_end();
}

/* A name for each bit that is set, a row each: they are whole words. */
static void show_controls(const struct vmcs_field_info *info, enum controls_word word,
			  uint64_t value)
{
	for (uint32_t bit = 0; bit < 32; bit++) {
		const char *name = controls_name(word, (uint32_t)1 << bit);

		if ((value >> bit & 1) != 0 && name != NULL) {
			show_bits(info->name, name, strlen(name));
		}
	}
}

/* Names of flags are short: a row for all of them, in text as many as they need. */
static void show_flags(const struct command_run *run, const char *field, const char *flags)
{
	while (*flags != '\0') {
		size_t length = inspect_words_that_fit(run, flags, BITS_COLUMNS);

		show_bits(field, flags, length);
		flags += length;
		flags += *flags == ' ' ? 1 : 0;
	}
}

static void show_meaning(const struct command_run *run, const struct vmcs_field_info *info,
			 uint64_t value)
{
	const char *bits = bits_of_vmcs(info->encoding);
	char text[BITS_TEXT_BYTES];

	for (size_t i = 0; i < ARRAY_COUNT(control_words); i++) {
		if (control_words[i].encoding == info->encoding) {
			show_controls(info, (enum controls_word)control_words[i].word, value);
		}
	}
	if (bits != NULL) {
		bits_text(bits, value, text);
		show_flags(run, info->name, text);
	}
	if (info->encoding == VMCS_EXIT_REASON) {
		const char *name = exit_reason_name((uint32_t)value & EXIT_REASON_BASIC_MASK);

		show_bits(info->name, name, strlen(name));
	}
}

static void show_field(const struct vmcs_field_info *info, uint64_t value)
{
	view_object(NULL);
	view_text("group", -7, vmcs_group_text(info->group));
	view_format("encoding", -8, "0x%04x", info->encoding);
	view_text("field", -38, info->name);
	view_hex("value", 0, value);
	view_object_end();
}

/* A group is less than a step may write, whatever is in it: a host test looks. */
static void show_group(const struct command_run *run, const struct vcpu_snapshot *snapshot,
		       bool meaning)
{
	uint32_t group = groups[run->at[DUMP_GROUP]];
	struct vmcs_field_info info;

	for (uint32_t i = 0; vmcs_field_at(i, &info); i++) {
		if (info.group != group || !snapshot->has[i]) {
			continue;
		}
		if (meaning) {
			show_meaning(run, &info, snapshot->fields[i]);
		} else {
			show_field(&info, snapshot->fields[i]);
		}
	}
}

static bool is_wanted(const struct command_run *run, uint32_t group)
{
	uint32_t wanted = wanted_group(run);

	return wanted == VMCS_GROUP_COUNT || wanted == group;
}

/* The next group. Return: whether it was the last. */
static bool show_piece(struct command_run *run, const struct vcpu_snapshot *snapshot, bool meaning)
{
	if (is_wanted(run, groups[run->at[DUMP_GROUP]])) {
		show_group(run, snapshot, meaning);
	}
	run->at[DUMP_GROUP] = (run->at[DUMP_GROUP] + 1) % VMCS_GROUP_COUNT;
	return run->at[DUMP_GROUP] == 0;
}

static bool dump(struct command_run *run, const struct inspected *who)
{
	switch (run->at[DUMP_PART]) {
	case PART_HEAD:
		view_object(NULL);
		inspect_show_who(who);
		view_list("fields");
		run->at[DUMP_PART]++;
		return false;
	case PART_FIELDS:
		if (show_piece(run, who->snapshot, false)) {
			view_list_end();
			view_list("decoded");
			run->at[DUMP_PART]++;
		}
		return false;
	default:
		return show_piece(run, who->snapshot, true);
	}
}

static bool vmcs_dump(struct command_run *run)
{
	struct inspected who;

	if (wanted_group(run) > VMCS_GROUP_COUNT) {
		return command_fail(
			run, COMMAND_USAGE,
			"no group is called \"%s\"; there are: guest, host, control, exit",
			command_option(run, "--group"));
	}
	switch (inspect_vcpu(run, VCPU_REQUEST_SNAPSHOT, &who)) {
	case INSPECT_WAIT:
		return false;
	case INSPECT_FAILED:
		return true;
	case INSPECT_READY:
		break;
	}
	return dump(run, &who);
}

/* clang-format off */
static const struct command vmcs_commands[] = {
	{ "vmcs dump", "NAME [VCPU] [--group guest|host|control|exit]",
	  "all fields of a VMCS, decoded; costs the guest one exit",
	  "vmcs dump linux 0 --group guest", COMMAND_JSON, vmcs_dump },
};
/* clang-format on */

const struct command_group command_group_vmcs = { "VMCS", vmcs_commands,
						  ARRAY_COUNT(vmcs_commands) };
