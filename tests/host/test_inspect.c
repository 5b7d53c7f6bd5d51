/* SPDX-License-Identifier: Apache-2.0 */
/* test_inspect.c: the commands that look into a guest, over one guest made of variables. */
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

static void set(uint32_t encoding, uint64_t value)
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
static bool step_once(void)
{
	size_t before = screen_used;
	bool done = run.command->step(&run);

	step_most = max_u64(step_most, screen_used - before);
	return done;
}

static void obey(const char *line)
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

static void assert_said(const char *line, const char *words)
{
	obey(line);
	if (strstr(screen, words) == NULL) {
		fail_msg("%s said: %s, not: %s", line, screen, words);
	}
}

static void assert_refused(const char *line, enum command_status status, const char *words)
{
	assert_said(line, words);
	assert_int_equal(run.status, status);
}

static int running_guest(void **state)
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

static int free_tables(void **state)
{
	(void)state;
	pages_free(&pages);
	return 0;
}

static void pause_guest(void)
{
	guest.state = PARTITION_PAUSED;
	snapshot.held = true;
}

/* --- vcpu list, vcpu regs */

static void list_asks_nobody(void **state)
{
	(void)state;
	vcpus[0].counts.exits[EXIT_REASON_CPUID].count = 40;
	vcpus[0].counts.exits[EXIT_SLOT_IPI].count = 2;
	assert_said("vcpu list --json", "{\"guest\": \"linux\", \"vcpu\": 0, \"cpu\": 3, "
					"\"state\": \"running\", \"exits\": 42}");
	assert_non_null(strstr(screen, "\"vcpu\": 1, \"cpu\": 4, \"state\": \"wait-for-SIPI\""));
	assert_int_equal(questions, 0);
	pause_guest();
	assert_said("vcpu list linux", "paused");
	assert_refused("vcpu list nobody", COMMAND_FAILED, "no guest");
}

static void registers_are_shown_as_the_guest_reads_them(void **state)
{
	(void)state;
	snapshot.general.r15 = 0x1515;
	/* NE is Muntin's: the guest has it clear, and CD set. */
	set(VMCS_CR0_MASK, CR0_NE | CR0_CD);
	set(VMCS_CR0_SHADOW, CR0_CD);
	set(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI);
	set(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	assert_said("vcpu regs linux --json", "\"rip\": \"0x100\"");
	assert_int_equal(asked, VCPU_REQUEST_SNAPSHOT);
	assert_int_equal(questions, 1);
	assert_non_null(strstr(screen, "\"r15\": \"0x1515\""));
	assert_non_null(strstr(
		screen,
		"{\"register\": \"CR0\", \"value\": \"0x40000011\", \"bits\": \"PE ET CD\"}"));
	assert_non_null(strstr(screen, "\"activity\": \"HLT\""));
	assert_non_null(strstr(screen, "\"blocking_by\": \"STI\""));
}

static void row_with_many_bits_goes_on_below_and_is_one_in_json(void **state)
{
	(void)state;
	set(VMCS_GUEST_CR4, 0xFFFFF);
	assert_said("vcpu regs linux", "CR4      0xfffff            VME");
	for (const char *row = screen; row != NULL; row = strchr(row + 1, '\n')) {
		const char *end = strchr(row + 1, '\n');

		assert_true(end == NULL || end - row < 82);
	}
	obey("vcpu regs linux --json");
	assert_non_null(strstr(screen, "VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP "
				       "LA57 VMXE SMXE bit15 FSGSBASE PCIDE OSXSAVE KL\"}"));
}

static void processor_that_does_not_answer_is_given_up(void **state)
{
	(void)state;
	answers = false;
	assert_refused("vcpu regs linux", COMMAND_TIMEOUT, "linux vcpu0 does not answer");
	assert_int_equal(asked, 0);
	assert_refused("vmcs dump linux 1 --json", COMMAND_TIMEOUT, "\"error\"");
}

static void end_guest(void)
{
	guest.state = PARTITION_OFF;
	answers = false;
}

static void guest_that_ends_before_it_answers_is_refused(void **state)
{
	(void)state;
	when_asked = end_guest;
	assert_refused("vcpu backtrace linux", COMMAND_FAILED, "the guest is off");
	assert_int_equal(asked, 0);
}

static void guest_that_is_off_is_not_asked(void **state)
{
	(void)state;
	guest.state = PARTITION_OFF;
	assert_refused("vcpu regs linux", COMMAND_FAILED, "must be running or paused");
	assert_refused("vmcs dump linux --json", COMMAND_FAILED, "\"error\"");
	assert_int_equal(questions, 0);
}

static void processor_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_refused("vcpu regs linux 2", COMMAND_USAGE, "from 0 to 1");
	assert_refused("vcpu regs linux 0x10000000000000000", COMMAND_USAGE, "from 0 to 1");
	assert_refused("vcpu regs nobody", COMMAND_FAILED, "no guest");
	assert_int_equal(questions, 0);
}

