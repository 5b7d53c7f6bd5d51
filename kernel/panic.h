/* SPDX-License-Identifier: Apache-2.0 */
/* panic.h: the end of the machine by our own fault; hv_panic() itself is declared in arch/cpu/exception.h. */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/lib/types.h"

/**
 * panic_init() - what a panic needs to know.
 * @info: the config's on-panic and speed, the wall clock, where the image is; stays
 * @port: I/O base of the 16550 it prints on, 0 for nowhere
 */
void panic_init(const struct boot_info *info, uint16_t port);

/** panic_park_if_asked() - in the NMI paths: stop this processor for good when another one panicked. */
void panic_park_if_asked(void);
