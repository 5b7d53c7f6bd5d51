/* SPDX-License-Identifier: Apache-2.0 */
/* test_plan.c: what plan_make() gives, and what it says about what it cannot give. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "kernel/config.h"
#include "kernel/plan.h"
#include "tests/host/plan_check.h"

static struct config config;
static struct machine machine;
static struct plan plan;
static struct plan again;
static struct report report;

static void start(uint32_t cpus)
{
	memset(&config, 0, sizeof(config));
	memset(&machine, 0, sizeof(machine));
	memset(&report, 0, sizeof(report));
	report.file = "muntin.conf";
	machine.cpu_count = cpus;
}

static void range(uint64_t from, uint64_t to)
{
	machine.ranges[machine.range_count++] = (struct machine_range){ hpa(from), to - from };
}

/* Guest number n has processor n and its values on lines 10n and 10n + 1. */
static struct config_guest *guest(uint64_t memory)
{
	struct config_guest *g = &config.guests[config.guest_count++];

	g->name[0] = (char)('a' + config.guest_count - 1);
	g->memory_bytes = memory;
	g->line.cpus = config.guest_count * 10;
	g->line.memory = config.guest_count * 10 + 1;
	cpu_set_add(&g->cpus, config.guest_count);
	return g;
}

static void makes(void)
{
	memset(&plan, 0xA5, sizeof(plan));
	if (plan_make(&config, &machine, &plan, &report) != OK) {
		fail_msg("refused: %s", report.lines[0]);
	}
	assert_int_equal(report.count, 0);
	const char *wrong = plan_check(&config, &machine, &plan);
	if (wrong != NULL) {
		fail_msg("%s", wrong);
	}
}

static void refuses(unsigned count)
{
	assert_int_equal(plan_make(&config, &machine, &plan, &report), E_INVALID);
	assert_int_equal(report.count, count);
}

static void arena_is_small_and_whole_pages(void **state)
{
	(void)state;
	start(4);
	guest(512 * MIB);
	guest(16 * MIB);
	uint64_t bytes = plan_arena_bytes(&config, 4);
	assert_true(bytes < 4 * MIB);
	assert_true(is_aligned(bytes, PAGE_SIZE));
	assert_int_equal(bytes, (1024 + 4 * 192 + 2 * (160 + 64 + 4)) * KIB);
}

static void arena_grows_with_processors_and_memory(void **state)
{
	(void)state;
	start(4);
	guest(1 * GIB);
	uint64_t bytes = plan_arena_bytes(&config, 4);
	assert_int_equal(plan_arena_bytes(&config, 5) - bytes, 192 * KIB);
	config.guests[0].debugcon = true;
	assert_int_equal(plan_arena_bytes(&config, 4) - bytes, 68 * KIB);
	config.guests[0].debugcon = false;
	config.guests[0].memory_bytes += 2 * MIB;
	assert_int_equal(plan_arena_bytes(&config, 4) - bytes, 4 * KIB);
}

static void processors_are_given_in_rising_order(void **state)
{
	(void)state;
	start(8);
	range(1 * MIB, 1 * GIB);
	cpu_set_add(&guest(64 * MIB)->cpus, 7);
	cpu_set_add(&config.guests[0].cpus, 3);
	makes();
	assert_int_equal(plan.guests[0].cpu_count, 3);
	assert_int_equal(plan.guests[0].cpus[0], 1);
	assert_int_equal(plan.guests[0].cpus[1], 3);
	assert_int_equal(plan.guests[0].cpus[2], 7);
	assert_int_equal(plan.monitor_cpu, 0);
	assert_false(plan.monitor_shared);
}

static void two_guests_fit_a_small_machine(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 1 * GIB);
	guest(16 * MIB);
	guest(512 * MIB);
	makes();
	assert_int_equal(plan.guests[0].ram_count, 1);
	assert_int_equal(plan.guests[1].ram_count, 1);
	assert_int_equal(plan.arena.value + plan.arena_bytes, 1 * GIB);
}

