; SPDX-License-Identifier: Apache-2.0
; spin.asm: a guest of known registers and known memory that spins with interrupts off; a flat Multiboot 1 file.
; Two calls deep, with frame pointers: for `vcpu regs`, `vcpu backtrace`, `vcpu step`. With -DEXITS it exits all the time,
; with -DFAULTS it faults.

; Source: Multiboot Specification version 0.6.96, "The magic fields of Multiboot header", "The address fields of
; Multiboot header".
MB_MAGIC    equ 0x1BADB002
MB_FLAGS    equ 1 << 16			; the addresses are here, not in an ELF header
STACK       equ 0x180000

bits 32
org 0x100000

header:
	dd MB_MAGIC, MB_FLAGS, -(MB_MAGIC + MB_FLAGS)
	dd header, header, end, end, start
	times 0x40 - ($ - $$) db 0

start:					; 0x100040
	cli
	mov esp, STACK
	xor ebp, ebp
	mov ebx, 0x11223344
	mov esi, 0x55667788
	call outer
	times 0x60 - ($ - $$) db 0x90

outer:					; 0x100060
	push ebp
	mov ebp, esp
	call inner
	times 0x80 - ($ - $$) db 0x90

inner:					; 0x100080
	push ebp
	mov ebp, esp
spin:					; 0x100083
%ifdef FAULTS
	jmp faults
%endif
	nop
%ifdef EXITS
	cpuid
%endif
	inc edi
	jmp spin
	times 0xA0 - ($ - $$) db 0x90

%ifdef FAULTS
; Every instruction that a single step must not disturb: what it leaves in the flags is looked at here.
TF          equ 1 << 8
IF          equ 1 << 9
CODE        equ 0x10			; as Muntin starts a flat guest

faults:
	lidt [idt_register]
.again:
	ud2				; its handler skips it
	push dword 2 | IF
	popf
	cli
	sti
	nop
	cli
	jmp .again

; #UD: on the stack EIP, CS, EFLAGS.
skip:
	test dword [esp + 8], TF
	jnz bad
	add dword [esp], 2
	iret

; Where it ends when a flag is wrong.
bad:
	pushf
	jmp bad

align 8
idt:
	times 6 dq 0
	dw (skip - $$) & 0xFFFF, CODE, 0x8E00, 0x10
idt_register:
	dw idt_register - idt - 1
	dd idt
%endif
end:
