/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: resetting the machine and switching it off. */
#include "kernel/power.h"

#include "arch/cpu/insn.h"
#include "kernel/clock.h"

enum {
	RESET_CONTROL = 0xCF9,
	RESET_CONTROL_WARM = 0x02, /* what kind, then */
	RESET_CONTROL_COLD = 0x0A,
	RESET_CONTROL_NOW = 0x04, /* the bit that does it */
	KEYBOARD_COMMAND = 0x64,
	KEYBOARD_PULSE_RESET = 0xFE,
	WAIT_NS = 20000000,
	PCI_ADDRESS = 0xCF8,
	PCI_DATA = 0xCFC,
	PIIX4_DEVICE = 1,
	PIIX4_PM_FUNCTION = 3,
	PIIX4_PMBA = 0x40,
	PIIX4_PMBA_PORTS = 0xFFC0,
	PIIX4_PMREGMISC = 0x80,
	PIIX4_PMREGMISC_ON = 1,
	PIIX4_PMCNTRL = 4,
	PM1_SCI_EN = 1 << 0,
	PM1_TYPE_SHIFT = 10,
	PM1_TYPE = 7 << PM1_TYPE_SHIFT,
	PM1_SLEEP = 1 << 13,
	/* Firmware may take seconds to hand ACPI over (ACPI, "Legacy/ACPI Select and the SCI Interrupt"). */
	WAITS_FOR_ACPI = 150,
	WAITS_FOR_OFF = 50,
};

#define PCI_ENABLE  ((uint32_t)1 << 31)
#define PIIX4_PM_ID ((uint32_t)0x71138086)

static struct {
	struct boot_reset reset;
	struct boot_off off;
	const char *off_way;
} power;

static uint32_t piix4_function(void)
{
	return PCI_ENABLE | PIIX4_DEVICE << 11 | PIIX4_PM_FUNCTION << 8;
}

/* A register of the PIIX4's power management; 0 when there is no PIIX4. */
static uint32_t piix4_read(uint32_t at)
{
	out32(PCI_ADDRESS, piix4_function());
	if (in32(PCI_DATA) != PIIX4_PM_ID) {
		return 0;
	}
	out32(PCI_ADDRESS, piix4_function() | at);
	return in32(PCI_DATA);
}

/* Intel 82371AB (PIIX4) data sheet, "PMCNTRL-Power Management Control Register": type 0 is soft off. */
static void find_piix4_off(void)
{
	uint32_t ports = piix4_read(PIIX4_PMBA) & PIIX4_PMBA_PORTS;

	if (ports != 0 && (piix4_read(PIIX4_PMREGMISC) & PIIX4_PMREGMISC_ON) != 0) {
		power.off.present = true;
		power.off.pm1a = (uint16_t)(ports + PIIX4_PMCNTRL);
		power.off_way = "PIIX4 soft off";
	}
}

void power_init(const struct boot_info *info)
{
	power.reset = info->reset;
	power.off = info->off;
	power.off_way = info->off.present ? "ACPI S5" : NULL;
	if (!info->off.present && !info->acpi) {
		find_piix4_off();
	}
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
	if (piix4_read(PIIX4_PMREGMISC) != 0) {
		out32(PCI_ADDRESS, piix4_function() | PIIX4_PMREGMISC);
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
	const struct boot_reset *reset = &power.reset;

	if (!reset->present) {
		return;
	}
	if (reset->is_memory) {
		*(volatile uint8_t *)reset->address = reset->value;
	} else {
		out8((uint16_t)reset->address, reset->value);
	}
	wait();
}

static void write_reset_control(uint8_t kind)
{
	out8(RESET_CONTROL, kind);
	out8(RESET_CONTROL, kind | RESET_CONTROL_NOW);
	wait();
}

_Noreturn void power_reset_as(enum power_kind kind)
{
	interrupts_disable();
	switch_piix4_ports_off();
	if (kind == POWER_RESET) {
		write_reset_register();
	}
	write_reset_control(kind == POWER_COLD ? RESET_CONTROL_COLD : RESET_CONTROL_WARM);
	write_reset_register();
	out8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
	wait();
	triple_fault();
	for (;;) {
		__asm__ volatile("hlt");
	}
}

_Noreturn void power_reset(void)
{
	power_reset_as(POWER_RESET);
}

const char *power_off_way(void)
{
	return power.off_way;
}

/* In legacy mode firmware, not the register, decides what SLP_EN does. */
static void take_acpi_over(void)
{
	if (power.off.smi_command == 0 || (in16(power.off.pm1a) & PM1_SCI_EN) != 0) {
		return;
	}
	out8(power.off.smi_command, power.off.acpi_enable);
	for (int i = 0; i < WAITS_FOR_ACPI && (in16(power.off.pm1a) & PM1_SCI_EN) == 0; i++) {
		wait();
	}
}

static uint16_t pm1_value(uint16_t port, uint8_t type)
{
	uint32_t kept = in16(port) & ~(uint32_t)(PM1_TYPE | PM1_SLEEP);

	return (uint16_t)(kept | (uint32_t)type << PM1_TYPE_SHIFT);
}

enum status power_off(void)
{
	const struct boot_off *off = &power.off;

	if (!off->present) {
		return E_UNSUPPORTED;
	}
	take_acpi_over();
	uint16_t a = pm1_value(off->pm1a, off->type_a);
	uint16_t b = off->pm1b != 0 ? pm1_value(off->pm1b, off->type_b) : 0;

	out16(off->pm1a, a);
	if (off->pm1b != 0) {
		out16(off->pm1b, b);
	}
	out16(off->pm1a, a | PM1_SLEEP);
	if (off->pm1b != 0) {
		out16(off->pm1b, b | PM1_SLEEP);
	}
	for (int i = 0; i < WAITS_FOR_OFF; i++) {
		wait();
	}
	return E_HARDWARE;
}
