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

enum { STEP_COUNT_MAX = 1000, INSTRUCTION_BYTES_MAX = 15 };

/* --- vcpu list */

enum { LIST_GUEST, LIST_VCPU, LIST_OPEN };

static uint64_t exits_total(const struct vcpu_counts *counts)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < EXIT_REASON_COUNT; i++) {
		total += __atomic_load_n(&counts->exits[i], __ATOMIC_RELAXED);
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
