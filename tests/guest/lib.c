/* SPDX-License-Identifier: Apache-2.0 */
/* lib.c: what the small guests share: COM1, printing, the IDT. */
#include "tests/guest/lib.h"

/* Source: National Semiconductor PC16550D data sheet, "Registers". */
enum {
	UART_IER = UART_DATA + 1,
	UART_FCR = UART_DATA + 2,
	UART_LCR = UART_DATA + 3,
	UART_MCR = UART_DATA + 4,
	UART_LSR = UART_DATA + 5,
	IER_RECEIVE = 1 << 0,
	FCR_ON_AND_EMPTY = 0x07,
	LCR_8N1 = 0x03,
	LCR_DIVISOR = 0x80,
	MCR_DTR_RTS_OUT2 = 0x0B, /* OUT2 lets the interrupt out on a PC */
	LSR_RECEIVED = 1 << 0,
	LSR_TAKES_BYTE = 1 << 5,
	WAIT_ROUNDS = 1000000,
};

enum {
	STUBS = 256, /* as in start.asm */
	CODE_SELECTOR = 0x08,
	GATE_INTERRUPT_32 = 0x8E00, /* present, ring 0 (SDM Vol. 3A, "IDT Descriptors") */
	PIC1_MASK = 0x21,
	PIC2_MASK = 0xA1,
};

/** struct gate - an IDT entry. */
struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint16_t type;
	uint16_t offset_high;
};

static struct gate idt[256];

static void idt_set_address(unsigned vector, uint32_t address)
{
	idt[vector].offset_low = (uint16_t)address;
	idt[vector].selector = CODE_SELECTOR;
	idt[vector].type = GATE_INTERRUPT_32;
	idt[vector].offset_high = (uint16_t)(address >> 16);
}

void idt_set(unsigned vector, void (*stub)(void))
{
	idt_set_address(vector, (uint32_t)stub);
}

volatile uint64_t *idt_gate(unsigned vector)
{
	return (volatile uint64_t *)&idt[vector];
}

void idt_reload(void)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uint32_t)idt };

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void idt_load(void)
{
	for (unsigned i = 0; i < STUBS; i++) {
		idt_set_address(i, stub_table[i]);
	}
	idt_set(VECTOR_SPURIOUS, stub_spurious);
	out8(PIC1_MASK, 0xFF);
	out8(PIC2_MASK, 0xFF);
	idt_reload();
}

static uint32_t divide_step(uint32_t *rest, uint32_t low, uint32_t by)
{
	uint32_t quotient;

	__asm__("divl %4" : "=a"(quotient), "=d"(*rest) : "a"(low), "d"(*rest), "rm"(by) : "cc");
	return quotient;
}

uint64_t divide(uint64_t value, uint32_t by)
{
	uint32_t rest = 0;
	uint64_t high = divide_step(&rest, (uint32_t)(value >> 32), by);

	return high << 32 | divide_step(&rest, (uint32_t)value, by);
}

void uart_start(bool interrupts)
{
	out8(UART_IER, 0);
	out8(UART_LCR, LCR_DIVISOR);
	out8(UART_DATA, 1); /* 115200 bits per second */
	out8(UART_IER, 0);
	out8(UART_LCR, LCR_8N1);
	out8(UART_FCR, FCR_ON_AND_EMPTY);
	out8(UART_MCR, MCR_DTR_RTS_OUT2);
	out8(UART_IER, interrupts ? IER_RECEIVE : 0);
}

void uart_wait(void)
{
	for (unsigned i = 0; i < WAIT_ROUNDS && (in8(UART_LSR) & LSR_TAKES_BYTE) == 0; i++) {
		__builtin_ia32_pause();
	}
}

bool uart_read(uint8_t *byte)
{
	if ((in8(UART_LSR) & LSR_RECEIVED) == 0) {
		return false;
	}
	*byte = in8(UART_DATA);
	return true;
}

static void print_byte(char byte)
{
	uart_wait();
	out8(UART_DATA, (uint8_t)byte);
}

void print(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			print_byte('\r');
		}
		print_byte(*text);
	}
}

void print_decimal(uint64_t value)
{
	char text[21];
	char *at = text + sizeof(text) - 1;

	*at = '\0';
	do {
		uint64_t rest = divide(value, 10);

		*--at = (char)('0' + (value - rest * 10));
		value = rest;
	} while (value != 0);
	print(at);
}

void print_hex(uint32_t value, unsigned digits)
{
	print("0x");
	for (unsigned i = digits; i > 0; i--) {
		print_byte("0123456789abcdef"[value >> (4 * (i - 1)) & 0xF]);
	}
}

void stop(void)
{
	for (;;) {
		__asm__ volatile("cli; hlt" : : : "memory");
	}
}

void die(const char *who, const struct frame *frame)
{
	print("\n");
	print(who);
	print(": exception ");
	print_decimal(frame->vector);
	print(", error code ");
	print_hex(frame->error_code, 8);
	print(", eip ");
	print_hex(frame->eip, 8);
	print("\n");
	stop();
}
