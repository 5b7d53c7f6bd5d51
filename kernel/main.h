/* SPDX-License-Identifier: Apache-2.0 */
/* main.h: the kernel's entry from the boot room. */
#pragma once

#include "kernel/boot_info.h"

/**
 * kernel_main() - take the machine over and run the partitions; never returns.
 * @info: from the boot room; firmware is gone, its page tables are still in use, interrupts are off
 */
_Noreturn void kernel_main(struct boot_info *info);

/** kernel_version() - version and build, one line. */
const char *kernel_version(void);
