/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_life.c: what a config says about guests' lives: crashes, reboots, dependences, images. */
#include "tests/host/config_reading.h"

#define GUEST(name)            "[guest " name "]\ncpus = 1\nmemory = 64M\nkernel = /k\n" /* four lines */
#define GUEST_THAT(name, last) GUEST(name) last "\n" /* five lines */

static void crash_stops_and_reboot_restarts_unless_it_is_said(void **state)
{
	(void)state;
	takes(GUEST("a"));
	assert_int_equal(config.guests[0].crash_restarts, 0);
	assert_true(config.guests[0].reboot_restarts);
	assert_int_equal(config.guests[0].depends, 0);
	takes(GUEST("a") "on-crash = stop\non-reboot = stop\n");
	assert_int_equal(config.guests[0].crash_restarts, 0);
	assert_false(config.guests[0].reboot_restarts);
	takes(GUEST("a") "on-crash = restart\non-reboot = restart\n");
	assert_int_equal(config.guests[0].crash_restarts, CONFIG_RESTART_ALWAYS);
	assert_true(config.guests[0].reboot_restarts);
}

static void restarts_after_crashes_can_be_counted(void **state)
{
	(void)state;
	takes(GUEST_THAT("a", "on-crash = restart 1"));
	assert_int_equal(config.guests[0].crash_restarts, 1);
	takes(GUEST_THAT("a", "on-crash = \"restart   1000\" # x"));
	assert_int_equal(config.guests[0].crash_restarts, 1000);
}

static void bad_answers_to_a_crash_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "always", "unknown value" },
		{ "restart 0", "out of range" },
		{ "restart 1001", "out of range" },
		{ "restart -1", "not a number" },
		{ "restart x", "not a number" },
		{ "restart 3 times", "not a number" },
		{ "restart3", "unknown value" },
		{ "Restart", "unknown value" },
		{ "restart 99999999999999999999", "out of range" },
	};
	static const char want[] = "write stop, restart, or restart N with N from 1 to 1000";

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char text[256];
		char message[256];

		snprintf(text, sizeof(text), GUEST("a") "on-crash = %s\n", rows[i][0]);
		assert_int_equal(parse(text), E_INVALID);
		snprintf(message, sizeof(message), ": %s: %s", rows[i][1], want);
		assert_non_null(strstr(report.lines[0], "muntin.conf:5: on-crash = "));
		assert_non_null(strstr(report.lines[0], message));
	}
	refuses_with(GUEST_THAT("a", "on-reboot = restart 3"),
		     "muntin.conf:5: on-reboot = restart 3: unknown value: write restart or stop");
}

static void dependences_become_guests_in_whatever_order_they_stand(void **state)
{
	(void)state;
	takes(GUEST_THAT("web", "depends-on = db,  log") GUEST("log")
		      GUEST_THAT("db", "depends-on = \"log\""));
	assert_int_equal(config.guests[0].depends, 1 << 1 | 1 << 2);
	assert_int_equal(config.guests[1].depends, 0);
	assert_int_equal(config.guests[2].depends, 1 << 1);
	assert_string_equal(config.guests[0].depends_on, "db,  log");
}

static void names_that_are_no_other_guests_are_refused(void **state)
{
	(void)state;
	refuses_with(GUEST("db") GUEST_THAT("web", "depends-on = dbb") GUEST("log"),
		     "muntin.conf:9: no guest is called \"dbb\": write one of these: db, log");
	refuses_with(GUEST_THAT("web", "depends-on = db"),
		     "muntin.conf:5: no guest is called \"db\", and there is none but this one");
	refuses_with(GUEST("db") GUEST_THAT("web", "depends-on = web"),
		     "muntin.conf:9: guest \"web\" cannot wait for itself: leave its name out");
	refuses_with(
		GUEST("db") GUEST_THAT("web", "depends-on = db,"),
		"muntin.conf:9: depends-on = db,: a name is missing: write names of other guests "
		"with one comma between two");
	refuses_with(GUEST("db") GUEST_THAT("web", "depends-on = db log"),
		     "muntin.conf:9: no guest is called \"db log\": write one of these: db");
}

static void circles_are_refused_once(void **state)
{
	(void)state;
	refuses_with(
		GUEST("x") GUEST_THAT("a", "depends-on = b") GUEST_THAT("b", "depends-on = x, c")
			GUEST_THAT("c", "depends-on = a"),
		"muntin.conf:9: these guests would wait for each other for ever: a, b, c: take a "
		"depends-on out");
}

