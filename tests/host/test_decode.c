/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode.c: instructions that touch memory a device model answers for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "arch/vmx/decode.h"

static struct decode_access access;

/** bytes_from() - the bytes written in @hex; how many. */
static unsigned bytes_from(const char *hex, uint8_t *to)
{
	unsigned count = 0;

	for (; hex[0] != '\0'; hex += 2) {
		unsigned value = 0;

		for (unsigned i = 0; i < 2; i++) {
			unsigned digit =
				(unsigned)(strchr("0123456789abcdef", hex[i]) - "0123456789abcdef");
			value = value * 16 + digit;
		}
		to[count++] = (uint8_t)value;
	}
	return count;
}

static enum status decode(enum decode_mode mode, const char *hex)
{
	uint8_t bytes[32];
	struct decode_input input = { bytes, bytes_from(hex, bytes), mode };

	memset(&access, 0, sizeof(access));
	return decode_access(&input, &access);
}

/** struct length_case - an instruction, with whatever follows it, and its length. */
struct length_case {
	enum decode_mode mode;
	const char *hex;
	unsigned length;
};

static void assert_lengths(const struct length_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (decode(cases[i].mode, cases[i].hex) != OK || access.length != cases[i].length) {
			fail_msg("%s: length %u, not %u", cases[i].hex, access.length,
				 cases[i].length);
		}
	}
}

/* SDM Vol. 2A, "Addressing-Mode Encoding of ModR/M and SIB Bytes", table of 32-bit forms. */
static void length_counts_modrm_sib_and_displacement(void **state)
{
	static const struct length_case cases[] = {
		{ DECODE_64, "8907cccccccccccccccc", 2 }, /* [rdi] */
		{ DECODE_64, "894708cccccccccccccc", 3 }, /* [rdi+8] */
		{ DECODE_64, "898780000000cccccccc", 6 }, /* [rdi+disp32] */
		{ DECODE_64, "890512345678cccccccc", 6 }, /* [rip+disp32] */
		{ DECODE_32, "890512345678cccccccc", 6 }, /* [disp32] */
		{ DECODE_64, "890424cccccccccccccc", 3 }, /* [rsp] */
		{ DECODE_64, "89442408cccccccccccc", 4 }, /* [rsp+8] */
		{ DECODE_64, "89842408000000cccccc", 7 }, /* [rsp+disp32] */
		{ DECODE_64, "89042500000080cccccc", 7 }, /* SIB without base: [disp32] */
		{ DECODE_64, "41890424cccccccccccc", 4 }, /* [r12] */
		{ DECODE_64, "41894500cccccccccccc", 4 }, /* [r13+0] */
		{ DECODE_64, "4189042599999999cccc", 8 }, /* REX.B does not change base 5 */
	};

	(void)state;
	assert_lengths(cases, ARRAY_COUNT(cases));
}

/* The same, table of 16-bit forms. */
static void length_counts_16_bit_addresses(void **state)
{
	static const struct length_case cases[] = {
		{ DECODE_16, "8907cccccccc", 2 },   /* [bx] */
		{ DECODE_16, "89061234cccc", 4 },   /* [disp16] */
		{ DECODE_16, "8904cccccccc", 2 },   /* [si]: 4 is no SIB here */
		{ DECODE_16, "894601cccccc", 3 },   /* [bp+1] */
		{ DECODE_16, "89861234cccc", 4 },   /* [bp+disp16] */
		{ DECODE_32, "67890612341234", 5 }, /* a 16-bit address in 32-bit code */
		{ DECODE_16, "67890512345678", 7 }, /* a 32-bit address in 16-bit code */
		{ DECODE_64, "678945083333", 4 },   /* a 32-bit address in 64-bit code */
		{ DECODE_64, "67890612341234", 3 }, /* which never has 16-bit addresses */
	};

	(void)state;
	assert_lengths(cases, ARRAY_COUNT(cases));
}

