/* SPDX-License-Identifier: Apache-2.0 */
/* world.c: the same machine for each behaviour. */
#include "tests/guest/suite/world.h"

#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/ioapic.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/suite.h"

/* world.asm */
void world_reload(void);

enum {
	TSS_LIMIT = 103,
	TSS_AVAILABLE = 0x89, /* present, 32-bit */
	RING_0_STACK = 4096,
	VECTORS = 256,
	FIRST_INTERRUPT = 32,
};

/* Source: Intel 8259A data sheet, "Initialization Command Words". */
enum {
	PIC_1 = 0x20,
	PIC_2 = 0xA0,
	ICW1_WITH_ICW4 = 0x11,
	ICW3_CASCADE_AT_2 = 1 << 2,
	ICW3_IS_2 = 2,
	ICW4_8086 = 1,
	ALL_MASKED = 0xFF,
};

struct tss world_tss;
static uint8_t ring_0_stack[RING_0_STACK] __attribute__((aligned(16)));

void world_set_tss(unsigned selector, const struct tss *tss)
{
	uint32_t base = (uint32_t)tss;

	world_gdt[selector / 8] = (uint64_t)(base >> 24) << 56 | (uint64_t)TSS_AVAILABLE << 40 |
				  (uint64_t)(base & 0xFFFFFF) << 16 | TSS_LIMIT;
}

static void set_pic(uint16_t port, uint8_t vector, uint8_t cascade)
{
	out8(port, ICW1_WITH_ICW4);
	out8(port + 1, vector);
	out8(port + 1, cascade);
	out8(port + 1, ICW4_8086);
	out8(port + 1, ALL_MASKED);
}

static void ignore(struct frame *frame)
{
	if (frame->vector >= FIRST_INTERRUPT && apic_bit(APIC_ISR, frame->vector)) {
		apic_write(APIC_EOI, 0);
	}
}

/* What the behaviour before left requested comes now, and goes to nobody. */
static void drain(void)
{
	for (unsigned vector = FIRST_INTERRUPT; vector < VECTORS; vector++) {
		interrupt_handle(vector, ignore);
	}
	__asm__ volatile("sti; nop; nop; nop; nop; cli" : : : "memory");
	for (unsigned vector = FIRST_INTERRUPT; vector < VECTORS; vector++) {
		interrupt_forget(vector);
	}
}

void world_reset(void)
{
	world_reload();
	idt_load();
	set_pic(PIC_1, VECTOR_PIC_1, ICW3_CASCADE_AT_2);
	set_pic(PIC_2, VECTOR_PIC_2, ICW3_IS_2);
	ioapic_mask_all();
	apic_reset();
	drain();
	smp_park();
	uart_start(false);
}

void world_start(void)
{
	world_tss.ss0 = SELECTOR_DATA;
	world_tss.esp0 = (uint32_t)(ring_0_stack + RING_0_STACK);
	world_tss.io_map = sizeof(world_tss);
	world_set_tss(SELECTOR_TSS, &world_tss);
	clock_start();
	world_reset();
	smp_find();
	world_reset();
}
