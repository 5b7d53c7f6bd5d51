; SPDX-License-Identifier: Apache-2.0
; vmentry.asm: VM entry as a function that returns at the next VM exit.

%include "generated/offsets.inc"

bits 64
default rel

section .text

; In:    rdi = struct vmx_guest *
; Out:   eax = 0 after an exit, 1 when VMLAUNCH or VMRESUME failed
; Keeps: rbx, rbp, r12-r15, rsp. After an exit every other register but rax is 0, so that nothing of a guest
;        reaches C; its values are in the struct.
; The exit has the stack that the entry had: host RSP is written only when it changes.
global vmx_enter:function hidden
vmx_enter:
	push	rbx
	push	rbp
	push	r12
	push	r13
	push	r14
	push	r15
	cmp	rsp, [rdi + GUEST_HOST_RSP]
	jne	.host_rsp
.entry:
	cmp	dword [rdi + GUEST_LAUNCHED], 0
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
	je	.launch
	vmresume
	jmp	.failed
.launch:
	vmlaunch
.failed:
	mov	eax, 1
	jmp	vmx_return

.host_rsp:
	mov	eax, VMCS_HOST_RSP_FIELD
	vmwrite	rax, rsp
	jbe	.failed
	mov	[rdi + GUEST_HOST_RSP], rsp
	jmp	.entry

; Host RIP. On the stack: what vmx_enter pushed. The vcpu that lives on this processor starts with its struct
; vmx_guest; it is found through GS.
global vmx_exit:function hidden
vmx_exit:
	push	rdi
	mov	rdi, [gs:CPU_VCPU]
	mov	[rdi + GUEST_RAX], rax
	mov	[rdi + GUEST_RCX], rcx
	mov	[rdi + GUEST_RDX], rdx
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
	xor	eax, eax
	xor	ecx, ecx
	xor	edx, edx
	xor	esi, esi
	xor	edi, edi
	xor	r8d, r8d
	xor	r9d, r9d
	xor	r10d, r10d
	xor	r11d, r11d
vmx_return:
	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	rbp
	pop	rbx
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
