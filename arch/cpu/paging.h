/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paging.h: the hypervisor's own page tables: four levels, nothing both writable and executable,
 * and never a page at 0.
 *
 * Pure: builds tables; loading CR3 is the caller's business. What is not mapped is the guard.
 */
#pragma once

#include "kernel/lib/addr.h"
#include "kernel/lib/page_tree.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** What may be done with memory; without any of them it may be read. */
enum {
	PAGING_WRITE = 1 << 0,
	PAGING_EXEC = 1 << 1,     /* never with PAGING_WRITE */
	PAGING_UNCACHED = 1 << 2, /* PAT entry 3, which is UC after reset */
	PAGING_GLOBAL = 1 << 3,   /* kept in the TLB when CR3 is loaded */
};

/** Bits of an entry, for those who write one into a table from paging_table(). */
#define PAGING_ENTRY_PRESENT  ((uint64_t)1 << 0)
#define PAGING_ENTRY_WRITE    ((uint64_t)1 << 1)
#define PAGING_ENTRY_PWT      ((uint64_t)1 << 3)
#define PAGING_ENTRY_PCD      ((uint64_t)1 << 4)
#define PAGING_ENTRY_ACCESSED ((uint64_t)1 << 5)
#define PAGING_ENTRY_DIRTY    ((uint64_t)1 << 6)
#define PAGING_ENTRY_GLOBAL   ((uint64_t)1 << 8)
#define PAGING_ENTRY_NX       ((uint64_t)1 << 63)

/** struct paging_setup - what paging_init() needs to know. */
struct paging_setup {
	struct page_source source; /* its pages are used where they are: mapped 1:1 */
	bool has_1g;               /* CPUID.80000001H:EDX, bit 26 */
};

/** struct paging - one set of tables. Only paging.c looks inside. */
struct paging {
	struct page_tree tree;
};

/** struct paging_range - addresses, and the memory they are to mean. */
struct paging_range {
	uint64_t virtual; /* canonical, as is its last byte */
	hpa_t hpa;
	uint64_t bytes;
	uint32_t flags; /* PAGING_... */
};

/** struct paging_entry - a leaf. */
struct paging_entry {
	uint64_t virtual; /* first byte of the page */
	hpa_t hpa;        /* first byte behind it */
	uint64_t bytes;   /* 4 KiB, 2 MiB or 1 GiB */
	uint32_t flags;   /* PAGING_... as the processor will read the entry */
};

/** paging_leaf_fn - is shown a leaf. */
typedef void (*paging_leaf_fn)(void *context, const struct paging_entry *entry);

/**
 * paging_init() - tables that map nothing.
 * @paging: filled in
 * @setup:  copied
 *
 * Return: OK, E_NO_MEMORY.
 */
enum status paging_init(struct paging *paging, const struct paging_setup *setup);

/**
 * paging_map() - give addresses a meaning.
 * @paging: tables
 * @range:  both addresses and the length are multiples of 4 KiB
 *
 * Uses the largest page that both alignments and the processor allow. Needs EFER.NXE, and CR0.WP
 * and CR4.PGE to mean what it says. Nothing is mapped on an error, but for E_NO_MEMORY: what came
 * before stays mapped.
 *
 * Return: OK, E_INVALID (no bytes, writable and executable, an unknown flag, the page at 0),
 * E_UNALIGNED, E_RANGE (not canonical, or beyond 52 bits of hpa), E_OVERLAP, E_NO_MEMORY.
 * Source: SDM Vol. 3A, "4-Level Paging and 5-Level Paging".
 */
enum status paging_map(struct paging *paging, const struct paging_range *range);

/**
 * paging_lookup() - the leaf that translates @virtual.
 * @out: filled in; the host address is out->hpa + (@virtual - out->virtual)
 *
 * Return: whether @virtual is mapped.
 */
bool paging_lookup(const struct paging *paging, uint64_t virtual, struct paging_entry *out);

/** paging_walk() - show every leaf to @leaf: those of the lower half first, ascending. */
void paging_walk(const struct paging *paging, paging_leaf_fn leaf, void *context);

/**
 * paging_table() - the page table (512 entries of 4 KiB) for the 2 MiB around @virtual, made when
 * needed. Whoever writes entries into it also invalidates them.
 *
 * Return: the table; NULL when @virtual is not canonical, lies in the first 2 MiB or in a large
 * page, or when tables ran out.
 */
uint64_t *paging_table(struct paging *paging, uint64_t virtual);

/** paging_root() - physical address of the top table, for CR3. */
uint64_t paging_root(const struct paging *paging);
