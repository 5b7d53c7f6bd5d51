/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vlapic_mode.h: the mode a guest's local APIC is in, and which way leads from one to another.
 *
 * Pure. The physical APIC is in x2APIC mode, whatever the guest's is in.
 */
#pragma once

#include "kernel/lib/types.h"

/** enum vlapic_mode - of a virtual processor's local APIC. */
enum vlapic_mode {
	VLAPIC_DISABLED, /* as a processor without one */
	VLAPIC_XAPIC,    /* registers in the page at APIC_BASE_ADDRESS */
	VLAPIC_X2APIC,   /* registers are MSRs */
};

/** vlapic_mode_of() - the mode that a value of IA32_APIC_BASE stands for. */
enum vlapic_mode vlapic_mode_of(uint64_t base);

/** vlapic_mode_base() - IA32_APIC_BASE of a processor that is switched on in @mode. */
uint64_t vlapic_mode_base(enum vlapic_mode mode, bool boot_processor);

/**
 * vlapic_mode_allows() - whether WRMSR may change IA32_APIC_BASE.
 * @from: what it is
 * @to:   what is written
 *
 * Deviation: the page cannot be moved; a write that moves it faults like one of a reserved bit.
 *
 * Return: false for #GP.
 * Source: SDM Vol. 3A, "x2APIC State Transitions".
 */
bool vlapic_mode_allows(uint64_t from, uint64_t to);
