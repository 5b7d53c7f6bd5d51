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

/** struct decode_access - one access to memory. */
struct decode_access {
	uint8_t length;     /* of the instruction */
	bool is_store;      /* register or immediate to memory; else memory to register */
	bool has_immediate; /* a store of @immediate, not of a register */
	bool high_byte;     /* the register is bits 15:8 of @reg: AH, CH, DH or BH */
	uint8_t bytes;      /* in memory: 1, 2, 4 or 8 */
	uint8_t reg;        /* 0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP, 5 RBP, 6 RSI, 7 RDI, 8 to 15 */
	uint8_t register_bytes;    /* of it: 1, 2, 4 (which clears the upper half) or 8 */
	enum decode_extend extend; /* of a load, from @bytes to @register_bytes */
	uint64_t immediate;        /* sign-extended */
};

/**
 * decode_access() - decode MOV, MOVZX, MOVSX and MOVSXD between a general register, or an
 * immediate, and memory.
 * @input:  bytes at RIP and the mode they run in
 * @access: filled in when OK
 *
 * Return: OK; E_TRUNCATED (ends before the instruction does); E_UNSUPPORTED (any other
 * instruction, a LOCK prefix, or no operand in memory).
 * Source: SDM Vol. 2A, "Instruction Format"; Vol. 2D, "Opcode Map".
 */
enum status decode_access(const struct decode_input *input, struct decode_access *access);

/** decode_stored() - the low access->bytes that a store writes; @reg is the whole register. */
uint64_t decode_stored(const struct decode_access *access, uint64_t reg);

/**
 * decode_loaded() - the whole register after a load.
 * @reg:    the whole register before it
 * @memory: what was read; bits above access->bytes do not matter
 */
uint64_t decode_loaded(const struct decode_access *access, uint64_t reg, uint64_t memory);
