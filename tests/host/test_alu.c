/* SPDX-License-Identifier: Apache-2.0 */
/* test_alu.c: results and flags are those of the processor that this test runs on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/vmx/alu.h"

enum { ROUNDS = 20000 };

/* Values at which carries, signs and parities change, besides random ones. */
static const uint64_t edges[] = {
	0,
	1,
	2,
	0xF,
	0x10,
	0x7F,
	0x80,
	0xFF,
	0x100,
	0x7FFF,
	0x8000,
	0xFFFF,
	0x10000,
	0x7FFFFFFF,
	0x80000000,
	0xFFFFFFFF,
	0x100000000,
	INT64_MAX,
	(uint64_t)INT64_MIN,
	UINT64_MAX,
};

static uint64_t seed;

static uint64_t random_value(void)
{
	/* xorshift64 */
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint64_t operand(void)
{
	uint64_t value = random_value();

	return (value & 7) < 3 ? edges[(value >> 8) % ARRAY_COUNT(edges)] : random_value();
}

/* The instruction itself, on memory: @first; the register: @second; RAX: @rax; flags in and out. */
#define NATIVE(name, text, type, letter)                                                           \
	static void name(struct alu *alu)                                                          \
	{                                                                                          \
		type memory = (type)alu->first;                                                    \
		type reg = (type)alu->second;                                                      \
		type rax = (type)alu->rax;                                                         \
		uint64_t flags = (alu->rflags & ALU_FLAGS) | 2;                                    \
                                                                                                   \
		__asm__ volatile("pushq %[flags]\n\tpopfq\n\t" text "\n\tpushfq\n\tpopq %[flags]"  \
				 : [flags] "+r"(flags), [m] "+m"(memory), [r] "+" letter(reg),     \
				   "+a"(rax)                                                       \
				 :                                                                 \
				 : "cc", "memory");                                                \
		alu->first = memory;                                                               \
		alu->second = reg;                                                                 \
		alu->rax = rax;                                                                    \
		alu->rflags = (alu->rflags & ~ALU_FLAGS) | (flags & ALU_FLAGS);                    \
	}

#define WIDTHS_2(op)                                                                               \
	NATIVE(op##_1, #op "b %[r], %[m]", uint8_t, "q")                                           \
	NATIVE(op##_2, #op "w %[r], %[m]", uint16_t, "r")                                          \
	NATIVE(op##_4, #op "l %[r], %[m]", uint32_t, "r")                                          \
	NATIVE(op##_8, #op "q %[r], %[m]", uint64_t, "r")
#define WIDTHS_1(op)                                                                               \
	NATIVE(op##_1, #op "b %[m]", uint8_t, "q")                                                 \
	NATIVE(op##_2, #op "w %[m]", uint16_t, "r")                                                \
	NATIVE(op##_4, #op "l %[m]", uint32_t, "r")                                                \
	NATIVE(op##_8, #op "q %[m]", uint64_t, "r")
/* On memory a bit number beyond the operand would reach other memory. */
#define WIDTHS_BIT(op)                                                                             \
	NATIVE(op##_2, "andw $15, %[r]\n\tpushq %[flags]\n\tpopfq\n\t" #op "w %[r], %[m]",         \
	       uint16_t, "r")                                                                      \
	NATIVE(op##_4, "andl $31, %[r]\n\tpushq %[flags]\n\tpopfq\n\t" #op "l %[r], %[m]",         \
	       uint32_t, "r")                                                                      \
	NATIVE(op##_8, "andq $63, %[r]\n\tpushq %[flags]\n\tpopfq\n\t" #op "q %[r], %[m]",         \
	       uint64_t, "r")

/* clang-format off */
WIDTHS_2(add) WIDTHS_2(or) WIDTHS_2(adc) WIDTHS_2(sbb) WIDTHS_2(and) WIDTHS_2(sub) WIDTHS_2(xor) WIDTHS_2(cmp)
WIDTHS_2(test) WIDTHS_1(not) WIDTHS_1(neg) WIDTHS_1(inc) WIDTHS_1(dec)
WIDTHS_2(xchg) WIDTHS_2(xadd) WIDTHS_2(cmpxchg)
WIDTHS_BIT(bt) WIDTHS_BIT(bts) WIDTHS_BIT(btr) WIDTHS_BIT(btc)

typedef void (*native)(struct alu *alu);

#define ROW(op) { op##_1, op##_2, op##_4, op##_8 }
#define BIT_ROW(op) { NULL, op##_2, op##_4, op##_8 }

static const native natives[][4] = {
	[DECODE_ADD] = ROW(add), [DECODE_OR] = ROW(or), [DECODE_ADC] = ROW(adc), [DECODE_SBB] = ROW(sbb),
	[DECODE_AND] = ROW(and), [DECODE_SUB] = ROW(sub), [DECODE_XOR] = ROW(xor), [DECODE_CMP] = ROW(cmp),
	[DECODE_TEST] = ROW(test), [DECODE_NOT] = ROW(not), [DECODE_NEG] = ROW(neg), [DECODE_INC] = ROW(inc),
	[DECODE_DEC] = ROW(dec), [DECODE_XCHG] = ROW(xchg), [DECODE_XADD] = ROW(xadd),
	[DECODE_CMPXCHG] = ROW(cmpxchg),
	[DECODE_BT] = BIT_ROW(bt), [DECODE_BTS] = BIT_ROW(bts), [DECODE_BTR] = BIT_ROW(btr),
	[DECODE_BTC] = BIT_ROW(btc),
};
/* clang-format on */

static uint64_t cut(uint64_t value, unsigned bytes)
{
	return value & (UINT64_MAX >> (64 - 8 * bytes));
}

static bool is_bit_test(enum decode_operation operation)
{
	return operation >= DECODE_BT;
}

static void compare(enum decode_operation operation, unsigned bytes, native execute)
{
	struct alu ours = { operand(), operand(), operand(), random_value() };

	if ((random_value() & 3) == 0) {
		ours.rax = ours.first; /* so that CMPXCHG exchanges */
	}
	struct alu theirs = ours;
	struct alu before = ours;

	alu_execute(operation, bytes, &ours);
	execute(&theirs);
	if (!is_bit_test(operation)) {
		assert_int_equal(ours.second, cut(theirs.second, bytes));
	}
	if (ours.first != cut(theirs.first, bytes) || ours.rax != cut(theirs.rax, bytes) ||
	    ours.rflags != theirs.rflags) {
		fail_msg("operation %d of %u bytes on %lx, %lx, rax %lx: %lx rax %lx flags %lx, "
			 "not %lx rax %lx flags %lx",
			 operation, bytes, before.first, before.second, before.rax, ours.first,
			 ours.rax, ours.rflags, theirs.first, theirs.rax, theirs.rflags);
	}
	if (!alu_writes(operation)) {
		assert_int_equal(ours.first, cut(before.first, bytes));
	}
}

/* The manual's pages of each instruction, as this processor reads them. */
static void every_operation_gives_what_the_processor_gives(void **unused)
{
	(void)unused;
	seed = 0x9E3779B97F4A7C15;
	for (enum decode_operation o = DECODE_ADD; o < ARRAY_COUNT(natives); o++) {
		for (unsigned width = 0; width < 4; width++) {
			native execute = natives[o][width];

			for (unsigned i = 0; execute != NULL && i < ROUNDS; i++) {
				compare(o, 1u << width, execute);
			}
		}
	}
}

static void operation_that_only_compares_leaves_its_operand_alone(void **unused)
{
	(void)unused;
	assert_false(alu_writes(DECODE_CMP));
	assert_false(alu_writes(DECODE_TEST));
	assert_false(alu_writes(DECODE_BT));
	assert_true(alu_writes(DECODE_ADD));
	assert_true(alu_writes(DECODE_BTC));
	assert_true(alu_writes(DECODE_CMPXCHG));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_gives_what_the_processor_gives),
		cmocka_unit_test(operation_that_only_compares_leaves_its_operand_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
