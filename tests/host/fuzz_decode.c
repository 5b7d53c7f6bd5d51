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

/* What Zydis calls it, and what we do. */
static const struct {
	ZydisMnemonic mnemonic;
	enum decode_operation operation;
} operations[] = {
	{ ZYDIS_MNEMONIC_MOV, DECODE_MOV },    { ZYDIS_MNEMONIC_MOVZX, DECODE_MOV },
	{ ZYDIS_MNEMONIC_MOVSX, DECODE_MOV },  { ZYDIS_MNEMONIC_MOVSXD, DECODE_MOV },
	{ ZYDIS_MNEMONIC_MOVNTI, DECODE_MOV }, { ZYDIS_MNEMONIC_MOVBE, DECODE_MOVBE },
	{ ZYDIS_MNEMONIC_ADD, DECODE_ADD },    { ZYDIS_MNEMONIC_OR, DECODE_OR },
	{ ZYDIS_MNEMONIC_ADC, DECODE_ADC },    { ZYDIS_MNEMONIC_SBB, DECODE_SBB },
	{ ZYDIS_MNEMONIC_AND, DECODE_AND },    { ZYDIS_MNEMONIC_SUB, DECODE_SUB },
	{ ZYDIS_MNEMONIC_XOR, DECODE_XOR },    { ZYDIS_MNEMONIC_CMP, DECODE_CMP },
	{ ZYDIS_MNEMONIC_TEST, DECODE_TEST },  { ZYDIS_MNEMONIC_NOT, DECODE_NOT },
	{ ZYDIS_MNEMONIC_NEG, DECODE_NEG },    { ZYDIS_MNEMONIC_INC, DECODE_INC },
	{ ZYDIS_MNEMONIC_DEC, DECODE_DEC },    { ZYDIS_MNEMONIC_XCHG, DECODE_XCHG },
	{ ZYDIS_MNEMONIC_XADD, DECODE_XADD },  { ZYDIS_MNEMONIC_CMPXCHG, DECODE_CMPXCHG },
	{ ZYDIS_MNEMONIC_BT, DECODE_BT },      { ZYDIS_MNEMONIC_BTS, DECODE_BTS },
	{ ZYDIS_MNEMONIC_BTR, DECODE_BTR },    { ZYDIS_MNEMONIC_BTC, DECODE_BTC },
	{ ZYDIS_MNEMONIC_PUSH, DECODE_PUSH },  { ZYDIS_MNEMONIC_POP, DECODE_POP },
};

/* MOVSD and CMPSD are names of vector instructions too: strings go by opcode. */
static const struct {
	uint8_t opcode; /* of the byte form; the next is the wide one */
	enum decode_operation operation;
} strings[] = {
	{ 0xa4, DECODE_MOVS }, { 0xa6, DECODE_CMPS }, { 0xaa, DECODE_STOS },
	{ 0xac, DECODE_LODS }, { 0xae, DECODE_SCAS },
};

static bool find_string(const struct other *other, enum decode_operation *operation)
{
	for (unsigned i = 0; i < ARRAY_COUNT(strings); i++) {
		if (other->insn.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT &&
		    (other->insn.opcode & ~1) == strings[i].opcode) {
			*operation = strings[i].operation;
			return true;
		}
	}
	return false;
}

static bool find_operation(const struct other *other, enum decode_operation *operation)
{
	for (unsigned i = 0; i < ARRAY_COUNT(operations); i++) {
		if (operations[i].mnemonic == other->insn.mnemonic) {
			*operation = operations[i].operation;
			return true;
		}
	}
	return false;
}

