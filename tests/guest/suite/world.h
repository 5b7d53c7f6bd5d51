/* SPDX-License-Identifier: Apache-2.0 */
/* world.h: the same machine for each behaviour, whatever the one before did to it. */
#pragma once

#include "tests/guest/lib.h"

/* Selectors of world.asm's GDT. */
enum {
	SELECTOR_CODE = 0x08,
	SELECTOR_DATA = 0x10,
	SELECTOR_CODE_16 = 0x18,
	SELECTOR_DATA_16 = 0x20,
	SELECTOR_CODE_64 = 0x28,
	SELECTOR_USER_CODE = 0x33,
	SELECTOR_USER_DATA = 0x3B,
	SELECTOR_TSS = 0x40,
	SELECTOR_SPARE_TSS = 0x48, /* for task switches: world_set_tss() */
	SELECTOR_TASK_GATE = 0x50,
};

/* Where world_reset() puts the interrupts of the 8259s, all masked. */
enum { VECTOR_PIC_1 = 0x30, VECTOR_PIC_2 = 0x38 };

/** struct tss - SDM Vol. 3A, "Task-State Segment (TSS)". */
struct tss {
	uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t es, cs, ss, ds, fs, gs, ldt;
	uint16_t trap, io_map;
};

extern struct tss world_tss;
extern uint64_t world_gdt[];

/** world_start() - once, at the start of the guest. */
void world_start(void);

/** world_reset() - processor, controllers and COM1 as every behaviour finds them; other processors wait for SIPI. */
void world_reset(void);

/** world_run() - call @run. Return: when it returns, or calls world_abandon() from any depth. */
void world_run(void (*run)(void));

/** world_abandon() - end what world_run() runs. Boot processor, protected mode. */
void world_abandon(void) __attribute__((noreturn));

/** world_set_tss() - let @selector of the GDT describe @tss, not busy. */
void world_set_tss(unsigned selector, const struct tss *tss);
