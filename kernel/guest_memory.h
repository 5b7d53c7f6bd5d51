/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_memory.h: the only way to read or write a guest's RAM, or to read its firmware: by guest-physical address, checked.
 *
 * The hypervisor implements it over the per-processor window; the host tests over an array.
 */
#pragma once

#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

struct guest_memory;

/** guest_memory_write() - copy @bytes from @from to RAM at @to. E_RANGE, and nothing written, unless all is RAM. */
enum status guest_memory_write(struct guest_memory *memory, gpa_t to, const void *from,
			       size_t bytes);

/** guest_memory_read() - copy @bytes at @from to @to. E_RANGE, and nothing read, unless all is RAM or firmware. */
enum status guest_memory_read(struct guest_memory *memory, gpa_t from, void *to, size_t bytes);

/**
 * guest_memory_open() - look at the byte at @at, and at what follows it in its page. NULL: no RAM or firmware there.
 *
 * Until the next call of this file's functions; guest_memory_close() comes last. For walks of page tables, which look at a
 * word here and there; whatever is read may change at any time.
 */
const volatile void *guest_memory_open(struct guest_memory *memory, gpa_t at);

/** guest_memory_close() - nothing is looked at any more. */
void guest_memory_close(void);

/** guest_memory_zero() - fill RAM with zeros. E_RANGE, and nothing written, unless all is RAM. */
enum status guest_memory_zero(struct guest_memory *memory, gpa_t to, size_t bytes);

/**
 * guest_memory_exchange() - a locked compare and exchange in RAM at @at, which does not cross a page.
 * @bytes: 1, 2, 4 or 8
 *
 * Return: OK; E_INVALID, and nothing written: it was not @expected; E_RANGE: no RAM there.
 */
enum status guest_memory_exchange(struct guest_memory *memory, gpa_t at, uint64_t expected,
				  uint64_t value, size_t bytes);
