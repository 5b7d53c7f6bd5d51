/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h: instructions that touch memory a device model answers for.
 *
 * Pure. The exit already says which address and whether it was read or written; what is missing is
 * the register, the width and the length. Instructions that are not in the table are refused.
 */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum { DECODE_BYTES_MAX = 15 };

/** enum decode_mode - default sizes: CS.L gives 64, else CS.D decides between 32 and 16. */
enum decode_mode { DECODE_16, DECODE_32, DECODE_64 };

/** struct decode_input - the bytes at RIP. */
struct decode_input {
	const uint8_t *bytes;
	unsigned count; /* how many there are; more than DECODE_BYTES_MAX are not looked at */
	enum decode_mode mode;
};

/** enum decode_extend - how a narrow value fills a wider register. */
enum decode_extend { DECODE_EXTEND_NONE, DECODE_EXTEND_ZERO, DECODE_EXTEND_SIGN };

/** enum decode_operation - what it does with its operands; MOV has MOVZX, MOVSX, MOVSXD and MOVNTI in it. */
enum decode_operation {
	DECODE_MOV,
	DECODE_ADD, /* eight in the order of their encoding */
	DECODE_OR,
	DECODE_ADC,
	DECODE_SBB,
	DECODE_AND,
	DECODE_SUB,
	DECODE_XOR,
	DECODE_CMP,
	DECODE_TEST,
	DECODE_NOT,
	DECODE_NEG,
	DECODE_INC,
	DECODE_DEC,
	DECODE_XCHG,
	DECODE_XADD,
	DECODE_CMPXCHG,
	DECODE_BT, /* four in the order of their encoding */
	DECODE_BTS,
	DECODE_BTR,
	DECODE_BTC,
	DECODE_MOVBE,
	DECODE_PUSH,
	DECODE_POP,
	DECODE_MOVS, /* from here on string instructions */
	DECODE_CMPS,
	DECODE_STOS,
	DECODE_LODS,
	DECODE_SCAS,
};

/** enum decode_repeat - the prefix of a string instruction. */
enum decode_repeat { DECODE_ONCE, DECODE_REP, DECODE_REPNE };

enum { DECODE_NO_SEGMENT = 0xFF };

/** struct decode_access - one instruction with an operand in memory. */
struct decode_access {
	uint8_t length; /* of the instruction */
	enum decode_operation operation;
	bool is_store;      /* memory is the first operand: of a MOV, what is written */
	bool has_immediate; /* the other operand is @immediate, no register */
	bool high_byte;     /* the register is bits 15:8 of @reg: AH, CH, DH or BH */
	uint8_t bytes;      /* in memory: 1, 2, 4 or 8 */
	uint8_t reg;        /* 0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP, 5 RBP, 6 RSI, 7 RDI, 8 to 15 */
	uint8_t register_bytes;    /* of it: 1, 2, 4 (which clears the upper half) or 8 */
	enum decode_extend extend; /* of a load, from @bytes to @register_bytes */
	uint64_t immediate;        /* sign-extended */
	enum decode_repeat repeat; /* of string instructions */
	uint8_t address_bytes;     /* 2, 4 or 8 */
	uint8_t segment; /* an override: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS; or DECODE_NO_SEGMENT */
};

/** decode_is_string() - whether RSI, RDI and RCX move. */
static inline bool decode_is_string(const struct decode_access *access)
{
	return access->operation >= DECODE_MOVS;
}

/**
 * decode_access() - decode an instruction between memory and a general register, an immediate, or other memory.
 * @input:  bytes at RIP and the mode they run in
 * @access: filled in when OK
 *
 * Return: OK; E_TRUNCATED (ends before the instruction does); E_UNSUPPORTED (an instruction that no operation above
 * stands for, a LOCK prefix where there may be none, or no operand in memory).
 * Source: SDM Vol. 2A, "Instruction Format"; Vol. 2D, "Opcode Map".
 */
enum status decode_access(const struct decode_input *input, struct decode_access *access);

enum { DECODE_MEMO_WORDS = 2 };

/** struct decode_memo - the instruction that was decoded last; zeros: none. */
struct decode_memo {
	uint64_t code[DECODE_MEMO_WORDS]; /* the bytes at RIP, and zeros */
	unsigned count;
	enum decode_mode mode;
	struct decode_access access;
};

/**
 * decode_memoized() - as decode_access(), but quick when @memo has these very bytes: a driver's instruction comes again.
 * @code:  the bytes at RIP, and zeros
 * @count: how many there are, up to DECODE_BYTES_MAX
 *
 * Return: the access, until the next call; NULL: as decode_access() fails.
 */
const struct decode_access *decode_memoized(struct decode_memo *memo,
					    const uint64_t code[DECODE_MEMO_WORDS], unsigned count,
					    enum decode_mode mode);

/** decode_stored() - the low access->bytes that a store writes; @reg is the whole register. */
uint64_t decode_stored(const struct decode_access *access, uint64_t reg);

/**
 * decode_loaded() - the whole register after a load.
 * @reg:    the whole register before it
 * @memory: what was read; bits above access->bytes do not matter
 */
uint64_t decode_loaded(const struct decode_access *access, uint64_t reg, uint64_t memory);
