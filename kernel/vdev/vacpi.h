/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vacpi.h: the ACPI tables of one guest.
 *
 * RSDP, FACS, DSDT, FADT, MADT, MCFG, SPCR, where there is one HPET, and XSDT, one after the other, with the RSDP first, where systems without a
 * boot loader's help look for it.
 */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum {
	VACPI_BASE = 0xE0000,      /* guest-physical */
	VACPI_BYTES_MAX = 0x10000, /* up to VACPI_BASE + this, nothing else may lie */
	VACPI_CPUS_MAX = 255,      /* an 8-bit processor UID names every one of them */
};

#define VACPI_LAPIC_BASE   0xFEE00000U
#define VACPI_IOAPIC_BASE  0xFEC00000U
#define VACPI_APIC_ID_NONE 0xFFFFFFFFU /* the broadcast: no processor's ID */

/** struct vacpi_setup - what differs from guest to guest. */
struct vacpi_setup {
	uint32_t cpu_count;       /* 1 to VACPI_CPUS_MAX */
	const uint32_t *apic_ids; /* as the guest numbers them; the BSP's first */
	bool hpet;                /* whether its board has an HPET */
};

/**
 * vacpi_build() - write a guest's tables.
 * @setup:  the guest
 * @buffer: what the guest will find at VACPI_BASE
 * @size:   bytes of room in it; VACPI_BYTES_MAX is enough for any guest
 * @used:   set to the bytes written, from the start of @buffer
 *
 * The guest may write to these bytes as to any RAM (the FACS holds the global lock): build them anew for
 * each start. Its memory map should call them reserved.
 *
 * Return: OK, E_RANGE (number of processors, or an APIC ID that is none), E_FULL (@size too small).
 * Source: ACPI 5.0, "ACPI Software Programming Model": the sections on each table.
 */
enum status vacpi_build(const struct vacpi_setup *setup, uint8_t *buffer, size_t size,
			size_t *used);
