/* SPDX-License-Identifier: Apache-2.0 */
/* exit_debug.c: breakpoints of a guest, for what the processor did not execute itself. */
#include "kernel/exit_debug.h"

#include "arch/vmx/vmx.h"

enum { BREAKPOINTS = 4, RW_WRITE = 1, RW_PORT = 2, RW_ANY = 3 };

static bool kind_matches(unsigned rw, enum debug_access access)
{
	switch (rw) {
	case RW_WRITE:
		return access == DEBUG_WRITE;
	case RW_PORT:
		return access == DEBUG_PORT;
	case RW_ANY:
		return access != DEBUG_PORT;
	default: /* instructions: the processor has looked before it exited */
		return false;
	}
}

uint64_t debug_match(const struct debug_registers *registers, enum debug_access access,
		     uint64_t address, unsigned bytes)
{
	static const uint8_t lengths[] = { 1, 2, 8, 4 };
	uint64_t met = 0;

	for (unsigned i = 0; i < BREAKPOINTS; i++) {
		uint64_t field = registers->control >> (16 + 4 * i);
		uint64_t length = lengths[field >> 2 & 3];
		/* What is not aligned is taken as if it were. */
		uint64_t first = registers->address[i] & ~(length - 1);
		bool enabled = (registers->control >> (2 * i) & 3) != 0;
		bool overlaps = address < first + length && first < address + bytes;

		if (enabled && overlaps && kind_matches((unsigned)field & 3, access)) {
			met |= (uint64_t)1 << i;
		}
	}
	return met;
}

static struct debug_registers read_registers(void)
{
	struct debug_registers r = { .control = vmread(VMCS_GUEST_DR7) };

	__asm__ volatile("mov %%dr0, %0" : "=r"(r.address[0]));
	__asm__ volatile("mov %%dr1, %0" : "=r"(r.address[1]));
	__asm__ volatile("mov %%dr2, %0" : "=r"(r.address[2]));
	__asm__ volatile("mov %%dr3, %0" : "=r"(r.address[3]));
	return r;
}

void exit_debug_watch(enum debug_access access, uint64_t address, unsigned bytes)
{
	struct debug_registers registers = read_registers();

	/* Without CR4.DE a breakpoint on ports is none (SDM Vol. 3A, "Control Registers"). */
	if (access == DEBUG_PORT && (vmread(VMCS_GUEST_CR4) & CR4_DE) == 0) {
		return;
	}
	uint64_t met = debug_match(&registers, access, address, bytes);
	if (met != 0) {
		vmwrite(VMCS_GUEST_PENDING_DEBUG,
			vmread(VMCS_GUEST_PENDING_DEBUG) | met | PENDING_ENABLED_BREAKPOINT);
	}
}

void exit_debug_postpone(struct vcpu *vcpu, uint64_t causes)
{
	vcpu->postponed = (struct vcpu_postponed){ causes, vmread(VMCS_GUEST_DR7) };
	vmwrite(VMCS_GUEST_DR7, vcpu->postponed.dr7 & ~DR7_ENABLES);
	vmwrite(VMCS_PREEMPTION_TIMER, 0);
	vmwrite(VMCS_PIN_CONTROLS, vcpu->controls.word[CONTROLS_PIN] | PIN_PREEMPTION_TIMER);
}

uint64_t exit_debug_resume(struct vcpu *vcpu)
{
	uint64_t causes = vcpu->postponed.causes;

	if (causes != 0) {
		vcpu->postponed.causes = 0;
		vmwrite(VMCS_GUEST_DR7, vcpu->postponed.dr7);
	}
	return causes;
}
