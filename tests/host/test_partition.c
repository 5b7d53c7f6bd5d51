/* SPDX-License-Identifier: Apache-2.0 */
/* test_partition.c: the life of a guest, with processors that park when the test says so. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/partition.c"
#include "kernel/partition_launch.c"
#include "kernel/partition_state.c"
#include "kernel/partition_view.c"

#define SECOND ((uint64_t)1000000000)

enum { DB, WEB, GUESTS }; /* WEB depends on DB */

static struct {
	struct partition guest;
	struct config_guest config;
	struct plan_guest plan;
	struct vcpu vcpus[2];
	struct cpu cpus[2];
} world[GUESTS];
static struct boot_info boot;
static uint64_t now;
static enum status bring_back_status;
static uint32_t brought_back; /* calls */

struct partitions partitions;

uint64_t clock_ns(void)
{
	return now;
}

void housekeeper_wake(void)
{
}

void vcpu_call(struct vcpu *vcpu, enum vcpu_request request)
{
	vcpu->requests |= (uint32_t)request;
}

bool vcpu_parked(const struct vcpu *vcpu)
{
	return vcpu->cpu->online == 0;
}

const char *vcpu_state_text(enum vcpu_state state)
{
	(void)state;
	return "";
}

/* What the start under way loads, when its firmware is mapped. */
static const uint8_t *rom_of;

void partition_rom_map(struct partition *partition)
{
	rom_of = partition_launch_current(partition)->images.kernel.bytes;
}

enum status processor_bring_back(struct cpu *cpu)
{
	brought_back++;
	cpu->online = bring_back_status == OK;
	return bring_back_status;
}

/* Its processors obey: one that is to stop parks, one that is to load it has done so. */
static void obey(uint32_t index)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct vcpu *vcpu = &world[index].vcpus[i];

		if ((vcpu->requests & VCPU_REQUEST_STOP) != 0) {
			world[index].cpus[i].online = 0;
		} else if ((vcpu->requests & VCPU_REQUEST_START) != 0) {
			partition_change(&world[index].guest, PARTITION_STARTING,
					 PARTITION_RUNNING);
		}
		vcpu->requests = 0;
	}
}

static void rounds(void)
{
	for (uint32_t i = 0; i < 8; i++) {
		partitions_poll(now);
		obey(DB);
		obey(WEB);
	}
}

static int begin(void **state)
{
	(void)state;
	memset(world, 0, sizeof(world));
	memset(&boot, 0, sizeof(boot));
	now = 100 * SECOND;
	bring_back_status = OK;
	brought_back = 0;
	rom_of = NULL;
	partitions = (struct partitions){ .count = GUESTS, .boot = &boot };
	for (uint32_t i = 0; i < GUESTS; i++) {
		struct partition *guest = &world[i].guest;

		*guest = (struct partition){ .config = &world[i].config,
					     .plan = &world[i].plan,
					     .images = &boot.guests[i],
					     .wish = PARTITION_ENDING,
					     .vcpu_count = 2 };
		world[i].config.reboot_restarts = true;
		strcpy(world[i].config.name, i == DB ? "db" : "web");
		strcpy(world[i].config.kernel, "\\k");
		strcpy(world[i].config.cmdline, "quiet");
		for (uint32_t v = 0; v < 2; v++) {
			guest->vcpus[v] = &world[i].vcpus[v];
			world[i].vcpus[v].cpu = &world[i].cpus[v];
			world[i].vcpus[v].partition = guest;
		}
		partitions.all[i] = guest;
	}
	world[WEB].config.depends = 1 << DB;
	return 0;
}

#define db  (&world[DB].guest)
#define web (&world[WEB].guest)

static void run_db(void)
{
	assert_int_equal(partition_start(db), OK);
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
}

static void crash(struct partition *guest)
{
	partition_stop(guest, "unknown VM exit %u", 57);
	rounds();
}

static void start_brings_one_processor_back_a_round(void **state)
{
	(void)state;
	partition_start(db);
	assert_int_equal(partitions_poll(now), now);
	assert_int_equal(brought_back, 1);
	assert_int_equal(world[DB].vcpus[0].requests, 0);
	partitions_poll(now);
	assert_int_equal(brought_back, 2);
	assert_int_equal(world[DB].vcpus[0].requests, VCPU_REQUEST_START);
	obey(DB);
	assert_int_equal(db->state, PARTITION_RUNNING);
}

