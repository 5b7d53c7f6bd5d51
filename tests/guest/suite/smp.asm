; SPDX-License-Identifier: Apache-2.0
; smp.asm: where every processor but the first begins: real mode, at the page its SIPI named. For smp.c, and for second.c
; of other guests.

CODE        equ 0x08			; as in start.asm and world.h
DATA        equ 0x10
SMP_MAX     equ 8			; as in smp.h
STACK_BYTES equ 4096

extern smp_enter

section .rodata

; smp_begin..smp_end - to be copied to the start of a page below 1 MiB. In: CS:IP = page:0.
global smp_begin
global smp_end
smp_begin:
bits 16
	cli
	mov bp, cs			; where it began
	mov ds, bp
	o32 lgdt [gdt_register - smp_begin]
	mov eax, cr0
	or al, 1			; PE
	mov cr0, eax
	jmp dword CODE:entry
align 4
gdt_register:
	dw 3 * 8 - 1
	dd gdt
smp_end:

align 8
gdt:
	dq 0
	dq 0x00CF9B000000FFFF		; CODE
	dq 0x00CF93000000FFFF		; DATA

section .text
bits 32
; Processors enter at the same time: each takes the stack of its initial APIC ID.
entry:
	mov cx, DATA
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
	mov ss, cx
	mov eax, 1
	cpuid
	shr ebx, 24
	cmp ebx, SMP_MAX
	jae .stop
	inc ebx
	imul esp, ebx, STACK_BYTES
	add esp, smp_stacks
	cld
	movzx ebp, bp
	push ebp
	call smp_enter			; void smp_enter(uint32_t segment)
.stop:
	cli
	hlt
	jmp .stop

section .bss nobits alloc noexec write align=16
global smp_stacks
global smp_stacks_end
smp_stacks:
	resb SMP_MAX * STACK_BYTES
smp_stacks_end:

section .note.GNU-stack noalloc noexec nowrite progbits
