/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: resetting the machine. */
#include "kernel/power.h"

#include "arch/cpu/insn.h"
#include "kernel/clock.h"

enum {
	RESET_CONTROL = 0xCF9,
	RESET_CONTROL_SYSTEM = 0x02, /* what kind, then */
	RESET_CONTROL_NOW = 0x06,    /* the bit that does it */
	KEYBOARD_COMMAND = 0x64,
	KEYBOARD_PULSE_RESET = 0xFE,
	WAIT_NS = 20000000,
};

static struct boot_reset reset_register;

void power_init(const struct boot_reset *reset)
{
	reset_register = *reset;
}

static void wait(void)
{
	uint64_t from = clock_ns();

	while (clock_ns() - from < WAIT_NS) {
		__builtin_ia32_pause();
	}
}

/* The exception that cannot be delivered because there is no IDT cannot be handled either. */
static void triple_fault(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = { 0, 0 };

	__asm__ volatile("lidt %0; ud2" : : "m"(none));
}

static void write_reset_register(void)
{
	if (reset_register.is_memory) {
		*(volatile uint8_t *)reset_register.address = reset_register.value;
	} else {
		out8((uint16_t)reset_register.address, reset_register.value);
	}
}

_Noreturn void power_reset(void)
{
	interrupts_disable();
	if (reset_register.present) {
		write_reset_register();
		wait();
	}
	out8(RESET_CONTROL, RESET_CONTROL_SYSTEM);
	out8(RESET_CONTROL, RESET_CONTROL_NOW);
	wait();
	out8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
	wait();
	triple_fault();
	for (;;) {
		__asm__ volatile("hlt");
	}
}
