/* SPDX-License-Identifier: Apache-2.0 */
/* test_config.c: what config_parse() takes, and what it says about what it does not take. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "kernel/config.h"
#include "kernel/lib/distance.h"
#include "kernel/config_key.h"

static struct config config;
static struct report report;
static char big[CONFIG_FILE_BYTES_MAX + 2];

#define GOOD_GUEST "[guest a]\ncpus = 1\nmemory = 64M\nkernel = /k\n"

static enum status parse_bytes(const char *text, size_t length)
{
	memset(&report, 0, sizeof(report));
	report.file = "muntin.conf";
	/* Exactly as many bytes as given, so that the sanitizer sees a read behind them. */
	char *copy = test_malloc(length + 1);
	memcpy(copy + 1, text, length);
	enum status status = config_parse(copy + 1, length, &config, &report);
	test_free(copy);
	return status;
}

static enum status parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void takes(const char *text)
{
	enum status status = parse(text);

	if (status != OK) {
		fail_msg("refused: %s", report.lines[0]);
	}
	assert_int_equal(report.count, 0);
}

/* One message only, for @line, that has all of @part in it. */
static void refuses(const char *text, unsigned line, const char *part)
{
	char place[64];

	assert_int_equal(parse(text), E_INVALID);
	snprintf(place, sizeof(place), "muntin.conf:%u: ", line);
	if (report.count != 1 || strncmp(report.lines[0], place, strlen(place)) != 0 ||
	    strstr(report.lines[0], part) == NULL) {
		fail_msg("%u messages, first: %s, wanted: %s%s", report.count, report.lines[0],
			 place, part);
	}
}

/* As refuses(), for a last line behind a good guest, line 5. */
static void refuses_key(const char *last, const char *part)
{
	char text[8192];

	snprintf(text, sizeof(text), GOOD_GUEST "%s\n", last);
	refuses(text, 5, part);
}

/* As refuses(), for @value of a mandatory key, line 2. */
static void refuses_value(const char *key, const char *value, const char *part)
{
	static const char *const keys[] = { "cpus = 1", "memory = 64M", "kernel = /k" };
	char text[8192];
	int used = snprintf(text, sizeof(text), "[guest a]\n%s = %s\n", key, value);

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		if (strncmp(keys[i], key, strlen(key)) != 0) {
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%s\n", keys[i]);
		}
	}
	refuses(text, 2, part);
}

static const struct config_guest *guest_with(const char *last)
{
	char text[8192];

	snprintf(text, sizeof(text), GOOD_GUEST "%s", last);
	takes(text);
	return &config.guests[0];
}

static void smallest_config_has_the_defaults(void **state)
{
	(void)state;
	takes(GOOD_GUEST);
	const struct config_guest *guest = &config.guests[0];
	assert_int_equal(config.guest_count, 1);
	assert_string_equal(guest->name, "a");
	assert_int_equal(cpu_set_count(&guest->cpus), 1);
	assert_true(cpu_set_has(&guest->cpus, 1));
	assert_int_equal(guest->memory_bytes, 64 * MIB);
	assert_string_equal(guest->kernel, "\\k");
	assert_string_equal(guest->initrd, "");
	assert_string_equal(guest->cmdline, "");
	assert_true(guest->autostart);
	assert_int_equal(guest->signature, CONFIG_SIGNATURE_KVM);
	assert_false(guest->debugcon);
	assert_false(guest->hpet);
	assert_int_equal(config.monitor.console, CONFIG_CONSOLE_COM1);
	assert_int_equal(config.monitor.speed, 115200);
}

static void every_key_is_read(void **state)
{
	(void)state;
	takes("[monitor]\nconsole = com2\nspeed = 9600\n"
	      "[guest x-1_Y]\ncpus = 1-2,5\nmemory = 2G\nkernel = EFI/a\ninitrd = \\b\\c\n"
	      "cmdline = a b\nautostart = no\nsignature = native\ndebugcon = yes\nhpet = yes\n");
	const struct config_guest *guest = &config.guests[0];
	assert_int_equal(config.monitor.console, CONFIG_CONSOLE_COM2);
	assert_int_equal(config.monitor.speed, 9600);
	assert_string_equal(guest->name, "x-1_Y");
	assert_int_equal(guest->cpus.words[0], 1 << 1 | 1 << 2 | 1 << 5);
	assert_int_equal(guest->memory_bytes, 2 * GIB);
	assert_string_equal(guest->kernel, "\\EFI\\a");
	assert_string_equal(guest->initrd, "\\b\\c");
	assert_string_equal(guest->cmdline, "a b");
	assert_false(guest->autostart);
	assert_int_equal(guest->signature, CONFIG_SIGNATURE_NATIVE);
	assert_true(guest->debugcon);
	assert_true(guest->hpet);
}

