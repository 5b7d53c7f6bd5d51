/* SPDX-License-Identifier: Apache-2.0 */
/* partition_rom.c: the firmware image that a guest finds below 4 GiB. */
#include "kernel/partition_rom.h"

#include "arch/cpu/exception.h"
#include "arch/vmx/vmx.h"
#include "kernel/partition.h"
#include "kernel/plan_image.h"

/* Where ROM of @bytes begins. */
static gpa_t start_of(uint64_t bytes)
{
	return gpa(4 * GIB - bytes);
}

static uint64_t firmware_bytes(const struct boot_guest *images)
{
	return plan_image_is_firmware(images) ? images->kernel.length : 0;
}

/* Its own kernel, or one that `guest relaunch` may ask for. */
static uint64_t largest(const struct partition *partition)
{
	const struct boot_info *boot = partitions.boot;
	uint64_t bytes = firmware_bytes(partition->images);

	for (uint32_t i = 0; i < boot->config.image_count; i++) {
		struct boot_guest other = { .kernel = boot->images[i],
					    .form = partition->config->form };

		bytes = max_u64(bytes, firmware_bytes(&other));
	}
	return bytes;
}

void partition_rom_reserve(struct partition *partition)
{
	uint64_t bytes = largest(partition);

	if (ept_reserve(&partition->ept, start_of(bytes), bytes) != OK) {
		hv_panic(NULL, "no memory for an EPT");
	}
}

static void remap(struct partition *partition, uint8_t access)
{
	const struct guest_rom *rom = &partition->memory.rom;
	struct ept_range range = { start_of(rom->bytes), rom->base, rom->bytes, access,
				   MEMORY_TYPE_WB };

	if (rom->bytes > 0 && ept_remap(&partition->ept, &range) != OK) {
		hv_panic(NULL, "%s: firmware cannot be mapped", partition->config->name);
	}
}

void partition_rom_map(struct partition *partition)
{
	const struct boot_guest *images = &partition_launch_current(partition)->images;
	uint64_t bytes = firmware_bytes(images);

	if (partition->memory.rom.bytes == 0 && bytes == 0) {
		return;
	}
	remap(partition, 0);
	partition->memory.rom = (struct guest_rom){ hpa((uint64_t)images->kernel.bytes), bytes };
	remap(partition, EPT_READ | EPT_EXEC);
	/* The others drop theirs at VMXON. */
	vmx_invalidate();
}
