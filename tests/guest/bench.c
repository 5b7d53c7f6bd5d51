/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c: a guest that measures, in TSC ticks, what it costs to leave it and come back. */
#include "tests/guest/lib.h"

enum {
	ROUNDS = 1000,
	WARM_UP = 100,
	MSR_NOBODY_GRANTS = 0x1234,
	HYPERCALL_NOTHING = 0,
	SENTINEL = 0x5AFEC0DE,
	STAGGER = 5 * 7,
	PORT_NOBODY_OWNS = 0x5678,
};

#define ADDRESS_OF_NOTHING 0xFED40010

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

/** struct measure - one thing to measure, with its registers. */
struct measure {
	const char *name;
	uint32_t (*time)(uint32_t eax, uint32_t ecx, uint32_t edx);
	uint32_t eax, ecx, edx;
	bool (*present)(void); /* NULL: always */
	bool prints;           /* the UART must take a byte before each round */
};

/** struct result - of many rounds. */
struct result {
	uint32_t min, max;
	uint64_t sum;
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

/* A refused RDMSR leaves EAX and EDX alone. */
static bool rdmsr_is_refused(void)
{
	uint32_t eax = SENTINEL, edx = SENTINEL;

	__asm__ volatile("rdmsr" : "+a"(eax), "+d"(edx) : "c"(MSR_NOBODY_GRANTS) : "memory");
	return eax == SENTINEL && edx == SENTINEL;
}

/*
 * The clock of an emulator moves in steps of some instructions. Begin each round at another place of a
 * step, by chance, or the mean is rounded as one round is.
 */
static void stagger(void)
{
	static uint32_t chance = 1;

	/* Numerical Recipes in C, "Quick and Dirty Generators". */
	chance = chance * 1664525 + 1013904223;
	for (uint32_t i = (chance >> 16) % STAGGER; i > 0; i--) {
		__asm__ volatile("nop");
	}
}

static void run(const struct measure *m, unsigned rounds, struct result *r)
{
	r->min = UINT32_MAX;
	r->max = 0;
	r->sum = 0;
	for (unsigned i = 0; i < rounds; i++) {
		uint32_t ticks;

		if (m->prints) {
			uart_wait();
		}
		stagger();
		ticks = m->time(m->eax, m->ecx, m->edx);
		r->min = ticks < r->min ? ticks : r->min;
		r->max = ticks > r->max ? ticks : r->max;
		r->sum += ticks;
	}
}

static uint64_t mean(uint64_t sum)
{
	return divide(sum + ROUNDS / 2, ROUNDS);
}

static void print_field(const char *name, uint64_t ticks)
{
	print(name);
	print_decimal(ticks);
}

static uint64_t without(uint64_t ticks, uint64_t overhead)
{
	return ticks > overhead ? ticks - overhead : 0;
}

static void report(const struct measure *m, const struct result *overhead)
{
	struct result r;

	if (m->present != NULL && !m->present()) {
		print("bench: ");
		print(m->name);
		print(" absent\n");
		return;
	}
	run(m, WARM_UP, &r);
	run(m, ROUNDS, &r);
	print(m->prints ? "\nbench: " : "bench: ");
	print(m->name);
	print_field(" min=", without(r.min, mean(overhead->sum)));
	print_field(" mean=", mean(without(r.sum, overhead->sum)));
	print_field(" max=", without(r.max, mean(overhead->sum)));
	print("\n");
}

/* clang-format off */
static const struct measure nothing = { "nothing", time_nothing, 0, 0, 0, NULL, false };

static const struct measure measures[] = {
	{ "ticks.cpuid",         time_cpuid,  0,                 0, 0, NULL, false },
	{ "ticks.vmcall",        time_vmcall, HYPERCALL_NOTHING, 0, 0, vmcall_is_present, false },
	{ "ticks.rdmsr_refused", time_rdmsr,  0, MSR_NOBODY_GRANTS, 0, rdmsr_is_refused, false },
	{ "ticks.vuart_out",     time_out,    '.',               0, UART_DATA, NULL, true },
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
	struct result overhead;

	(void)magic;
	(void)info;
	idt_load();
	idt_set(VECTOR_GP, stub_skip_2);
	uart_start(false);
	run(&nothing, WARM_UP, &overhead);
	run(&nothing, ROUNDS, &overhead);
	print_field("bench: overhead mean=", mean(overhead.sum));
	print(", subtracted\n");
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
		report(&measures[i], &overhead);
	}
	touch_nothing();
	print("bench: done\n");
	stop();
}