static void every_word_means_its_value(void **state)
{
	(void)state;
	takes("[monitor]\nconsole = none\n" GOOD_GUEST "signature = muntin\nautostart = yes\n");
	assert_int_equal(config.monitor.console, CONFIG_CONSOLE_NONE);
	assert_int_equal(config.guests[0].signature, CONFIG_SIGNATURE_MUNTIN);
	assert_true(config.guests[0].autostart);
	takes("[monitor]\nconsole = com1\n" GOOD_GUEST "signature = kvm\n");
	assert_int_equal(config.monitor.console, CONFIG_CONSOLE_COM1);
	assert_int_equal(config.guests[0].signature, CONFIG_SIGNATURE_KVM);
}

static void lines_of_values_are_kept(void **state)
{
	(void)state;
	takes("\n[monitor]\nspeed = 1200\n\n[guest a]\n# x\nkernel = k\ncpus = 1\nmemory = 2M\n");
	assert_int_equal(config.monitor.line.section, 2);
	assert_int_equal(config.monitor.line.speed, 3);
	assert_int_equal(config.monitor.line.console, 0);
	assert_int_equal(config.guests[0].line.section, 5);
	assert_int_equal(config.guests[0].line.kernel, 7);
	assert_int_equal(config.guests[0].line.cpus, 8);
	assert_int_equal(config.guests[0].line.memory, 9);
	assert_int_equal(config.guests[0].line.initrd, 0);
}

static void windows_line_ends_and_byte_order_mark_are_taken(void **state)
{
	(void)state;
	takes("\xEF\xBB\xBF[guest a]\r\ncpus = 1\r\nmemory = 64M\r\n\r\nkernel = k");
	assert_string_equal(config.guests[0].kernel, "\\k");
	assert_int_equal(config.guests[0].line.kernel, 5);
}

static void comments_and_blanks_are_skipped(void **state)
{
	(void)state;
	takes("# [bad]\n  # x\n\t\n [ guest   a ]  # name\n  cpus=1 # one\n\tmemory\t=\t64M\t# \"\n"
	      "kernel = \"/k\" # quoted\n");
	assert_string_equal(config.guests[0].name, "a");
	assert_string_equal(config.guests[0].kernel, "\\k");
}

static void hash_inside_a_word_or_quotes_is_no_comment(void **state)
{
	(void)state;
	assert_string_equal(guest_with("cmdline = a#b c # d")->cmdline, "a#b c");
	assert_string_equal(guest_with("cmdline = \"a # b\" # c")->cmdline, "a # b");
	assert_string_equal(guest_with("cmdline = x=\"a # b\" y # z")->cmdline, "x=\"a # b\" y");
}

static void quotes_keep_blanks_and_escapes(void **state)
{
	(void)state;
	assert_string_equal(guest_with("cmdline = \" a \\\"b\\\\ \"")->cmdline, " a \"b\\ ");
	assert_string_equal(guest_with("cmdline = \"\"")->cmdline, "");
	assert_string_equal(guest_with("cmdline = a=b = c\\d")->cmdline, "a=b = c\\d");
	takes("[guest a]\ncpus = \"1\"\nmemory = \"64M\"\nkernel = \"\\\\a b\\\\k\"\n");
	assert_string_equal(config.guests[0].kernel, "\\a b\\k");
}

