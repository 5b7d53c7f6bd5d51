/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_print.c: what config_print() prints is read as the same config. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "kernel/config_print.h"

static struct config config;
static struct config again;
static struct report report;
static char printed[CONFIG_FILE_BYTES_MAX];

/* The one thing that is not printed; of it only whether there is one. */
#define A_PASSWORD                                                                                 \
	"pbkdf2-sha256$1000$0011223344556677$"                                                     \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

#define GOOD_GUEST "[guest a]\ncpus = 1\nmemory = 64M\nkernel = /k\n"

static void read_config(const char *text, struct config *into)
{
	memset(&report, 0, sizeof(report));
	if (config_parse(text, strlen(text), into, &report) != OK) {
		fail_msg("refused: %s", report.lines[0]);
	}
}

/* In quotes, so that nothing in the value means anything. */
static size_t put_quoted(size_t used, const char *value)
{
	printed[used++] = '"';
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\') {
			printed[used++] = '\\';
		}
		printed[used++] = *value;
	}
	printed[used++] = '"';
	printed[used++] = '\n';
	printed[used] = '\0';
	return used;
}

/* As a file; a default with no value (no initrd) is left out, as in a file. */
static void print_all(const struct config *what)
{
	static struct config_line line;
	char section[64];
	char before[64] = "";
	size_t used = 0;

	for (uint32_t i = 0; config_print(what, i, &line); i++) {
		snprintf(section, sizeof(section), "[%s %s]\n", line.section, line.name);
		if (strcmp(section, before) != 0) {
			used += (size_t)sprintf(&printed[used], "%s", section);
			strcpy(before, section);
		}
		if (line.value[0] != '\0') {
			used += (size_t)sprintf(&printed[used], "%s = ", line.key->name);
			used = put_quoted(used, strcmp(line.key->name, "password") == 0
							? A_PASSWORD
							: line.value);
		}
	}
}

/* Numbers of lines are another matter, and which password it is. */
static void forget_lines(struct config *what)
{
	memset(&what->monitor.password, 0, sizeof(what->monitor.password));
	memset(&what->monitor.line, 0, sizeof(what->monitor.line));
	for (uint32_t i = 0; i < what->guest_count; i++) {
		memset(&what->guests[i].line, 0, sizeof(what->guests[i].line));
	}
	for (uint32_t i = 0; i < what->image_count; i++) {
		memset(&what->images[i].line, 0, sizeof(what->images[i].line));
	}
}

static void comes_back(const char *text)
{
	read_config(text, &config);
	print_all(&config);
	read_config(printed, &again);
	forget_lines(&config);
	forget_lines(&again);
	if (memcmp(&config, &again, sizeof(config)) != 0) {
		fail_msg("printed: %s", printed);
	}
}

static void small_config_comes_back(void **state)
{
	(void)state;
	comes_back(GOOD_GUEST);
}

static void every_value_comes_back(void **state)
{
	(void)state;
	comes_back("[monitor]\nconsole = com2\nspeed = 9600\nstartup = \"time; guest list\"\n"
		   "password = " A_PASSWORD "\nlock-after = 60\nlocked-consoles = yes\n"
		   "on-panic = reboot\n"
		   "[guest first]\ncpus = 1-2,5,7-9\nmemory = 3G\nkernel = /EFI/a b/k\n"
		   "initrd = /i\nmodules = \"/a \\\"1\\\" # x; b\"\ncmdline = \"say \\\"#1\\\" "
		   "\\\\ = x\"\nautostart = no\n"
		   "signature = native\ndebugcon = yes\nhpet = yes\n"
		   "on-crash = restart 3\non-reboot = stop\nuuid = "
		   "01234567-89ab-4cde-8f01-23456789ABCD\n"
		   "[guest second]\ncpus = 1023\nmemory = 1026M\nkernel = k\nsignature = muntin\n"
		   "on-crash = restart\ndepends-on = first\n"
		   "[image rescue]\nfile = /EFI/rescue\n[image other]\nfile = o\n");
	comes_back("[monitor]\nconsole = none\n" GOOD_GUEST);
}

static void longest_list_of_processors_comes_back(void **state)
{
	char text[1024] = "[guest a]\nmemory = 64M\nkernel = /k\ncpus = 1023";

	(void)state;
	for (unsigned i = 1; i < 64; i++) {
		sprintf(text + strlen(text), ",%u", 1023 - 2 * i);
	}
	comes_back(text);
}

static void example_comes_back(void **state)
{
	static char text[CONFIG_FILE_BYTES_MAX];
	FILE *file = fopen("docs/muntin.conf.example", "rb");

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	comes_back(text);
}

static void every_key_is_printed_once(void **state)
{
	static struct config_line line;
	size_t count;
	uint32_t printed_count = 0;
	const struct config_key *keys = config_keys(&count);

	(void)state;
	read_config(GOOD_GUEST "[image i]\nfile = f\n", &config);
	while (config_print(&config, printed_count, &line)) {
		assert_ptr_equal(line.key, &keys[printed_count]);
		/* A row is missing in config_print.c. */
		assert_string_not_equal(line.value, "?");
		printed_count++;
	}
	assert_int_equal(printed_count, count);
}

static void default_has_no_line(void **state)
{
	static struct config_line line;
	uint32_t with_line = 0;

	(void)state;
	read_config(GOOD_GUEST, &config);
	for (uint32_t i = 0; config_print(&config, i, &line); i++) {
		with_line += line.line != 0 ? 1 : 0;
		if (strcmp(line.key->name, "memory") == 0) {
			assert_int_equal(line.line, 3);
			assert_string_equal(line.name, "a");
			assert_string_equal(line.value, "64M");
		}
	}
	assert_int_equal(with_line, 3);
}

static void password_is_not_given_away(void **state)
{
	static struct config_line line;

	(void)state;
	read_config("[monitor]\npassword = " A_PASSWORD "\n" GOOD_GUEST, &config);
	for (uint32_t i = 0; config_print(&config, i, &line); i++) {
		assert_null(strstr(line.value, "00112233"));
		if (strcmp(line.key->name, "password") == 0) {
			assert_string_equal(line.value, "set");
		}
	}
	read_config(GOOD_GUEST, &config);
	for (uint32_t i = 0; config_print(&config, i, &line); i++) {
		assert_string_not_equal(line.value, "set");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_config_comes_back),
		cmocka_unit_test(every_value_comes_back),
		cmocka_unit_test(longest_list_of_processors_comes_back),
		cmocka_unit_test(example_comes_back),
		cmocka_unit_test(every_key_is_printed_once),
		cmocka_unit_test(default_has_no_line),
		cmocka_unit_test(password_is_not_given_away),
	};
	return cmocka_run_group_tests_name("config_print", tests, NULL, NULL);
}
