; SPDX-License-Identifier: Apache-2.0
; cpu_string.asm: string input and output in 64-bit mode.

section .text
bits 64

; RSI, RDI and RCX have 64 bits. EDI: a buffer of 8 bytes. RAX: how far RSI moved + RCX << 8 + how far RDI moved << 16.
global long_strings
long_strings:
	mov r8, rdi
	mov rsi, rdi
	mov ecx, 3
	mov edx, 0x80
	cld
	rep outsb
	mov rax, rsi
	sub rax, r8
	mov r9, rcx
	shl r9, 8
	or rax, r9
	mov rdi, r8
	mov ecx, 4
	mov edx, 0x71
	rep insb
	sub rdi, r8
	shl rdi, 16
	or rax, rdi
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
