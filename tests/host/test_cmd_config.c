/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_config.c: config and plan as shown, and what `check` finds when they are not what runs. */
#include "kernel/inspect.h"
#include "kernel/partition.h"
#include "tests/host/command_shown.h"

extern const struct command_group command_group_config;

static const char text[] = "[guest a]\ncpus = 1-2\nmemory = 64M\nkernel = /k\n";

static struct boot_info info;
static struct inspect_room room;
static struct partition guest;
static uint64_t guest_bytes;

const struct boot_info *inspect_boot(void)
{
	return &info;
}

struct inspect_room *inspect_room(void)
{
	return &room;
}

uint32_t config_hash(void)
{
	return 0x0BADCAFE;
}

uint32_t partition_count(void)
{
	return 1;
}

struct partition *partition_at(uint32_t index)
{
	assert_int_equal(index, 0);
	return &guest;
}

uint64_t partition_memory_bytes(const struct partition *partition)
{
	assert_ptr_equal(partition, &guest);
	return guest_bytes;
}

static enum command_status run(const char *words, bool json)
{
	return run_row(&command_group_config, words, json);
}

/* The kernel is empty, which only its reader would report. */
static int setup(void **state)
{
	static struct report report;

	(void)state;
	memset(&info, 0, sizeof(info));
	memset(&report, 0, sizeof(report));
	info.config_text = (struct image_file){ (const uint8_t *)text, sizeof(text) - 1 };
	assert_int_equal(config_parse(text, sizeof(text) - 1, &info.config, &report), OK);
	info.machine = (struct machine){ .cpu_count = 4, .range_count = 1 };
	info.machine.ranges[0] = (struct machine_range){ hpa(MIB), GIB - MIB };
	assert_int_equal(plan_make(&info.config, &info.machine, &info.plan, &report), OK);
	guest = (struct partition){ .config = &info.config.guests[0],
				    .plan = &info.plan.guests[0],
				    .vcpu_count = 2 };
	guest_bytes = 64 * MIB;
	return 0;
}

static bool shows(const char *part)
{
	return strstr(shown, part) != NULL;
}

static void config_is_shown_with_defaults_and_lines(void **state)
{
	(void)state;
	assert_int_equal(run("config show", false), COMMAND_OK);
	assert_true(shows("hash               0badcafe\r\n"));
	assert_true(shows("monitor            console         - com1\r\n"));
	assert_true(shows("guest a            cpus            2 1-2\r\n"));
	assert_true(shows("guest a            memory          3 64M\r\n"));
	run("config show", true);
	assert_true(shows(
		"{\"section\": \"guest a\", \"key\": \"cpus\", \"line\": 2, \"value\": \"1-2\"}"));
	assert_true(shows("\"key\": \"console\", \"line\": null"));
}

static void plan_is_shown(void **state)
{
	(void)state;
	assert_int_equal(run("plan show", true), COMMAND_OK);
	assert_true(shows("\"monitor_cpu\": 0,"));
	assert_true(shows("\"monitor_shared\": false,"));
	assert_true(shows("\"guest\": \"a\", \"gpa\": \"0x0\""));
	assert_true(shows("\"size_bytes\": 67108864, \"cpus\": [1, 2]"));
}

static void what_is_the_same_is_ok(void **state)
{
	(void)state;
	assert_int_equal(run("check", false), COMMAND_OK);
	assert_false(shows("FAILED"));
	assert_true(shows("ok     the file, read again, is the config that runs"));
}

/* Return: how many of the rows fail. */
static unsigned failures(void)
{
	unsigned count = 0;

	assert_int_equal(run("check", false), COMMAND_FAILED);
	for (const char *at = shown; (at = strstr(at, "FAILED")) != NULL; at++) {
		count++;
	}
	return count;
}

static void config_that_changed_is_found(void **state)
{
	(void)state;
	info.config.guests[0].autostart = false;
	assert_int_equal(failures(), 1);
	assert_true(shows("FAILED the file, read again, is the config that runs  it differs"));
}

static void file_that_changed_is_found_with_the_line(void **state)
{
	static const char wrong[] = "[guest a]\ncpus = 1-2\nmemory = 64\nkernel = /k\n";

	(void)state;
	info.config_text = (struct image_file){ (const uint8_t *)wrong, sizeof(wrong) - 1 };
	assert_int_equal(failures(), 1);
	assert_true(shows("muntin.conf:3: memory"));
}

static void plan_that_changed_is_found(void **state)
{
	(void)state;
	info.plan.guests[0].ram[0].hpa.value += 2 * MIB;
	assert_int_equal(failures(), 1);
	assert_true(shows("FAILED the plan, made again"));
}

static void image_that_cannot_be_loaded_is_found(void **state)
{
	static const uint8_t junk[] = "this is no kernel";

	(void)state;
	info.guests[0].kernel = (struct image_file){ junk, sizeof(junk) };
	assert_int_equal(failures(), 1);
	assert_true(shows("FAILED the guests' images can be loaded"));
}

static void partition_that_is_not_as_planned_is_found(void **state)
{
	(void)state;
	guest.vcpu_count = 1;
	assert_int_equal(failures(), 1);
	guest.vcpu_count = 2;
	guest_bytes = 32 * MIB;
	assert_int_equal(failures(), 1);
	assert_true(shows("FAILED the guests have the processors and RAM planned"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(config_is_shown_with_defaults_and_lines, setup),
		cmocka_unit_test_setup(plan_is_shown, setup),
		cmocka_unit_test_setup(what_is_the_same_is_ok, setup),
		cmocka_unit_test_setup(config_that_changed_is_found, setup),
		cmocka_unit_test_setup(file_that_changed_is_found_with_the_line, setup),
		cmocka_unit_test_setup(plan_that_changed_is_found, setup),
		cmocka_unit_test_setup(image_that_cannot_be_loaded_is_found, setup),
		cmocka_unit_test_setup(partition_that_is_not_as_planned_is_found, setup),
	};
	return cmocka_run_group_tests_name("cmd_config", tests, NULL, NULL);
}
