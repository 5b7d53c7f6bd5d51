/* SPDX-License-Identifier: Apache-2.0 */
/* test_bits.c: registers by the names of their bits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs.h"
#include "kernel/monitor/bits.h"
#include "kernel/monitor/hex.h"

static const char *text_of(const char *names, uint64_t value)
{
	static char text[BITS_TEXT_BYTES];

	memset(text, 'x', sizeof(text));
	bits_text(names, value, text);
	return text;
}

static const char *segment(uint32_t access)
{
	static char text[BITS_TEXT_BYTES];

	bits_segment(access, text);
	return text;
}

/* SDM Vol. 3A, "Control Registers". */
static void control_registers_are_named_bit_by_bit(void **state)
{
	(void)state;
	assert_string_equal(text_of(bits_of_cr0, 0x80050033), "PE MP ET NE WP AM PG");
	assert_string_equal(text_of(bits_of_cr0, CR0_NW | CR0_CD), "NW CD");
	assert_string_equal(text_of(bits_of_cr4, CR4_PAE | CR4_LA57 | CR4_VMXE | CR4_SMAP),
			    "PAE LA57 VMXE SMAP");
	assert_string_equal(text_of(bits_of_cr4, CR4_FSGSBASE | CR4_PCIDE | CR4_OSXSAVE | CR4_SMEP),
			    "FSGSBASE PCIDE OSXSAVE SMEP");
	assert_string_equal(text_of(bits_of_efer, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE),
			    "SCE LME LMA NXE");
	assert_string_equal(text_of(bits_of_xcr0, 7), "x87 SSE AVX");
	assert_string_equal(text_of(bits_of_xcr0, (uint64_t)3 << 17), "TILECFG TILEDATA");
}

/* SDM Vol. 1, "EFLAGS Register". */
static void flags_are_named_and_the_fixed_bit_is_not(void **state)
{
	(void)state;
	assert_string_equal(text_of(bits_of_rflags, 0x2), "");
	assert_string_equal(text_of(bits_of_rflags, 0x246), "PF ZF IF");
	assert_string_equal(text_of(bits_of_rflags, 0x3002 | RFLAGS_TF | RFLAGS_VM),
			    "TF IOPL=3 VM");
	assert_string_equal(text_of(bits_of_rflags, (uint64_t)1 << 21), "ID");
}

/* SDM Vol. 3B, "Debug Registers". */
static void debug_registers_after_reset_say_nothing(void **state)
{
	(void)state;
	assert_string_equal(text_of(bits_of_dr6, DR6_INIT), "");
	assert_string_equal(text_of(bits_of_dr6, DR6_INIT | DR6_BS | 1), "B0 BS");
	assert_string_equal(text_of(bits_of_dr7, DR7_INIT), "");
	assert_string_equal(text_of(bits_of_dr7, 0xD0402 | DR7_GD), "G0 GD RW0=1 LEN0=3");
}

static void reserved_bit_that_is_set_is_told_by_number(void **state)
{
	(void)state;
	assert_string_equal(text_of(bits_of_cr0, (uint64_t)1 << 6 | (uint64_t)1 << 63),
			    "bit6 bit63");
	assert_string_equal(text_of(bits_of_efer, (uint64_t)1 << 9), "bit9");
}

static void text_that_is_too_long_is_cut_not_overrun(void **state)
{
	(void)state;
	assert_in_range(strlen(text_of(bits_of_cr0, UINT64_MAX)), 100, BITS_TEXT_BYTES - 1);
	assert_in_range(strlen(text_of("-:63", UINT64_MAX)), 100, BITS_TEXT_BYTES - 1);
}

static void vmcs_fields_have_descriptions_where_they_have_bits(void **state)
{
	(void)state;
	assert_ptr_equal(bits_of_vmcs(VMCS_GUEST_CR4), bits_of_cr4);
	assert_string_equal(
		text_of(bits_of_vmcs(VMCS_GUEST_INTERRUPTIBILITY), BLOCKING_STI | BLOCKING_NMI),
		"STI NMI");
	assert_string_equal(text_of(bits_of_vmcs(VMCS_EXIT_INTERRUPTION),
				    EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI),
			    "vector=2 type=2 valid");
	assert_string_equal(text_of(bits_of_vmcs(VMCS_EPT_POINTER), 0x3df5401e), "type=6 walk-1=3");
	assert_string_equal(text_of(bits_of_vmcs(VMCS_GUEST_TR_ACCESS), ACCESS_TSS_BUSY),
			    "type=11 P");
	assert_null(bits_of_vmcs(VMCS_GUEST_RIP));
}

/* SDM Vol. 3C, "Guest Register State"; Vol. 3A, "Code- and Data-Segment Descriptor Types". */
static void segments_are_put_into_words(void **state)
{
	(void)state;
	assert_string_equal(segment(ACCESS_CODE64), "code read 64-bit DPL0");
	assert_string_equal(segment(ACCESS_CODE32 | 3 << 5), "code read 32-bit DPL3");
	assert_string_equal(segment(ACCESS_CODE_REAL), "code read 16-bit DPL0");
	assert_string_equal(segment(ACCESS_DATA32), "data write 32-bit DPL0");
	assert_string_equal(segment(0x16 | 0x80), "data write down 16-bit DPL0");
	assert_string_equal(segment(0x10), "data 16-bit DPL0 not present");
	assert_string_equal(segment(ACCESS_LDT), "LDT DPL0");
	assert_string_equal(segment(ACCESS_TSS_BUSY), "TSS busy DPL0");
	assert_string_equal(segment(ACCESS_UNUSABLE | ACCESS_DATA32), "unusable");
}

static void bytes_become_pairs_of_digits(void **state)
{
	static const uint8_t bytes[HEX_BYTES + 1] = { 0x00, 0x0A, 0xFF, 0x10 };
	char text[HEX_TEXT_BYTES];

	(void)state;
	hex_text(bytes, 4, text);
	assert_string_equal(text, "00 0a ff 10");
	hex_text(bytes, 0, text);
	assert_string_equal(text, "");
	hex_text(bytes, HEX_BYTES + 1, text);
	assert_int_equal(strlen(text), HEX_TEXT_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_registers_are_named_bit_by_bit),
		cmocka_unit_test(flags_are_named_and_the_fixed_bit_is_not),
		cmocka_unit_test(debug_registers_after_reset_say_nothing),
		cmocka_unit_test(reserved_bit_that_is_set_is_told_by_number),
		cmocka_unit_test(text_that_is_too_long_is_cut_not_overrun),
		cmocka_unit_test(vmcs_fields_have_descriptions_where_they_have_bits),
		cmocka_unit_test(segments_are_put_into_words),
		cmocka_unit_test(bytes_become_pairs_of_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
