/* SPDX-License-Identifier: Apache-2.0 */
/* panic.c: our own fault: stop every processor, keep a record, say so, and end as configured. */
#include "kernel/panic.h"

#include "arch/cpu/cpu.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "drivers/uart16550.h"
#include "arch/vmx/vmx.h"
#include "kernel/clock.h"
#include "kernel/crash.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/main.h"
#include "kernel/memory.h"
#include "kernel/partition.h"
#include "kernel/power.h"
#include "kernel/processors.h"

/* linker.ld */
extern const uint8_t image_text_start[], image_text_end[];

enum { PANIC_LINE_BYTES = 256, PANIC_LIMIT_BYTES = 1024 };

static struct {
	uint32_t begun;
	const struct cpu *owner;     /* whose fault it was: it goes on talking */
	bool again;                  /* it has panicked in the panic */
	struct crash_record *record; /* NULL until there is one */
	const struct boot_info *info;
	struct uart uart;
} panic;

void panic_init(const struct boot_info *info, uint16_t port)
{
	panic.info = info;
	panic.uart.port = port;
	panic.uart.speed = info->config.monitor.speed;
	panic.uart.present = port != 0;
	panic.uart.fifo_bytes = 1;
}

static _Noreturn void halt(void)
{
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}

/* Not by @begun: an NMI before the owner is known would park the owner itself. */
void panic_park_if_asked(void)
{
	const struct cpu *owner = __atomic_load_n(&panic.owner, __ATOMIC_ACQUIRE);

	if (owner != NULL && owner != cpu_this()) {
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

/* --- The record */

static void take_general(uint64_t *to, const struct exception_frame *f)
{
	const uint64_t values[] = { f->rax, f->rbx, f->rcx, f->rdx, f->rsi, f->rdi, f->rbp, f->r8,
				    f->r9,  f->r10, f->r11, f->r12, f->r13, f->r14, f->r15 };

	_Static_assert(ARRAY_COUNT(values) == CRASH_REGISTERS - CRASH_RAX, "all of them");
	memcpy(&to[CRASH_RAX], values, sizeof(values));
}

static void take_registers(uint64_t *to, const struct exception_frame *frame)
{
	memset(to, 0, CRASH_REGISTERS * sizeof(*to));
	to[CRASH_CR0] = read_cr0();
	to[CRASH_CR2] = read_cr2();
	to[CRASH_CR3] = read_cr3();
	to[CRASH_CR4] = read_cr4();
	if (frame == NULL) {
		to[CRASH_RSP] = (uint64_t)__builtin_frame_address(0);
		return;
	}
	to[CRASH_RIP] = frame->rip;
	to[CRASH_RSP] = frame->rsp;
	to[CRASH_RFLAGS] = frame->rflags;
	to[CRASH_CS] = frame->cs;
	to[CRASH_SS] = frame->ss;
	take_general(to, frame);
}

/* The rest of the stack that @rsp is on; nothing when it is on none. */
static struct crash_stack stack_from(uint64_t rsp)
{
	struct crash_stack stack = { NULL, 0, image_text_start,
				     (size_t)(image_text_end - image_text_start) };
	struct memory_piece piece;

	rsp = align_up(rsp, sizeof(uint64_t));
	for (uint32_t i = 0; memory_piece_at(i, &piece); i++) {
		if (rsp - piece.base < piece.bytes) {
			stack.words = (const uint64_t *)rsp;
			stack.count = (piece.base + piece.bytes - rsp) / sizeof(uint64_t);
			stack.count = min_u64(stack.count, MEMORY_MAIN_STACK_PAGES * PAGE_SIZE / 8);
			return stack;
		}
	}
	return stack;
}

static void take_exit(struct crash_exit *out)
{
	const struct cpu *cpu = panic.owner;
	uint64_t reason = 0;

	if (cpu == NULL || cpu->vcpu == NULL || !cpu->vmcs_current) {
		return;
	}
	out->known = 1;
	out->vcpu = cpu->vcpu->id;
	vmread_try(VMCS_EXIT_REASON, &reason);
	vmread_try(VMCS_EXIT_QUALIFICATION, &out->qualification);
	vmread_try(VMCS_GUEST_RIP, &out->guest_rip);
	out->reason = (uint32_t)reason;
	format(out->guest, sizeof(out->guest), "%s", cpu->vcpu->partition->config->name);
}

static struct crash_record *begin_record(const struct exception_frame *frame,
					 const uint64_t *registers, const char *what)
{
	const struct boot_info *info = panic.info;

	if (keep_record() == NULL) {
		return NULL;
	}
	struct crash_record *record = crash_begin(keep_record(), keep_run());
	record->cpu = panic.owner != NULL ? panic.owner->index : 0;
	record->us = clock_us();
	record->epoch =
		info->epoch_seconds + (rdtsc() - info->epoch_tsc) / max_u64(info->tsc_hz, 1);
	record->image = info->image.value;
	memcpy(record->registers, registers, sizeof(record->registers));
	if (frame != NULL) {
		record->vector = (uint32_t)frame->vector;
		record->error_code = frame->error_code;
	}
	format(record->version, sizeof(record->version), "%s", kernel_version());
	format(record->reason, sizeof(record->reason), "%s", what);
	crash_seal(record);
	panic.record = record;
	return record;
}

/* What follows pointers that may be broken comes after the first words: a fault in here ends in panicked_again(). */
static void complete_record(struct crash_record *record)
{
	struct crash_stack stack = stack_from(record->registers[CRASH_RSP]);

	record->trace_count = crash_trace(&stack, record->trace);
	crash_seal(record);
	take_exit(&record->exit);
	crash_seal(record);
}

/* --- The words */

static void say_registers(const uint64_t *registers)
{
	for (unsigned i = 0; i < CRASH_REGISTERS; i += 3) {
		say("%-6s %016lx  %-6s %016lx  %-6s %016lx", crash_register_name(i), registers[i],
		    crash_register_name(i + 1), registers[i + 1], crash_register_name(i + 2),
		    registers[i + 2]);
	}
}

_Static_assert(CRASH_REGISTERS % 3 == 0, "three on a line");

static void say_record(const struct crash_record *record)
{
	say("image at %016lx; return addresses on the stack, from there:", record->image);
	for (uint32_t i = 0; i < record->trace_count; i++) {
		say("  +0x%lx", record->trace[i] - record->image);
	}
	if (record->exit.known != 0) {
		say("last exit: %s vcpu%u, reason %u, qualification 0x%lx, RIP 0x%lx",
		    record->exit.guest, record->exit.vcpu, record->exit.reason,
		    record->exit.qualification, record->exit.guest_rip);
	}
}

/* --- The end */

static _Noreturn void end_machine(const struct crash_record *record)
{
	if (panic.info == NULL || panic.info->config.monitor.on_panic == CONFIG_PANIC_HALT) {
		say("All processors are stopped. Reset the machine; then crash show.");
		halt();
	}
	if (record != NULL && record->in_a_row >= CRASH_IN_A_ROW_MAX) {
		say("%u panics in a row: no reboot. Reset the machine; then crash show.",
		    record->in_a_row);
		halt();
	}
	say("Rebooting, as on-panic says.");
	power_reset();
}

/* Until processor 0 is online there are no others, and cpu_this() may not be there yet either. */
static void stop_others(void)
{
	if (processor_count() == 0 || processor(0)->online == 0) {
		return;
	}
	__atomic_store_n(&panic.owner, cpu_this(), __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < processor_count(); i++) {
		const struct cpu *cpu = processor(i);

		if (cpu != cpu_this() && cpu->online != 0) {
			lapic_send(cpu->apic_id, ICR_NMI, 0);
		}
	}
}

/* A second fault of the same processor, or another processor's own while the first one talks. */
static _Noreturn void panicked_again(void)
{
	if (panic.owner == NULL || panic.owner != cpu_this() || panic.again) {
		halt();
	}
	panic.again = true;
	say("Another fault in the panic itself.");
	if (panic.record != NULL) {
		crash_seal(panic.record); /* as far as it is complete */
	}
	end_machine(panic.record);
}

_Noreturn void hv_panic(const struct exception_frame *frame, const char *fmt, ...)
{
	uint64_t registers[CRASH_REGISTERS];
	char what[PANIC_LINE_BYTES];
	va_list args;

	interrupts_disable();
	if (__atomic_exchange_n(&panic.begun, 1, __ATOMIC_SEQ_CST) != 0) {
		panicked_again();
	}
	/* Before the first word: they would go on with guests, and one of them with this serial line. */
	stop_others();
	va_start(args, fmt);
	format_v(what, sizeof(what), fmt, args);
	va_end(args);
	take_registers(registers, frame);
	struct crash_record *record = begin_record(frame, registers, what);
	say("\r\nMuntin panic: %s", what);
	say_registers(registers);
	if (record != NULL) {
		complete_record(record);
		say_record(record);
	}
	end_machine(record);
}
