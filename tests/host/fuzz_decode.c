/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_decode.c: our decoder and Zydis agree on every instruction. Links with -lZydis. */
#include <Zydis/Zydis.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch/vmx/decode.h"

static const struct {
	enum decode_mode mode;
	ZydisMachineMode machine;
	ZydisStackWidth stack;
} modes[] = {
	{ DECODE_16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16 },
	{ DECODE_32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32 },
	{ DECODE_64, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64 },
};

/** struct other - what Zydis says. */
struct other {
	bool decoded;
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

static bool is_general(ZydisRegister reg)
{
	ZydisRegisterClass class = ZydisRegisterGetClass(reg);

	return class == ZYDIS_REGCLASS_GPR8 || class == ZYDIS_REGCLASS_GPR16 ||
	       class == ZYDIS_REGCLASS_GPR32 || class == ZYDIS_REGCLASS_GPR64;
}

/** in_scope() - whether decode.h promises to decode this. */
static bool in_scope(const struct other *other)
{
	bool has_memory = false;

	if (!other->decoded || (other->insn.attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0) {
		return false;
	}
	switch (other->insn.mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
	case ZYDIS_MNEMONIC_MOVZX:
	case ZYDIS_MNEMONIC_MOVSX:
	case ZYDIS_MNEMONIC_MOVSXD:
		break;
	default:
		return false;
	}
	for (unsigned i = 0; i < other->insn.operand_count_visible; i++) {
		const ZydisDecodedOperand *operand = &other->operands[i];

		has_memory |= operand->type == ZYDIS_OPERAND_TYPE_MEMORY;
		if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    !is_general(operand->reg.value)) {
			return false;
		}
	}
	return has_memory;
}

static void check(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "decoders disagree: %s\n", what);
		abort();
	}
}

/** register_number() - 0 to 15, and for AH to BH the number of the register they are part of. */
static unsigned register_number(ZydisRegister reg)
{
	if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH) {
		return (unsigned)(reg - ZYDIS_REGISTER_AH);
	}
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);

	return (unsigned)(whole - ZYDIS_REGISTER_RAX);
}

static void compare_value(const struct decode_access *ours, const ZydisDecodedOperand *operand)
{
	if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		uint64_t mask = UINT64_MAX >> (64 - 8 * ours->bytes);

		check(ours->has_immediate, "immediate");
		check(((ours->immediate ^ operand->imm.value.u) & mask) == 0, "immediate value");
		return;
	}
	bool is_high =
		operand->reg.value >= ZYDIS_REGISTER_AH && operand->reg.value <= ZYDIS_REGISTER_BH;

	check(!ours->has_immediate, "register");
	check(ours->high_byte == is_high, "high byte");
	check(ours->reg == register_number(operand->reg.value), "register number");
	check(ours->register_bytes * 8 == operand->size, "register width");
}

static void compare(const struct decode_access *ours, const struct other *other)
{
	bool is_store = other->operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY;
	bool is_sign = other->insn.mnemonic == ZYDIS_MNEMONIC_MOVSX ||
		       other->insn.mnemonic == ZYDIS_MNEMONIC_MOVSXD;
	const ZydisDecodedOperand *memory = &other->operands[is_store ? 0 : 1];

	check(ours->length == other->insn.length, "length");
	check(ours->is_store == is_store, "direction");
	/* MOVSXD r16 reads r/m16 says the manual (Vol. 2B, "MOVSXD"); Zydis 4.0 says r/m32. */
	check(ours->bytes * 8 == memory->size || (is_sign && ours->register_bytes == 2),
	      "memory width");
	check((ours->extend == DECODE_EXTEND_SIGN) == is_sign, "sign extension");
	compare_value(ours, &other->operands[is_store ? 1 : 0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; size > 0 && i < ARRAY_COUNT(modes); i++) {
		struct decode_input input = { data, (unsigned)size, modes[i].mode };
		struct decode_access ours;
		ZydisDecoder decoder;
		struct other other;

		ZydisDecoderInit(&decoder, modes[i].machine, modes[i].stack);
		other.decoded = ZYAN_SUCCESS(
			ZydisDecoderDecodeFull(&decoder, data, size, &other.insn, other.operands));
		bool is_ours = decode_access(&input, &ours) == OK;

		check(is_ours == in_scope(&other), "whether it is an instruction of ours");
		if (is_ours) {
			compare(&ours, &other);
		}
	}
	return 0;
}
