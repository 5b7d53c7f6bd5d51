/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c: a guest that measures, in TSC ticks, what it costs to leave it and come back. */
#include "tests/guest/figure.h"
#include "tests/guest/lib.h"
#include "tests/guest/suite/apic.h"

enum {
	ROUNDS = 1000,
	WARM_UP = 100,
	MSR_NOBODY_GRANTS = 0x1234,
	HYPERCALL_NOTHING = 0,
	SENTINEL = 0x5AFEC0DE,
	PORT_NOBODY_OWNS = 0x5678,
	PIT_COUNTER_0 = 0x40,
	PIT_CONTROL = 0x43,
};

#define ADDRESS_OF_NOTHING 0xFED40010

/* Source: SDM Vol. 3A, "Local APIC Register Address Map" and "x2APIC State Transitions". */
enum {
	APIC_MODE = APIC_BASE_EN | APIC_BASE_EXTD,
};
#define XAPIC_EOI 0xFEE000B0

/*
 * Ticks around one instruction, low half: no round trip takes 2^32. A macro because the
 * instruction is text. ESI and EDI carry what CPUID and RDMSR do not touch; inputs are given again
 * for each round.
 */
#define TIMED(name, instruction)                                                                   \
	static uint32_t name(uint32_t eax, uint32_t ecx, uint32_t edx)                             \
	{                                                                                          \
		uint32_t begin, end;                                                               \
                                                                                                   \
		__asm__ volatile("movl %%edx, %%edi\n\t"                                           \
				 "movl %%eax, %%esi\n\t"                                           \
				 "rdtsc\n\t"                                                       \
				 "xchgl %%eax, %%esi\n\t"                                          \
				 "movl %%edi, %%edx\n\t" instruction "\n\t"                        \
				 "rdtsc"                                                           \
				 : "=S"(begin), "=a"(end), "+c"(ecx), "+d"(edx)                    \
				 : "a"(eax)                                                        \
				 : "ebx", "edi", "memory", "cc");                                  \
		return end - begin;                                                                \
	}

TIMED(time_nothing, "")
TIMED(time_cpuid, "cpuid")
TIMED(time_vmcall, "vmcall")
TIMED(time_rdmsr, "rdmsr")
TIMED(time_out, "outb %%al, %%dx")
TIMED(time_in, "inb %%dx, %%al")
TIMED(time_store, "movl %%eax, (%%ecx)")

/** struct measure - one thing to measure, with its registers. */
struct measure {
	const char *name;
	uint32_t (*time)(uint32_t eax, uint32_t ecx, uint32_t edx);
	uint32_t eax, ecx, edx;
	bool (*present)(void); /* NULL: always */
	bool prints;           /* the UART must take a byte before each round */
};

void guest_interrupt(struct frame *frame)
{
	die("bench", frame);
}

/* Without a hypervisor VMCALL is #UD. */
static bool vmcall_is_present(void)
{
	idt_set(VECTOR_UD, stub_skip_3);
	time_vmcall(HYPERCALL_NOTHING, 0, 0);
	return skip_3_count == 0;
}

/* As a PC's firmware leaves it, but in mode 2: counter 0 runs with its longest count, low and high byte read by turns. */
static bool pit_is_present(void)
{
	out8(PIT_CONTROL, 0x34);
	out8(PIT_COUNTER_0, 0);
	out8(PIT_COUNTER_0, 0);
	return true;
}

/* A refused RDMSR leaves EAX and EDX alone. */
static bool rdmsr_is_refused(void)
{
	uint32_t eax = SENTINEL, edx = SENTINEL;

	__asm__ volatile("rdmsr" : "+a"(eax), "+d"(edx) : "c"(MSR_NOBODY_GRANTS) : "memory");
	return eax == SENTINEL && edx == SENTINEL;
}

/* From x2APIC mode there only leads a way over a disabled APIC. */
static bool xapic_is_present(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if ((base & APIC_MODE) == APIC_MODE) {
		wrmsr(MSR_APIC_BASE, base & ~(uint64_t)APIC_MODE);
	}
	wrmsr(MSR_APIC_BASE, (base & ~(uint64_t)APIC_MODE) | APIC_BASE_EN);
	return (rdmsr(MSR_APIC_BASE) & APIC_MODE) == APIC_BASE_EN;
}

static void run(const struct measure *m, unsigned rounds, struct figure *figure)
{
	figure_reset(figure);
	for (unsigned i = 0; i < rounds; i++) {
		if (m->prints) {
			uart_wait();
		}
		figure_stagger();
		figure_add(figure, m->time(m->eax, m->ecx, m->edx));
	}
}

