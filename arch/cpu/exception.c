/* SPDX-License-Identifier: Apache-2.0 */
/* exception.c: the IDT and the way from a vector to its handler. */
#include "arch/cpu/exception.h"

#include "arch/cpu/cpu.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/regs.h"

enum { VECTORS = 256, VECTOR_FIRST_INTERRUPT = 32, GATE_INTERRUPT = 0x8E00 };

/* SDM Vol. 3A, "64-Bit Mode IDT". */
struct gate {
	uint16_t offset0;
	uint16_t selector;
	uint16_t flags; /* IST in bits 2:0, type and P in the high byte */
	uint16_t offset1;
	uint32_t offset2;
	uint32_t reserved;
};

struct idt_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

_Static_assert(sizeof(struct gate) == 16, "a gate of 64-bit mode has 16 bytes");

static struct gate idt[VECTORS] __attribute__((aligned(16)));
static exception_fn handlers[VECTORS];

/* vectors.asm: entry n is exception_entries + n * EXCEPTION_ENTRY_BYTES. */
enum { EXCEPTION_ENTRY_BYTES = 16 };
extern const uint8_t exception_entries[];

void exception_handle(struct exception_frame *frame);

/* vectors.asm: an instruction that may be refused (#GP), and where to go on then. */
extern const uint8_t msr_probe_read[], msr_probe_refused[];

static bool was_probing(struct exception_frame *frame)
{
	if (frame->vector != VECTOR_GP || frame->rip != (uint64_t)msr_probe_read) {
		return false;
	}
	frame->rip = (uint64_t)msr_probe_refused;
	return true;
}

void exception_set(uint8_t vector, exception_fn handler)
{
	handlers[vector] = handler;
}

/* Called by vectors.asm. */
void exception_handle(struct exception_frame *frame)
{
	exception_fn handler = handlers[frame->vector & 0xFF];

	/*
	 * What firmware's devices had sent before they were silenced stays in the local APIC, also while that
	 * is software-disabled, and comes when interrupts are enabled (SDM Vol. 3A, "Local APIC State After It
	 * Has Been Software Disabled").
	 */
	if (frame->vector >= VECTOR_FIRST_INTERRUPT &&
	    (handler == NULL || cpu_this()->drains_interrupts)) {
		lapic_eoi();
		return;
	}
	if (handler == NULL && was_probing(frame)) {
		return;
	}
	if (handler == NULL) {
		hv_panic(frame, "exception %lu in the hypervisor, error code 0x%lx", frame->vector,
			 frame->error_code);
	}
	handler(frame);
}

static uint16_t stack_of(unsigned vector)
{
	switch (vector) {
	case VECTOR_NMI:
		return IST_NMI;
	case VECTOR_DF:
		return IST_DF;
	case VECTOR_MC:
		return IST_MC;
	default:
		return 0;
	}
}

static void idt_build(void)
{
	for (unsigned i = 0; i < VECTORS; i++) {
		uint64_t entry = (uint64_t)exception_entries + i * EXCEPTION_ENTRY_BYTES;

		idt[i] = (struct gate){
			.offset0 = (uint16_t)entry,
			.selector = SELECTOR_CODE,
			.flags = (uint16_t)(GATE_INTERRUPT | stack_of(i)),
			.offset1 = (uint16_t)(entry >> 16),
			.offset2 = (uint32_t)(entry >> 32),
		};
	}
}

void exception_load_idt(void)
{
	struct idt_pointer pointer = { sizeof(idt) - 1, (uint64_t)idt };

	if (idt[0].selector == 0) {
		idt_build();
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

uint64_t exception_idt(void)
{
	return (uint64_t)idt;
}