static void cmdline_may_be_utf8(void **state)
{
	(void)state;
	assert_string_equal(guest_with("cmdline = \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")->cmdline,
			    "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
}

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

#define SALT   "00112233445566778899aabbccddeeff"
#define HASH   "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
#define HASHED "password = pbkdf2-sha256$600000$" SALT "$" HASH

static void password_is_read_as_its_salted_hash(void **state)
{
	const struct config_password *password = &config.monitor.password;

	(void)state;
	takes(GOOD_GUEST);
	assert_int_equal(password->iterations, 0);
	takes("[monitor]\n" HASHED "\n" GOOD_GUEST);
	assert_int_equal(password->iterations, 600000);
	assert_int_equal(password->salt_bytes, 16);
	assert_int_equal(password->salt[1], 0x11);
	assert_int_equal(password->salt[15], 0xff);
	assert_int_equal(password->hash[0], 0x55);
	assert_int_equal(password->hash[31], 0xbc);
	takes("[monitor]\npassword = \"pbkdf2-sha256$1000$0011223344556677$" HASH
	      "\"\n" GOOD_GUEST);
	takes("[monitor]\npassword = pbkdf2-sha256$10000000$" SALT SALT "$" HASH
	      " # c\n" GOOD_GUEST);
	assert_int_equal(password->salt_bytes, 32);
}

static void password_that_is_no_salted_hash_is_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "secret", "does not begin with pbkdf2-sha256$" },
		{ "", "no value" },
		{ "pbkdf2-sha512$1000$" SALT "$" HASH, "does not begin" },
		{ "pbkdf2-sha256$999$" SALT "$" HASH, "1000 to 10000000" },
		{ "pbkdf2-sha256$10000001$" SALT "$" HASH, "1000 to 10000000" },
		{ "pbkdf2-sha256$4294968296$" SALT "$" HASH, "1000 to 10000000" },
		{ "pbkdf2-sha256$1e4$" SALT "$" HASH, "1000 to 10000000" },
		{ "pbkdf2-sha256$$" SALT "$" HASH, "1000 to 10000000" },
		{ "pbkdf2-sha256$1000$00112233445566$" HASH, "8 to 32 bytes" },
		{ "pbkdf2-sha256$1000$" SALT SALT "00$" HASH, "8 to 32 bytes" },
		{ "pbkdf2-sha256$1000$0" SALT "$" HASH, "8 to 32 bytes" },
		{ "pbkdf2-sha256$1000$x" SALT "0$" HASH, "8 to 32 bytes" },
		{ "pbkdf2-sha256$1000$" SALT "$" HASH "00", "hash is not 32 bytes" },
		{ "pbkdf2-sha256$1000$" SALT "$55", "hash is not 32 bytes" },
		{ "pbkdf2-sha256$1000$" SALT, "hash is not 32 bytes" },
		{ "pbkdf2-sha256$1000$" SALT "$" HASH "$", "hash is not 32 bytes" },
		{ "pbkdf2-sha256$1000$" SALT "$ " HASH, "hash is not 32 bytes" },
	};
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "[monitor]\npassword = %s\n" GOOD_GUEST, bad[i][0]);
		refuses(text, 2, bad[i][1]);
	}
}

/* The report goes to whoever looks at the screen or at the serial line. */
static void password_that_was_written_out_is_not_shown(void **state)
{
	(void)state;
	assert_int_equal(parse("[monitor]\npassword = hunter2\n" GOOD_GUEST), E_INVALID);
	assert_null(strstr(report.lines[0], "hunter2"));
	assert_non_null(strstr(report.lines[0], "tools/muntin-passwd"));
}

static void lock_settings_are_read(void **state)
{
	(void)state;
	takes("[monitor]\n" HASHED "\nlock-after = 300\nlocked-consoles = yes\n" GOOD_GUEST);
	assert_int_equal(config.monitor.lock_after, 300);
	assert_true(config.monitor.locked_consoles);
	takes("[monitor]\nlock-after = never\nlocked-consoles = no\n" GOOD_GUEST);
	assert_int_equal(config.monitor.lock_after, 0);
	assert_false(config.monitor.locked_consoles);
	refuses("[monitor]\nlock-after = 300\n" GOOD_GUEST, 2, "lock-after needs a password");
	refuses("[monitor]\nlock-after = 86401\n" GOOD_GUEST, 2, "more than a day");
	refuses("[monitor]\nlock-after = soon\n" GOOD_GUEST, 2, "seconds up to 86400, or never");
	refuses("[monitor]\nlocked-consoles = true\n" GOOD_GUEST, 2, "write yes or no");
}

