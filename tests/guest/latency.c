/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency.c: a guest of two processors that measures, in TSC ticks, how long an interrupt takes, and then does for a
 * while what shall not exit.
 *
 * It runs as well without Muntin. A key on COM1 ends each of the phases behind the figures.
 */
#include "tests/guest/figure.h"
#include "tests/guest/lib.h"
#include "tests/guest/second.h"
#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/ioapic.h"

enum {
	ROUNDS = 1000,
	VECTOR_STAMP = 0x40,
	SPIN_MAX = 100000,  /* an interrupt that has not come by then does not come */
	REST = 2000,        /* ticks in which the second processor is back in its loop, or in HLT */
	TIMER_TICKS = 3000, /* from arming to the deadline */
	FAR_TICKS = 1 << 30, /* a deadline that is moved before it comes */
};

static const struct figure no_overhead;

/* What the second processor does between interrupts. */
static volatile bool second_halts;
static volatile bool key;

void guest_interrupt(struct frame *frame)
{
	uint8_t byte;

	if (frame->vector != VECTOR_UART) {
		die("latency", frame);
	}
	while (uart_read(&byte)) {
		key = true;
	}
	wrmsr(APIC_MSR(APIC_EOI), 0);
}

static void second_task(void)
{
	idt_load();
	idt_set(VECTOR_STAMP, stub_stamp);
	apic_start();
	for (;;) {
		if (second_halts) {
			__asm__ volatile("sti; hlt" : : : "memory");
		} else {
			__asm__ volatile("sti; pause" : : : "memory");
		}
	}
}

/* Low half of the time-stamp counter right before the write. */
static uint32_t send(uint32_t msr, uint32_t low, uint32_t high)
{
	uint32_t begin;

	__asm__ volatile("movl %%edx, %%edi\n\t"
			 "movl %%eax, %%esi\n\t"
			 "rdtsc\n\t"
			 "xchgl %%eax, %%esi\n\t"
			 "movl %%edi, %%edx\n\t"
			 "wrmsr"
			 : "=S"(begin), "+a"(low), "+d"(high)
			 : "c"(msr)
			 : "edi", "memory");
	return begin;
}

static bool await_stamp(uint32_t count)
{
	for (unsigned i = 0; i < SPIN_MAX; i++) {
		if (stamp_count != count) {
			return true;
		}
		__builtin_ia32_pause();
	}
	return false;
}

static void rest(void)
{
	uint64_t end = rdtsc() + REST;

	while (rdtsc() < end) {
		__builtin_ia32_pause();
	}
}

/* One interrupt; false when it did not come. */
static bool measure(struct figure *figure, uint32_t msr, uint32_t low, uint32_t high)
{
	uint32_t count = stamp_count;

	rest();
	figure_stagger();
	uint32_t begin = send(msr, low, high);
	if (!await_stamp(count)) {
		return false;
	}
	figure_add(figure, stamp_tsc - begin);
	return true;
}

static void measure_all(const char *name, uint32_t msr, uint32_t low, uint32_t high)
{
	struct figure figure;

	figure_reset(&figure);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (!measure(&figure, msr, low, high)) {
			print("bench: ");
			print(name);
			print(" lost\n");
			return;
		}
	}
	figure_print(&figure, name, &no_overhead);
}

/* The deadline itself is where the time begins, so that arming it does not count. */
static bool measure_deadline(struct figure *figure)
{
	uint32_t count = stamp_count;

	figure_stagger();
	uint64_t deadline = rdtsc() + TIMER_TICKS;
	wrmsr(MSR_TSC_DEADLINE, deadline);
	if (!await_stamp(count)) {
		return false;
	}
	figure_add(figure, stamp_tsc - (uint32_t)deadline);
	return true;
}

static void measure_timer(void)
{
	struct figure figure;

	figure_reset(&figure);
	apic_timer_mode(APIC_LVT_DEADLINE);
	idt_set(VECTOR_TIMER, stub_stamp);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (!measure_deadline(&figure)) {
			print("bench: ticks.timer_late lost\n");
			return;
		}
	}
	figure_print(&figure, "ticks.timer_late", &no_overhead);
}

static void self_ipi(void)
{
	wrmsr(APIC_MSR(APIC_SELF_IPI), VECTOR_STAMP);
}

/* By both of its modes. */
static void arm_timer(void)
{
	apic_timer_mode(APIC_LVT_ONE_SHOT);
	wrmsr(APIC_MSR(APIC_TIMER_INITIAL), FAR_TICKS);
	wrmsr(APIC_MSR(APIC_TIMER_INITIAL), 0);
	apic_timer_mode(APIC_LVT_DEADLINE);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + FAR_TICKS);
	wrmsr(MSR_TSC_DEADLINE, 0);
}

/* Over and over until a key comes. */
static void phase(const char *name, void (*act)(void))
{
	uint32_t rounds = 0;

	key = false;
	print("latency: begin ");
	print(name);
	print("\n");
	while (!key) {
		act();
		rounds++;
	}
	print("latency: end ");
	print(name);
	print(" rounds=");
	print_decimal(rounds);
	print("\n");
}

void guest_main(uint32_t magic, uint32_t info)
{
	(void)magic;
	(void)info;
	idt_load();
	idt_set(VECTOR_STAMP, stub_stamp);
	uart_start(false);
	apic_start();
	ioapic_route(IOAPIC_PIN_UART, apic_id(), VECTOR_UART);
	uart_start(true);
	__asm__ volatile("sti");
	measure_timer();
	measure_all("ticks.self_ipi", APIC_MSR(APIC_SELF_IPI), VECTOR_STAMP, 0);
	if (second_begin(second_task)) {
		measure_all("ticks.ipi_running", APIC_MSR(APIC_ICR), VECTOR_STAMP, 1);
		second_halts = true;
		measure_all("ticks.ipi_halted", APIC_MSR(APIC_ICR), VECTOR_STAMP, 1);
	}
	print("bench: done\n");
	phase("self_ipi", self_ipi);
	phase("timer_arm", arm_timer);
	print("latency: done\n");
	stop();
}