/** in_scope() - whether decode.h promises to decode this. */
static bool in_scope(const struct other *other, enum decode_operation *operation)
{
	bool has_memory = false;

	if (!other->decoded) {
		return false;
	}
	if (find_string(other, operation)) {
		return true;
	}
	if (!find_operation(other, operation)) {
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
		bool is_bit = ours->operation >= DECODE_BT && ours->operation <= DECODE_BTC;
		uint64_t mask = is_bit ? 0xFF : UINT64_MAX >> (64 - 8 * ours->bytes);

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

/* Where a segment override shows: in what is not ES:rDI. */
static const ZydisDecodedOperand *memory_of(const struct decode_access *ours,
					    const struct other *other)
{
	const ZydisDecodedOperand *found = NULL;

	for (unsigned i = 0; i < other->insn.operand_count; i++) {
		const ZydisDecodedOperand *operand = &other->operands[i];
		bool is_memory = operand->type == ZYDIS_OPERAND_TYPE_MEMORY;
		bool is_source =
			decode_is_string(ours) && operand->mem.segment != ZYDIS_REGISTER_ES;

		if (is_memory && (found == NULL || is_source)) {
			found = operand;
		}
	}
	check(found != NULL, "operand in memory");
	return found;
}

static void compare_segment(const struct decode_access *ours, const ZydisDecodedOperand *memory)
{
	ZydisRegister segment = memory->mem.segment;

	if (ours->operation == DECODE_STOS || ours->operation == DECODE_SCAS) {
		return; /* always ES */
	}
	if (ours->segment != DECODE_NO_SEGMENT) {
		check(segment == ZYDIS_REGISTER_ES + ours->segment, "segment");
		return;
	}
	check(segment == ZYDIS_REGISTER_DS || segment == ZYDIS_REGISTER_SS, "default segment");
}

static void compare_prefixes(const struct decode_access *ours, const struct other *other)
{
	const ZyanU64 rep = ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
	bool by_flag = ours->operation == DECODE_CMPS || ours->operation == DECODE_SCAS;

	check(ours->address_bytes * 8 == other->insn.address_width, "address width");
	if (!decode_is_string(ours)) {
		check(ours->repeat == DECODE_ONCE, "repeat");
		return;
	}
	/* REPNE repeats what knows no condition just as REP does; Zydis does not say so. */
	if (by_flag || ours->repeat != DECODE_REPNE) {
		check((ours->repeat != DECODE_ONCE) == ((other->insn.attributes & rep) != 0),
		      "repeat");
	}
	if (by_flag) {
		check((ours->repeat == DECODE_REPNE) ==
			      ((other->insn.attributes & ZYDIS_ATTRIB_HAS_REPNE) != 0),
		      "repeat while not equal");
	}
}

static bool has_one_operand(const struct decode_access *ours)
{
	enum decode_operation operation = ours->operation;

	return decode_is_string(ours) || (operation >= DECODE_NOT && operation <= DECODE_DEC) ||
	       operation == DECODE_PUSH || operation == DECODE_POP;
}

static void compare(const struct decode_access *ours, const struct other *other)
{
	bool is_sign = other->insn.mnemonic == ZYDIS_MNEMONIC_MOVSX ||
		       other->insn.mnemonic == ZYDIS_MNEMONIC_MOVSXD;
	const ZydisDecodedOperand *memory = memory_of(ours, other);

	check(ours->length == other->insn.length, "length");
	/* MOVSXD r16 reads r/m16 says the manual (Vol. 2B, "MOVSXD"); Zydis 4.0 says r/m32. */
	check(ours->bytes * 8 == memory->size || (is_sign && ours->register_bytes == 2),
	      "memory width");
	check((ours->extend == DECODE_EXTEND_SIGN) == is_sign, "sign extension");
	compare_prefixes(ours, other);
	compare_segment(ours, memory);
	if (has_one_operand(ours)) {
		return;
	}
	bool is_store = other->operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY;

	check(ours->is_store == is_store, "direction");
	compare_value(ours, &other->operands[is_store ? 1 : 0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; size > 0 && i < ARRAY_COUNT(modes); i++) {
		struct decode_input input = { data, (unsigned)size, modes[i].mode };
		enum decode_operation operation = DECODE_MOV;
		struct decode_access ours;
		ZydisDecoder decoder;
		struct other other;

		ZydisDecoderInit(&decoder, modes[i].machine, modes[i].stack);
		other.decoded = ZYAN_SUCCESS(
			ZydisDecoderDecodeFull(&decoder, data, size, &other.insn, other.operands));
		bool is_ours = decode_access(&input, &ours) == OK;

		check(is_ours == in_scope(&other, &operation),
		      "whether it is an instruction of ours");
		if (is_ours) {
			check(ours.operation == operation, "operation");
			compare(&ours, &other);
		}
	}
	return 0;
}
