/* SPDX-License-Identifier: Apache-2.0 */
/* cpu.h: a physical processor: its descriptor tables, stacks and control registers. */
#pragma once

#include "arch/cpu/exception.h"
#include "kernel/lib/types.h"

enum {
	SELECTOR_CODE = 0x08,
	SELECTOR_DATA = 0x10,
	SELECTOR_TSS = 0x18,
	IST_NMI = 1,
	IST_DF = 2,
	IST_MC = 3,
};

/** struct cpu_stacks - tops of a processor's stacks; each has an unmapped guard page below. */
struct cpu_stacks {
	uint64_t main;
	uint64_t nmi;
	uint64_t df;
	uint64_t mc;
};

/** struct cpu_tss - task-state segment (SDM Vol. 3A, "64-Bit Mode Task State Segment"). */
struct cpu_tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map_base;
} __attribute__((packed));

/** struct cpu - everything of one physical processor; GS base points to it while it is in root mode. */
struct cpu {
	struct cpu *self; /* first: read through GS */
	uint32_t index;
	uint32_t apic_id;
	struct cpu_stacks stacks;
	struct cpu_tss tss;
	uint64_t gdt[5];
	volatile uint64_t
		*window_entry; /* page-table entry of this processor's window on guest RAM */
	uint64_t window_base;
	void *vmxon_region;
	struct vcpu *vcpu;          /* the one that lives here, or NULL */
	volatile bool vmcs_current; /* an NMI in root mode may write to the current VMCS */
	volatile bool
		entry_cancelled; /* the coming VM entry exits at once: an NMI came in root mode */
	volatile bool drains_interrupts; /* whatever interrupt comes belonged to a guest before */
	volatile uint32_t nmi_count;
	volatile uint32_t online;
};

/** cpu_this() - the processor this code runs on. */
static inline struct cpu *cpu_this(void)
{
	struct cpu *cpu;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/**
 * cpu_load() - make this processor run on Muntin's own GDT, TSS, IDT and control registers.
 * @cpu: its structure; index, apic_id and stacks are set
 *
 * Turns on NXE, WP, SMEP and SMAP where the processor has them. Page tables are loaded before.
 */
void cpu_load(struct cpu *cpu);

/** cpu_walls() - SMEP and SMAP as CR4 bits, as far as this processor has them. */
uint64_t cpu_walls(void);
