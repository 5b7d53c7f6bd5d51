/* SPDX-License-Identifier: Apache-2.0 */
/* panic.c: our own fault: say so, stop every processor. */
#include "kernel/panic.h"

#include "arch/cpu/cpu.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "drivers/uart16550.h"
#include "kernel/lib/format.h"
#include "kernel/processors.h"

enum { PANIC_LINE_BYTES = 256, PANIC_LIMIT_BYTES = 1024 };

static struct {
	uint32_t begun;
	const struct cpu *owner; /* whose fault it was: it goes on talking */
	struct uart uart;
} panic;

void panic_use_port(uint16_t port, uint32_t speed)
{
	panic.uart.port = port;
	panic.uart.speed = speed;
	panic.uart.present = port != 0;
	panic.uart.fifo_bytes = 1;
}

static _Noreturn void halt(void)
{
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}

void panic_park_if_asked(void)
{
	if (__atomic_load_n(&panic.begun, __ATOMIC_ACQUIRE) != 0 && cpu_this() != panic.owner) {
		halt();
	}
}

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *fmt, ...)
{
	char line[PANIC_LINE_BYTES];
	va_list args;

	va_start(args, fmt);
	size_t length = format_v(line, sizeof(line), fmt, args);
	va_end(args);
	length = min_u64(length, sizeof(line) - 1);
	uart_write_blocking(&panic.uart, line, length, PANIC_LIMIT_BYTES);
	uart_write_blocking(&panic.uart, "\r\n", 2, PANIC_LIMIT_BYTES);
}

static void dump(const struct exception_frame *f)
{
	say("RIP %016lx CS %04lx RFLAGS %08lx RSP %016lx CR2 %016lx", f->rip, f->cs, f->rflags,
	    f->rsp, read_cr2());
	say("RAX %016lx RBX %016lx RCX %016lx RDX %016lx", f->rax, f->rbx, f->rcx, f->rdx);
	say("RSI %016lx RDI %016lx RBP %016lx R8  %016lx", f->rsi, f->rdi, f->rbp, f->r8);
	say("R9  %016lx R10 %016lx R11 %016lx R12 %016lx", f->r9, f->r10, f->r11, f->r12);
	say("R13 %016lx R14 %016lx R15 %016lx", f->r13, f->r14, f->r15);
}

static void stop_others(void)
{
	panic.owner = processor_count() > 0 ? cpu_this() : NULL;
	for (uint32_t i = 0; i < processor_count(); i++) {
		const struct cpu *cpu = processor(i);

		if (cpu != cpu_this() && cpu->online != 0) {
			lapic_send(cpu->apic_id, ICR_NMI, 0);
		}
	}
}

_Noreturn void hv_panic(const struct exception_frame *frame, const char *fmt, ...)
{
	char what[PANIC_LINE_BYTES];
	va_list args;

	interrupts_disable();
	if (__atomic_exchange_n(&panic.begun, 1, __ATOMIC_SEQ_CST) != 0) {
		halt();
	}
	/* Before the first word: they would go on with guests, and one of them with this serial line. */
	stop_others();
	va_start(args, fmt);
	format_v(what, sizeof(what), fmt, args);
	va_end(args);
	say("\r\nMuntin panic: %s", what);
	if (frame != NULL) {
		dump(frame);
	}
	say("All processors are stopped. Reset the machine.");
	halt();
}
