/* SPDX-License-Identifier: Apache-2.0 */
/* smp.c: starts the other processors, one at a time. */
#include "arch/cpu/smp.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "arch/cpu/regs.h"
#include "kernel/lib/string.h"

/* Filled into the copy of the trampoline; same order as in trampoline.asm. */
struct smp_trampoline_fields {
	uint32_t cr3;
	uint32_t cr4;
	uint32_t long_offset;
	uint16_t long_selector;
	uint16_t pad;
	uint64_t entry;
	uint16_t gdt_limit;
	uint32_t gdt_base;
} __attribute__((packed));

/* trampoline.asm */
extern const uint8_t trampoline_start[];
extern const uint8_t trampoline_end[];
extern const uint8_t trampoline_fields[];
extern const uint8_t trampoline_gdt[];
extern const uint8_t trampoline_long[];
void smp_long(void);

/* What the processor that is starting looks for; one starts at a time. */
struct smp_mailbox {
	struct cpu *cpu;
	void (*main)(struct cpu *cpu);
};
extern struct smp_mailbox smp_mailbox;
struct smp_mailbox smp_mailbox __attribute__((visibility("hidden")));

/* Called by trampoline.asm on the main stack of the new processor. */
_Noreturn void smp_entry(struct cpu *cpu);

_Noreturn void smp_entry(struct cpu *cpu)
{
	void (*run)(struct cpu *) = smp_mailbox.main;

	cpu_load(cpu);
	lapic_enable();
	run(cpu);
	hv_panic(NULL, "processor %u came back from its main loop", cpu->index);
}

void smp_prepare(hpa_t trampoline, uint64_t cr3)
{
	uint8_t *page = (uint8_t *)trampoline.value;
	uint32_t base = (uint32_t)trampoline.value;
	struct smp_trampoline_fields *fields =
		(struct smp_trampoline_fields *)(page + (trampoline_fields - trampoline_start));

	memcpy(page, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	fields->cr3 = (uint32_t)cr3;
	/* The paging mode has to be that of the tables: four levels, or five where firmware chose so. */
	fields->cr4 = (uint32_t)(CR4_PAE | (read_cr4() & CR4_LA57));
	fields->long_offset = base + (uint32_t)(trampoline_long - trampoline_start);
	fields->entry = (uint64_t)smp_long;
	fields->gdt_base = base + (uint32_t)(trampoline_gdt - trampoline_start);
}

static void delay(uint64_t ticks)
{
	uint64_t from = rdtsc();

	while (rdtsc() - from < ticks) {
		__builtin_ia32_pause();
	}
}

static bool comes_online(const struct smp_setup *setup, const struct cpu *cpu,
			 uint64_t milliseconds)
{
	for (uint64_t i = 0; i < milliseconds * 10; i++) {
		if (__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE) != 0) {
			return true;
		}
		delay(setup->tsc_hz / 10000);
	}
	return false;
}

enum status smp_start(const struct smp_setup *setup, struct cpu *cpu)
{
	uint8_t page = (uint8_t)(setup->trampoline.value >> PAGE_SHIFT);

	smp_mailbox = (struct smp_mailbox){ cpu, setup->main };
	lapic_send(cpu->apic_id, ICR_INIT, 0);
	delay(setup->tsc_hz / 100);
	lapic_send(cpu->apic_id, ICR_STARTUP, page);
	if (comes_online(setup, cpu, 20)) {
		return OK;
	}
	lapic_send(cpu->apic_id, ICR_STARTUP, page);
	if (comes_online(setup, cpu, 1000)) {
		return OK;
	}
	/* One that is late must not come any more: it would take what the next one is given. */
	lapic_send(cpu->apic_id, ICR_INIT, 0);
	__atomic_store_n(&cpu->online, 0, __ATOMIC_RELEASE);
	return E_TIMEOUT;
}
