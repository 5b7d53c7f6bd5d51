; SPDX-License-Identifier: Apache-2.0
; handoff.asm: the last step of the boot room: onto Muntin's own stack.

bits 64
default rel

section .text

; In:    rdi = struct boot_info *, rsi = top of the new stack (16-byte aligned), rdx = function to call
; Out:   does not return
; Keeps: rdi
global handoff:function hidden
handoff:
	cli
	cld
	mov	rsp, rsi
	xor	ebp, ebp
	call	rdx
	ud2			; kernel_main does not return

section .note.GNU-stack noalloc noexec nowrite progbits
