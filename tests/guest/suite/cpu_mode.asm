; SPDX-License-Identifier: Apache-2.0
; cpu_mode.asm: what cpu_mode.c runs in other modes. Blobs run wherever they are copied to, from offset 0 of their segment.

section .rodata
bits 16

%macro blob 1
global %1_begin
global %1_end
%1_begin:
%endmacro

; What is in CS, and whether arithmetic has 16 bits.
blob real_segments
	mov ax, cs
	shl eax, 16
	mov ax, 0xFFFF
	inc ax				; 0: a 16-bit register wraps
	retf
real_segments_end:

; Out: EAX = leaf 1's EDX; EAX in: the leaf.
blob real_cpuid
	push ebx
	cpuid
	mov eax, edx
	pop ebx
	retf
real_cpuid_end:

; INT through the table at 0: vector 0x60 leads to .handler.
blob real_int
	mov word [0x60 * 4], .handler - real_int_begin
	mov [0x60 * 4 + 2], cs
	xor eax, eax
	int 0x60
	shl eax, 8
	retf
.handler:
	mov eax, 0x42
	iret
real_int_end:

; DIV by 0: the fault's return address is the instruction. The handler skips it.
blob real_divide
	mov word [0], .handler - real_divide_begin
	mov [2], cs
	xor eax, eax
	xor cx, cx
	div cx
	retf
.handler:
	push bp
	mov bp, sp
	add word [bp + 2], 2
	pop bp
	mov eax, 0x44
	iret
real_divide_end:

; A segment's limit is 64 KiB: a word at 0xFFFF is beyond it (vector 13, no error code).
blob real_limit
	mov word [13 * 4], .handler - real_limit_begin
	mov [13 * 4 + 2], cs
	xor eax, eax
	mov bx, 0xFFFF
.access:
	mov cx, [bx]
	retf
.handler:
	push bp
	mov bp, sp
	add word [bp + 2], .behind - .access
	pop bp
	mov eax, 0x46
	iret
.behind equ .access + 2
real_limit_end:

; String I/O from a segment.
blob real_outs
	mov ax, cs
	mov ds, ax
	mov si, .text - real_outs_begin
	mov dx, 0x80
	mov cx, 3
	cld
	rep outsb
	mov ax, si
	sub ax, .text - real_outs_begin
	shl eax, 16
	mov ax, cx
	retf
.text:
	db 1, 2, 3
real_outs_end:

; IN and OUT in real mode: EAX = port 0x61, twice the same but for its toggling bit.
blob real_in
	xor eax, eax
	in al, 0x61
	out 0x61, al
	retf
real_in_end:

; As in real mode.
blob v86_adds
	mov ax, cs
	shl eax, 16
	mov ax, 0xFFFF
	inc ax
	hlt
v86_adds_end:

; CPUID is allowed everywhere.
blob v86_cpuid
	cpuid
	mov eax, edx
	hlt
v86_cpuid_end:

; The port is allowed by nobody: vector 13 before the exit, whatever a hypervisor says of the port.
blob v86_in
	in al, 0x61
	hlt
v86_in_end:

section .text
bits 32

global user_adds
user_adds:
	mov ax, cs
	shl eax, 16
	mov ax, 0x1234
	hlt

global user_cpuid
user_cpuid:
	cpuid
	mov eax, edx
	hlt

; In: EAX. For ring 3.
global user_in
user_in:
	in al, 0x61
	hlt

global user_rdmsr
user_rdmsr:
	mov ecx, 0x1B
	rdmsr
	hlt

global user_vmcall
user_vmcall:
	vmcall
	hlt

bits 64

; RAX: a 64-bit number, made with a REX prefix.
global long_adds
long_adds:
	mov rax, 0x123456789ABCDEF0
	add rax, 1
	ret

; CPUID clears the upper halves (SDM Vol. 2A, "CPUID").
global long_cpuid
long_cpuid:
	push rbx
	mov rax, -1
	mov rbx, -1
	mov rcx, -1
	mov rdx, -1
	xor eax, eax
	cpuid
	or rax, rbx
	or rax, rcx
	or rax, rdx
	shr rax, 32
	pop rbx
	ret

; IN to EAX clears RAX[63:32]; to AL it does not (SDM Vol. 1, "General-Purpose Registers in 64-Bit Mode").
global long_in_dword
long_in_dword:
	mov rax, -1
	mov dx, 0xCF8
	in eax, dx
	shr rax, 32
	ret

global long_in_byte
long_in_byte:
	mov rax, -1
	in al, 0x61
	shr rax, 32
	ret

