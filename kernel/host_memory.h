/* SPDX-License-Identifier: Apache-2.0 */
/* host_memory.h: a look at memory of the machine that Muntin has not mapped: firmware's tables. */
#pragma once

#include "kernel/lib/addr.h"
#include "kernel/lib/types.h"

/**
 * host_memory_read() - copy @bytes at @at to @to, through this processor's window.
 *
 * Return: false when they may not be read: page 0, an address no processor has, guest RAM, or what Muntin has mapped.
 */
bool host_memory_read(hpa_t at, void *to, size_t bytes);
