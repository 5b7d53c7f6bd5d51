/* SPDX-License-Identifier: Apache-2.0 */
/* tsc.h: how fast the time-stamp counter runs. */
#pragma once

#include "kernel/lib/report.h"
#include "kernel/lib/types.h"

/** tsc_use_pm_timer() - let tsc_measure() use the ACPI PM timer at @port (24 bits at least). */
void tsc_use_pm_timer(uint16_t port);

/** tsc_use_hpet() - let tsc_measure() use the HPET whose registers are mapped at @registers. */
void tsc_use_hpet(uint64_t registers);

/**
 * tsc_measure() - ticks of the time-stamp counter per second.
 * @report: gets a message when nothing on this machine tells
 *
 * Measured against a timer that is seen to move (ACPI PM timer, else the HPET, else the 8254); what CPUID leaf 15H claims
 * is used only when no timer moves, because some processors claim a frequency they do not run at.
 *
 * Return: Hz, 0 with a message when it cannot be known.
 * Source: SDM Vol. 3B, "Determining the Processor Base Frequency"; Intel 8254 data sheet; IA-PC HPET specification.
 */
uint64_t tsc_measure(struct report *report);

/** tsc_source() - what tsc_measure() went by, in words. */
const char *tsc_source(void);
