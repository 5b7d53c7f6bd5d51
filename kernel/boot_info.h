/* SPDX-License-Identifier: Apache-2.0 */
/* boot_info.h: everything the boot room hands to the kernel. Firmware is gone when it is read. */
#pragma once

#include "kernel/config.h"
#include "kernel/image.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/types.h"
#include "kernel/plan.h"

enum { BOOT_IOAPICS_MAX = 16, BOOT_ISA_IRQS = 16 };

/** enum boot_stage - moments of the start whose TSC is kept. */
enum boot_stage {
	BOOT_STAGE_EFI_MAIN,
	BOOT_STAGE_MACHINE,
	BOOT_STAGE_CONFIG,
	BOOT_STAGE_IMAGES,
	BOOT_STAGE_PLAN,
	BOOT_STAGE_FIRMWARE_LEFT,
	BOOT_STAGE_PAGING,
	BOOT_STAGE_PROCESSORS,
	BOOT_STAGE_LAST_GUEST,
	BOOT_STAGE_COUNT
};

/** struct boot_ioapic - one I/O APIC of the machine. */
struct boot_ioapic {
	hpa_t base;
	uint32_t gsi_base;
};

/** struct boot_gsi - where an ISA interrupt is wired to. */
struct boot_gsi {
	uint32_t gsi;
	bool level;
	bool active_low;
};

/** struct boot_reset - the ACPI reset register, or @present false. */
struct boot_reset {
	bool present;
	bool is_memory; /* else a port */
	uint64_t address;
	uint8_t value;
};

/** struct boot_off - how ACPI switches the machine off, or @present false. */
struct boot_off {
	bool present;
	uint16_t pm1a; /* ports */
	uint16_t pm1b; /* 0 for none */
	uint8_t type_a;
	uint8_t type_b;
	uint16_t
		smi_command; /* where @acpi_enable is written if firmware is still in legacy mode; 0: nowhere */
	uint8_t acpi_enable;
};

/** struct boot_guest - the files of one guest; same index as in the config. */
struct boot_guest {
	struct image_file kernel;
	struct image_form form; /* what the config says of @kernel */
	struct image_file initrd;
	uint32_t module_count;
	const struct image_module *modules; /* in boot_info.modules */
};

/** struct boot_info - page aligned, claimed, never written after hand-over. */
struct boot_info {
	uint64_t tsc_at
		[BOOT_STAGE_COUNT]; /* the boot room fills those up to BOOT_STAGE_FIRMWARE_LEFT */
	uint64_t tsc_hz;
	uint64_t
		epoch_seconds; /* wall clock, seconds since 1970 UTC, when the TSC was @epoch_tsc */
	uint64_t epoch_tsc;
	hpa_t image; /* the PE image in memory */
	uint64_t image_bytes;
	hpa_t keep;       /* KEEP_BYTES that a warm reset keeps; 0 for none */
	hpa_t trampoline; /* one page below 1 MiB for starting processors */
	hpa_t rsdp;       /* ACPI's root pointer; 0 when firmware has none */
	bool acpi;        /* processors and wiring come from ACPI */
	uint32_t ioapic_count;
	struct boot_ioapic ioapics[BOOT_IOAPICS_MAX];
	struct boot_gsi isa[BOOT_ISA_IRQS];
	struct boot_reset reset;
	struct boot_off off;
	struct boot_guest guests[CONFIG_GUESTS_MAX];
	struct image_module modules[CONFIG_GUESTS_MAX][CONFIG_MODULES_MAX];
	struct image_file config_text;               /* muntin.conf as it was read */
	struct image_file images[CONFIG_IMAGES_MAX]; /* same index as in the config */
	struct config config;
	struct machine machine;
	struct plan plan;
};
