/* SPDX-License-Identifier: Apache-2.0 */
/* exit_debug.h: breakpoints on what a handler did in the processor's place. */
#pragma once

#include "arch/cpu/regs.h"
#include "arch/vmx/vmx.h"
#include "kernel/vcpu.h"

/** struct debug_registers - DR0 to DR3 and DR7. */
struct debug_registers {
	uint64_t address[4];
	uint64_t control;
};

/** enum debug_access - what was accessed. */
enum debug_access { DEBUG_READ, DEBUG_WRITE, DEBUG_PORT };

/**
 * debug_match() - the breakpoints that an access meets and that are enabled: bits as in DR6. Pure.
 * @address: linear, or the port
 * @bytes:   from 1
 *
 * Source: SDM Vol. 3B, "Debug Address Registers", "Debug Control Register (DR7)".
 */
uint64_t debug_match(const struct debug_registers *registers, enum debug_access access,
		     uint64_t address, unsigned bytes);

/** exit_debug_armed() - whether any breakpoint is enabled. */
static inline bool exit_debug_armed(void)
{
	return __builtin_expect((vmread(VMCS_GUEST_DR7) & DR7_ENABLES) != 0, false);
}

/** exit_debug_watch() - let a trap follow the instruction if a breakpoint is met; exit_debug_armed() said yes. */
void exit_debug_watch(enum debug_access access, uint64_t address, unsigned bytes);

/**
 * exit_debug_postpone() - a breakpoint was met while an event was delivered: deliver it again, then the trap.
 * @causes: bits for DR6
 *
 * Its frame is pushed onto the watched word again: so the breakpoints sleep for that entry, which ends before the
 * handler's first instruction. An entry that injects discards pending debug exceptions (SDM Vol. 3C, "Delivery of
 * Pending Debug Exceptions after VM Entry").
 */
void exit_debug_postpone(struct vcpu *vcpu, uint64_t causes);

/** exit_debug_resume() - behind that entry. Return: the causes; 0: nothing was postponed. */
uint64_t exit_debug_resume(struct vcpu *vcpu);
