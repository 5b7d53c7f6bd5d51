/* SPDX-License-Identifier: Apache-2.0 */
/* housekeeper.h: what the monitor's processor does: it runs the monitor and lets the boards' time pass. */
#pragma once

#include "kernel/boot_info.h"

/** housekeeper_port() - I/O base of the UART the config names; 0 for none. */
uint16_t housekeeper_port(const struct config_monitor *monitor);

/** housekeeper_start() - start the monitor, on the line the config names. */
void housekeeper_start(const struct boot_info *info);

/** HOUSEKEEPER_SHARED_NS - how often a guest on the monitor's processor is stopped for it: a UART's FIFO lasts longer. */
enum { HOUSEKEEPER_SHARED_NS = 1000000 };

/**
 * housekeeper_step() - one round: let the boards' time pass, run the monitor.
 * @busy: set to whether there is more to do at once
 *
 * Return: when a board wants the next round at the latest, in clock_ns().
 */
uint64_t housekeeper_step(bool *busy);

/** housekeeper_wake() - from any processor: there is something to do for the monitor. */
void housekeeper_wake(void);

/** housekeeper_run() - start the guests, then serve monitor and boards for ever. */
_Noreturn void housekeeper_run(void);
