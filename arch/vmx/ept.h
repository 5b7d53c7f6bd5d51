/* SPDX-License-Identifier: Apache-2.0 */
/* ept.h: extended page tables: which host memory a partition's guest-physical pages are. */
#pragma once

#include "arch/vmx/memory_type.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/page_tree.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/* What a guest may do with a page: bits 2:0 of an entry. */
enum { EPT_READ = 1 << 0, EPT_WRITE = 1 << 1, EPT_EXEC = 1 << 2 };

/** struct ept_setup - what ept_init() needs to know. */
struct ept_setup {
	struct page_source source;
	bool has_2m; /* IA32_VMX_EPT_VPID_CAP, bit 16 */
	bool has_1g; /* IA32_VMX_EPT_VPID_CAP, bit 17 */
};

/** struct ept - tables of one partition. Only ept.c looks inside. */
struct ept {
	struct page_tree tree;
};

/** struct ept_range - guest-physical memory and the host memory behind it. */
struct ept_range {
	gpa_t gpa;
	hpa_t hpa;
	uint64_t bytes;
	uint8_t access; /* EPT_READ, with or without EPT_WRITE and EPT_EXEC */
	uint8_t type;   /* enum memory_type; the guest's own PAT can still make it less cached */
};

/** struct ept_entry - a leaf. */
struct ept_entry {
	gpa_t gpa;      /* first byte of the page */
	hpa_t hpa;      /* first byte behind it */
	uint64_t bytes; /* 4 KiB, 2 MiB or 1 GiB */
	uint8_t access;
	uint8_t type;
};

/** ept_leaf_fn - is shown a leaf. */
typedef void (*ept_leaf_fn)(void *context, const struct ept_entry *entry);

/**
 * ept_init() - tables that map nothing.
 * @ept:   filled in
 * @setup: copied
 *
 * Return: OK, E_NO_MEMORY.
 */
enum status ept_init(struct ept *ept, const struct ept_setup *setup);

/**
 * ept_map() - give a guest-physical range its host memory.
 * @ept:   tables of one partition; not in use by any processor yet
 * @range: both addresses and the length are multiples of 4 KiB
 *
 * Uses the largest page that both alignments and the processor allow. Nothing is mapped on an
 * error, but for E_NO_MEMORY: what came before stays mapped.
 *
 * Return: OK, E_INVALID (no bytes, not readable, no such type), E_UNALIGNED, E_RANGE (beyond 48
 * bits of gpa or 52 of hpa), E_OVERLAP (part of the range is mapped), E_NO_MEMORY.
 * Source: SDM Vol. 3C, "EPT Translation Mechanism" and "EPT Misconfigurations".
 */
enum status ept_map(struct ept *ept, const struct ept_range *range);

/** ept_reserve() - make tables for small pages in a range of @bytes, 0 for none. Return: OK, E_NO_MEMORY, E_OVERLAP. */
enum status ept_reserve(struct ept *ept, gpa_t from, uint64_t bytes);

/**
 * ept_remap() - map a reserved range, whatever it was before, with pages of 4 KiB.
 * @ept:   may have been in use; the caller drops what processors have cached of it
 * @range: as for ept_map(); @access 0 maps nothing
 *
 * Return: OK, E_INVALID, E_UNALIGNED, E_NO_MEMORY (not all of it is reserved; part may be mapped).
 */
enum status ept_remap(struct ept *ept, const struct ept_range *range);

/**
 * ept_lookup() - the leaf that translates @at.
 * @out: filled in; the host address of @at is out->hpa + (@at - out->gpa)
 *
 * Return: whether @at is mapped.
 */
bool ept_lookup(const struct ept *ept, gpa_t at, struct ept_entry *out);

/** ept_walk() - show every leaf to @leaf, in ascending order of gpa. */
void ept_walk(const struct ept *ept, ept_leaf_fn leaf, void *context);

/**
 * ept_path() - the entries that translate @at, or that say that it is not mapped.
 *
 * Return: how many of @path are filled in; 0 when @at is beyond what four levels translate.
 */
uint32_t ept_path(const struct ept *ept, gpa_t at, struct page_tree_step path[PAGE_TREE_LEVELS]);

/** struct ept_run - pages of one size in a row, there and here, with the same access and type. */
struct ept_run {
	struct ept_entry first;
	uint64_t bytes; /* of all of them */
};

/**
 * ept_next_run() - the first run behind *@at.
 * @at: in: where to look from, 0 at first; out: behind the run, for the next call
 *
 * Return: whether there was one.
 */
bool ept_next_run(const struct ept *ept, uint64_t *at, struct ept_run *run);

/**
 * ept_pointer() - the EPT pointer for the VMCS: write-back tables, four levels, no accessed and
 * dirty flags.
 *
 * Source: SDM Vol. 3C, "Extended-Page-Table Pointer (EPTP)".
 */
uint64_t ept_pointer(const struct ept *ept);