static void start_waits_until_the_other_guest_runs(void **state)
{
	(void)state;
	partition_start(web);
	rounds();
	assert_int_equal(web->state, PARTITION_WAITING);
	assert_string_equal(partition_why(web), "waits until db runs");
	assert_ptr_equal(partition_blocked_by(web), db);
	run_db();
	rounds();
	assert_int_equal(web->state, PARTITION_RUNNING);
	assert_string_equal(partition_why(web), "");
	/* What happens to it later does not matter. */
	partition_halt(db);
	rounds();
	assert_int_equal(web->state, PARTITION_RUNNING);
}

static void start_that_waits_is_over_with_either_stop(void **state)
{
	(void)state;
	partition_start(web);
	assert_int_equal(partition_halt(web), OK);
	assert_int_equal(web->state, PARTITION_OFF);
	partition_start(web);
	assert_int_equal(partition_power_button(web), OK);
	assert_int_equal(web->state, PARTITION_OFF);
}

static void crash_stops_a_guest_that_is_not_to_be_restarted(void **state)
{
	(void)state;
	run_db();
	crash(db);
	assert_int_equal(db->state, PARTITION_STOPPED);
	assert_string_equal(partition_why(db), "unknown VM exit 57");
	now += 10 * SECOND;
	rounds();
	assert_int_equal(db->state, PARTITION_STOPPED);
}

static void crashes_restart_a_guest_as_often_as_is_said(void **state)
{
	(void)state;
	world[DB].config.crash_restarts = 2;
	run_db();
	for (uint32_t i = 1; i <= 2; i++) {
		now += 2 * SECOND;
		crash(db);
		assert_int_equal(db->state, PARTITION_RUNNING);
		assert_int_equal(partition_restarts(db), i);
	}
	now += 2 * SECOND;
	crash(db);
	assert_int_equal(db->state, PARTITION_STOPPED);
	/* The operator's start counts anew. */
	run_db();
	assert_int_equal(partition_restarts(db), 0);
	now += 2 * SECOND;
	crash(db);
	assert_int_equal(db->state, PARTITION_RUNNING);
}

static void guest_that_falls_over_at_once_is_started_once_a_second(void **state)
{
	(void)state;
	world[DB].config.crash_restarts = CONFIG_RESTART_ALWAYS;
	run_db();
	crash(db);
	assert_int_equal(db->state, PARTITION_WAITING);
	assert_string_equal(partition_why(db), "unknown VM exit 57");
	now += SECOND - 1;
	rounds();
	assert_int_equal(db->state, PARTITION_WAITING);
	now += 1;
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
	partition_end(db, VPLATFORM_RESET);
	rounds();
	assert_int_equal(db->state, PARTITION_WAITING);
	/* The operator need not wait. */
	assert_int_equal(partition_reset(db), OK);
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
}

static void guest_that_cannot_be_loaded_has_not_crashed(void **state)
{
	(void)state;
	world[DB].config.crash_restarts = CONFIG_RESTART_ALWAYS;
	partition_start(db);
	partitions_poll(now);
	crash(db);
	assert_int_equal(db->state, PARTITION_STOPPED);
}

static void processor_that_does_not_come_back_stops_its_guest(void **state)
{
	(void)state;
	bring_back_status = E_TIMEOUT;
	partition_start(db);
	rounds();
	assert_int_equal(db->state, PARTITION_STOPPED);
	assert_string_equal(partition_why(db), "processor 0 does not start again: timed out");
	bring_back_status = OK;
	run_db();
}

static void own_reboot_does_what_the_config_says(void **state)
{
	(void)state;
	run_db();
	now += 2 * SECOND;
	partition_end(db, VPLATFORM_RESET);
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
	world[DB].config.reboot_restarts = false;
	partition_end(db, VPLATFORM_RESET);
	rounds();
	assert_int_equal(db->state, PARTITION_OFF);
	world[DB].config.reboot_restarts = true;
	run_db();
	partition_end(db, VPLATFORM_POWER_OFF);
	rounds();
	assert_int_equal(db->state, PARTITION_OFF);
}

#define FELL "processor 1 triple-faulted at RIP 0xfff0 (CS base 0xf0000)"

static void triple_fault(struct partition *guest)
{
	partition_triple_fault(guest, 1, 0xFFF0, 0xF0000);
	rounds();
}

