; SPDX-License-Identifier: Apache-2.0
; second.asm: where the second processor of a guest begins: real mode, at the page its SIPI named.

STACK_BYTES equ 8192
CODE        equ 0x08			; as in start.asm
DATA        equ 0x10

extern second_main

section .rodata

; second_start..second_end - to be copied to the start of a page below 1 MiB. In: CS:IP = page:0.
global second_start
global second_end
second_start:
bits 16
	cli
	mov ax, cs
	mov ds, ax
	o32 lgdt [gdt_register - second_start]
	mov eax, cr0
	or al, 1			; PE
	mov cr0, eax
	jmp dword CODE:second_entry
align 4
gdt_register:
	dw 3 * 8 - 1
	dd gdt
second_end:

align 8
gdt:
	dq 0
	dq 0x00CF9B000000FFFF		; CODE
	dq 0x00CF93000000FFFF		; DATA

section .text
bits 32
second_entry:
	mov cx, DATA
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
	mov ss, cx
	mov esp, stack_end
	cld
	call second_main		; void second_main(void)
.stop:
	cli
	hlt
	jmp .stop

section .bss nobits alloc noexec write align=16
	resb STACK_BYTES
stack_end:

section .note.GNU-stack noalloc noexec nowrite progbits
