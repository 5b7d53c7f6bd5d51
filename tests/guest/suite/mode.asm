; SPDX-License-Identifier: Apache-2.0
; mode.asm: into other modes of the processor, and back.

CODE     equ 0x08			; as in world.h
DATA     equ 0x10
CODE_16  equ 0x18
DATA_16  equ 0x20
CODE_64  equ 0x28
LOW      equ 0x5000			; where low_begin..low_end is copied to; the real-mode stack is below
BLOB_SEGMENT equ 0x600			; as in mode.h
MSR_EFER equ 0xC0000080
EFER_LME equ 1 << 8
CR0_PG   equ 1 << 31
CR4_PAE  equ 1 << 5
VECTORS  equ 256
FIRST_INTERRUPT equ 32

extern fault
extern fault_resume

bits 32
section .text

%macro save_callers 0
	push ebp
	push ebx
	push esi
	push edi
	mov [saved_esp], esp
%endmacro

%macro return_to_caller 0
	mov esp, [saved_esp]
	pop edi
	pop esi
	pop ebx
	pop ebp
	ret
%endmacro

; mode_enter_real - uint32_t mode_enter_real(uint32_t eax). The low part has been copied.
global mode_enter_real
mode_enter_real:
	mov eax, [esp + 4]
	mov [mode_value], eax
	save_callers
	lidt [real_idt]
	jmp CODE_16:LOW

back_from_real:
	mov ecx, DATA
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
	mov ss, cx
	mov [mode_value], eax
	mov eax, [mode_value]
	return_to_caller

section .rodata
global mode_low_begin
global mode_low_end
global mode_low_fault
mode_low_begin:
bits 16
	mov cx, DATA_16
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
	mov ss, cx
	mov ebx, cr0
	and bl, 0xFE			; PE
	mov cr0, ebx
	jmp 0:LOW + (.real - mode_low_begin)
.real:
	xor cx, cx
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
	mov ss, cx
	mov esp, LOW
	call BLOB_SEGMENT:0
.leave:
	cli
	mov ebx, cr0
	or bl, 1
	mov cr0, ebx
	jmp dword CODE:back_from_real
; Every vector that nobody set.
mode_low_fault:
	mov eax, 0xBAD
	jmp mode_low_begin.leave
mode_low_end:

section .text
bits 32

; mode_enter_outer - uint32_t mode_enter_outer(uint32_t eax, const uint32_t *frame). The 9 words of @frame are what IRET takes:
; EIP, CS, EFLAGS, ESP, SS, and for virtual-8086 mode ES, DS, FS, GS.
global mode_enter_outer
mode_enter_outer:
	mov eax, [esp + 4]
	save_callers
	mov esi, [esp + 24]
	sub esp, 36
	mov edi, esp
	mov ecx, 9
	rep movsd
	test dword [esp + 8], 1 << 17	; VM: IRET loads the segments
	jnz .enter
	mov ecx, [esp + 16]
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
.enter:
	iret

; mode_leave_outer - void mode_leave_outer(uint32_t eax): mode_enter_outer() returns @eax. Ring 0. Does not return.
global mode_leave_outer
mode_leave_outer:
	mov eax, [esp + 4]
	mov ecx, DATA
	mov ds, cx
	mov es, cx
	mov fs, cx
	mov gs, cx
	mov ss, cx
	cld
	return_to_caller

; mode_enter_long - uint64_t mode_enter_long(void (*code)(void), uint32_t edi, uint32_t cr3).
global mode_enter_long
mode_enter_long:
	save_callers
	mov esi, [esp + 20]
	mov edi, [esp + 24]
	mov eax, cr4
	or eax, CR4_PAE
	mov cr4, eax
	mov eax, [esp + 28]
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME
	wrmsr
	mov eax, cr0
	or eax, CR0_PG
	mov cr0, eax
	lidt [long_idt_register]
	jmp CODE_64:.long
bits 64
.long:
	and rsp, -16
	call rsi
leave_long:
	mov [mode_value], eax
	shr rax, 32
	mov [mode_value + 4], eax
	push CODE
	push .compatibility
	retfq
bits 32
.compatibility:
	mov eax, cr0
	and eax, ~CR0_PG
	mov cr0, eax
	mov ecx, MSR_EFER
	rdmsr
	and eax, ~EFER_LME
	wrmsr
	mov eax, cr4
	and eax, ~CR4_PAE
	mov cr4, eax
	mov ecx, DATA
	mov ds, cx
	mov es, cx
	mov ss, cx
	mov eax, [mode_value]
	mov edx, [mode_value + 4]
	return_to_caller

bits 64
%define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21)
%assign v 0
%rep VECTORS
long_stub_%+v:
%if !HAS_ERROR_CODE(v)
	push 0
%endif
	push v
	jmp long_common
%assign v v+1
%endrep

; Stack: RAX, RCX, RDX, vector, error code, RIP, CS, RFLAGS, RSP, SS.
long_common:
	push rdx
	push rcx
	push rax
	mov eax, [rsp + 24]
	cmp eax, FIRST_INTERRUPT
	jb .exception
	lock inc dword [mode_long_counts + eax * 4]
	mov ecx, 0x1B			; IA32_APIC_BASE
	rdmsr
	bt eax, 10			; EXTD
	jc .x2apic
	mov edx, 0xFEE000B0
	mov dword [rdx], 0
	jmp .return
.x2apic:
	mov ecx, 0x80B			; EOI
	xor eax, eax
	xor edx, edx
	wrmsr
.return:
	pop rax
	pop rcx
	pop rdx
	add rsp, 16
	iretq
.exception:
	mov ecx, [rsp + 40]
	cmp dword [fault_resume], 0
	je .unexpected
	mov [fault], eax
	mov [fault + 8], ecx
	mov ecx, [rsp + 32]
	mov [fault + 4], ecx
	mov ecx, [fault_resume]
	mov [rsp + 40], rcx
	mov dword [fault_resume], 0
	jmp .return
.unexpected:
	mov [mode_long_vector], eax
	mov [mode_long_rip], ecx
	jmp leave_long

section .rodata
global mode_long_stubs
mode_long_stubs:
%assign v 0
%rep VECTORS
	dd long_stub_%+v
%assign v v+1
%endrep

section .data
real_idt:
	dw 0x3FF
	dd 0
long_idt_register:
	dw VECTORS * 16 - 1
	dd mode_long_idt
	dd 0
global mode_long_vector
mode_long_vector:
	dd -1

section .bss nobits alloc noexec write align=16
global mode_long_idt
mode_long_idt:
	resb VECTORS * 16
global mode_long_counts
mode_long_counts:
	resd VECTORS
global mode_long_rip
mode_long_rip:
	resd 1
mode_value:
	resd 2
saved_esp:
	resd 1

section .note.GNU-stack noalloc noexec nowrite progbits