static void each_of_two_circles_is_reported(void **state)
{
	(void)state;
	assert_int_equal(parse(GUEST_THAT("a", "depends-on = b") GUEST_THAT("b", "depends-on = a")
				       GUEST_THAT("c", "depends-on = d, a")
					       GUEST_THAT("d", "depends-on = c")),
			 E_INVALID);
	assert_int_equal(report.count, 2);
	assert_non_null(strstr(report.lines[0], "muntin.conf:5: these guests"));
	assert_non_null(strstr(report.lines[0], ": a, b:"));
	assert_non_null(strstr(report.lines[1], "muntin.conf:15: these guests"));
	assert_non_null(strstr(report.lines[1], ": c, d:"));
}

static void two_guests_may_wait_for_the_same_one(void **state)
{
	(void)state;
	takes(GUEST("a") GUEST_THAT("b", "depends-on = a") GUEST_THAT("c", "depends-on = a, b"));
}

static void images_are_kept_with_their_names(void **state)
{
	(void)state;
	takes("[image rescue]\nfile = a/b\n" GUEST("a") "[image x-2]\nfile = \\c\n");
	assert_int_equal(config.image_count, 2);
	assert_string_equal(config.images[0].name, "rescue");
	assert_string_equal(config.images[0].file, "\\a\\b");
	assert_int_equal(config.images[0].line.section, 1);
	assert_int_equal(config.images[0].line.file, 2);
	assert_string_equal(config.images[1].name, "x-2");
	assert_string_equal(config.images[1].file, "\\c");
}

static void bad_images_are_refused(void **state)
{
	(void)state;
	refuses_with(GUEST("a") "[image]\nfile = x\n",
		     "muntin.conf:5: the image has no name: write [image NAME]");
	refuses_with(
		GUEST("a") "[image 1x]\nfile = x\n",
		"muntin.conf:5: bad image name \"1x\": write a letter, then letters, digits, - or "
		"_, at most 31 in all");
	refuses_with(GUEST("a") "[image x]\nfile = x\n[image x]\nfile = y\n",
		     "muntin.conf:7: image \"x\" is there already, on line 5: write another name");
	refuses_with(GUEST("a") "[image x]\n",
		     "muntin.conf:5: image \"x\" has no file: write a line "
		     "\"file = ...\", a file on the "
		     "boot volume, such as /EFI/muntin/rescue.img");
	refuses_with(
		GUEST("a") "[image none]\nfile = x\n",
		"muntin.conf:5: no image can be called \"none\", which is how `guest relaunch` is "
		"told that there is no initrd: write another name");
	refuses_with(GUEST("a") "[image x]\nfile = x\nkernel = x\n",
		     "muntin.conf:7: \"kernel\" does not belong in [image]: write it below [guest "
		     "NAME]");
	refuses_with(
		GUEST("a") "file = x\n",
		"muntin.conf:5: \"file\" does not belong in [guest]: write it below [image NAME]");
	refuses_with(GUEST("a") "[imag x]\n",
		     "muntin.conf:5: unknown section \"imag\": did you mean [image NAME]? Write "
		     "[monitor], [guest NAME] or [image NAME]");
}

static void sixteen_images_are_taken_and_one_more_is_not(void **state)
{
	char text[2048] = GUEST("a");

	(void)state;
	for (unsigned i = 0; i < CONFIG_IMAGES_MAX; i++) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "[image i%u]\nfile=x\n",
			 i);
	}
	takes(text);
	strcat(text, "[image more]\nfile = x\n[image evenmore]\nfile = x\n");
	refuses_with(text,
		     "muntin.conf:37: image \"more\" is one too many: write at most 16 images");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crash_stops_and_reboot_restarts_unless_it_is_said),
		cmocka_unit_test(restarts_after_crashes_can_be_counted),
		cmocka_unit_test(bad_answers_to_a_crash_are_refused),
		cmocka_unit_test(dependences_become_guests_in_whatever_order_they_stand),
		cmocka_unit_test(names_that_are_no_other_guests_are_refused),
		cmocka_unit_test(circles_are_refused_once),
		cmocka_unit_test(each_of_two_circles_is_reported),
		cmocka_unit_test(two_guests_may_wait_for_the_same_one),
		cmocka_unit_test(images_are_kept_with_their_names),
		cmocka_unit_test(bad_images_are_refused),
		cmocka_unit_test(sixteen_images_are_taken_and_one_more_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