static void startup_and_panic_settings_are_read(void **state)
{
	(void)state;
	takes(GOOD_GUEST);
	assert_string_equal(config.monitor.startup, "");
	assert_int_equal(config.monitor.on_panic, CONFIG_PANIC_HALT);
	takes("[monitor]\nstartup = \"guest list; guest console a\"\non-panic = "
	      "reboot\n" GOOD_GUEST);
	assert_string_equal(config.monitor.startup, "guest list; guest console a");
	assert_int_equal(config.monitor.on_panic, CONFIG_PANIC_REBOOT);
	takes("[monitor]\non-panic = halt\n" GOOD_GUEST);
	assert_int_equal(config.monitor.on_panic, CONFIG_PANIC_HALT);
	refuses("[monitor]\non-panic = stop\n" GOOD_GUEST, 2, "write halt or reboot");
	char text[400];
	snprintf(text, sizeof(text), "[monitor]\nstartup = %0256d\n" GOOD_GUEST, 0);
	refuses(text, 2, "at most 255 characters");
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

static void quotes_must_be_whole(void **state)
{
	(void)state;
	refuses_key("cmdline = \"a", "the quote is not closed");
	refuses_key("cmdline = \"a\\\"", "the quote is not closed");
	refuses_key("cmdline = \"a\\", "the quote is not closed");
	refuses_key("cmdline = a\"b # c", "the quote is not closed");
	refuses_key("cmdline = \"a\" b", "there is text after the closing quote");
	refuses_key("cmdline = \"a\"# b", "there is text after the closing quote");
	refuses_key("initrd = \"\\EFI\\x\"", "a \\ in quotes stands before another");
}

static void tab_inside_a_value_is_refused(void **state)
{
	(void)state;
	refuses_key("cmdline = a\tb", "there is a tab in it");
	refuses_key("cmdline = \"a\tb\"", "there is a tab in it");
}

static void empty_value_is_refused(void **state)
{
	(void)state;
	refuses_key("cmdline =", "\"cmdline =\" has no value: write at most 2047 characters");
	refuses_key("cmdline = # a comment", "has no value");
	refuses_value("memory", "", "has no value: write a size with");
}

static void line_without_equals_sign_is_refused(void **state)
{
	(void)state;
	refuses_key("cmdline console=ttyS0 x", "unknown key \"cmdline console\"");
	refuses_key("autostart", "there is no \"=\" in \"autostart\": write key = value");
	refuses_key("autostart # = yes", "there is no \"=\"");
	refuses_key("= yes", "there is no key before the \"=\"");
}

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

static void everything_wrong_is_listed_at_once(void **state)
{
	(void)state;
	parse("[monitor]\nspeed = 1\nconsol = com1\n[guest a]\ncpus = 2-1\nmemory = 5\n"
	      "nonsense\n[guest a]\ncpus = 1\nmemory = 2M\n");
	assert_int_equal(report.count, 8);
}

static void junk_gets_one_message(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		unsigned byte;
		unsigned offset;
		unsigned line;
	} rows[] = {
		{ "\0", 1, 0x00, 0, 1 },
		{ GOOD_GUEST "a\0b", sizeof(GOOD_GUEST) - 1 + 3, 0x00, sizeof(GOOD_GUEST), 5 },
		{ "#\n\x1B[2J", 6, 0x1B, 2, 2 },
		{ "#\x7F", 2, 0x7F, 1, 1 },
		{ "a\rb", 3, 0x0D, 1, 1 },
		{ "a\r", 2, 0x0D, 1, 1 },
		{ "\xFF\xFE[\0", 4, 0xFF, 0, 1 },      /* UTF-16, as some editors save text */
		{ "\xC0\x80", 2, 0xC0, 0, 1 },         /* overlong */
		{ "\xE0\x80\x80", 3, 0xE0, 0, 1 },     /* overlong */
		{ "\xC2\x9B", 2, 0xC2, 0, 1 },         /* control character U+009B */
		{ "\xED\xA0\x80", 3, 0xED, 0, 1 },     /* surrogate */
		{ "\xF4\x90\x80\x80", 4, 0xF4, 0, 1 }, /* above U+10FFFF */
		{ "\xE2\x82", 2, 0xE2, 0, 1 },         /* ends within a character */
		{ "\xE2\x82z", 3, 0xE2, 0, 1 },
		{ "\x80", 1, 0x80, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char want[128];

		assert_int_equal(parse_bytes(rows[i].bytes, rows[i].length), E_INVALID);
		assert_int_equal(report.count, 1);
		snprintf(want, sizeof(want),
			 "muntin.conf:%u: not a text file: byte 0x%02X at offset %u: save it as "
			 "plain text (UTF-8)",
			 rows[i].line, rows[i].byte, rows[i].offset);
		assert_string_equal(report.lines[0], want);
	}
}

static void file_over_64_kib_gets_one_message(void **state)
{
	(void)state;
	memset(big, '#', sizeof(big));
	memcpy(big, GOOD_GUEST, sizeof(GOOD_GUEST) - 1);
	assert_int_equal(parse_bytes(big, CONFIG_FILE_BYTES_MAX), OK);
	assert_int_equal(parse_bytes(big, CONFIG_FILE_BYTES_MAX + 1), E_INVALID);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.lines[0], "muntin.conf: the file has 65537 bytes: write at most "
					     "65536 (64 KiB); is it the right file?");
}

