/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address_space.h: what the hypervisor itself has mapped: its image, its arena, the guests' images
 * (read-only), the trampoline, the I/O APICs, and one page a processor as its window on guest RAM.
 *
 * Everything but the windows is mapped 1:1. Guest RAM is not mapped.
 */
#pragma once

#include "arch/cpu/cpu.h"
#include "arch/cpu/paging.h"
#include "kernel/boot_info.h"

/** struct address_space_range - something that is mapped 1:1. */
struct address_space_range {
	const char *what;
	const char *guest; /* whose image it is, or NULL */
	int32_t cpu;       /* whose stack it is, or -1 */
	uint64_t base;
	uint64_t bytes; /* 0: there is none, nothing is mapped */
	uint32_t flags; /* PAGING_... */
};

/** address_space_range() - range @index of all that is mapped 1:1, arena included. False: no more. */
bool address_space_range(uint32_t index, struct address_space_range *range);

/** address_space_ranges() - how many there are; the last one is the arena without its stacks. */
uint32_t address_space_ranges(void);

/** address_space_build() - make the page tables; loads nothing. hv_panic() when that fails. */
void address_space_build(const struct boot_info *info);

/** address_space_load() - put this processor on them. */
void address_space_load(void);

/** address_space_cr3() - what CR3 holds on them; below 4 GiB. */
uint64_t address_space_cr3(void);

/** address_space_paging() - the tables, for selftest. */
const struct paging *address_space_paging(void);

/** address_space_attach_window() - give @cpu its window. */
void address_space_attach_window(struct cpu *cpu);

/** window_open() - make a page of guest RAM visible to this processor, until window_close() or the next of these. */
void *window_open(hpa_t page);

/** window_close() - unmap it again. */
void window_close(void);

/** window_is() - whether @virtual belongs to a processor's window. */
bool window_is(uint64_t virtual);
