/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_paging.h: translates a guest's linear addresses by its own page tables.
 *
 * Pure: the control registers come in as values, the tables through guest_memory.h.
 */
#pragma once

#include "kernel/guest_memory.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum { GUEST_PDPTES = 4 };

/** struct guest_paging - the registers that decide how a guest's addresses are translated. */
struct guest_paging {
	uint64_t cr0, cr3, cr4, efer;
	uint64_t pdptes[GUEST_PDPTES]; /* PAE paging uses the processor's copies, not memory */
	uint64_t rflags;               /* for guest_paging_access() alone, as what follows */
	uint8_t physical_bits;         /* MAXPHYADDR that CPUID shows */
};

/**
 * guest_paging_translate() - the guest-physical address behind a linear one.
 * @paging: registers of the guest
 * @memory: its RAM, where its tables are
 * @linear: outside of long mode bits 63:32 are ignored
 * @out:    set when OK
 *
 * Looks at presence and page sizes only: who may access the page was the processor's question,
 * before the exit.
 *
 * Return: OK, E_NOT_FOUND (not present), E_RANGE (a table is not in RAM).
 * Source: SDM Vol. 3A, "32-Bit Paging", "PAE Paging", "4-Level Paging and 5-Level Paging".
 */
enum status guest_paging_translate(const struct guest_paging *paging, struct guest_memory *memory,
				   uint64_t linear, gpa_t *out);

/** struct guest_rights - what an access is, as paging sees it. */
struct guest_rights {
	bool write;
	bool user;     /* made at CPL 3, and not by the processor on its own account */
	bool implicit; /* to a descriptor table or a TSS: RFLAGS.AC opens nothing */
};

/* Page-fault error codes (SDM Vol. 3A, "Page-Fault Exceptions"). */
enum {
	PAGE_FAULT_P = 1 << 0,
	PAGE_FAULT_W = 1 << 1,
	PAGE_FAULT_U = 1 << 2,
	PAGE_FAULT_RSVD = 1 << 3
};

/**
 * guest_paging_access() - the same for data that is accessed now: with rights, and accessed and dirty flags set.
 * @rights:     of the access; protection keys and shadow stacks are shown to no guest
 * @out:        set when OK
 * @error_code: set when E_DENIED
 *
 * Return: OK, E_DENIED (a page fault), E_RANGE (a table is not in RAM).
 * Source: SDM Vol. 3A, "Determination of Access Rights", "Accessed and Dirty Flags".
 */
enum status guest_paging_access(const struct guest_paging *paging, struct guest_memory *memory,
				uint64_t linear, const struct guest_rights *rights, gpa_t *out,
				uint32_t *error_code);

/** struct guest_linear - memory of a guest, by linear address. */
struct guest_linear {
	const struct guest_paging *paging;
	struct guest_memory *memory;
	uint64_t address; /* outside of long mode bits 63:32 are ignored */
};

/**
 * guest_linear_read() - copy up to @size bytes.
 *
 * Return: how many could be read; they end where a page is not present, or not in RAM.
 */
size_t guest_linear_read(const struct guest_linear *from, void *to, size_t size);