/* The owner of an earlier question is just writing: it is asked again. */
static void room_that_is_in_use_is_waited_for(void **state)
{
	(void)state;
	busy = true;
	memset(&run, 0, sizeof(run));
	snprintf(run.text, sizeof(run.text), "vcpu regs linux");
	screen_used = 0;
	assert_int_equal(command_split(&run), OK);
	command_find(&run);
	assert_true(command_arguments(&run));
	view_begin(false);
	assert_false(step_once());
	assert_false(step_once());
	assert_int_equal(questions, 2);
	busy = false;
	assert_false(step_once());
	assert_non_null(strstr(screen, "rip"));
}

/* --- vcpu backtrace, vcpu step */

static void backtrace_begins_where_it_executes(void **state)
{
	(void)state;
	snapshot.general.rbp = 0x1000;
	memcpy(&ram[0x1000], (const uint32_t[]){ 0, 0x123 }, 8);
	assert_said(
		"vcpu backtrace linux --json",
		"\"frames\": [{\"frame\": 0, \"rip\": \"0x100\", \"frame_pointer\": \"0x1000\"}, "
		"{\"frame\": 1, \"rip\": \"0x123\", \"frame_pointer\": \"0x0\"}]");
	assert_non_null(strstr(screen, "\"ended\": \"the frame pointer is 0"));
}

/* nop; nop; jmp back. */
static void execute(void)
{
	uint64_t rip = snapshot_field(&snapshot, VMCS_GUEST_RIP);

	if (asked == VCPU_REQUEST_STEP) {
		set(VMCS_GUEST_RIP, rip == CODE + 2 ? CODE : rip + 1);
		snapshot.step = STEP_EXECUTED;
	}
}

static void steps_show_where_they_went_and_their_code(void **state)
{
	(void)state;
	pause_guest();
	memcpy(&ram[CODE], "\x90\x90\xEB\xFC", 4);
	when_asked = execute;
	assert_said(
		"vcpu step linux 0 3 --json",
		"\"steps\": [{\"rip\": \"0x100\", \"next_rip\": \"0x101\", \"code\": \"90\", "
		"\"exit\": \"\"}, "
		"{\"rip\": \"0x101\", \"next_rip\": \"0x102\", \"code\": \"90\", \"exit\": \"\"}, "
		"{\"rip\": \"0x102\", \"next_rip\": \"0x100\", \"code\": \"eb fc 00 00 00 00 00\"");
	assert_int_equal(run.status, COMMAND_OK);
	assert_null(strstr(screen, "ended"));
	/* One question to see where it is, and one for each step. */
	assert_int_equal(questions, 4);
}

static void one_step_is_the_default(void **state)
{
	(void)state;
	pause_guest();
	when_asked = execute;
	obey("vcpu step linux");
	assert_int_equal(questions, 2);
}

static void step_that_exits_names_the_exit(void **state)
{
	(void)state;
	pause_guest();
	set(VMCS_EXIT_REASON, EXIT_REASON_CPUID);
	snapshot.step = STEP_EXITED;
	assert_said("vcpu step linux", "CPUID");
}