static void message_quotes_a_long_or_foreign_text_safely(void **state)
{
	char line[256];

	(void)state;
	snprintf(line, sizeof(line), "k\xC3\xA4%0200d = 1", 0);
	refuses_key(line, "unknown key \"k??00000000000000000000000000000000000000000...\"");
}

static void errors_beyond_the_list_still_fail(void **state)
{
	(void)state;
	memset(big, 0, sizeof(big));
	memcpy(big, GOOD_GUEST, sizeof(GOOD_GUEST) - 1);
	for (unsigned i = 0; i < 100; i++) {
		memcpy(big + strlen(big), "x = 1\n", 6);
	}
	assert_int_equal(parse(big), E_INVALID);
	assert_int_equal(report.count, REPORT_LINES_MAX);
	assert_int_equal(report.dropped, 100 - REPORT_LINES_MAX);
	/* A report that is full already must not make a bad file look good. */
	assert_int_equal(config_parse("", 0, &config, &report), E_INVALID);
}

static void distance_counts_edits(void **state)
{
	(void)state;
	assert_int_equal(distance("cpus", 4, "cpus"), 0);
	assert_int_equal(distance("CPU", 3, "cpus"), 1);
	assert_int_equal(distance("memroy", 6, "memory"), 2);
	assert_int_equal(distance("", 0, "cpus"), 4);
	assert_int_equal(distance("kernelx", 7, "initrd"), 7);
}

static size_t read_text(const char *name)
{
	FILE *file = fopen(name, "rb");

	if (file == NULL) {
		fail_msg("%s: not found; run the tests in the repository's root", name);
	}
	memset(big, 0, sizeof(big));
	size_t length = fread(big, 1, sizeof(big) - 1, file);
	fclose(file);
	return length;
}

static void flat_file_needs_its_address_and_no_other_may_have_one(void **state)
{
	(void)state;
	takes(GOOD_GUEST "type = flat\nload = 0x7C00\nentry = real\n");
	assert_int_equal(config.guests[0].form.kind, IMAGE_FLAT);
	assert_int_equal(config.guests[0].form.load, 0x7C00);
	assert_true(config.guests[0].form.real);
	takes(GOOD_GUEST "type = pvh\n");
	assert_int_equal(config.guests[0].form.kind, IMAGE_PVH);
	refuses_key("type = bzimage", "write auto, linux, pvh, multiboot, multiboot2, elf or flat");
	refuses_key("type = flat", "load = ADDRESS");
	refuses_key("load = 0x7c00", "for flat files");
	refuses_key("entry = real", "for flat files");
	refuses_key("load = 31744\ntype = flat", "no hexadecimal number");
	refuses_key("load = 0x\ntype = flat", "no hexadecimal number");
	refuses_key("load = 0x7c0g\ntype = flat", "no hexadecimal number");
	refuses_key("load = 0x100000000\ntype = flat", "not below 4 GiB");
	refuses_key("load = 0x00000000000000001\ntype = flat", "no hexadecimal number");
}

