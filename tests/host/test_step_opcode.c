/* SPDX-License-Identifier: Apache-2.0 */
/* test_step_opcode.c: instructions that a single step with RFLAGS.TF must know. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/step_opcode.c"

static void assert_step(const char *code, size_t count, bool wide, struct step_instruction wanted)
{
	struct step_instruction found = step_decode((const uint8_t *)code, count, wide);

	assert_int_equal(found.opcode, wanted.opcode);
	assert_int_equal(found.bytes, wanted.bytes);
}

#define STEP(code, wide, ...)                                                                      \
	assert_step(code, sizeof(code) - 1, wide, (struct step_instruction){ __VA_ARGS__ })

/* SDM Vol. 2D, "Opcode Map". */
static void instructions_that_touch_the_flags_are_known(void **state)
{
	(void)state;
	STEP("\xFA", false, STEP_OPCODE_CLI, 1);
	STEP("\xFB", false, STEP_OPCODE_STI, 1);
	STEP("\x9D", false, STEP_OPCODE_POPF, 1);
	STEP("\xCF", false, STEP_OPCODE_POPF, 1);
	STEP("\xF4", false, STEP_OPCODE_HLT, 1);
	STEP("\x90", false, STEP_OPCODE_OTHER, 1);
	STEP("\xCC", false, STEP_OPCODE_OTHER, 1);
}

static void instructions_that_save_the_flags_are_refused(void **state)
{
	(void)state;
	STEP("\x9C", false, STEP_OPCODE_REFUSED, 1);
	STEP("\xCD\x80", false, STEP_OPCODE_REFUSED, 1);
	STEP("\x0F\x05", true, STEP_OPCODE_REFUSED, 2);
	STEP("\x0F\x07", true, STEP_OPCODE_REFUSED, 2);
	STEP("\x0F\x34", true, STEP_OPCODE_REFUSED, 2);
	STEP("\x0F\x35", true, STEP_OPCODE_REFUSED, 2);
	STEP("\x0F\xA2", true, STEP_OPCODE_OTHER, 2);
}

static void prefixes_are_skipped(void **state)
{
	(void)state;
	STEP("\x66\x9C", false, STEP_OPCODE_REFUSED, 2);
	STEP("\x48\xCF", true, STEP_OPCODE_POPF, 2);
	STEP("\xF3\x2E\xF4", false, STEP_OPCODE_HLT, 3);
}

/* 40H to 4FH are INC and DEC outside of 64-bit code. */
static void rex_is_a_prefix_in_64_bit_code_only(void **state)
{
	(void)state;
	STEP("\x48\xF4", false, STEP_OPCODE_OTHER, 1);
	STEP("\x48\xF4", true, STEP_OPCODE_HLT, 2);
}

static void code_that_ends_too_early_is_left_to_the_processor(void **state)
{
	(void)state;
	STEP("", false, STEP_OPCODE_OTHER, 0);
	STEP("\x66\x67", false, STEP_OPCODE_OTHER, 2);
	STEP("\x0F", false, STEP_OPCODE_OTHER, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_that_touch_the_flags_are_known),
		cmocka_unit_test(instructions_that_save_the_flags_are_refused),
		cmocka_unit_test(prefixes_are_skipped),
		cmocka_unit_test(rex_is_a_prefix_in_64_bit_code_only),
		cmocka_unit_test(code_that_ends_too_early_is_left_to_the_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
