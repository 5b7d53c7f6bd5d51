/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect_guest.h: one guest made of variables, and the commands that look into it.
 *
 * Included once, by a test. The guest has two processors, the first running, and two pages of RAM. What a command
 * asks a processor is counted; what it prints stands in screen.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs_field.c"
#include "kernel/clock.h"
#include "kernel/guest_backtrace.c"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/output.h"
#include "kernel/monitor/view.h"
#include "kernel/monitor/wire.h"
#include "kernel/partition.h"
#include "kernel/vcpu_decode.c"
#include "tests/host/pages.h"

enum { RAM_BYTES = 0x2000, SCREEN_BYTES = 1 << 20, STEPS_MAX = 10000, CODE = 0x100 };

extern const struct command_group command_group_memory_dump, command_group_vcpu,
	command_group_vcpu_code, command_group_vmcs, command_group_ept;
const struct command_group *const command_groups[] = { &command_group_memory_dump,
						       &command_group_vcpu,
						       &command_group_vcpu_code,
						       &command_group_vmcs, &command_group_ept };
const size_t command_group_count = ARRAY_COUNT(command_groups);

/* --- A guest with two processors and two pages of RAM. */

static uint8_t ram[RAM_BYTES];
static struct pages pages;
static struct plan_guest plan = { .ram_count = 1 };
static struct partition guest = { .plan = &plan };
static struct cpu cpu = { .index = 3 };
static struct vcpu vcpus[2];
static struct vcpu_snapshot snapshot;
static enum vcpu_request asked;
static bool answers;
static bool busy;
static uint64_t now_us;
static uint32_t questions;
static void (*when_asked)(void);

uint64_t clock_us(void)
{
	return now_us += 100;
}

uint32_t partition_count(void)
{
	return 1;
}

struct partition *partition_at(uint32_t index)
{
	(void)index;
	return &guest;
}

struct partition *guest_from_argument(struct command_run *run, const char *name)
{
	if (strcmp(name, "linux") == 0) {
		return &guest;
	}
	command_fail(run, COMMAND_FAILED, "no guest is called \"%s\"", name);
	return NULL;
}

const char *partition_name(const struct partition *partition)
{
	(void)partition;
	return "linux";
}

enum partition_state partition_state(const struct partition *partition)
{
	return partition->state;
}

const char *partition_state_text(enum partition_state state)
{
	return state == PARTITION_OFF ? "off" : state == PARTITION_PAUSED ? "paused" : "running";
}

uint32_t partition_vcpu_count(const struct partition *partition)
{
	(void)partition;
	return ARRAY_COUNT(vcpus);
}

enum vcpu_state partition_vcpu_state(const struct partition *partition, uint32_t vcpu)
{
	(void)partition;
	return vcpus[vcpu].state;
}

uint32_t partition_vcpu_cpu(const struct partition *partition, uint32_t vcpu)
{
	(void)partition;
	return vcpu + 3;
}

const struct vcpu_counts *partition_counts(const struct partition *partition, uint32_t vcpu)
{
	(void)partition;
	return &vcpus[vcpu].counts;
}

struct vcpu *partition_vcpu(const struct partition *partition, uint32_t index)
{
	(void)partition;
	return &vcpus[index];
}

const char *vcpu_state_text(enum vcpu_state state)
{
	return state == VCPU_RUNNING ? "running" : "wait-for-SIPI";
}

enum status guest_memory_read(struct guest_memory *memory, gpa_t from, void *to, size_t bytes)
{
	(void)memory;
	if (from.value > RAM_BYTES || bytes > RAM_BYTES - from.value) {
		return E_RANGE;
	}
	memcpy(to, &ram[from.value], bytes);
	return OK;
}

const volatile void *guest_memory_open(struct guest_memory *memory, gpa_t at)
{
	(void)memory;
	return at.value <= RAM_BYTES - 8 ? &ram[at.value] : NULL;
}

void guest_memory_close(void)
{
}

/* Looking at a guest changes nothing in it. */
enum status guest_memory_exchange(struct guest_memory *memory, gpa_t at, uint64_t expected,
				  uint64_t value, size_t bytes)
{
	(void)memory;
	(void)at;
	(void)expected;
	(void)value;
	(void)bytes;
	fail_msg("an entry of a guest's page tables would be written");
	return E_RANGE;
}

