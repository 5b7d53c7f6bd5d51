/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_password.c: the password of the monitor in a config, and what its lock is told. */
#include "tests/host/config_reading.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password_is_read_as_its_salted_hash),
		cmocka_unit_test(password_that_is_no_salted_hash_is_refused),
		cmocka_unit_test(password_that_was_written_out_is_not_shown),
		cmocka_unit_test(lock_settings_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
