/* SPDX-License-Identifier: Apache-2.0 */
/* alu.c: results and flags of integer instructions. */
#include "arch/vmx/alu.h"

enum {
	FLAG_CF = 1 << 0,
	FLAG_PF = 1 << 2,
	FLAG_AF = 1 << 4,
	FLAG_ZF = 1 << 6,
	FLAG_SF = 1 << 7,
	FLAG_OF = 1 << 11,
};

static uint64_t mask_of(unsigned bytes)
{
	return UINT64_MAX >> (64 - 8 * bytes);
}

static bool sign_of(uint64_t value, unsigned bytes)
{
	return (value >> (8 * bytes - 1) & 1) != 0;
}

/* ZF, SF and PF: they depend on the result alone. */
static uint64_t result_flags(uint64_t result, unsigned bytes)
{
	bool even = __builtin_parity((unsigned)(result & 0xFF)) == 0;

	return (even ? FLAG_PF : 0u) | (result == 0 ? FLAG_ZF : 0u) |
	       (sign_of(result, bytes) ? FLAG_SF : 0u);
}

static void set_flags(struct alu *alu, uint64_t mask, uint64_t flags)
{
	alu->rflags = (alu->rflags & ~mask) | (flags & mask);
}

/* @a + @b + @carry. Return: the sum. */
static uint64_t add(struct alu *alu, unsigned bytes, uint64_t a, uint64_t b, uint64_t carry,
		    uint64_t flags_mask)
{
	uint64_t sum = (a + b + carry) & mask_of(bytes);
	bool out = sum < a || (carry != 0 && sum == a);
	bool overflow = sign_of((a ^ sum) & (b ^ sum), bytes);

	set_flags(alu, flags_mask,
		  result_flags(sum, bytes) | (out ? FLAG_CF : 0u) | ((a ^ b ^ sum) & FLAG_AF) |
			  (overflow ? FLAG_OF : 0u));
	return sum;
}

/* @a - @b - @borrow. Return: the difference. */
static uint64_t subtract(struct alu *alu, unsigned bytes, uint64_t a, uint64_t b, uint64_t borrow,
			 uint64_t flags_mask)
{
	uint64_t difference = (a - b - borrow) & mask_of(bytes);
	bool out = a < b || (borrow != 0 && a == b);
	bool overflow = sign_of((a ^ b) & (a ^ difference), bytes);

	set_flags(alu, flags_mask,
		  result_flags(difference, bytes) | (out ? FLAG_CF : 0u) |
			  ((a ^ b ^ difference) & FLAG_AF) | (overflow ? FLAG_OF : 0u));
	return difference;
}

static uint64_t logical(struct alu *alu, unsigned bytes, uint64_t result)
{
	set_flags(alu, ALU_FLAGS, result_flags(result, bytes));
	return result;
}

/* The bit's place within the operand: which operand that is was the processor's to find out. */
static void test_bit(enum decode_operation operation, unsigned bytes, struct alu *alu)
{
	uint64_t bit = (uint64_t)1 << (alu->second & (8 * bytes - 1));

	set_flags(alu, FLAG_CF, (alu->first & bit) != 0 ? FLAG_CF : 0u);
	if (operation == DECODE_BTS) {
		alu->first |= bit;
	} else if (operation == DECODE_BTR) {
		alu->first &= ~bit;
	} else if (operation == DECODE_BTC) {
		alu->first ^= bit;
	}
}

static void exchange_and_add(unsigned bytes, struct alu *alu)
{
	uint64_t sum = add(alu, bytes, alu->first, alu->second, 0, ALU_FLAGS);

	alu->second = alu->first;
	alu->first = sum;
}

static void compare_and_exchange(unsigned bytes, struct alu *alu)
{
	uint64_t difference = subtract(alu, bytes, alu->rax, alu->first, 0, ALU_FLAGS);

	if (difference == 0) {
		alu->first = alu->second;
	} else {
		alu->rax = alu->first;
	}
}

static void exchange(struct alu *alu)
{
	uint64_t first = alu->first;

	alu->first = alu->second;
	alu->second = first;
}

void alu_execute(enum decode_operation operation, unsigned bytes, struct alu *alu)
{
	const uint64_t all = ALU_FLAGS;
	const uint64_t but_carry = ALU_FLAGS & ~(uint64_t)FLAG_CF;
	uint64_t carry = alu->rflags & FLAG_CF;

	alu->first &= mask_of(bytes);
	alu->second &= mask_of(bytes);
	alu->rax &= mask_of(bytes);
	uint64_t a = alu->first;
	uint64_t b = alu->second;

	switch (operation) {
	case DECODE_ADD:
		alu->first = add(alu, bytes, a, b, 0, all);
		break;
	case DECODE_ADC:
		alu->first = add(alu, bytes, a, b, carry, all);
		break;
	case DECODE_SUB:
		alu->first = subtract(alu, bytes, a, b, 0, all);
		break;
	case DECODE_SBB:
		alu->first = subtract(alu, bytes, a, b, carry, all);
		break;
	case DECODE_CMP:
		(void)subtract(alu, bytes, a, b, 0, all);
		break;
	case DECODE_OR:
		alu->first = logical(alu, bytes, a | b);
		break;
	case DECODE_AND:
		alu->first = logical(alu, bytes, a & b);
		break;
	case DECODE_XOR:
		alu->first = logical(alu, bytes, a ^ b);
		break;
	case DECODE_TEST:
		(void)logical(alu, bytes, a & b);
		break;
	case DECODE_NOT:
		alu->first = ~a & mask_of(bytes);
		break;
	case DECODE_NEG:
		alu->first = subtract(alu, bytes, 0, a, 0, all);
		break;
	case DECODE_INC:
		alu->first = add(alu, bytes, a, 1, 0, but_carry);
		break;
	case DECODE_DEC:
		alu->first = subtract(alu, bytes, a, 1, 0, but_carry);
		break;
	case DECODE_XCHG:
		exchange(alu);
		break;
	case DECODE_XADD:
		exchange_and_add(bytes, alu);
		break;
	case DECODE_CMPXCHG:
		compare_and_exchange(bytes, alu);
		break;
	default:
		test_bit(operation, bytes, alu);
		break;
	}
}

bool alu_writes(enum decode_operation operation)
{
	return operation != DECODE_CMP && operation != DECODE_TEST && operation != DECODE_BT;
}
