/* SPDX-License-Identifier: Apache-2.0 */
/* power.h: resetting the machine and switching it off. */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/lib/status.h"

/** enum power_kind - of a reset. */
enum power_kind {
	POWER_RESET, /* as ACPI says, where it does */
	POWER_WARM,  /* memory keeps what it holds */
	POWER_COLD,  /* as after switching off and on, where the chipset can do that */
};

/** power_init() - remember the ACPI registers; look for a PIIX4 where there are none. */
void power_init(const struct boot_info *info);

/** power_reset() - reset the machine, POWER_RESET. Never returns. */
_Noreturn void power_reset(void);

/**
 * power_reset_as() - reset the machine.
 * @kind: decides what is tried first: ACPI's reset register, or port 0xCF9 with a warm or a cold reset
 *
 * Then the others: ACPI's reset register, 0xCF9, 8042, triple fault. Each gets some milliseconds to work. Never returns.
 * Source: ACPI, "Reset Register"; SDM Vol. 3A, "Triple fault" under "Interrupt 8-Double Fault Exception"; data sheet of the
 * Intel 9 Series PCH, "RST_CNT-Reset Control Register".
 */
_Noreturn void power_reset_as(enum power_kind kind);

/** power_off_way() - how power_off() would do it, in words; NULL: it cannot. */
const char *power_off_way(void);

/**
 * power_off() - switch the machine off: the state S5.
 *
 * \_PTS is not executed: there is no AML interpreter here, and firmware may have put into it what its board needs.
 *
 * Return: E_UNSUPPORTED (there is no way), E_HARDWARE (the machine is still on).
 * Source: ACPI, "Transitioning from the Working to the Soft Off State", "PM1 Control Registers".
 */
enum status power_off(void);