/* SDM Vol. 3A, "Interrupt 8-Double Fault Exception (#DF)": hardware decides what shutdown is; a PC's is a reset. */
static void triple_fault_is_its_own_reboot_and_says_where(void **state)
{
	(void)state;
	run_db();
	now += 2 * SECOND;
	triple_fault(db);
	assert_int_equal(db->state, PARTITION_RUNNING);
	assert_string_equal(partition_why(db), FELL);
	assert_int_equal(partition_restarts(db), 0);
	assert_int_equal(web->state, PARTITION_OFF);
	world[DB].config.reboot_restarts = false;
	triple_fault(db);
	assert_int_equal(db->state, PARTITION_OFF);
	assert_string_equal(partition_why(db), FELL);
	run_db();
	assert_string_equal(partition_why(db), "");
}

/* Whatever `on-crash` says; and no sooner than a second after the start before. */
static void triple_fault_is_no_crash_and_no_loop(void **state)
{
	(void)state;
	world[DB].config.crash_restarts = 0;
	run_db();
	for (uint32_t i = 0; i < 3; i++) {
		triple_fault(db);
		assert_int_equal(db->state, PARTITION_WAITING);
		assert_string_equal(partition_why(db), FELL);
		now += SECOND - 1;
		rounds();
		assert_int_equal(db->state, PARTITION_WAITING);
		now += 1;
		rounds();
		assert_int_equal(db->state, PARTITION_RUNNING);
	}
}

static void ordinary_reboot_ends_what_was_said_of_the_fault(void **state)
{
	(void)state;
	run_db();
	now += 2 * SECOND;
	triple_fault(db);
	now += 2 * SECOND;
	partition_end(db, VPLATFORM_RESET);
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
	assert_string_equal(partition_why(db), "");
}

static void crash_that_is_restarted_is_still_told(void **state)
{
	(void)state;
	world[DB].config.crash_restarts = CONFIG_RESTART_ALWAYS;
	run_db();
	now += 2 * SECOND;
	crash(db);
	assert_int_equal(db->state, PARTITION_RUNNING);
	assert_string_equal(partition_why(db), "unknown VM exit 57");
}

/* The first who ends it decides what it is then; the operator's last word counts more. */
static void operator_has_the_last_word_on_a_guest_that_ends(void **state)
{
	(void)state;
	run_db();
	partition_reset(db);
	assert_int_equal(partition_halt(db), OK);
	rounds();
	assert_int_equal(db->state, PARTITION_OFF);
	run_db();
	partition_halt(db);
	assert_int_equal(partition_start(db), OK);
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
	now += 2 * SECOND;
	partition_end(db, VPLATFORM_RESET);
	assert_int_equal(partition_halt(db), OK);
	rounds();
	assert_int_equal(db->state, PARTITION_OFF);
	/* It does not count for the end after. */
	run_db();
	now += 2 * SECOND;
	partition_end(db, VPLATFORM_RESET);
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
}

static void crash_is_not_hidden_by_a_stop_that_comes_late(void **state)
{
	(void)state;
	run_db();
	partition_stop(db, "it crashed");
	partition_halt(db);
	rounds();
	assert_int_equal(db->state, PARTITION_STOPPED);
	assert_string_equal(partition_why(db), "it crashed");
}

static void guest_that_starts_ends_before_all_its_processors_are_back(void **state)
{
	(void)state;
	partition_start(db);
	partitions_poll(now);
	assert_int_equal(brought_back, 1);
	assert_int_equal(partition_halt(db), OK);
	rounds();
	assert_int_equal(db->state, PARTITION_OFF);
	assert_int_equal(brought_back, 1);
	run_db();
}

static void paused_guest_ends_and_starts(void **state)
{
	(void)state;
	run_db();
	assert_int_equal(partition_pause(db), OK);
	assert_int_equal(partition_pause(db), E_INVALID);
	assert_int_equal(partition_nmi(db), E_INVALID);
	assert_int_equal(partition_power_button(db), E_INVALID);
	partition_reset(db);
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
	assert_int_equal(partition_resume(db), E_INVALID);
}

static void reset_starts_a_guest_that_is_off(void **state)
{
	(void)state;
	assert_int_equal(partition_reset(db), OK);
	rounds();
	assert_int_equal(db->state, PARTITION_RUNNING);
}

