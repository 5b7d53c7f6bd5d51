/* SPDX-License-Identifier: Apache-2.0 */
/* step_opcode.c: instructions that a single step with RFLAGS.TF must know. */
#include "kernel/step_opcode.h"

static bool is_prefix(uint8_t byte, bool wide)
{
	switch (byte) {
	case 0x26: /* segments */
	case 0x2E:
	case 0x36:
	case 0x3E:
	case 0x64:
	case 0x65:
	case 0x66: /* sizes */
	case 0x67:
	case 0xF0: /* LOCK, REP */
	case 0xF2:
	case 0xF3:
		return true;
	default:
		return wide && byte >= 0x40 && byte <= 0x4F;
	}
}

/* Behind 0FH. */
static enum step_opcode two_bytes(uint8_t byte)
{
	switch (byte) {
	case 0x05: /* SYSCALL */
	case 0x07: /* SYSRET */
	case 0x34: /* SYSENTER */
	case 0x35: /* SYSEXIT */
		return STEP_OPCODE_REFUSED;
	default:
		return STEP_OPCODE_OTHER;
	}
}

static enum step_opcode one_byte(uint8_t byte)
{
	switch (byte) {
	case 0x9C: /* PUSHF */
	case 0xCD: /* INT n; INT3, INTO and INT1 exit */
		return STEP_OPCODE_REFUSED;
	case 0x9D: /* POPF */
	case 0xCF: /* IRET */
		return STEP_OPCODE_POPF;
	case 0xF4:
		return STEP_OPCODE_HLT;
	case 0xFA:
		return STEP_OPCODE_CLI;
	case 0xFB:
		return STEP_OPCODE_STI;
	default:
		return STEP_OPCODE_OTHER;
	}
}

struct step_instruction step_decode(const uint8_t *code, size_t count, bool wide)
{
	size_t at = 0;

	while (at < count && is_prefix(code[at], wide)) {
		at++;
	}
	if (at == count) {
		return (struct step_instruction){ STEP_OPCODE_OTHER, (uint32_t)at };
	}
	if (code[at] != 0x0F) {
		return (struct step_instruction){ one_byte(code[at]), (uint32_t)at + 1 };
	}
	if (at + 1 == count) {
		return (struct step_instruction){ STEP_OPCODE_OTHER, (uint32_t)at + 1 };
	}
	return (struct step_instruction){ two_bytes(code[at + 1]), (uint32_t)at + 2 };
}
