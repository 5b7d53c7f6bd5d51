/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsmbios_layout.h: SMBIOS structures of version 3.0, as they lie in memory.
 *
 * Source: DMTF DSP0134 3.0, the sections named below.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vdev/vsmbios.h"

/* "Structure header format". A handle is the structure's type; in the low byte, which one of that type. */
struct smbios_header {
	uint8_t type;
	uint8_t length;
	uint16_t handle;
} __attribute__((packed));

#define SMBIOS_HEADER(object, number)                                                              \
	{                                                                                          \
		(number), sizeof(object), (number) << 8                                            \
	}

/* Bytes that are strings hold the number of one in the list behind the structure, from 1; 0 is none. */

/* "BIOS Information (Type 0)" */
struct smbios_bios {
	struct smbios_header header;
	uint8_t vendor;
	uint8_t version;
	uint16_t segment;
	uint8_t date;
	uint8_t rom_size; /* 64 KiB blocks, less one */
	uint64_t characteristics;
	uint8_t extended[2];
	uint8_t releases[4]; /* of this firmware and of an embedded controller's */
} __attribute__((packed));

/* "System Information (Type 1)" */
struct smbios_machine {
	struct smbios_header header;
	uint8_t manufacturer;
	uint8_t product;
	uint8_t version;
	uint8_t serial;
	uint8_t uuid[VSMBIOS_UUID_BYTES];
	uint8_t wake_up;
	uint8_t sku;
	uint8_t family;
} __attribute__((packed));

/* "Processor Information (Type 4)" */
struct smbios_processor {
	struct smbios_header header;
	uint8_t socket;
	uint8_t type;
	uint8_t family;
	uint8_t manufacturer;
	uint64_t id;
	uint8_t version;
	uint8_t voltage;
	uint16_t clock;
	uint16_t speed_max;
	uint16_t speed;
	uint8_t status;
	uint8_t upgrade;
	uint16_t caches[3];
	uint8_t labels[3]; /* serial, asset and part number */
	uint8_t cores;
	uint8_t cores_enabled;
	uint8_t threads;
	uint16_t characteristics;
	uint16_t family2;
	uint16_t cores2;
	uint16_t cores_enabled2;
	uint16_t threads2;
} __attribute__((packed));

/* "Physical Memory Array (Type 16)" */
struct smbios_array {
	struct smbios_header header;
	uint8_t location;
	uint8_t use;
	uint8_t correction;
	uint32_t kib;
	uint16_t errors;
	uint16_t devices;
	uint64_t bytes;
} __attribute__((packed));

/* "Memory Device (Type 17)" */
struct smbios_device {
	struct smbios_header header;
	uint16_t array;
	uint16_t errors;
	uint16_t width_total;
	uint16_t width;
	uint16_t size;
	uint8_t form;
	uint8_t set;
	uint8_t locator;
	uint8_t bank;
	uint8_t type;
	uint16_t detail;
	uint16_t speed;
	uint8_t labels[4];
	uint8_t rank;
	uint32_t mib;
	uint16_t speed_configured;
	uint16_t voltages[3];
} __attribute__((packed));

/* "Memory Array Mapped Address (Type 19)" */
struct smbios_mapped {
	struct smbios_header header;
	uint32_t first_kib;
	uint32_t last_kib;
	uint16_t array;
	uint8_t width; /* devices side by side */
	uint64_t first;
	uint64_t last;
} __attribute__((packed));

/* "System Boot Information (Type 32)" */
struct smbios_boot {
	struct smbios_header header;
	uint8_t reserved[6];
	uint8_t status;
} __attribute__((packed));

/* "SMBIOS 3.0 (64-bit) Entry Point" */
struct smbios_entry_64 {
	char anchor[5];
	uint8_t checksum;
	uint8_t length;
	uint8_t version[3];
	uint8_t revision;
	uint8_t reserved;
	uint32_t table_bytes;
	uint64_t table;
} __attribute__((packed));

/* "SMBIOS 2.1 (32-bit) Entry Point" */
struct smbios_entry_32 {
	char anchor[4];
	uint8_t checksum;
	uint8_t length;
	uint8_t version[2];
	uint16_t longest;
	uint8_t revision;
	uint8_t formatted[5];
	char anchor_table[5]; /* from here on a checksum of its own */
	uint8_t checksum_table;
	uint16_t table_bytes;
	uint32_t table;
	uint16_t count;
	uint8_t bcd;
} __attribute__((packed));

_Static_assert(sizeof(struct smbios_bios) == 0x18 && sizeof(struct smbios_machine) == 0x1B &&
		       sizeof(struct smbios_processor) == 0x30 &&
		       sizeof(struct smbios_array) == 0x17 &&
		       sizeof(struct smbios_device) == 0x28 &&
		       sizeof(struct smbios_mapped) == 0x1F && sizeof(struct smbios_boot) == 0x0B &&
		       sizeof(struct smbios_entry_64) == 0x18 &&
		       sizeof(struct smbios_entry_32) == 0x1F,
	       "the lengths of version 3.0");
