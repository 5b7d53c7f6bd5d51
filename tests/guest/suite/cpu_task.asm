; SPDX-License-Identifier: Apache-2.0
; cpu_task.asm: the other task of cpu_task.c, and ways to it.

MAIN  equ 0x40				; SELECTOR_TSS
OTHER equ 0x48				; SELECTOR_SPARE_TSS
GATE  equ 0x50				; SELECTOR_TASK_GATE
STACK_BYTES equ 4096
TASK_GATE_VECTOR equ 0x70

bits 32
section .text

; Entered by a task switch: notes what it finds, and goes back the way it came.
global task_other
task_other:
	inc dword [task_other_runs]
	mov [task_other_saw_eax], eax
	str [task_other_saw_tr]
	pushf
	pop dword [task_other_saw_eflags]
	test dword [task_other_saw_eflags], 1 << 14	; NT: by CALL or INT
	jnz .nested
	jmp MAIN:0
	jmp task_other
.nested:
	iret
	jmp task_other

; void task_by_jump(void), task_by_call(void), task_by_gate(void), task_by_interrupt(void).
global task_by_jump
task_by_jump:
	pusha
	jmp OTHER:0
	popa
	ret

global task_by_call
task_by_call:
	pusha
	call OTHER:0
	popa
	ret

global task_by_gate
task_by_gate:
	pusha
	call GATE:0
	popa
	ret

global task_by_interrupt
task_by_interrupt:
	pusha
	int TASK_GATE_VECTOR
	popa
	ret

section .bss nobits alloc noexec write align=16
global task_stack_end
	resb STACK_BYTES
task_stack_end:
global task_other_runs
task_other_runs: resd 1
global task_other_saw_eax
task_other_saw_eax: resd 1
global task_other_saw_eflags
task_other_saw_eflags: resd 1
global task_other_saw_tr
task_other_saw_tr: resd 1

section .note.GNU-stack noalloc noexec nowrite progbits
