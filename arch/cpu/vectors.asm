; SPDX-License-Identifier: Apache-2.0
; vectors.asm: one entry for each of the 256 vectors, all to exception_handle().

bits 64
default rel

extern exception_handle

section .text

ENTRY_BYTES equ 16		; EXCEPTION_ENTRY_BYTES in exception.c

; Exceptions that push an error code (SDM Vol. 3A, "Error Code"): 8, 10-14, 17, 21, 29, 30.
%define has_error(n) ((n) == 8 || ((n) >= 10 && (n) <= 14) || (n) == 17 || (n) == 21 || (n) == 29 || (n) == 30)

align ENTRY_BYTES
global exception_entries:data hidden
exception_entries:
%assign n 0
%rep 256
%if !has_error(n)
	push	qword 0
%endif
	push	qword n
	jmp	near vector_common
	align	ENTRY_BYTES, db 0xCC
%assign n n + 1
%endrep

; In: vector, error code and the processor's frame on the stack. Keeps every register.
vector_common:
	cld
	push	rax
	push	rbx
	push	rcx
	push	rdx
	push	rbp
	push	rsi
	push	rdi
	push	r8
	push	r9
	push	r10
	push	r11
	push	r12
	push	r13
	push	r14
	push	r15
	mov	rdi, rsp
	mov	rbx, rsp
	and	rsp, -16
	call	exception_handle
	mov	rsp, rbx
	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	r11
	pop	r10
	pop	r9
	pop	r8
	pop	rdi
	pop	rsi
	pop	rbp
	pop	rdx
	pop	rcx
	pop	rbx
	pop	rax
	add	rsp, 16
	iretq

; In:  rdi = address of a word to watch
; Sleeps until the word is not 0. An NMI wakes it. Between the look and the HLT an NMI would be lost; the NMI
; handler therefore moves RIP from [cpu_sleep_start, cpu_sleep_end) to cpu_sleep_end.
global cpu_sleep_until:function hidden
global cpu_sleep_start:data hidden
global cpu_sleep_end:data hidden
cpu_sleep_until:
cpu_sleep_start:
	cmp	dword [rdi], 0
	jne	cpu_sleep_end
	hlt
cpu_sleep_end:
	cmp	dword [rdi], 0
	je	cpu_sleep_start
	ret

; In:  edi = MSR, rsi = where 64 bits go
; Out: eax = 1, or 0 when the processor refuses: exception.c moves RIP from msr_probe_read to msr_probe_refused.
global msr_probe:function hidden
global msr_probe_read:data hidden
global msr_probe_refused:data hidden
msr_probe:
	mov	ecx, edi
msr_probe_read:
	rdmsr
	mov	[rsi], eax
	mov	[rsi + 4], edx
	mov	eax, 1
	ret
msr_probe_refused:
	xor	eax, eax
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
