; SPDX-License-Identifier: Apache-2.0
; world.asm: descriptor tables, leaving a behaviour half way, control registers as every behaviour finds them.

CODE equ 0x08			; as in world.h
DATA equ 0x10
TSS  equ 0x40
MSR_EFER equ 0xC0000080
CR0_PLAIN equ 0x11		; ET, PE
DR7_PLAIN equ 0x400
TSS_BUSY  equ 2			; of byte 5 of a descriptor

bits 32
section .text

; world_run - void world_run(void (*run)(void)).
global world_run
world_run:
	push ebp
	push ebx
	push esi
	push edi
	mov [saved_esp], esp
	call [esp + 20]
leave_run:
	pop edi
	pop esi
	pop ebx
	pop ebp
	ret

; world_abandon - void world_abandon(void). Does not return.
global world_abandon
world_abandon:
	cld
	mov esp, [saved_esp]
	jmp leave_run

; world_reload - void world_reload(void). Descriptor tables, segments, control and debug registers, flags; NMIs unblocked.
global world_reload
world_reload:
	cli
	mov eax, CR0_PLAIN
	mov cr0, eax
	lgdt [gdt_register]
	jmp CODE:.segments
.segments:
	mov ecx, DATA
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
	mov ss, cx
	xor eax, eax
	mov cr3, eax
	mov cr4, eax
	mov dr6, eax
	mov ecx, MSR_EFER
	xor edx, edx
	wrmsr
	mov eax, DR7_PLAIN
	mov dr7, eax
	xor eax, eax
	lldt ax
	and byte [world_gdt + TSS + 5], ~TSS_BUSY
	mov cx, TSS
	ltr cx
	push 2				; EFLAGS
	push CODE
	push .unblocked
	iret
.unblocked:
	ret

section .data
align 8
global world_gdt
world_gdt:
	dq 0
	dq 0x00CF9B000000FFFF		; CODE
	dq 0x00CF93000000FFFF		; DATA
	dq 0x00009B000000FFFF		; CODE_16
	dq 0x000093000000FFFF		; DATA_16
	dq 0x00AF9B000000FFFF		; CODE_64
	dq 0x00CFFB000000FFFF		; USER_CODE
	dq 0x00CFF3000000FFFF		; USER_DATA
	dq 0				; TSS
	dq 0				; SPARE_TSS
	dq 0x0000850000480000		; TASK_GATE, to SPARE_TSS
gdt_register:
	dw gdt_register - world_gdt - 1
	dd world_gdt

section .bss nobits alloc noexec write align=16
saved_esp:
	resd 1

section .note.GNU-stack noalloc noexec nowrite progbits
