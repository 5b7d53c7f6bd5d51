; SPDX-License-Identifier: Apache-2.0
; trampoline.asm: what a processor executes after its SIPI, from real mode into smp_entry().
;
; smp_prepare() copies [trampoline_start, trampoline_end) to the start of a page below 1 MiB and fills in
; the fields. Long mode is entered straight from real mode: PE and PG are set by one write.

%include "generated/offsets.inc"

bits 16
default rel

extern smp_entry
extern smp_mailbox

CR0_PE	equ 1 << 0
CR0_WP	equ 1 << 16
CR0_PG	equ 1 << 31
EFER	equ 0xC0000080
EFER_LME equ 1 << 8
EFER_NXE equ 1 << 11

section .rodata

%define at(label) (label - trampoline_start)

global trampoline_start:data hidden
global trampoline_end:data hidden
global trampoline_fields:data hidden

; In: CS:IP = page:0000. Keeps nothing.
trampoline_start:
	cli
	cld
	mov	ax, cs
	mov	ds, ax
	o32 lgdt [at(gdt_pointer)]
	mov	eax, [at(field_cr4)]
	mov	cr4, eax
	mov	eax, [at(field_cr3)]
	mov	cr3, eax
	mov	ecx, EFER
	xor	edx, edx
	mov	eax, EFER_LME | EFER_NXE
	wrmsr
	mov	eax, CR0_PG | CR0_WP | CR0_PE
	mov	cr0, eax
	jmp	far dword [at(field_long)]

align 8
; struct smp_trampoline_fields in smp.c
trampoline_fields:
field_cr3:	dd 0
field_cr4:	dd 0
field_long:	dd 0		; linear address of `long` in the page
		dw SELECTOR_CODE
		dw 0
field_entry:	dq 0		; linear address of smp_long
gdt_pointer:	dw 3 * 8 - 1
		dd 0		; linear address of gdt
		dw 0
gdt:		dq 0
		dq 0x00AF9B000000FFFF	; SELECTOR_CODE
		dq 0x00CF93000000FFFF	; SELECTOR_DATA

global trampoline_gdt:data hidden
global trampoline_long:data hidden
trampoline_gdt equ gdt
trampoline_long:
bits 64
	mov	ax, SELECTOR_DATA
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	rax, [rel field_entry]
	jmp	rax
trampoline_end:

section .text

global smp_long:function hidden
smp_long:
	mov	rdi, [rel smp_mailbox]
	mov	rsp, [rdi + CPU_STACK_MAIN]
	xor	ebp, ebp
	call	smp_entry
	ud2

section .note.GNU-stack noalloc noexec nowrite progbits
