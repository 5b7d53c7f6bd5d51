; SPDX-License-Identifier: Apache-2.0
; entered.asm: a guest that says in which mode it was entered, and what its struct hvm_start_info has: command line and
; modules. Assembled with BITS 16 (flat file for 0x7C00), 32 (flat file for 0x200000) and 64 (ELF).
;
; Source: Xen, "x86/HVM direct boot ABI". What it reads lies in the low 64 KiB.

COM1        equ 0x3F8
START_MAGIC equ 0x336EC578

%if MODE == 16
org 0x7C00
bits 16
%define A  ax
%define B  bx
%define C  cx
%define S  si
%elif MODE == 32
org 0x200000
bits 32
%define A  eax
%define B  ebx
%define C  ecx
%define S  esi
%else
bits 64
%define A  rax
%define B  rbx
%define C  rcx
%define S  rsi
section .text
%endif

%macro say 1
	mov S, %1
	call print
%endmacro

global start
start:
	cli
	cld
%if MODE == 16
	xor ax, ax
	mov ds, ax
%endif
	say entered
%if MODE == 16
	call bios
%endif
	cmp dword [B], START_MAGIC
	jne stop
	say line
	mov S, [B + 24]
	call print
	say quote
	mov C, [B + 12]
	and C, 0xFF
	mov B, [B + 16]
next:
	test C, C
	jz done
	say module
	mov S, [B + 16]
	call print
	say quote
	add B, 32
	dec C
	jmp next
done:
	say end
stop:
	cli
	hlt
	jmp stop

%if MODE == 16
; bios - what becomes of calls to a BIOS. Keeps BX.
bios:
	mov ax, 0xE820
	clc
	int 0x15
	jnc .other
	cmp ax, 0x8620
	jne .other
	int 0x12
	cmp ax, 640
	jne .other
	mov si, no_bios
	jmp print
.other:
	mov si, odd_bios
	jmp print
%endif

; print - S: a string with a NUL at its end, or 0 for none. Changes A and S, and DX.
print:
	test S, S
	jz .end
	lodsb
	test al, al
	jz .end
	mov dx, COM1
	out dx, al
	jmp print
.end:
	ret

%defstr MODE_TEXT MODE
entered: db "entered: ", MODE_TEXT, " bits", 13, 10, 0
line:    db 'entered: command line "', 0
module:  db 'entered: module string "', 0
quote:   db '"', 13, 10, 0
no_bios: db "entered: INT 15H knows no E820H, INT 12H says 640 KiB", 13, 10, 0
odd_bios: db "entered: INT 15H or INT 12H is odd", 13, 10, 0
end:     db "entered: that is all", 13, 10, 0

%if MODE == 64
section .note.GNU-stack noalloc noexec nowrite progbits
%endif