static void length_counts_immediates_and_offsets(void **state)
{
	static const struct length_case cases[] = {
		{ DECODE_64, "c6072acccccccccccccc", 3 }, { DECODE_64, "c7072a000000cccccccc", 6 },
		{ DECODE_64, "66c7072a00cccccccccc", 5 }, { DECODE_64, "48c7072a000000cccccc", 7 },
		{ DECODE_16, "c7072a00cccccccccccc", 4 }, { DECODE_64, "a10000e0fe00000000cc", 9 },
		{ DECODE_64, "67a10000e0fecccccccc", 6 }, { DECODE_32, "a30000e0fecccccccccc", 5 },
		{ DECODE_16, "a00012cccccccccccccc", 3 },
	};

	(void)state;
	assert_lengths(cases, ARRAY_COUNT(cases));
}

static void prefixes_count_and_repeat(void **state)
{
	static const struct length_case cases[] = {
		{ DECODE_64, "653e8907", 4 },
		{ DECODE_64, "6666668907", 5 },
		{ DECODE_64, "f34889070000", 4 },
		{ DECODE_64, "404889070000", 4 },
		{ DECODE_64, "2e2e2e2e2e2e2e2e2e2e2e2e2e8907", 15 },
	};

	(void)state;
	assert_lengths(cases, ARRAY_COUNT(cases));
}

static void store_names_its_register(void **state)
{
	(void)state;
	assert_int_equal(decode(DECODE_64, "44898fb0000000"), OK);
	assert_true(access.is_store);
	assert_false(access.has_immediate);
	assert_int_equal(access.reg, 9);
	assert_int_equal(access.bytes, 4);
	assert_int_equal(access.extend, DECODE_EXTEND_NONE);
}

static void load_names_its_register(void **state)
{
	(void)state;
	assert_int_equal(decode(DECODE_64, "488b5708"), OK);
	assert_false(access.is_store);
	assert_int_equal(access.reg, 2);
	assert_int_equal(access.bytes, 8);
	assert_int_equal(access.register_bytes, 8);
}

/* SDM Vol. 2A, "REX Prefixes": REX.W wins over 66H. */
static void operand_size_follows_mode_and_prefixes(void **state)
{
	static const struct {
		enum decode_mode mode;
		const char *hex;
		unsigned bytes;
	} cases[] = {
		{ DECODE_64, "8907", 4 },     { DECODE_64, "668907", 2 },
		{ DECODE_64, "488907", 8 },   { DECODE_64, "66488907", 8 },
		{ DECODE_32, "8907", 4 },     { DECODE_32, "668907", 2 },
		{ DECODE_16, "8907", 2 },     { DECODE_16, "668907", 4 },
		{ DECODE_64, "48668907", 2 }, { DECODE_64, "488807", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(decode(cases[i].mode, cases[i].hex), OK);
		assert_int_equal(access.bytes, cases[i].bytes);
	}
}

static void byte_register_is_high_only_without_rex(void **state)
{
	(void)state;
	assert_int_equal(decode(DECODE_64, "8827"), OK); /* mov [rdi], ah */
	assert_true(access.high_byte);
	assert_int_equal(access.reg, 0);
	assert_int_equal(decode(DECODE_64, "408827"), OK); /* mov [rdi], spl */
	assert_false(access.high_byte);
	assert_int_equal(access.reg, 4);
	assert_int_equal(decode(DECODE_64, "448837"), OK); /* mov [rdi], r14b */
	assert_false(access.high_byte);
	assert_int_equal(access.reg, 14);
	assert_int_equal(decode(DECODE_64, "0fb627"), OK); /* movzx esp, byte [rdi] */
	assert_false(access.high_byte);
	assert_int_equal(access.reg, 4);
}

static void extending_loads_know_both_widths(void **state)
{
	static const struct {
		const char *hex;
		uint8_t bytes;
		uint8_t register_bytes;
		enum decode_extend extend;
	} cases[] = {
		{ "0fb607", 1, 4, DECODE_EXTEND_ZERO },   { "0fb707", 2, 4, DECODE_EXTEND_ZERO },
		{ "660fb607", 1, 2, DECODE_EXTEND_ZERO }, { "480fb707", 2, 8, DECODE_EXTEND_ZERO },
		{ "0fbe07", 1, 4, DECODE_EXTEND_SIGN },   { "480fbf07", 2, 8, DECODE_EXTEND_SIGN },
		{ "486307", 4, 8, DECODE_EXTEND_SIGN },   { "6307", 4, 4, DECODE_EXTEND_SIGN },
		{ "666307", 2, 2, DECODE_EXTEND_SIGN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(decode(DECODE_64, cases[i].hex), OK);
		assert_false(access.is_store);
		assert_int_equal(access.bytes, cases[i].bytes);
		assert_int_equal(access.register_bytes, cases[i].register_bytes);
		assert_int_equal(access.extend, cases[i].extend);
	}
}

static void immediate_is_sign_extended(void **state)
{
	(void)state;
	assert_int_equal(decode(DECODE_64, "48c707feffffff"), OK);
	assert_true(access.has_immediate);
	assert_int_equal(access.immediate, (uint64_t)-2);
	assert_int_equal(decode_stored(&access, 0), (uint64_t)-2);
	assert_int_equal(decode(DECODE_64, "c707feffffff"), OK);
	assert_int_equal(decode_stored(&access, 0), 0xfffffffe);
	assert_int_equal(decode(DECODE_64, "c60780"), OK);
	assert_int_equal(access.immediate, (uint64_t)-128);
	assert_int_equal(decode_stored(&access, 0x1234), 0x80);
}

static void stored_value_is_as_wide_as_the_access(void **state)
{
	const uint64_t reg = 0x1122334455667788;

	(void)state;
	assert_int_equal(decode(DECODE_64, "488907"), OK);
	assert_int_equal(decode_stored(&access, reg), reg);
	assert_int_equal(decode(DECODE_64, "8907"), OK);
	assert_int_equal(decode_stored(&access, reg), 0x55667788);
	assert_int_equal(decode(DECODE_64, "8807"), OK);
	assert_int_equal(decode_stored(&access, reg), 0x88);
	assert_int_equal(decode(DECODE_64, "8827"), OK);
	assert_int_equal(decode_stored(&access, reg), 0x77);
}

/* SDM Vol. 1, "General-Purpose Registers in 64-Bit Mode": 32-bit results clear the upper half. */
static void loaded_value_fills_the_register_as_the_manual_says(void **state)
{
	static const struct {
		const char *hex;
		uint64_t expected;
	} cases[] = {
		{ "488b07", 0xa1a2a3a4f5f6f7f8 },   { "8b07", 0xf5f6f7f8 },
		{ "668b07", 0x112233445566f7f8 },   { "8a07", 0x11223344556677f8 },
		{ "8a27", 0x112233445566f888 },     { "0fb607", 0xf8 },
		{ "660fb607", 0x11223344556600f8 }, { "480fb707", 0xf7f8 },
		{ "0fbe07", 0xfffffff8 },           { "480fbe07", 0xfffffffffffffff8 },
		{ "660fbe07", 0x112233445566fff8 }, { "486307", 0xfffffffff5f6f7f8 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(decode(DECODE_64, cases[i].hex), OK);
		assert_int_equal(decode_loaded(&access, 0x1122334455667788, 0xa1a2a3a4f5f6f7f8),
				 cases[i].expected);
	}
}

static void what_is_not_in_the_table_is_refused(void **state)
{
	static const char *const cases[] = {
		"f00307",       /* LOCK ADD eax, [rdi]: the first operand is no memory */
		"f03907",       /* LOCK CMP */
		"d127",         /* shl [rdi] */
		"f727",         /* mul [rdi] */
		"ff17",         /* call [rdi] */
		"8f08",         /* 8F /1: XOP */
		"f20f38f007",   /* crc32 */
		"89c7",         /* mov edi, eax: no memory */
		"c70fcccccccc", /* C7 /1 */
		"f08907",       /* LOCK */
		"0f1007",       /* movups */
		"c4e17d6f07",   /* VEX */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(decode(DECODE_64, cases[i]), E_UNSUPPORTED);
	}
}

/* 63H is ARPL outside of 64-bit mode, and 40H to 4FH are INC and DEC. */
static void opcodes_of_64_bit_mode_are_refused_elsewhere(void **state)
{
	(void)state;
	assert_int_equal(decode(DECODE_32, "6307"), E_UNSUPPORTED);
	assert_int_equal(decode(DECODE_16, "6307"), E_UNSUPPORTED);
	assert_int_equal(decode(DECODE_32, "488907"), E_UNSUPPORTED);
}

static void instruction_cut_anywhere_is_truncated(void **state)
{
	static const char hex[] = "6567c784240000000011223344";
	uint8_t bytes[32];
	unsigned count = bytes_from(hex, bytes);

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		struct decode_input input = { bytes, i, DECODE_64 };

		assert_int_equal(decode_access(&input, &access), E_TRUNCATED);
	}
	struct decode_input whole = { bytes, count, DECODE_64 };
	assert_int_equal(decode_access(&whole, &access), OK);
	assert_int_equal(access.length, count);
}

/* SDM Vol. 2A, "Instruction Format": 15 bytes is the longest. */
static void instruction_of_16_bytes_is_refused(void **state)
{
	(void)state;
	assert_int_equal(decode(DECODE_64, "2e2e2e2e2e2e2e2e2e2e2e2e2e2e8907"), E_TRUNCATED);
	assert_int_equal(decode(DECODE_64, "2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e"), E_TRUNCATED);
}

static const struct decode_access *remembered(struct decode_memo *memo, enum decode_mode mode,
					      const char *hex)
{
	uint64_t code[DECODE_MEMO_WORDS] = { 0 };

	return decode_memoized(memo, code, bytes_from(hex, (uint8_t *)code), mode);
}

static void memo_answers_for_the_same_bytes_in_the_same_mode_alone(void **state)
{
	struct decode_memo memo = { 0 };

	(void)state;
	assert_null(remembered(&memo, DECODE_16, ""));
	assert_int_equal(remembered(&memo, DECODE_32, "89b700d05fff")->reg, 6);
	/* What it has is given out, not decoded again. */
	memo.access.reg = 7;
	assert_int_equal(remembered(&memo, DECODE_32, "89b700d05fff")->reg, 7);
	assert_int_equal(remembered(&memo, DECODE_32, "89b700d05fffc3")->reg, 6);
	memo.access.reg = 7;
	assert_int_equal(remembered(&memo, DECODE_64, "89b700d05fffc3")->reg, 6);
	assert_int_equal(remembered(&memo, DECODE_64, "898f00d05fffc3")->reg, 1);
	/* Zeros are an instruction too: ADD [RAX], AL. The first eight bytes are not all that counts. */
	assert_int_equal(remembered(&memo, DECODE_64, "0000000000000000000000")->length, 2);
	memo.access.length = 9;
	assert_int_equal(remembered(&memo, DECODE_64, "0000000000000000000001")->length, 2);
}

static void memo_has_nothing_after_a_refusal(void **state)
{
	struct decode_memo memo = { 0 };

	(void)state;
	assert_non_null(remembered(&memo, DECODE_64, "8907"));
	assert_null(remembered(&memo, DECODE_64, "0f0b"));
	assert_null(remembered(&memo, DECODE_64, "0f0b"));
	memo.access.length = 9;
	assert_int_equal(remembered(&memo, DECODE_64, "8907")->length, 2);
	assert_null(remembered(&memo, DECODE_64, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_counts_modrm_sib_and_displacement),
		cmocka_unit_test(length_counts_16_bit_addresses),
		cmocka_unit_test(length_counts_immediates_and_offsets),
		cmocka_unit_test(prefixes_count_and_repeat),
		cmocka_unit_test(store_names_its_register),
		cmocka_unit_test(load_names_its_register),
		cmocka_unit_test(operand_size_follows_mode_and_prefixes),
		cmocka_unit_test(byte_register_is_high_only_without_rex),
		cmocka_unit_test(extending_loads_know_both_widths),
		cmocka_unit_test(immediate_is_sign_extended),
		cmocka_unit_test(stored_value_is_as_wide_as_the_access),
		cmocka_unit_test(loaded_value_fills_the_register_as_the_manual_says),
		cmocka_unit_test(what_is_not_in_the_table_is_refused),
		cmocka_unit_test(opcodes_of_64_bit_mode_are_refused_elsewhere),
		cmocka_unit_test(instruction_cut_anywhere_is_truncated),
		cmocka_unit_test(instruction_of_16_bytes_is_refused),
		cmocka_unit_test(memo_answers_for_the_same_bytes_in_the_same_mode_alone),
		cmocka_unit_test(memo_has_nothing_after_a_refusal),
	};
	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
