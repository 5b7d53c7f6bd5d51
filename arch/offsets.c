/* SPDX-License-Identifier: Apache-2.0 */
/* offsets.c: numbers of C that NASM files need; compiled to text only, tools turn it into offsets.inc. */
#include "arch/cpu/cpu.h"
#include "arch/vmx/vmx.h"

#define OFFSET(name, value) __asm__ volatile("\n#define " #name " %c0" : : "i"(value))

void offsets(void);

void offsets(void)
{
	OFFSET(SELECTOR_CODE, SELECTOR_CODE);
	OFFSET(SELECTOR_DATA, SELECTOR_DATA);
	OFFSET(CPU_STACK_MAIN, offsetof(struct cpu, stacks.main));
	OFFSET(CPU_VCPU, offsetof(struct cpu, vcpu));
	OFFSET(GUEST_RAX, offsetof(struct vmx_guest, rax));
	OFFSET(GUEST_RCX, offsetof(struct vmx_guest, rcx));
	OFFSET(GUEST_RDX, offsetof(struct vmx_guest, rdx));
	OFFSET(GUEST_RBX, offsetof(struct vmx_guest, rbx));
	OFFSET(GUEST_RBP, offsetof(struct vmx_guest, rbp));
	OFFSET(GUEST_RSI, offsetof(struct vmx_guest, rsi));
	OFFSET(GUEST_RDI, offsetof(struct vmx_guest, rdi));
	OFFSET(GUEST_R8, offsetof(struct vmx_guest, r8));
	OFFSET(GUEST_R9, offsetof(struct vmx_guest, r9));
	OFFSET(GUEST_R10, offsetof(struct vmx_guest, r10));
	OFFSET(GUEST_R11, offsetof(struct vmx_guest, r11));
	OFFSET(GUEST_R12, offsetof(struct vmx_guest, r12));
	OFFSET(GUEST_R13, offsetof(struct vmx_guest, r13));
	OFFSET(GUEST_R14, offsetof(struct vmx_guest, r14));
	OFFSET(GUEST_R15, offsetof(struct vmx_guest, r15));
	OFFSET(GUEST_LAUNCHED, offsetof(struct vmx_guest, launched));
	OFFSET(GUEST_HOST_RSP, offsetof(struct vmx_guest, host_rsp));
	OFFSET(VMCS_HOST_RSP_FIELD, VMCS_HOST_RSP);
}
