; SPDX-License-Identifier: Apache-2.0
; start.asm: what the small guests share and C cannot say: a header, entry, interrupt entries.
; The header is Multiboot 1, or what HEADER_... says.

; Source: Multiboot Specification version 0.6.96, "The magic fields of Multiboot header".
MB_MAGIC    equ 0x1BADB002
MB_FLAGS    equ 0x3			; modules page aligned, memory information
STACK_BYTES equ 16384
CODE        equ 0x08
DATA        equ 0x10
STUBS       equ 256
X2APIC_EOI  equ 0x80B

bits 32
extern guest_main
extern guest_interrupt

section .multiboot
%ifdef HEADER_MULTIBOOT2
; Source: Multiboot2 Specification version 2.0, "OS image format". It requires what handed.c prints, may be moved, and
; could use a screen.
MB2_MAGIC   equ 0xE85250D6
MB2_BYTES   equ multiboot2_end - multiboot2
align 8
multiboot2:
	dd MB2_MAGIC, 0, MB2_BYTES, -(MB2_MAGIC + MB2_BYTES)
	dw 1, 0				; information request
	dd 8 + 7 * 4, 1, 2, 3, 4, 6, 9, 15
align 8
	dw 5, 1				; framebuffer, optional
	dd 20, 0, 0, 0
align 8
	dw 6, 0				; modules page aligned
	dd 8
	dw 0, 0				; end
	dd 8
multiboot2_end:
%elifdef HEADER_PVH
section .note.Xen note alloc noexec nowrite
	dd 4, 4, 18			; name, value, XEN_ELFNOTE_PHYS32_ENTRY
	db "Xen", 0
	dd start
%elifndef HEADER_NONE
align 4
	dd MB_MAGIC
	dd MB_FLAGS
	dd -(MB_MAGIC + MB_FLAGS)
%endif

section .text

; start - first instruction. In: EAX magic, EBX information, flat segments of unknown selectors,
; no stack.
global start
start:
	cli
	cld
	mov esp, stack_end
	lgdt [gdt_register]
	jmp CODE:.reload
.reload:
	mov cx, DATA
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
	mov ss, cx
	push ebx
	push eax
	call guest_main			; void guest_main(uint32_t magic, uint32_t info)
.stop:
	cli
	hlt
	jmp .stop

; Vectors for which the processor pushes an error code (SDM Vol. 3A, "Exception and Interrupt
; Reference").
%define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21)

; One entry a vector: makes the stack look the same for all (struct frame in lib.h).
%assign v 0
%rep STUBS
stub_%+v:
%if !HAS_ERROR_CODE(v)
	push 0
%endif
	push v
	jmp stub_common
%assign v v+1
%endrep

; stub_common - In: vector, error code, EIP, CS, EFLAGS on the stack. Keeps every register. DS and ES may be those of
; ring 3, or null behind virtual-8086 mode.
stub_common:
	pusha
	push ds
	push es
	mov cx, DATA
	mov ds, cx
	mov es, cx
	lea eax, [esp + 8]
	push eax
	cld
	call guest_interrupt		; void guest_interrupt(struct frame *frame)
	add esp, 4
	pop es
	pop ds
	popa
	add esp, 8
	iret

; The local APIC's spurious vector takes no EOI (SDM Vol. 3A, "Spurious Interrupt").
global stub_spurious
stub_spurious:
	iret

; stub_skip_2 - for #GP: go on behind an instruction of 2 bytes. As short as it can be: it is timed.
global stub_skip_2
stub_skip_2:
	add esp, 4			; the error code
	add dword [esp], 2
	iret

; stub_skip_3 - for #UD, which has no error code: count it, go on behind an instruction of 3 bytes.
global stub_skip_3
stub_skip_3:
	inc dword [skip_3_count]
	add dword [esp], 3
	iret

; stub_stamp - for an interrupt that is timed: note when its first instruction ran, count it, end it in x2APIC mode.
global stub_stamp
stub_stamp:
	push eax
	push edx
	rdtsc
	mov [stamp_tsc], eax
	push ecx
	mov ecx, X2APIC_EOI
	xor eax, eax
	xor edx, edx
	wrmsr
	inc dword [stamp_count]
	pop ecx
	pop edx
	pop eax
	iret

; triple_fault - void triple_fault(void). Does not return: with no IDT no fault can be delivered.
global triple_fault
triple_fault:
	lidt [no_idt]
	ud2

section .rodata
global stub_table
stub_table:
%assign v 0
%rep STUBS
	dd stub_%+v
%assign v v+1
%endrep

align 8
gdt:
	dq 0
	dq 0x00CF9B000000FFFF		; CODE
	dq 0x00CF93000000FFFF		; DATA
gdt_register:
	dw gdt_register - gdt - 1
	dd gdt
no_idt:
	dw 0
	dd 0

section .bss nobits alloc noexec write align=16
	resb STACK_BYTES
stack_end:
global skip_3_count
skip_3_count:
	resd 1
global stamp_tsc
stamp_tsc:
	resd 1
global stamp_count
stamp_count:
	resd 1

section .note.GNU-stack noalloc noexec nowrite progbits
