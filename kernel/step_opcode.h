/* SPDX-License-Identifier: Apache-2.0 */
/* step_opcode.h: instructions that a single step with RFLAGS.TF must know. Pure. */
#pragma once

#include "kernel/lib/types.h"

/** enum step_opcode - how an instruction treats RFLAGS. */
enum step_opcode {
	STEP_OPCODE_OTHER, /* leaves TF and IF alone; all but the following */
	STEP_OPCODE_CLI,
	STEP_OPCODE_STI,
	STEP_OPCODE_POPF, /* and IRET: loads them */
	STEP_OPCODE_HLT,
	STEP_OPCODE_REFUSED, /* saves them where they cannot be put right: PUSHF, INT n, SYSCALL, SYSENTER and back */
};

/** struct step_instruction - what was found. */
struct step_instruction {
	enum step_opcode opcode;
	uint32_t bytes; /* of prefixes and opcode */
};

/**
 * step_decode() - look at the instruction that begins @code.
 * @count: bytes there are; none is STEP_OPCODE_OTHER: fetching it faults
 * @wide:  64-bit code: 40H to 4FH are prefixes
 *
 * Source: SDM Vol. 2D, "Opcode Map".
 */
struct step_instruction step_decode(const uint8_t *code, size_t count, bool wide);