static inline void set(uint32_t encoding, uint64_t value)
{
	snapshot.fields[vmcs_field_index(encoding)] = value;
	snapshot.has[vmcs_field_index(encoding)] = true;
}

bool vcpu_snapshot_ask(struct vcpu *vcpu, enum vcpu_request request)
{
	(void)vcpu;
	asked = request;
	questions++;
	if (when_asked != NULL && !busy) {
		when_asked();
	}
	return !busy;
}

const struct vcpu_snapshot *vcpu_snapshot_answer(const struct vcpu *vcpu)
{
	(void)vcpu;
	return answers && !busy ? &snapshot : NULL;
}

void vcpu_snapshot_cancel(void)
{
	asked = (enum vcpu_request)0;
}

/* --- The line */

static char screen[SCREEN_BYTES];
static size_t screen_used;
static struct command_run run;
static size_t step_most;

void wire_write(const void *bytes, size_t length)
{
	assert_true(screen_used + length < SCREEN_BYTES);
	memcpy(&screen[screen_used], bytes, length);
	screen_used += length;
	screen[screen_used] = '\0';
}

/* One call of the command's step, its output measured. */
static inline bool step_once(void)
{
	size_t before = screen_used;
	bool done = run.command->step(&run);

	step_most = max_u64(step_most, screen_used - before);
	return done;
}

static inline void obey(const char *line)
{
	screen_used = 0;
	screen[0] = '\0';
	step_most = 0;
	memset(&run, 0, sizeof(run));
	snprintf(run.text, sizeof(run.text), "%s", line);
	assert_int_equal(command_split(&run), OK);
	assert_non_null(command_find(&run));
	if (command_arguments(&run)) {
		view_begin(run.json);
		for (uint32_t i = 0; !step_once(); i++) {
			assert_true(i < STEPS_MAX);
		}
		view_end();
	}
	assert_in_range(step_most, 0, COMMAND_STEP_BYTES);
}

static inline void assert_said(const char *line, const char *words)
{
	obey(line);
	if (strstr(screen, words) == NULL) {
		fail_msg("%s said: %s, not: %s", line, screen, words);
	}
}

static inline void assert_refused(const char *line, enum command_status status, const char *words)
{
	assert_said(line, words);
	assert_int_equal(run.status, status);
}

static inline int running_guest(void **state)
{
	struct ept_setup setup = { pages_source(&pages, PAGES_MAX), true, true };
	struct ept_range range = { gpa(0), hpa(0x7000), RAM_BYTES, EPT_READ | EPT_WRITE | EPT_EXEC,
				   MEMORY_TYPE_WB };

	(void)state;
	memset(ram, 0, sizeof(ram));
	memset(&snapshot, 0, sizeof(snapshot));
	memset(vcpus, 0, sizeof(vcpus));
	vcpus[0].state = VCPU_RUNNING;
	vcpus[0].cpu = &cpu;
	vcpus[1].state = VCPU_WAIT_SIPI;
	vcpus[1].cpu = &cpu;
	vcpus[1].id = 1;
	guest.state = PARTITION_RUNNING;
	plan.ram[0] = (struct plan_ram){ gpa(0), hpa(0x7000), RAM_BYTES };
	snapshot.state = VCPU_RUNNING;
	set(VMCS_GUEST_RIP, CODE);
	set(VMCS_GUEST_CR0, CR0_PE | CR0_NE | CR0_ET);
	answers = true;
	busy = false;
	when_asked = NULL;
	questions = 0;
	return ept_init(&guest.ept, &setup) == OK && ept_map(&guest.ept, &range) == OK ? 0 : -1;
}

static inline int free_tables(void **state)
{
	(void)state;
	pages_free(&pages);
	return 0;
}

static inline void pause_guest(void)
{
	guest.state = PARTITION_PAUSED;
	snapshot.held = true;
}

static inline void end_guest(void)
{
	guest.state = PARTITION_OFF;
	answers = false;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, running_guest, free_tables)