static void absent_processor_is_named_with_what_is_there(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 1 * GIB);
	guest(64 * MIB);
	cpu_set_add(&config.guests[0].cpus, 4);
	cpu_set_add(&config.guests[0].cpus, 5);
	cpu_set_add(&config.guests[0].cpus, 1023);
	refuses(1);
	assert_string_equal(report.lines[0],
			    "muntin.conf:10: guest \"a\" asks for processor 4-5,1023, which is not "
			    "there: this machine has 4, write some of those (0-3)");
}

static void processor_of_two_guests_names_both_and_both_lines(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 1 * GIB);
	guest(64 * MIB);
	guest(64 * MIB);
	cpu_set_add(&config.guests[1].cpus, 1);
	refuses(1);
	assert_string_equal(report.lines[0],
			    "muntin.conf:20: processor 1 is asked for by guest \"b\" here and by "
			    "guest \"a\" on line 10: give it to one of them (unclaimed: 3)");
}

static void processor_of_three_guests_names_each_pair(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 1 * GIB);
	for (unsigned i = 0; i < 3; i++) {
		cpu_set_add(&guest(2 * MIB)->cpus, 3);
	}
	refuses(3);
}

static void guest_that_has_processor_0_shares_it_with_the_monitor(void **state)
{
	(void)state;
	start(1);
	range(1 * MIB, 1 * GIB);
	guest(64 * MIB);
	config.guests[0].cpus.words[0] = 1;
	makes();
	assert_true(plan.monitor_shared);
	assert_int_equal(plan.guests[0].cpus[0], 0);
}

static void more_memory_than_there_is_names_asked_and_free(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 1 * GIB);
	guest(600 * MIB);
	guest(500 * MIB);
	refuses(1);
	assert_string_equal(
		report.lines[0],
		"muntin.conf:21: guest \"b\" asks for 500M of memory, free for it are "
		"418M (largest piece 418M, at most 8 pieces): all guests ask for 1100M, "
		"this machine has 1018M for guests; write less");
}

/* What is held against the RAM of the others afterwards needs them whole: plan_image_check(). */
static void guest_without_room_has_no_ram_and_the_others_all_of_theirs(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 1 * GIB);
	guest(600 * MIB);
	guest(500 * MIB);
	config.guests[0].cpus = config.guests[1].cpus;
	refuses(2);
	assert_int_equal(plan.guests[0].ram_count, 1);
	assert_int_equal(plan.guests[0].ram[0].bytes, 600 * MIB);
	assert_int_equal(plan.guests[1].ram_count, 0);
}

static void every_guest_without_memory_is_named(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 1 * GIB);
	guest(CONFIG_MEMORY_MAX);
	guest(2 * GIB);
	guest(64 * MIB);
	/* The arena for 64 TiB alone would not fit: tables for it take 256 MiB. */
	range(2 * GIB, 3 * GIB);
	refuses(2);
	assert_non_null(strstr(report.lines[0], "muntin.conf:11: guest \"a\""));
	assert_non_null(strstr(report.lines[1], "muntin.conf:21: guest \"b\""));
}

static void all_errors_are_listed_at_once(void **state)
{
	(void)state;
	start(2);
	range(1 * MIB, 1 * GIB);
	cpu_set_add(&guest(2 * GIB)->cpus, 2);
	cpu_set_add(&guest(2 * MIB)->cpus, 1);
	refuses(4);
}

static void machine_without_room_for_the_arena_is_refused(void **state)
{
	(void)state;
	start(4);
	guest(2 * MIB);
	range(64 * KIB, 3 * MIB - 64 * KIB);
	range(4 * GIB, 8 * GIB);
	refuses(1);
	assert_string_equal(
		report.lines[0],
		"the hypervisor itself needs 2020K in one piece between 1M and 4G, the "
		"largest there has 1984K: use fewer or smaller guests, or a machine with "
		"more memory");
}

static void machine_without_memory_is_refused(void **state)
{
	(void)state;
	start(4);
	guest(2 * MIB);
	refuses(1);
}

static void arena_takes_what_costs_the_guests_least(void **state)
{
	(void)state;
	start(4);
	guest(2 * MIB);
	/* No 2 MiB of the middle range are good for a guest. */
	range(1 * MIB, 64 * MIB);
	range(65 * MIB, 67 * MIB + 512 * KIB);
	range(128 * MIB, 256 * MIB);
	makes();
	assert_int_equal(plan.arena.value + plan.arena_bytes, 67 * MIB + 512 * KIB);
}

