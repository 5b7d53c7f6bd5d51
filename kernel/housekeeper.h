/* SPDX-License-Identifier: Apache-2.0 */
/* housekeeper.h: what the monitor's processor does: it runs the monitor and lets the boards' time pass. */
#pragma once

#include "kernel/boot_info.h"

/** housekeeper_port() - I/O base of the UART the config names; 0 for none. */
uint16_t housekeeper_port(const struct config_monitor *monitor);

/** housekeeper_start() - start the monitor, on the line the config names. */
void housekeeper_start(const struct boot_info *info);

/** housekeeper_run() - start the guests, then serve monitor and boards for ever. */
_Noreturn void housekeeper_run(void);
