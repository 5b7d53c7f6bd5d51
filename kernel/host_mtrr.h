/* SPDX-License-Identifier: Apache-2.0 */
/* host_mtrr.h: memory types of the machine, from the boot processor's MTRRs. */
#pragma once

#include "arch/vmx/mtrr.h"

/** host_mtrr_read() - read the MTRRs of this processor; firmware keeps those of all processors the same. */
void host_mtrr_read(void);

/** host_mtrr_run() - type of the memory at @start and for how many of @limit bytes it stays. */
struct mtrr_run host_mtrr_run(hpa_t start, uint64_t limit);