static void example_config_is_good_and_has_every_key(void **state)
{
	size_t count;
	const struct config_key *keys = config_keys(&count);

	(void)state;
	size_t length = read_text("docs/muntin.conf.example");
	assert_int_equal(parse_bytes(big, length), OK);
	for (size_t i = 0; i < count; i++) {
		void *const targets[] = {
			[CONFIG_SECTION_MONITOR] = &config.monitor,
			[CONFIG_SECTION_GUEST] = &config.guests[0],
			[CONFIG_SECTION_IMAGE] = &config.images[0],
		};

		/* Only a flat guest has load and entry; the second is one. */
		if (*config_key_line(&keys[i], targets[keys[i].section]) == 0 &&
		    (keys[i].section != CONFIG_SECTION_GUEST ||
		     *config_key_line(&keys[i], &config.guests[1]) == 0)) {
			fail_msg("docs/muntin.conf.example has no %s", keys[i].name);
		}
	}
}

static void reference_has_a_row_for_every_key(void **state)
{
	size_t count;
	const struct config_key *keys = config_keys(&count);

	(void)state;
	read_text("README.md");
	for (size_t i = 0; i < count; i++) {
		static const char *const sections[] = {
			[CONFIG_SECTION_MONITOR] = "[monitor]",
			[CONFIG_SECTION_GUEST] = "[guest NAME]",
			[CONFIG_SECTION_IMAGE] = "[image NAME]",
		};
		char row[64];

		snprintf(row, sizeof(row), "| `%s` | `%s` |", sections[keys[i].section],
			 keys[i].name);
		if (strstr(big, row) == NULL) {
			fail_msg("README.md has no row %s", row);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smallest_config_has_the_defaults),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(every_word_means_its_value),
		cmocka_unit_test(lines_of_values_are_kept),
		cmocka_unit_test(windows_line_ends_and_byte_order_mark_are_taken),
		cmocka_unit_test(comments_and_blanks_are_skipped),
		cmocka_unit_test(hash_inside_a_word_or_quotes_is_no_comment),
		cmocka_unit_test(quotes_keep_blanks_and_escapes),
		cmocka_unit_test(cmdline_may_be_utf8),
		cmocka_unit_test(path_separators_are_made_the_firmwares),
		cmocka_unit_test(path_and_cmdline_of_full_length_fit),
		cmocka_unit_test(sizes_are_powers_of_1024),
		cmocka_unit_test(every_standard_speed_is_taken),
		cmocka_unit_test(processor_lists_may_have_blanks_and_the_highest_index),
		cmocka_unit_test(bad_processor_lists_are_refused),
		cmocka_unit_test(bad_sizes_are_refused),
		cmocka_unit_test(bad_paths_are_refused),
		cmocka_unit_test(cmdline_that_is_too_long_is_refused),
		cmocka_unit_test(unknown_words_are_refused),
		cmocka_unit_test(password_is_read_as_its_salted_hash),
		cmocka_unit_test(password_that_is_no_salted_hash_is_refused),
		cmocka_unit_test(password_that_was_written_out_is_not_shown),
		cmocka_unit_test(lock_settings_are_read),
		cmocka_unit_test(startup_and_panic_settings_are_read),
		cmocka_unit_test(bad_speeds_are_refused),
		cmocka_unit_test(quotes_must_be_whole),
		cmocka_unit_test(tab_inside_a_value_is_refused),
		cmocka_unit_test(empty_value_is_refused),
		cmocka_unit_test(line_without_equals_sign_is_refused),
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
		cmocka_unit_test(everything_wrong_is_listed_at_once),
		cmocka_unit_test(junk_gets_one_message),
		cmocka_unit_test(file_over_64_kib_gets_one_message),
		cmocka_unit_test(message_quotes_a_long_or_foreign_text_safely),
		cmocka_unit_test(errors_beyond_the_list_still_fail),
		cmocka_unit_test(distance_counts_edits),
		cmocka_unit_test(flat_file_needs_its_address_and_no_other_may_have_one),
		cmocka_unit_test(example_config_is_good_and_has_every_key),
		cmocka_unit_test(reference_has_a_row_for_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
