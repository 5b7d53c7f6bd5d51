/* SPDX-License-Identifier: Apache-2.0 */
/* housekeeper.h: what the monitor's processor does: it runs the monitor and lets the boards' time pass. */
#pragma once

#include "kernel/boot_info.h"

/** housekeeper_port() - I/O base of the UART the config names; 0 for none. */
uint16_t housekeeper_port(const struct config_monitor *monitor);

/** housekeeper_main() - start the monitor and the guests, then serve them for ever. */
_Noreturn void housekeeper_main(const struct boot_info *info);
