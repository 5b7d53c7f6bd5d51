/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_value.c: values of a config: paths, sizes, speeds, lists of processors, words. */
#include "tests/host/config_reading.h"

static void path_separators_are_made_the_firmwares(void **state)
{
	(void)state;
	assert_string_equal(guest_with("initrd = //a/\\b//c d.img")->initrd, "\\a\\b\\c d.img");
}

static void path_and_cmdline_of_full_length_fit(void **state)
{
	char line[4096];

	(void)state;
	snprintf(line, sizeof(line), "initrd = /%0254d", 0);
	assert_int_equal(strlen(guest_with(line)->initrd), 255);
	snprintf(line, sizeof(line), "cmdline = %02047d", 0);
	assert_int_equal(strlen(guest_with(line)->cmdline), 2047);
}

static void bad_paths_are_refused(void **state)
{
	char longest[512];

	(void)state;
	refuses_value("kernel", "C:\\k", "\":\" is in it");
	refuses_value("kernel", "/a*", "is in it");
	refuses_value("kernel", "/\xC3\xA4", "a character other than ASCII");
	refuses_value("kernel", "/", "names no file");
	refuses_value("kernel", "/a/", "names no file");
	refuses_value("kernel", "\"\"", "names no file");
	snprintf(longest, sizeof(longest), "/%0255d", 0);
	refuses_value("kernel", longest, "longer than 255 characters");
	/* The separator that is put in front counts. */
	refuses_value("kernel", longest + 1, "longer than 255 characters");
}

static void cmdline_that_is_too_long_is_refused(void **state)
{
	char line[4096];

	(void)state;
	snprintf(line, sizeof(line), "cmdline = %02048d", 0);
	refuses_key(line, "longer than 2047 characters");
}

static void sizes_are_powers_of_1024(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "2048K", 2 * MIB },  { "4096k", 4 * MIB }, { "2M", 2 * MIB },
		{ "1024m", GIB },      { "3G", 3 * GIB },    { "65536G", 65536 * GIB },
		{ "00002M", 2 * MIB },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char text[128];

		snprintf(text, sizeof(text), "[guest a]\ncpus=1\nkernel=k\nmemory=%s\n",
			 rows[i].text);
		takes(text);
		assert_int_equal(config.guests[0].memory_bytes, rows[i].bytes);
	}
}

static void bad_sizes_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "512", "has no unit" },
		{ "512Q", "unknown unit \"Q\"" },
		{ "512MB", "unknown unit \"MB\"" },
		{ "512 M", "unknown unit \" M\"" },
		{ "1.5G", "unknown unit \".5G\"" },
		{ "M", "does not start with a number" },
		{ "-1M", "does not start with a number" },
		{ "0x10M", "unknown unit \"x10M\"" },
		{ "1M", "less than 2M" },
		{ "0G", "less than 2M" },
		{ "3M", "not a multiple of 2M (the nearest are 2048K and 4096K)" },
		{ "2049K", "not a multiple of 2M" },
		{ "65537G", "more than 65536G" },
		{ "17179869185G", "too big" },
		{ "99999999999999999999999999G", "too big" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		refuses_value("memory", rows[i][0], rows[i][1]);
		assert_non_null(strstr(report.lines[0], "write a size with K, M or G"));
	}
}

static void every_standard_speed_is_taken(void **state)
{
	static const unsigned speeds[] = { 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(speeds); i++) {
		char text[128];

		snprintf(text, sizeof(text), "[monitor]\nspeed = %u\n" GOOD_GUEST, speeds[i]);
		takes(text);
		assert_int_equal(config.monitor.speed, speeds[i]);
	}
}

static void bad_speeds_are_refused(void **state)
{
	(void)state;
	refuses("[monitor]\nspeed = 115201\n" GOOD_GUEST, 2, "not a speed in use: write bits per");
	refuses("[monitor]\nspeed = 0\n" GOOD_GUEST, 2, "not a speed in use");
	refuses("[monitor]\nspeed = fast\n" GOOD_GUEST, 2, "not a number");
	refuses("[monitor]\nspeed = 9600 8n1\n" GOOD_GUEST, 2, "not a number");
	refuses("[monitor]\nspeed = 18446744073709561216\n" GOOD_GUEST, 2, "not a speed in use");
}

static void processor_lists_may_have_blanks_and_the_highest_index(void **state)
{
	(void)state;
	takes("[guest a]\ncpus =  3 , 1 - 2,1023\nmemory = 2M\nkernel = k\n");
	assert_int_equal(cpu_set_count(&config.guests[0].cpus), 4);
	assert_true(cpu_set_has(&config.guests[0].cpus, 1023));
	takes("[guest a]\ncpus = 1-64\nmemory = 2M\nkernel = k\n");
	assert_int_equal(cpu_set_count(&config.guests[0].cpus), 64);
}

static void bad_processor_lists_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "x", "no processor number at \"x\"" },
		{ "1,", "no processor number" },
		{ ",1", "no processor number" },
		{ "1-", "no processor number" },
		{ "-1", "no processor number" },
		{ "1--2", "no processor number" },
		{ "1;2", "no \",\" in front of \";2\"" },
		{ "1;", "no \",\" in front of \";\"" },
		{ "1 2", "no \",\" in front of \"2\"" },
		{ "1-2-3", "no \",\" in front of \"-3\"" },
		{ "0x1", "no \",\"" },
		{ "5-2", "5-2 is the wrong way round, turn it into 2-5" },
		{ "1-3,2", "processor 2 is in the list twice" },
		{ "1,1", "processor 1 is in the list twice" },
		{ "1024", "\"1024\" is above 1023" },
		{ "1-99999999999999999999999", "is above 1023" },
		{ "18446744073709551617", "is above 1023" },
		{ "1-65", "65 processors are more than the 64 a guest can have" },
		{ "\"\"", "no processor number" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		refuses_value("cpus", rows[i][0], rows[i][1]);
		assert_non_null(strstr(report.lines[0], "write processors from 0 to 1023"));
	}
}

static void unknown_words_are_refused(void **state)
{
	(void)state;
	refuses_key("autostart = true", "autostart = true: unknown value: write yes or no");
	refuses_key("debugcon = on", "debugcon = on: unknown value: write yes or no");
	refuses_key("autostart = YES", "write yes or no");
	refuses_key("autostart = ye", "write yes or no");
	refuses_key("signature = xen", "write kvm, native or muntin");
	refuses("[monitor]\nconsole = com3\n" GOOD_GUEST, 2, "write com1, com2 or none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_separators_are_made_the_firmwares),
		cmocka_unit_test(path_and_cmdline_of_full_length_fit),
		cmocka_unit_test(bad_paths_are_refused),
		cmocka_unit_test(cmdline_that_is_too_long_is_refused),
		cmocka_unit_test(sizes_are_powers_of_1024),
		cmocka_unit_test(bad_sizes_are_refused),
		cmocka_unit_test(every_standard_speed_is_taken),
		cmocka_unit_test(bad_speeds_are_refused),
		cmocka_unit_test(processor_lists_may_have_blanks_and_the_highest_index),
		cmocka_unit_test(bad_processor_lists_are_refused),
		cmocka_unit_test(unknown_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