static void arena_stays_below_4_gib_in_a_range_across(void **state)
{
	(void)state;
	start(4);
	guest(2 * MIB);
	range(3 * GIB, 6 * GIB);
	makes();
	assert_int_equal(plan.arena.value + plan.arena_bytes, 4 * GIB);
}

static void memory_below_1_mib_is_never_given(void **state)
{
	(void)state;
	start(4);
	range(0, 64 * MIB);
	guest(60 * MIB);
	makes();
	assert_int_equal(plan.guests[0].ram[0].hpa.value, 2 * MIB);
}

static void guest_above_3_gib_leaves_the_hole(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 64 * MIB);
	range(4 * GIB, 16 * GIB);
	guest(5 * GIB);
	makes();
	const struct plan_guest *g = &plan.guests[0];
	assert_int_equal(g->ram_count, 2);
	assert_int_equal(g->ram[0].bytes, 3 * GIB);
	assert_int_equal(g->ram[1].gpa.value, 4 * GIB);
	assert_int_equal(g->ram[1].hpa.value, g->ram[0].hpa.value + 3 * GIB);
	assert_int_equal(g->ram[1].bytes, 2 * GIB);
}

static void guest_of_exactly_3_gib_is_one_piece(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 64 * MIB);
	range(4 * GIB, 16 * GIB);
	guest(3 * GIB);
	makes();
	assert_int_equal(plan.guests[0].ram_count, 1);
}

static void large_guest_is_aligned_to_1_gib_when_there_is_room(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 64 * MIB);
	range(4 * GIB + 6 * MIB, 16 * GIB);
	guest(2 * GIB);
	makes();
	assert_int_equal(plan.guests[0].ram[0].hpa.value, 5 * GIB);
}

static void alignment_to_1_gib_does_not_tear_a_guest(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 64 * MIB);
	range(4 * GIB + 512 * MIB, 8 * GIB);
	guest(2 * GIB);
	guest(1 * GIB + 512 * MIB);
	makes();
	assert_int_equal(plan.guests[0].ram_count, 1);
	assert_int_equal(plan.guests[1].ram_count, 1);
	assert_int_equal(plan.guests[0].ram[0].hpa.value, 4 * GIB + 512 * MIB);
}

static void guest_takes_the_smallest_range_it_fits(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 512 * MIB);
	range(600 * MIB, 700 * MIB);
	range(800 * MIB, 1024 * MIB);
	guest(80 * MIB);
	makes();
	assert_int_equal(plan.guests[0].ram[0].hpa.value, 600 * MIB);
}

static void torn_memory_is_given_in_pieces_largest_first(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 32 * MIB);
	range(64 * MIB, 128 * MIB);
	range(256 * MIB + 4 * KIB, 512 * MIB);
	range(600 * MIB, 604 * MIB);
	guest(300 * MIB);
	makes();
	const struct plan_guest *g = &plan.guests[0];
	assert_int_equal(g->ram_count, 2);
	assert_int_equal(g->ram[0].hpa.value, 258 * MIB);
	assert_int_equal(g->ram[0].bytes, 254 * MIB);
	assert_int_equal(g->ram[1].hpa.value, 64 * MIB);
}

static void guest_gets_eight_pieces_and_not_nine(void **state)
{
	(void)state;
	start(4);
	for (uint64_t i = 1; i <= 9; i++) {
		range(i * 16 * MIB, i * 16 * MIB + 2 * MIB);
	}
	range(512 * MIB, 515 * MIB);
	guest(16 * MIB);
	makes();
	assert_int_equal(plan.guests[0].ram_count, 8);
	config.guests[0].memory_bytes = 18 * MIB;
	refuses(1);
	assert_non_null(strstr(report.lines[0], "largest piece 2M, at most 8 pieces"));
}

static void larger_guest_chooses_first_whatever_the_order(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 50 * MIB);
	range(64 * MIB, 164 * MIB);
	range(200 * MIB, 264 * MIB);
	guest(40 * MIB);
	guest(90 * MIB);
	guest(60 * MIB);
	makes();
	assert_int_equal(plan.guests[1].ram[0].hpa.value, 64 * MIB);
	assert_int_equal(plan.guests[2].ram[0].hpa.value, 200 * MIB);
}

