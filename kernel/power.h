/* SPDX-License-Identifier: Apache-2.0 */
/* power.h: resetting the machine. */
#pragma once

#include "kernel/boot_info.h"

/** power_init() - remember the ACPI reset register. */
void power_init(const struct boot_reset *reset);

/**
 * power_reset() - reset the machine: ACPI reset register, port 0xCF9, 8042, triple fault, in this order.
 *
 * Each gets some milliseconds to work. Never returns.
 * Source: ACPI, "Reset Register"; SDM Vol. 3A, "Triple fault" under "Interrupt 8-Double Fault Exception".
 */
_Noreturn void power_reset(void);
