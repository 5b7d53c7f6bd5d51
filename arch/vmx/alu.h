/* SPDX-License-Identifier: Apache-2.0 */
/* alu.h: what an instruction that reads and writes one operand in memory computes, flags too. Pure. */
#pragma once

#include "arch/vmx/decode.h"

/* The status flags (SDM Vol. 1, "EFLAGS Register"): CF, PF, AF, ZF, SF and OF. */
#define ALU_FLAGS ((uint64_t)0x8D5)

/** struct alu - operands, and then results. Bits above the operand's width do not matter, and are 0 afterwards. */
struct alu {
	uint64_t first;  /* operand, then result */
	uint64_t second; /* operand; of XCHG and XADD the result too */
	uint64_t rax;    /* of CMPXCHG: accumulator, then its new value */
	uint64_t rflags;
};

/**
 * alu_execute() - compute.
 * @operation: DECODE_ADD to DECODE_BTC
 * @bytes:     1, 2, 4 or 8
 *
 * Flags that the manual leaves undefined get what processors give: AF of a logical operation is 0, and all but CF of a
 * bit test stay.
 *
 * Source: SDM Vol. 2, the instructions' own pages; Vol. 1, "EFLAGS Cross-Reference".
 */
void alu_execute(enum decode_operation operation, unsigned bytes, struct alu *alu);

/** alu_writes() - whether @operation changes its first operand. */
bool alu_writes(enum decode_operation operation);