static void memory_is_given_to_the_last_unit(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 64 * MIB);
	guest(30 * MIB);
	/* 62 MiB of units, of which the arena (2248 KiB) takes two. */
	guest(28 * MIB);
	makes();
	config.guests[1].memory_bytes = 30 * MIB;
	refuses(1);
}

static void same_input_gives_the_same_plan(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 512 * MIB);
	range(1 * GIB, 8 * GIB);
	guest(1 * GIB);
	guest(1 * GIB);
	guest(5 * GIB);
	makes();
	memcpy(&again, &plan, sizeof(plan));
	makes();
	assert_int_equal(plan.guest_count, 3);
	assert_memory_equal(plan.guests, again.guests, sizeof(plan.guests));
	assert_int_equal(plan.arena.value, again.arena.value);
}

static void range_that_firmware_made_up_is_left_alone(void **state)
{
	(void)state;
	start(4);
	range(1 * MIB, 64 * MIB);
	machine.ranges[machine.range_count++] =
		(struct machine_range){ hpa(UINT64_MAX - 4095), 1 * GIB };
	machine.ranges[machine.range_count++] =
		(struct machine_range){ hpa(1 * GIB), UINT64_MAX - 4095 };
	range(1 * GIB, (uint64_t)1 << 53);
	range((uint64_t)1 << 52, ((uint64_t)1 << 52) + 1 * GIB);
	guest(128 * MIB);
	refuses(1);
	assert_non_null(strstr(report.lines[0], "this machine has 60M for guests"));
}

static void largest_machine_can_be_planned(void **state)
{
	(void)state;
	start(MACHINE_CPUS_MAX);
	range(1 * MIB, 2 * GIB);
	for (uint64_t i = 1; i < MACHINE_RANGES_MAX; i++) {
		range(i * 16 * GIB, i * 16 * GIB + 15 * GIB);
	}
	for (unsigned i = 0; i < CONFIG_GUESTS_MAX; i++) {
		guest(64 * GIB);
	}
	makes();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_is_small_and_whole_pages),
		cmocka_unit_test(arena_grows_with_processors_and_memory),
		cmocka_unit_test(processors_are_given_in_rising_order),
		cmocka_unit_test(two_guests_fit_a_small_machine),
		cmocka_unit_test(absent_processor_is_named_with_what_is_there),
		cmocka_unit_test(processor_of_two_guests_names_both_and_both_lines),
		cmocka_unit_test(processor_of_three_guests_names_each_pair),
		cmocka_unit_test(guest_that_has_processor_0_shares_it_with_the_monitor),
		cmocka_unit_test(more_memory_than_there_is_names_asked_and_free),
		cmocka_unit_test(guest_without_room_has_no_ram_and_the_others_all_of_theirs),
		cmocka_unit_test(every_guest_without_memory_is_named),
		cmocka_unit_test(all_errors_are_listed_at_once),
		cmocka_unit_test(machine_without_room_for_the_arena_is_refused),
		cmocka_unit_test(machine_without_memory_is_refused),
		cmocka_unit_test(arena_takes_what_costs_the_guests_least),
		cmocka_unit_test(arena_stays_below_4_gib_in_a_range_across),
		cmocka_unit_test(memory_below_1_mib_is_never_given),
		cmocka_unit_test(guest_above_3_gib_leaves_the_hole),
		cmocka_unit_test(guest_of_exactly_3_gib_is_one_piece),
		cmocka_unit_test(large_guest_is_aligned_to_1_gib_when_there_is_room),
		cmocka_unit_test(alignment_to_1_gib_does_not_tear_a_guest),
		cmocka_unit_test(guest_takes_the_smallest_range_it_fits),
		cmocka_unit_test(torn_memory_is_given_in_pieces_largest_first),
		cmocka_unit_test(guest_gets_eight_pieces_and_not_nine),
		cmocka_unit_test(larger_guest_chooses_first_whatever_the_order),
		cmocka_unit_test(memory_is_given_to_the_last_unit),
		cmocka_unit_test(same_input_gives_the_same_plan),
		cmocka_unit_test(range_that_firmware_made_up_is_left_alone),
		cmocka_unit_test(largest_machine_can_be_planned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
