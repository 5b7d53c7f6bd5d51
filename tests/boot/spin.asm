; SPDX-License-Identifier: Apache-2.0
; spin.asm: a guest of known registers and known memory that spins with interrupts off; a flat Multiboot 1 file.
; Two calls deep, with frame pointers: for `vcpu regs`, `vcpu backtrace`, `vcpu step`. With -DEXITS it exits all the time.

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
	nop
%ifdef EXITS
	cpuid
%endif
	inc edi
	jmp spin
	times 0xA0 - ($ - $$) db 0x90

end:
