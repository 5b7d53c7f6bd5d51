/* SPDX-License-Identifier: Apache-2.0 */
/* panic.h: the end of the machine by our own fault; hv_panic() itself is declared in arch/cpu/exception.h. */
#pragma once

#include "kernel/lib/types.h"

/** panic_use_port() - where a panic prints: I/O base of a 16550, 0 for nowhere. */
void panic_use_port(uint16_t port, uint32_t speed);

/** panic_park_if_asked() - in the NMI paths: stop this processor for good when another one panicked. */
void panic_park_if_asked(void);
