/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_modules.c: `modules =`: what is taken, what each module is, what is refused. */
#include "kernel/config_modules.h"
#include "tests/host/config_reading.h"

static const char *taken(const char *value)
{
	char text[4096];

	snprintf(text, sizeof(text), "modules = %s\n", value);
	const struct config_guest *guest = guest_with(text);
	assert_int_equal(guest->line.modules, 5);
	return guest->modules;
}

/* One message, on line 5, that has all of @part in it; and nothing is left of the list. */
static void refuses_modules(const char *value, const char *part)
{
	char text[4096];

	snprintf(text, sizeof(text), "modules = %s", value);
	refuses_key(text, part);
	assert_string_equal(config.guests[0].modules, "");
}

static void module_is(const char *modules, uint32_t index, const char *path, const char *string)
{
	struct config_module module;

	assert_true(config_module_at(modules, index, &module));
	assert_string_equal(module.path, path);
	assert_int_equal(module.string.length, strlen(string));
	assert_memory_equal(module.string.at, string, strlen(string));
}

static void no_line_is_no_module(void **state)
{
	struct config_module module;

	(void)state;
	assert_false(config_module_at("", 0, &module));
}

static void each_module_has_a_path_and_the_text_behind_it(void **state)
{
	struct config_module module;
	const char *list = taken("/guests/a.img one  two; b.img ;\\c\\d x=1,y");

	(void)state;
	module_is(list, 0, "\\guests\\a.img", "one  two");
	module_is(list, 1, "\\b.img", "");
	module_is(list, 2, "\\c\\d", "x=1,y");
	assert_false(config_module_at(list, 3, &module));
}

/* As any value: quotes keep a " # ", and \" in them is a quote. */
static void quotes_are_taken_off_the_whole_list(void **state)
{
	const char *list = taken("\"/a say \\\"# 1\\\"; /b\"");

	(void)state;
	module_is(list, 0, "\\a", "say \"# 1\"");
	module_is(list, 1, "\\b", "");
}

static void wrong_modules_are_refused_by_what_is_wrong(void **state)
{
	(void)state;
	refuses_modules(";", "module 1 has no path: write up to 16 files with ; between them");
	refuses_modules("/a;", "module 2 has no path");
	refuses_modules("/a; ;/b", "module 2 has no path");
	refuses_modules("/a; C:\\x y", "modules = C:\\x: a \":\" is in it");
	refuses_modules("/a; /x* y", "one of * ?");
	refuses_modules("/a; / y", "modules = /: names no file");
}

static void sixteen_modules_are_taken_and_one_more_is_not(void **state)
{
	(void)state;
	module_is(taken("0;1;2;3;4;5;6;7;8;9;10;11;12;13;14;15 last"), 15, "\\15", "last");
	refuses_modules("0;1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16", "more than 16 modules");
}

static void list_ends_at_2047_characters(void **state)
{
	char text[CONFIG_MODULES_BYTES + 1] = "/a ";

	(void)state;
	memset(text + 3, 'x', CONFIG_MODULES_BYTES - 3);
	text[CONFIG_MODULES_BYTES - 1] = '\0';
	taken(text);
	text[CONFIG_MODULES_BYTES - 1] = 'x';
	text[CONFIG_MODULES_BYTES] = '\0';
	refuses_modules(text, "longer than 2047 characters");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_is_no_module),
		cmocka_unit_test(each_module_has_a_path_and_the_text_behind_it),
		cmocka_unit_test(quotes_are_taken_off_the_whole_list),
		cmocka_unit_test(wrong_modules_are_refused_by_what_is_wrong),
		cmocka_unit_test(sixteen_modules_are_taken_and_one_more_is_not),
		cmocka_unit_test(list_ends_at_2047_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