static void guest_that_sleeps_is_not_stepped(void **state)
{
	(void)state;
	pause_guest();
	set(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	assert_refused("vcpu step linux 0 5", COMMAND_FAILED, "sleeps in HLT");
	snapshot.step = STEP_REFUSED;
	assert_refused("vcpu step linux 0 5 --json", COMMAND_FAILED, "no monitor trap flag");
	snapshot.state = VCPU_WAIT_SIPI;
	assert_refused("vcpu step linux 1", COMMAND_FAILED, "waits for a SIPI");
}

static void fall_asleep_after_two(void)
{
	execute();
	if (questions == 4) {
		snapshot.step = STEP_NONE;
		set(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	}
}

static void steps_that_end_early_say_why(void **state)
{
	(void)state;
	pause_guest();
	when_asked = fall_asleep_after_two;
	assert_refused("vcpu step linux 0 5 --json", COMMAND_FAILED,
		       "], \"ended\": \"it sleeps in HLT");
	assert_null(strstr(screen, "\"error\""));
}

static void end_after_two(void)
{
	execute();
	if (questions == 4) {
		end_guest();
	}
}

/* The instruction was a triple fault: what was shown stays whole. */
static void guest_that_ends_while_it_is_stepped_leaves_whole_json(void **state)
{
	(void)state;
	pause_guest();
	when_asked = end_after_two;
	obey("vcpu step linux 0 5 --json");
	assert_int_equal(run.status, COMMAND_FAILED);
	assert_null(strstr(screen, "error"));
	assert_string_equal(&screen[screen_used - 4], "]}\r\n");
}

static void guest_that_runs_is_not_stepped(void **state)
{
	(void)state;
	assert_refused("vcpu step linux", COMMAND_FAILED, "pause it first: guest pause linux");
	pause_guest();
	assert_refused("vcpu step linux 0 1001", COMMAND_USAGE, "count");
	assert_refused("vcpu step linux 0 0", COMMAND_USAGE, "count");
	assert_int_equal(questions, 0);
}

/* --- vmcs dump */

static void field_that_the_processor_lacks_is_left_out(void **state)
{
	(void)state;
	set(VMCS_HOST_RIP, 0xABC);
	assert_said("vmcs dump linux", "Host RIP");
	assert_non_null(strstr(screen, "Guest RIP"));
	assert_null(strstr(screen, "Guest RSP"));
	assert_said("vmcs dump linux 0 --group host", "Host RIP");
	assert_null(strstr(screen, "Guest RIP"));
	assert_refused("vmcs dump linux --group all", COMMAND_USAGE, "guest, host, control, exit");
}

static void controls_and_exits_are_named(void **state)
{
	(void)state;
	set(VMCS_PIN_CONTROLS, PIN_NMI_EXITING | 1u << 1);
	set(VMCS_EXIT_REASON, EXIT_REASON_EPT_VIOLATION);
	assert_said("vmcs dump linux --json",
		    "{\"field\": \"Pin-based controls\", \"bits\": \"NMI exiting\"}");
	assert_non_null(
		strstr(screen, "{\"field\": \"Exit reason\", \"bits\": \"EPT_VIOLATION\"}"));
}

static void dump_with_everything_set_stays_within_its_steps(void **state)
{
	(void)state;
	memset(snapshot.fields, 0xFF, sizeof(snapshot.fields));
	memset(snapshot.has, true, sizeof(snapshot.has));
	obey("vmcs dump linux");
	obey("vmcs dump linux --json");
	obey("vcpu regs linux");
	obey("vcpu regs linux --json");
	assert_int_equal(run.status, COMMAND_OK);
}

/* --- ept walk, ept map */

static void walk_ends_at_the_page_or_at_nothing(void **state)
{
	(void)state;
	assert_said("ept walk linux 0x1234 --json", "\"mapped\": true, \"hpa\": \"0x8234\"");
	assert_said("ept walk linux 0x200000 --json",
		    "\"is\": \"not present\"}], \"mapped\": false}");
	assert_refused("ept walk linux 0x1000000000000", COMMAND_USAGE, "guest-physical address");
	assert_refused("ept walk linux -1", COMMAND_USAGE, "unknown option");
	assert_int_equal(questions, 0);
}

static void map_shows_runs(void **state)
{
	(void)state;
	assert_said("ept map linux --json",
		    "{\"gpa\": \"0x0\", \"gpa_last\": \"0x1fff\", \"hpa\": \"0x7000\", \"bytes\": "
		    "8192, "
		    "\"access\": \"rwx\", \"type\": \"WB\", \"page_bytes\": 4096}");
}

static void map_with_many_runs_takes_several_steps(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		struct ept_range range = { gpa(0x10000 + i * 0x1000), hpa(0x1000000 - i * 0x1000),
					   PAGE_SIZE, EPT_READ, MEMORY_TYPE_UC };
		assert_int_equal(ept_map(&guest.ept, &range), OK);
	}
	obey("ept map linux --json");
	assert_non_null(strstr(screen, "\"gpa\": \"0x203000\""));
}

/* --- guest memory */

static void memory_is_shown_as_bytes_and_text(void **state)
{
	(void)state;
	memcpy(&ram[0x10], "\x02\xB0\xAD\x1B Muntin \x7F\x80!", 16);
	assert_said(
		"guest memory linux 0x10 18",
		"0x10          02 b0 ad 1b 20 4d 75 6e 74 69 6e 20 7f 80 21 00 .... Muntin ..!.");
	assert_non_null(strstr(screen, "0x20          00 00"));
	assert_said("guest memory linux 0x1fff 1", "0x1fff");
}

static void memory_outside_of_ram_is_refused_with_what_there_is(void **state)
{
	(void)state;
	assert_refused("guest memory linux 0x2000 1", COMMAND_FAILED, "which is: 0x0-0x1fff");
	assert_refused("guest memory linux 0x1fff 2", COMMAND_FAILED, "0x0-0x1fff");
	assert_refused("guest memory linux 0xffffffffffffffff 2", COMMAND_FAILED, "0x0-0x1fff");
	assert_refused("guest memory linux 0 0", COMMAND_USAGE, "length");
	assert_refused("guest memory linux 0 65537", COMMAND_USAGE, "65536");
	assert_refused("guest memory linux xyz", COMMAND_USAGE, "guest-physical address");
}

static void memory_over_two_pieces_of_ram_in_a_row_is_one(void **state)
{
	(void)state;
	plan.ram_count = 2;
	plan.ram[0].bytes = 0x1000;
	plan.ram[1] = (struct plan_ram){ gpa(0x1000), hpa(0x100000), 0x1000 };
	obey("guest memory linux 0xff8 16");
	assert_int_equal(run.status, COMMAND_OK);
	plan.ram[1].gpa = gpa(0x1800);
	assert_refused("guest memory linux 0xff8 16", COMMAND_FAILED, "0x0-0xfff, 0x1800-0x27ff");
	plan.ram_count = 1;
}

static void long_dump_stays_within_its_steps(void **state)
{
	(void)state;
	obey("guest memory linux 0 0x2000");
	obey("guest memory linux 0 0x2000 --json");
	assert_int_equal(run.status, COMMAND_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, running_guest, free_tables)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(list_asks_nobody),
		CASE(registers_are_shown_as_the_guest_reads_them),
		CASE(row_with_many_bits_goes_on_below_and_is_one_in_json),
		CASE(processor_that_does_not_answer_is_given_up),
		CASE(guest_that_ends_before_it_answers_is_refused),
		CASE(guest_that_is_off_is_not_asked),
		CASE(processor_that_is_none_is_refused),
		CASE(room_that_is_in_use_is_waited_for),
		CASE(backtrace_begins_where_it_executes),
		CASE(steps_show_where_they_went_and_their_code),
		CASE(one_step_is_the_default),
		CASE(step_that_exits_names_the_exit),
		CASE(guest_that_sleeps_is_not_stepped),
		CASE(steps_that_end_early_say_why),
		CASE(guest_that_ends_while_it_is_stepped_leaves_whole_json),
		CASE(guest_that_runs_is_not_stepped),
		CASE(field_that_the_processor_lacks_is_left_out),
		CASE(controls_and_exits_are_named),
		CASE(dump_with_everything_set_stays_within_its_steps),
		CASE(walk_ends_at_the_page_or_at_nothing),
		CASE(map_shows_runs),
		CASE(map_with_many_runs_takes_several_steps),
		CASE(memory_is_shown_as_bytes_and_text),
		CASE(memory_outside_of_ram_is_refused_with_what_there_is),
		CASE(memory_over_two_pieces_of_ram_in_a_row_is_one),
		CASE(long_dump_stays_within_its_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