static void report(const struct measure *m, const struct figure *overhead)
{
	struct figure figure;

	if (m->present != NULL && !m->present()) {
		print("bench: ");
		print(m->name);
		print(" absent\n");
		return;
	}
	run(m, WARM_UP, &figure);
	run(m, ROUNDS, &figure);
	if (m->prints) {
		print("\n");
	}
	figure_print(&figure, m->name, overhead);
}

/*
 * The low 4 GiB, mapped to themselves by three levels with pages of 2 MiB, as Linux maps itself. Compatibility mode has
 * the paging of 64-bit mode (SDM Vol. 3A, "4-Level Paging and 5-Level Paging").
 */
enum {
	ENTRIES = 512,
	GIBS = 4,
	PRESENT = 3,
	LARGE = 0x83,
	PAE = 1 << 5,
	LME = 1 << 8,
	MSR_EFER = 0xC0000080
};

static uint64_t pml4[ENTRIES] __attribute__((aligned(4096)));
static uint64_t pdpt[ENTRIES] __attribute__((aligned(4096)));
static uint64_t directories[GIBS * ENTRIES] __attribute__((aligned(4096)));

static bool xapic_and_paging_are_present(void)
{
	if (!xapic_is_present()) {
		return false;
	}
	pml4[0] = (uint32_t)pdpt | PRESENT;
	for (uint32_t i = 0; i < GIBS; i++) {
		pdpt[i] = (uint32_t)&directories[i * ENTRIES] | PRESENT;
	}
	for (uint64_t i = 0; i < GIBS * ENTRIES; i++) {
		directories[i] = i << 21 | LARGE;
	}
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | LME);
	__asm__ volatile("mov %0, %%cr3\n\t"
			 "mov %%cr4, %%eax; or %1, %%eax; mov %%eax, %%cr4\n\t"
			 "mov %%cr0, %%eax; bts $31, %%eax; mov %%eax, %%cr0"
			 :
			 : "r"(pml4), "i"(PAE)
			 : "eax", "memory", "cc");
	return true;
}

/* Exceptions are for 32-bit gates again. */
static void leave_paging(void)
{
	__asm__ volatile("mov %%cr0, %%eax; btr $31, %%eax; mov %%eax, %%cr0"
			 :
			 :
			 : "eax", "memory", "cc");
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(uint64_t)LME);
}

/* clang-format off */
static const struct measure nothing = { "nothing", time_nothing, 0, 0, 0, NULL, false };

static const struct measure measures[] = {
	{ "ticks.cpuid",         time_cpuid,  0,                 0, 0, NULL, false },
	{ "ticks.vmcall",        time_vmcall, HYPERCALL_NOTHING, 0, 0, vmcall_is_present, false },
	{ "ticks.rdmsr_refused", time_rdmsr,  0, MSR_NOBODY_GRANTS, 0, rdmsr_is_refused, false },
	{ "ticks.vuart_out",     time_out,    '.',               0, UART_DATA, NULL, true },
	{ "ticks.pit_in",        time_in,     0,                 0, PIT_COUNTER_0, pit_is_present, false },
	{ "ticks.xapic_write",   time_store,  0,         XAPIC_EOI, 0, xapic_is_present, false },
	{ "ticks.xapic_write_paged", time_store, 0,      XAPIC_EOI, 0, xapic_and_paging_are_present, false },
};
/* clang-format on */

/* For the scenario that asks what was refused: a port read twice and written, an MSR, an address and the next. */
static void touch_nothing(void)
{
	volatile uint32_t *device = (volatile uint32_t *)ADDRESS_OF_NOTHING;

	in8(PORT_NOBODY_OWNS);
	out8(PORT_NOBODY_OWNS, 1);
	in8(PORT_NOBODY_OWNS);
	wrmsr(MSR_NOBODY_GRANTS, 0);
	device[1] = device[0];
}

void guest_main(uint32_t magic, uint32_t info)
{
	struct figure overhead;

	(void)magic;
	(void)info;
	idt_load();
	idt_set(VECTOR_GP, stub_skip_2);
	uart_start(false);
	run(&nothing, WARM_UP, &overhead);
	run(&nothing, ROUNDS, &overhead);
	print("bench: overhead mean=");
	print_decimal(figure_mean(&overhead));
	print(", subtracted\n");
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
		report(&measures[i], &overhead);
	}
	leave_paging();
	touch_nothing();
	print("bench: done\n");
	stop();
}
