; SPDX-License-Identifier: Apache-2.0
; vmentry.asm: VM entry as a function that returns at the next VM exit.

%include "generated/offsets.inc"

bits 64
default rel

section .text

; In:    rdi = struct vmx_guest *, of the vcpu that lives on this processor
; Out:   rax = time-stamp counter just after the exit, rdi as it was
; Every other register but rsp is 0 then, so that nothing of a guest reaches C; its values are in the struct.
; The caller keeps nothing in registers (vmx.h): saving none of its own makes an exit cheaper.
; An entry that is refused ends in vmx_entry_refused().
; The exit has the stack that the entry had: host RSP is written only when it changes.
global vmx_enter_guest:function hidden
extern vmx_entry_refused:function hidden
vmx_enter_guest:
	cmp	rsp, [rdi + GUEST_HOST_RSP]
	jne	.host_rsp
.entry:
	; CF = whether it was launched before; the moves leave it alone.
	bts	dword [rdi + GUEST_LAUNCHED], 0
	mov	rax, [rdi + GUEST_RAX]
	mov	rcx, [rdi + GUEST_RCX]
	mov	rdx, [rdi + GUEST_RDX]
	mov	rbx, [rdi + GUEST_RBX]
	mov	rbp, [rdi + GUEST_RBP]
	mov	rsi, [rdi + GUEST_RSI]
	mov	r8, [rdi + GUEST_R8]
	mov	r9, [rdi + GUEST_R9]
	mov	r10, [rdi + GUEST_R10]
	mov	r11, [rdi + GUEST_R11]
	mov	r12, [rdi + GUEST_R12]
	mov	r13, [rdi + GUEST_R13]
	mov	r14, [rdi + GUEST_R14]
	mov	r15, [rdi + GUEST_R15]
	mov	rdi, [rdi + GUEST_RDI]
	jnc	.launch
	vmresume
	jmp	.failed
.launch:
	vmlaunch
.failed:
	jmp	vmx_entry_refused

.host_rsp:
	mov	eax, VMCS_HOST_RSP_FIELD
	vmwrite	rax, rsp
	jbe	.failed
	mov	[rdi + GUEST_HOST_RSP], rsp
	jmp	.entry

; Host RIP. On the stack: where vmx_enter_guest returns to. The vcpu that lives on this processor starts with its
; struct vmx_guest; it is found through GS.
global vmx_exit:function hidden
vmx_exit:
	push	rdi
	mov	rdi, [gs:CPU_VCPU]
	mov	[rdi + GUEST_RAX], rax
	mov	[rdi + GUEST_RDX], rdx
	rdtsc
	shl	rdx, 32
	or	rax, rdx
	mov	[rdi + GUEST_RCX], rcx
	mov	[rdi + GUEST_RBX], rbx
	mov	[rdi + GUEST_RBP], rbp
	mov	[rdi + GUEST_RSI], rsi
	mov	[rdi + GUEST_R8], r8
	mov	[rdi + GUEST_R9], r9
	mov	[rdi + GUEST_R10], r10
	mov	[rdi + GUEST_R11], r11
	mov	[rdi + GUEST_R12], r12
	mov	[rdi + GUEST_R13], r13
	mov	[rdi + GUEST_R14], r14
	mov	[rdi + GUEST_R15], r15
	pop	qword [rdi + GUEST_RDI]
	xor	ecx, ecx
	xor	edx, edx
	xor	ebx, ebx
	xor	ebp, ebp
	xor	esi, esi
	xor	r8d, r8d
	xor	r9d, r9d
	xor	r10d, r10d
	xor	r11d, r11d
	xor	r12d, r12d
	xor	r13d, r13d
	xor	r14d, r14d
	xor	r15d, r15d
	ret

; An IRET ends the blocking of NMIs that an NMI exit leaves behind; VM entry alone does not
; (SDM Vol. 3C, "Virtual NMIs" and "Updating Non-Register State"). Keeps every register but rax.
global vmx_unblock_nmis:function hidden
vmx_unblock_nmis:
	mov	rax, rsp
	push	qword SELECTOR_DATA
	push	rax
	pushfq
	push	qword SELECTOR_CODE
	lea	rax, [rel .done]
	push	rax
	iretq
.done:
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
