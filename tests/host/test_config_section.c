/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_section.c: sections of a config: which there are, what each must have and may have once. */
#include "tests/host/config_reading.h"

static void unknown_key_names_the_nearest(void **state)
{
	(void)state;
	refuses_key(
		"memroy = 2M",
		"unknown key \"memroy\": did you mean \"memory\"? The keys of "
		"[guest] are: cpus, memory, kernel, type, load, entry, initrd, modules, cmdline, "
		"autostart, signature");
	refuses_key("CPUs = 2M", "did you mean \"cpus\"?");
	refuses_key("command-line = x", "did you mean \"cmdline\"?");
	refuses_key("autstart = x", "did you mean \"autostart\"?");
	refuses_key("memory#x = 2M", "did you mean \"memory\"?");
	refuses("[monitor]\nsped = 9600\n" GOOD_GUEST, 2,
		"did you mean \"speed\"? The keys of [monitor] are: console, speed");
}

static void key_of_the_other_section_is_sent_there(void **state)
{
	(void)state;
	refuses_key("speed = 9600",
		    "\"speed\" does not belong in [guest]: write it below [monitor]");
	refuses("[monitor]\nmemory = 2M\n" GOOD_GUEST, 2, "write it below [guest NAME]");
}

static void unknown_section_names_the_nearest(void **state)
{
	(void)state;
	refuses(GOOD_GUEST "[monitr]\nanything\n", 5,
		"unknown section \"monitr\": did you mean [monitor]?");
	refuses("[guests x]\ncpus = y\n" GOOD_GUEST, 1, "did you mean [guest NAME]?");
	refuses("[]\n" GOOD_GUEST, 1, "unknown section \"\"");
}

static void broken_section_line_is_refused(void **state)
{
	(void)state;
	refuses(GOOD_GUEST "[monitor\n", 5, "\"[monitor\" is not a section");
	refuses(GOOD_GUEST "[monitor] x\n", 5, "is not a section");
	refuses(GOOD_GUEST "[monitor]# x\n", 5, "is not a section");
	refuses(GOOD_GUEST "[\n", 5, "is not a section");
	refuses(GOOD_GUEST "[monitor x]\n", 5, "the monitor has no name");
}

static void key_given_twice_is_refused(void **state)
{
	(void)state;
	refuses_key("memory = 128M", "memory is there already, on line 3");
	refuses("[monitor]\nspeed = 9600\nspeed = 9600\n" GOOD_GUEST, 3,
		"speed is there already, on line 2");
	refuses("[monitor]\n" GOOD_GUEST "[monitor]\n", 6, "[monitor] is there already, on line 1");
}

static void bad_key_value_counts_as_given(void **state)
{
	(void)state;
	refuses("[guest a]\ncpus = x\nmemory = 64M\nkernel = k\n", 2, "no processor number");
}

static void bad_guest_names_are_refused(void **state)
{
	static const char *const names[] = { "1a",  "-a",
					     "_a",  "a b",
					     "a.b", "\xC3\xA4",
					     "a/b", "a2345678901234567890123456789012" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		char text[256];

		snprintf(text, sizeof(text), "[guest %s]\ncpus=1\nmemory=2M\nkernel=k\n", names[i]);
		refuses(text, 1, "bad guest name");
	}
	refuses("[guest]\ncpus=1\nmemory=2M\nkernel=k\n", 1, "the guest has no name");
	takes("[guest a234567890123456789012345678901]\ncpus=1\nmemory=2M\nkernel=k\n");
}

static void guest_names_must_differ(void **state)
{
	(void)state;
	refuses(GOOD_GUEST "\n" GOOD_GUEST, 6, "guest \"a\" is there already, on line 1");
}

static void missing_keys_are_named_at_the_section(void **state)
{
	(void)state;
	refuses("\n[guest a]\nmemory=2M\nkernel=k\n", 2, "guest \"a\" has no cpus: write a line");
	refuses("\n[guest a]\ncpus=1\nkernel=k\n", 2, "guest \"a\" has no memory");
	refuses("\n[guest a]\ncpus=1\nmemory=2M\n", 2, "guest \"a\" has no kernel");
	assert_int_equal(parse("[guest a]\n[guest b]\n"), E_INVALID);
	assert_int_equal(report.count, 6);
}

static void config_without_a_guest_is_refused(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "[monitor]\nspeed = 9600\n",
					     "\xEF\xBB\xBF" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		assert_int_equal(parse(texts[i]), E_INVALID);
		assert_int_equal(report.count, 1);
		assert_string_equal(report.lines[0], "muntin.conf: there is no guest: write a "
						     "section [guest NAME]");
	}
}

static void write_guests(char *text, size_t size, unsigned count)
{
	size_t used = 0;

	for (unsigned i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, size - used,
					 "[guest g%u]\ncpus = %u\nmemory = 2M\nkernel = k\n", i, i);
	}
}

static void sixteen_guests_are_taken_and_one_more_is_not(void **state)
{
	char text[4096];

	(void)state;
	write_guests(text, sizeof(text), 16);
	takes(text);
	assert_int_equal(config.guest_count, 16);
	write_guests(text, sizeof(text), 20);
	refuses(text, 65, "guest \"g16\" is one too many: write at most 16");
}

static void keys_before_any_section_get_one_message(void **state)
{
	(void)state;
	refuses("some\nother = file\n\n" GOOD_GUEST, 1, "\"some\" is in no section");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_key_names_the_nearest),
		cmocka_unit_test(key_of_the_other_section_is_sent_there),
		cmocka_unit_test(unknown_section_names_the_nearest),
		cmocka_unit_test(broken_section_line_is_refused),
		cmocka_unit_test(key_given_twice_is_refused),
		cmocka_unit_test(bad_key_value_counts_as_given),
		cmocka_unit_test(bad_guest_names_are_refused),
		cmocka_unit_test(guest_names_must_differ),
		cmocka_unit_test(missing_keys_are_named_at_the_section),
		cmocka_unit_test(config_without_a_guest_is_refused),
		cmocka_unit_test(sixteen_guests_are_taken_and_one_more_is_not),
		cmocka_unit_test(keys_before_any_section_get_one_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