/* What it wrote in an earlier life, or is writing while it ends, is not the coming one's. */
static void console_of_a_life_begins_where_the_start_was(void **state)
{
	(void)state;
	run_db();
	db->console.written = 10;
	assert_int_equal(partition_console_start(db), 0);
	partition_reset(db);
	assert_int_equal(partition_console_start(db), 10);
	db->console.written = 12;
	rounds();
	db->console.written = 20;
	assert_int_equal(partition_console_start(db), 12);
}

static void refused_relaunch_leaves_a_guest_alone(void **state)
{
	struct partition_relaunch wish = { .kernel = "x" };
	char why[PARTITION_REFUSAL_BYTES];

	(void)state;
	run_db();
	assert_int_equal(partition_relaunch(db, &wish, why), E_NOT_FOUND);
	assert_string_equal(why, "no image is called \"x\": the config has no [image NAME]");
	boot.config.image_count = 2;
	strcpy(boot.config.images[0].name, "one");
	strcpy(boot.config.images[1].name, "two");
	assert_int_equal(partition_relaunch(db, &wish, why), E_NOT_FOUND);
	assert_string_equal(why, "no image is called \"x\"; the config lists one, two");
	wish = (struct partition_relaunch){ .initrd = "none" };
	assert_int_equal(partition_relaunch(db, &wish, why), E_TRUNCATED);
	assert_string_equal(why, "the file is empty");
	assert_int_equal(db->state, PARTITION_RUNNING);
}

/* The firmware that is mapped must be that of this start, not of the one before. */
static void start_maps_the_firmware_of_what_was_asked_for_last(void **state)
{
	static const uint8_t bios[0x1000] = { [0xFF0] = 0xEA, [0xFF4] = 0xF0 };
	struct partition_relaunch wish = { .kernel = "one", .cmdline = "" };
	char why[PARTITION_REFUSAL_BYTES];

	(void)state;
	run_db();
	assert_null(rom_of);
	boot.config.image_count = 1;
	strcpy(boot.config.images[0].name, "one");
	boot.images[0] = (struct image_file){ bios, sizeof(bios) };
	assert_int_equal(partition_relaunch(db, &wish, why), OK);
	assert_null(rom_of);
	rounds();
	assert_ptr_equal(rom_of, bios);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(start_brings_one_processor_back_a_round, begin),
		cmocka_unit_test_setup(start_waits_until_the_other_guest_runs, begin),
		cmocka_unit_test_setup(start_that_waits_is_over_with_either_stop, begin),
		cmocka_unit_test_setup(crash_stops_a_guest_that_is_not_to_be_restarted, begin),
		cmocka_unit_test_setup(crashes_restart_a_guest_as_often_as_is_said, begin),
		cmocka_unit_test_setup(guest_that_falls_over_at_once_is_started_once_a_second,
				       begin),
		cmocka_unit_test_setup(guest_that_cannot_be_loaded_has_not_crashed, begin),
		cmocka_unit_test_setup(processor_that_does_not_come_back_stops_its_guest, begin),
		cmocka_unit_test_setup(own_reboot_does_what_the_config_says, begin),
		cmocka_unit_test_setup(triple_fault_is_its_own_reboot_and_says_where, begin),
		cmocka_unit_test_setup(triple_fault_is_no_crash_and_no_loop, begin),
		cmocka_unit_test_setup(ordinary_reboot_ends_what_was_said_of_the_fault, begin),
		cmocka_unit_test_setup(crash_that_is_restarted_is_still_told, begin),
		cmocka_unit_test_setup(operator_has_the_last_word_on_a_guest_that_ends, begin),
		cmocka_unit_test_setup(crash_is_not_hidden_by_a_stop_that_comes_late, begin),
		cmocka_unit_test_setup(guest_that_starts_ends_before_all_its_processors_are_back,
				       begin),
		cmocka_unit_test_setup(paused_guest_ends_and_starts, begin),
		cmocka_unit_test_setup(reset_starts_a_guest_that_is_off, begin),
		cmocka_unit_test_setup(console_of_a_life_begins_where_the_start_was, begin),
		cmocka_unit_test_setup(refused_relaunch_leaves_a_guest_alone, begin),
		cmocka_unit_test_setup(start_maps_the_firmware_of_what_was_asked_for_last, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