; RDMSR clears the upper halves.
global long_rdmsr
long_rdmsr:
	mov rax, -1
	mov rdx, -1
	mov ecx, 0x1B
	rdmsr
	or rax, rdx
	shr rax, 32
	ret

; MOV to CR8 is TPR[7:4]. EDI: what to write. RAX: what is read back.
global long_cr8
long_cr8:
	mov eax, edi
	mov cr8, rax
	mov rax, cr8
	ret

; What may fault stands between these two, and ends at .behind whether it does or not. EAX behind them: the vector or NO_FAULT.
%macro begin_try 0
	mov dword [fault], -1
	mov dword [fault_resume], .behind
%endmacro

%macro end_try 0
.behind:
	mov dword [fault_resume], 0
	mov eax, [fault]
%endmacro

; CR8 has four bits.
global long_cr8_reserved
long_cr8_reserved:
	begin_try
	mov eax, 16
	mov cr8, rax
	end_try
	ret

; An access beyond the canonical addresses: vector 13.
global long_not_canonical
long_not_canonical:
	begin_try
	mov rax, 0x0000800000000000
	mov rax, [rax]
	end_try
	ret

; PAE cannot be cleared in long mode (SDM Vol. 3A, "Control Registers").
global long_clear_pae
long_clear_pae:
	begin_try
	mov rax, cr4
	and eax, ~(1 << 5)
	mov cr4, rax
	end_try
	ret

; The upper half of CR0 is reserved.
global long_cr0_high
long_cr0_high:
	begin_try
	mov rax, cr0
	bts rax, 32
	mov cr0, rax
	end_try
	ret

; The upper half of DR7 is reserved.
global long_dr7_high
long_dr7_high:
	begin_try
	mov rax, 0x400
	bts rax, 32
	mov dr7, rax
	end_try
	ret

; Reads of an MMIO register with forms that only 64-bit mode has. EDI: its address. RAX: the differing bits, of 3 forms.
global long_mmio_forms
long_mmio_forms:
	push r12
	push r15
	mov r12d, edi
	mov r15d, [r12]
	mov eax, [rdi]
	xor eax, r15d
	mov r8, r12
	sub r8, 0x40
	mov ecx, 8
	mov edx, [r8 + rcx * 8]
	xor edx, r15d
	or eax, edx
	movsxd rdx, dword [r12]
	movsxd rcx, r15d
	xor rdx, rcx
	or rax, rdx
	pop r15
	pop r12
	ret

; WRMSR of a non-canonical base faults.
global long_base_not_canonical
long_base_not_canonical:
	begin_try
	mov ecx, 0xC0000100		; IA32_FS_BASE
	xor eax, eax
	mov edx, 0x8000
	wrmsr
	end_try
	ret

; SWAPGS exchanges the bases. RAX: what is in GS base then.
global long_swapgs
long_swapgs:
	mov ecx, 0xC0000102		; IA32_KERNEL_GS_BASE
	mov eax, 0x1000
	xor edx, edx
	wrmsr
	swapgs
	mov ecx, 0xC0000101		; IA32_GS_BASE
	rdmsr
	swapgs
	shl rdx, 32
	or rax, rdx
	ret

; SYSCALL goes to LSTAR with FMASK's flags cleared and the return address in RCX. RAX: whether.
global long_syscall
long_syscall:
	mov ecx, 0xC0000080		; IA32_EFER.SCE
	rdmsr
	or eax, 1
	wrmsr
	mov ecx, 0xC0000081		; STAR: CS 0x28, SS 0x30
	xor eax, eax
	mov edx, 0x28
	wrmsr
	mov ecx, 0xC0000082		; LSTAR
	mov eax, .target
	xor edx, edx
	wrmsr
	mov ecx, 0xC0000084		; FMASK: DF
	mov eax, 0x400
	xor edx, edx
	wrmsr
	mov rsi, rsp
	std
	syscall
.behind:
	ud2				; nobody comes back here
.target:
	pushfq
	pop rdx
	mov rsp, rsi
	xor eax, eax
	cmp rcx, .behind
	jne .end
	bt edx, 10			; DF
	jc .end
	mov ax, 0x10
	mov ss, ax
	mov eax, 1
.end:
	mov r8d, eax
	mov ecx, 0xC0000080
	rdmsr
	and eax, ~1
	wrmsr
	mov eax, r8d
	ret

extern fault
extern fault_resume

section .note.GNU-stack noalloc noexec nowrite progbits
