/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsmbios.h: the SMBIOS tables of one guest.
 *
 * A 64-bit and a 32-bit entry point, as not every system looks for the former, and the table both name. They
 * lie where systems without UEFI look for them, and say nothing about the machine below but its processors' type.
 */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum {
	VSMBIOS_BASE = 0xF0000,      /* guest-physical; also the 64-bit entry point */
	VSMBIOS_BYTES_MAX = 0x10000, /* up to VSMBIOS_BASE + this, nothing else may lie */
	VSMBIOS_CPUS_MAX = 255,      /* where one-byte counts of cores end */
	VSMBIOS_UUID_BYTES = 16,
	VSMBIOS_VENDOR_BYTES = 13,
};

/** struct vsmbios_ram - a range of RAM, in bytes; whole KiB. */
struct vsmbios_ram {
	uint64_t base;
	uint64_t bytes;
};

/** struct vsmbios_setup - what differs from guest to guest. No string is empty. */
struct vsmbios_setup {
	const char *name;    /* of the guest: its serial number */
	const uint8_t *uuid; /* VSMBIOS_UUID_BYTES, in the order they are written in */
	const char *version; /* of the hypervisor, as its firmware's */
	uint32_t cpu_count;  /* 1 to VSMBIOS_CPUS_MAX: cores of one processor */
	uint64_t cpu_mhz;    /* 0: unknown */
	uint64_t cpu_id;     /* CPUID leaf 1: EAX, above it EDX */
	char vendor[VSMBIOS_VENDOR_BYTES]; /* CPUID leaf 0, with a NUL */
	uint32_t ram_count;
	const struct vsmbios_ram *ram; /* in ascending order */
};

/**
 * vsmbios_build() - write a guest's tables.
 * @setup:  the guest
 * @buffer: what the guest will find at VSMBIOS_BASE
 * @size:   bytes of room in it; 1 KiB is enough for 8 ranges of RAM and strings of 64 characters
 * @used:   set to the bytes written, from the start of @buffer
 *
 * The guest may write to these bytes as to any RAM: build them anew for each start. Its memory map should
 * call them reserved.
 *
 * Return: OK, E_RANGE (number of processors), E_FULL (@size too small).
 * Source: DMTF DSP0134 3.0, "System Management BIOS Reference Specification": the sections on each structure.
 */
enum status vsmbios_build(const struct vsmbios_setup *setup, uint8_t *buffer, size_t size,
			  size_t *used);
