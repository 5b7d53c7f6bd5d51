/* SPDX-License-Identifier: Apache-2.0 */
/* exception.h: interrupts and exceptions that arrive in root mode. */
#pragma once

#include "kernel/lib/types.h"

/* Vectors of the monitor's processor; guests' processors take no interrupt in root mode but NMI. */
enum {
	VECTOR_MONITOR_TIMER = 0xF0,
	VECTOR_MONITOR_UART = 0xF1,
	VECTOR_MONITOR_WAKE = 0xF2,
	VECTOR_SPURIOUS = 0xFF,
};

/** struct exception_frame - what vectors.asm leaves on the stack. */
struct exception_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rdi, rsi, rbp, rdx, rcx, rbx, rax;
	uint64_t vector, error_code;
	uint64_t rip, cs, rflags, rsp, ss;
};

/** exception_fn - handles one vector; returning resumes what was interrupted. */
typedef void (*exception_fn)(struct exception_frame *frame);

/** exception_set() - who handles @vector; without one it is our own fault and hv_panic() is called. */
void exception_set(uint8_t vector, exception_fn handler);

/** msr_probe() - RDMSR of any number. Return: false when the processor refuses it (#GP). */
bool msr_probe(uint32_t msr, uint64_t *value);

/** exception_idt() - address of the IDT. */
uint64_t exception_idt(void);

/** exception_load_idt() - build the IDT once, then load it on this processor. */
void exception_load_idt(void);

/**
 * hv_panic() - our own fault: dump, then stop the machine. One of the two upward links of the layering.
 * @frame: registers, or NULL when it was found by a check in C
 * @fmt:   what went wrong
 */
_Noreturn void hv_panic(const struct exception_frame *frame, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
