/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_cr.h: which values a guest may write to its control registers, and what follows.
 *
 * Pure: registers come in as the guest sees them. What does not exit is the processor's to decide, by the same rules.
 */
#pragma once

#include "kernel/guest_paging.h"
#include "kernel/lib/types.h"

/** struct guest_cr - what a write to a control register is judged by; all as the guest sees it. */
struct guest_cr {
	uint64_t cr0, cr3, cr4, efer;
	uint64_t cr4_allowed; /* bits that may be 1 */
	bool code64;          /* CS.L */
	bool tss16;           /* TR names a 16-bit TSS */
};

/** struct guest_cr_after - what a legal write makes of it. */
struct guest_cr_after {
	uint64_t value; /* of the register that was written */
	uint64_t efer;
	bool load_pdptes; /* from CR3; if one is not valid the write is #GP(0) after all, and changes nothing */
};

/**
 * guest_cr0_write() - MOV to CR0 with all its 64 bits (outside of 64-bit code the upper half is 0).
 *
 * Return: false for #GP(0); @after is set otherwise.
 * Source: SDM Vol. 2B, "MOV-Move to/from Control Registers"; Vol. 3A, "Control Registers", "Initializing IA-32e Mode".
 */
bool guest_cr0_write(const struct guest_cr *now, uint64_t value, struct guest_cr_after *after);

/** guest_cr4_write() - MOV to CR4, likewise. CET is never allowed, so its rules are not asked for. */
bool guest_cr4_write(const struct guest_cr *now, uint64_t value, struct guest_cr_after *after);

/**
 * guest_pdptes_valid() - whether PAE paging may start from these entries.
 * @physical_bits: MAXPHYADDR, 36 to 52
 *
 * Source: SDM Vol. 3A, "PDPTE Registers".
 */
bool guest_pdptes_valid(const uint64_t pdptes[GUEST_PDPTES], uint32_t physical_bits);

/**
 * guest_xcr0_is_legal() - whether XSETBV may write @value.
 * @shown: the bits that leaf 0DH shows
 *
 * Source: SDM Vol. 1, "Enabling the XSAVE Feature Set and XSAVE-Enabled Features"; Vol. 2D, "XSETBV".
 */
bool guest_xcr0_is_legal(uint64_t value, uint64_t shown);
