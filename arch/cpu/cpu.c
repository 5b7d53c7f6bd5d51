/* SPDX-License-Identifier: Apache-2.0 */
/* cpu.c: makes a processor run on Muntin's own tables and control registers. */
#include "arch/cpu/cpu.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"

/* Flat 64-bit descriptors, present, accessed (SDM Vol. 3A, "Segment Descriptors"). */
#define DESCRIPTOR_CODE          ((uint64_t)0x00AF9B000000FFFF)
#define DESCRIPTOR_DATA          ((uint64_t)0x00CF93000000FFFF)
#define DESCRIPTOR_TSS_BUSY_FREE ((uint64_t)0x89 << 40)

#define CPUID_7_EBX_SMEP ((uint32_t)1 << 7)
#define CPUID_7_EBX_SMAP ((uint32_t)1 << 20)

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

uint64_t cpu_walls(void)
{
	uint32_t ebx = cpuid(0, 0).eax >= 7 ? cpuid(7, 0).ebx : 0;

	return ((ebx & CPUID_7_EBX_SMEP) != 0 ? CR4_SMEP : 0) |
	       ((ebx & CPUID_7_EBX_SMAP) != 0 ? CR4_SMAP : 0);
}

static void build_gdt(struct cpu *cpu)
{
	uint64_t base = (uint64_t)&cpu->tss;
	uint64_t limit = sizeof(cpu->tss) - 1;

	cpu->gdt[SELECTOR_CODE / 8] = DESCRIPTOR_CODE;
	cpu->gdt[SELECTOR_DATA / 8] = DESCRIPTOR_DATA;
	cpu->gdt[SELECTOR_TSS / 8] = DESCRIPTOR_TSS_BUSY_FREE | limit | (base & 0xFFFFFF) << 16 |
				     (base >> 24 & 0xFF) << 56;
	cpu->gdt[SELECTOR_TSS / 8 + 1] = base >> 32;

	cpu->tss.ist[IST_NMI - 1] = cpu->stacks.nmi;
	cpu->tss.ist[IST_DF - 1] = cpu->stacks.df;
	cpu->tss.ist[IST_MC - 1] = cpu->stacks.mc;
	cpu->tss.io_map_base = sizeof(cpu->tss);
}

static void load_segments(const struct cpu *cpu)
{
	struct table_pointer pointer = { sizeof(cpu->gdt) - 1, (uint64_t)cpu->gdt };

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "movl %2, %%ds\n\t"
			 "movl %2, %%es\n\t"
			 "movl %2, %%ss\n\t"
			 "movl %3, %%fs\n\t"
			 "movl %3, %%gs\n\t"
			 "ltr %w4"
			 :
			 : "m"(pointer), "i"(SELECTOR_CODE), "r"(SELECTOR_DATA), "r"(0),
			   "r"(SELECTOR_TSS)
			 : "rax", "memory");
}

void cpu_load(struct cpu *cpu)
{
	cpu->self = cpu;
	build_gdt(cpu);
	load_segments(cpu);
	wrmsr(MSR_IA32_GS_BASE, (uint64_t)cpu);
	exception_load_idt();

	wrmsr(MSR_IA32_PAT, MSR_IA32_PAT_RESET);
	write_cr0(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	/* OSFXSR: XRSTOR and FXRSTOR clear vector registers before a guest gets them. */
	/* Machine checks on: with CR4.MCE off one shuts the whole machine down. OSXSAVE: XSETBV for guests. */
	uint64_t xsave = (cpuid(1, 0).ecx >> 26 & 1) != 0 ? CR4_OSXSAVE : 0;
	write_cr4(CR4_PAE | CR4_PGE | CR4_MCE | CR4_OSFXSR | xsave | cpu_walls() |
		  (read_cr4() & CR4_LA57));
}
