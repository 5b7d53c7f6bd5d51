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
	PCI_ADDRESS = 0xCF8,
	PCI_DATA = 0xCFC,
	PIIX4_DEVICE = 1,
	PIIX4_PM_FUNCTION = 3,
	PIIX4_PMREGMISC = 0x80,
};

#define PCI_ENABLE  ((uint32_t)1 << 31)
#define PIIX4_PM_ID ((uint32_t)0x71138086)

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

/*
 * Bochs 2.7 forgets at a reset where the PIIX4's power-management ports are, but not that they are on; its firmware
 * then waits for ever for a timer at port 8. Off, as at power-on, they are set up again, here and on any PIIX4.
 * Source: Intel 82371AB (PIIX4) data sheet, "PMREGMISC-Miscellaneous Power Management".
 */
static void switch_piix4_ports_off(void)
{
	uint32_t function = PCI_ENABLE | PIIX4_DEVICE << 11 | PIIX4_PM_FUNCTION << 8;

	out32(PCI_ADDRESS, function);
	if (in32(PCI_DATA) == PIIX4_PM_ID) {
		out32(PCI_ADDRESS, function | PIIX4_PMREGMISC);
		out8(PCI_DATA, 0);
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
	switch_piix4_ports_off();
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
