/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sha256.c: SHA-256, HMAC and PBKDF2 against the vectors of their documents.
 *
 * Called with arguments it is an oracle's counterpart: "sha256 HEX", "hmac KEY-HEX HEX", "pbkdf2 PASSWORD-HEX SALT-HEX
 * ITERATIONS" print the result; tests/host/test_sha256.py compares that with Python's hashlib.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/sha256.h"

static char hex_text[2 * SHA256_BYTES + 1];

static const char *hex(const uint8_t digest[SHA256_BYTES])
{
	for (unsigned i = 0; i < SHA256_BYTES; i++) {
		snprintf(hex_text + 2 * i, 3, "%02x", digest[i]);
	}
	return hex_text;
}

static const char *sha256_hex(const void *bytes, size_t length)
{
	struct sha256 hash;
	uint8_t digest[SHA256_BYTES];

	sha256_init(&hash);
	sha256_add(&hash, bytes, length);
	sha256_end(&hash, digest);
	return hex(digest);
}

static const char *hmac_hex(const void *key, size_t key_length, const void *bytes, size_t length)
{
	struct hmac_sha256 hmac;
	uint8_t code[SHA256_BYTES];

	hmac_sha256_key(&hmac, key, key_length);
	hmac_sha256(&hmac, bytes, length, code);
	return hex(code);
}

/* @slice iterations a step. */
static const char *pbkdf2_hex(const char *password, size_t length, const struct pbkdf2_salt *salt,
			      uint32_t slice)
{
	struct pbkdf2 run;
	uint8_t key[SHA256_BYTES];

	pbkdf2_begin(&run, password, length, salt);
	while (!pbkdf2_step(&run, slice)) {
	}
	pbkdf2_end(&run, key);
	return hex(key);
}

static struct pbkdf2_salt salt_of(const char *text, uint32_t iterations)
{
	return (struct pbkdf2_salt){ (const uint8_t *)text, strlen(text), iterations };
}

/* NIST's example values for FIPS 180-4: one block, two blocks. */
static void hashes_are_those_of_the_standard(void **state)
{
	const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	(void)state;
	assert_string_equal(sha256_hex("", 0),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(sha256_hex("abc", 3),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(sha256_hex(two, strlen(two)),
			    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void hash_does_not_depend_on_how_the_bytes_come(void **state)
{
	static uint8_t bytes[300];
	struct sha256 hash;
	uint8_t digest[SHA256_BYTES];
	char whole[sizeof(hex_text)];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	strcpy(whole, sha256_hex(bytes, sizeof(bytes)));
	for (size_t piece = 1; piece < sizeof(bytes); piece++) {
		sha256_init(&hash);
		for (size_t at = 0; at < sizeof(bytes); at += piece) {
			sha256_add(&hash, bytes + at, min_u64(piece, sizeof(bytes) - at));
		}
		sha256_end(&hash, digest);
		assert_string_equal(hex(digest), whole);
	}
}

/* RFC 4231, test cases 2 and 6 (a key longer than a block). */
static void codes_are_those_of_the_rfc(void **state)
{
	uint8_t key[131];

	(void)state;
	assert_string_equal(hmac_hex("Jefe", 4, "what do ya want for nothing?", 28),
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	assert_string_equal(hmac_hex(key, sizeof(key),
				     "Test Using Larger Than Block-Size Key - Hash Key First", 54),
			    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 7914, "Test Vectors for PBKDF2 with HMAC-SHA-256", the first 32 bytes of each. */
static void derived_keys_are_those_of_the_rfc(void **state)
{
	struct pbkdf2_salt salt = salt_of("salt", 1);
	struct pbkdf2_salt nacl = salt_of("NaCl", 80000);

	(void)state;
	assert_string_equal(pbkdf2_hex("passwd", 6, &salt, 1),
			    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
	assert_string_equal(pbkdf2_hex("Password", 8, &nacl, 1000),
			    "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

static void slices_do_not_change_the_key(void **state)
{
	struct pbkdf2_salt salt = salt_of("salt", 4096);
	char whole[sizeof(hex_text)];

	(void)state;
	strcpy(whole, pbkdf2_hex("password", 8, &salt, 4096));
	/* RFC 6070's third case, with SHA-256. */
	assert_string_equal(whole,
			    "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a");
	for (uint32_t slice = 1; slice < 20; slice++) {
		assert_string_equal(pbkdf2_hex("password", 8, &salt, slice), whole);
	}
}

static void nothing_of_a_derivation_is_left_behind(void **state)
{
	static const struct pbkdf2 clean;
	struct pbkdf2_salt salt = salt_of("salt", 2);
	struct pbkdf2 run;
	uint8_t key[SHA256_BYTES];

	(void)state;
	pbkdf2_begin(&run, "p", 1, &salt);
	assert_true(pbkdf2_step(&run, 100));
	pbkdf2_end(&run, key);
	assert_memory_equal(&run, &clean, sizeof(run));
}

static void any_byte_that_differs_is_seen(void **state)
{
	uint8_t a[SHA256_BYTES] = { 0 };
	uint8_t b[SHA256_BYTES] = { 0 };

	(void)state;
	assert_true(equal_in_constant_time(a, b, sizeof(a)));
	for (unsigned i = 0; i < sizeof(a); i++) {
		b[i] = 0x80;
		assert_false(equal_in_constant_time(a, b, sizeof(a)));
		b[i] = 0;
	}
}

/* --- The counterpart of hashlib */

static uint8_t given[2][4096];

static size_t unhex(const char *text, uint8_t *bytes)
{
	size_t length = strlen(text) / 2;

	for (size_t i = 0; i < length && i < sizeof(given[0]); i++) {
		unsigned value = 0;

		sscanf(text + 2 * i, "%2x", &value);
		bytes[i] = (uint8_t)value;
	}
	return length;
}

static int answer(int argc, char **argv)
{
	size_t first = unhex(argv[2], given[0]);
	size_t second = argc > 3 ? unhex(argv[3], given[1]) : 0;

	if (strcmp(argv[1], "sha256") == 0) {
		puts(sha256_hex(given[0], first));
	} else if (strcmp(argv[1], "hmac") == 0 && argc > 3) {
		puts(hmac_hex(given[0], first, given[1], second));
	} else if (strcmp(argv[1], "pbkdf2") == 0 && argc > 4) {
		struct pbkdf2_salt salt = { given[1], second, (uint32_t)atoi(argv[4]) };

		puts(pbkdf2_hex((const char *)given[0], first, &salt, 7));
	} else {
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_those_of_the_standard),
		cmocka_unit_test(hash_does_not_depend_on_how_the_bytes_come),
		cmocka_unit_test(codes_are_those_of_the_rfc),
		cmocka_unit_test(derived_keys_are_those_of_the_rfc),
		cmocka_unit_test(slices_do_not_change_the_key),
		cmocka_unit_test(nothing_of_a_derivation_is_left_behind),
		cmocka_unit_test(any_byte_that_differs_is_seen),
	};

	if (argc > 2) {
		return answer(argc, argv);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
