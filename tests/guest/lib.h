/* SPDX-License-Identifier: Apache-2.0 */
/* lib.h: what the small guests share: the processor's instructions, COM1, interrupts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VECTOR_UD = 6,
	VECTOR_GP = 13,
	VECTOR_TIMER = 0x20,
	VECTOR_UART = 0x21,
	VECTOR_SPURIOUS = 0xFF
};

enum { UART_DATA = 0x3F8 };

/** struct frame - the stack as start.asm leaves it for guest_interrupt(). */
struct frame {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t vector, error_code;
	uint32_t eip, cs, eflags;
};

/** struct cpuid - what CPUID returned. */
struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

/** guest_main() - each guest's own; start.asm calls it with the values of EAX and EBX. */
void guest_main(uint32_t magic, uint32_t info);

/** guest_interrupt() - each guest's own: called for every vector with IF clear; may change where to return. */
void guest_interrupt(struct frame *frame);

/* start.asm; see there. The stubs go into the IDT; they are not called. */
extern const uint32_t stub_table[];
extern volatile uint32_t skip_3_count;
extern volatile uint32_t
	stamp_tsc; /* low half of the time-stamp counter at the last timed interrupt */
extern volatile uint32_t stamp_count;
void stub_spurious(void);
void stub_skip_2(void);
void stub_skip_3(void);
void stub_stamp(void);
void triple_fault(void) __attribute__((noreturn));

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint16_t in16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint32_t in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint64_t value;

	__asm__ volatile("rdmsr" : "=A"(value) : "c"(msr) : "memory");
	return value;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "A"(value), "c"(msr) : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint64_t value;

	__asm__ volatile("rdtsc" : "=A"(value) : : "memory");
	return value;
}

static inline struct cpuid cpuid_subleaf(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

static inline struct cpuid cpuid(uint32_t leaf)
{
	return cpuid_subleaf(leaf, 0);
}

/** divide() - @value / @by, without the compiler's library. @by is not 0. */
uint64_t divide(uint64_t value, uint32_t by);

/** idt_load() - fill the IDT from stub_table and load it; mask both 8259s. Leaves IF as it is. */
void idt_load(void);

/** idt_reload() - load the IDT as idt_load() filled it: on another processor. */
void idt_reload(void);

/** idt_set() - let @vector enter at @stub instead. */
void idt_set(unsigned vector, void (*stub)(void));

/** idt_gate() - the descriptor of @vector, to be spoiled. */
volatile uint64_t *idt_gate(unsigned vector);

/** uart_start() - set COM1 up: FIFOs on and empty; its receive interrupt on when @interrupts. */
void uart_start(bool interrupts);

/** uart_wait() - wait until COM1 takes a byte; gives up after a while. */
void uart_wait(void);

/** uart_read() - take a received byte into @byte; false when there is none. */
bool uart_read(uint8_t *byte);

/** print() - write text to COM1; a newline becomes CR LF. */
void print(const char *text);

/** print_decimal() - write a number to COM1. */
void print_decimal(uint64_t value);

/** print_hex() - write @value to COM1 as 0x and @digits hexadecimal digits. */
void print_hex(uint32_t value, unsigned digits);

/** die() - print what exception came where, and stop. For guest_interrupt(). */
void die(const char *who, const struct frame *frame) __attribute__((noreturn));

/** stop() - HLT for ever with IF clear. */
void stop(void) __attribute__((noreturn));
