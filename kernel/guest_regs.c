/* SPDX-License-Identifier: Apache-2.0 */
/* guest_regs.c: a guest's general registers by number. */
#include "kernel/guest_regs.h"

/* SDM Vol. 2A, "Register/Memory Operand Encoding": RSP is not here but in the VMCS. */
static const uint8_t offsets[16] = {
	offsetof(struct vmx_guest, rax),
	offsetof(struct vmx_guest, rcx),
	offsetof(struct vmx_guest, rdx),
	offsetof(struct vmx_guest, rbx),
	0,
	offsetof(struct vmx_guest, rbp),
	offsetof(struct vmx_guest, rsi),
	offsetof(struct vmx_guest, rdi),
	offsetof(struct vmx_guest, r8),
	offsetof(struct vmx_guest, r9),
	offsetof(struct vmx_guest, r10),
	offsetof(struct vmx_guest, r11),
	offsetof(struct vmx_guest, r12),
	offsetof(struct vmx_guest, r13),
	offsetof(struct vmx_guest, r14),
	offsetof(struct vmx_guest, r15),
};

uint64_t guest_reg_get(const struct vcpu *vcpu, uint8_t number)
{
	if (number == GUEST_RSP) {
		return vmread(VMCS_GUEST_RSP);
	}
	return *(const uint64_t *)((const uint8_t *)&vcpu->guest + offsets[number & 15]);
}

void guest_reg_set(struct vcpu *vcpu, uint8_t number, uint64_t value)
{
	if (number == GUEST_RSP) {
		vmwrite(VMCS_GUEST_RSP, value);
		return;
	}
	*(uint64_t *)((uint8_t *)&vcpu->guest + offsets[number & 15]) = value;
}
