/* SPDX-License-Identifier: Apache-2.0 */
/* memmap.c: the firmware's memory map: what is free, claiming it, and leaving boot services. */
#include "boot/boot.h"

enum { MEMMAP_BYTES = 65536, LEAVE_TRIES = 8, TAKEN_MAX = 256 };

/* Firmware's own memory again once the kernel runs; the image need not carry it. */
static uint8_t *map_buffer;

/* What was taken from firmware, so that a refusal can give it back. */
struct taken_pages {
	EFI_PHYSICAL_ADDRESS address;
	UINTN pages;
};

static struct {
	struct taken_pages *entries; /* TAKEN_MAX of them; firmware's memory, as map_buffer is */
	uint32_t count;
} taken;

#define TAKEN_TABLE_PAGES (TAKEN_MAX * sizeof(struct taken_pages) / PAGE_SIZE)

static bool has_taken_table(struct boot *boot)
{
	EFI_PHYSICAL_ADDRESS address = 0;

	if (taken.entries != NULL) {
		return true;
	}
	EFI_STATUS status = boot->services->AllocatePages(AllocateAnyPages, EfiLoaderData,
							  TAKEN_TABLE_PAGES, &address);
	taken.entries = status == EFI_SUCCESS ? (struct taken_pages *)address : NULL;
	return taken.entries != NULL;
}

struct map {
	UINTN bytes;
	UINTN key;
	UINTN entry_bytes;
};

static EFI_STATUS map_get(struct boot *boot, struct map *map)
{
	UINT32 version;

	if (map_buffer == NULL) {
		map_buffer = (uint8_t *)memmap_pages(boot, MEMMAP_BYTES, 0);
	}
	if (map_buffer == NULL) {
		return EFI_OUT_OF_RESOURCES;
	}
	map->bytes = MEMMAP_BYTES;
	return boot->services->GetMemoryMap(&map->bytes, (EFI_MEMORY_DESCRIPTOR *)map_buffer,
					    &map->key, &map->entry_bytes, &version);
}

static EFI_STATUS take(struct boot *boot, EFI_ALLOCATE_TYPE type, UINTN pages,
		       EFI_PHYSICAL_ADDRESS *address)
{
	if (!has_taken_table(boot) || taken.count >= TAKEN_MAX) {
		return EFI_OUT_OF_RESOURCES;
	}
	EFI_STATUS status = boot->services->AllocatePages(type, EfiLoaderData, pages, address);
	if (status == EFI_SUCCESS) {
		taken.entries[taken.count].address = *address;
		taken.entries[taken.count].pages = pages;
		taken.count++;
	}
	return status;
}

uint32_t memmap_mark(void)
{
	return taken.count;
}

void memmap_give_back(struct boot *boot, uint32_t mark)
{
	while (taken.count > mark) {
		taken.count--;
		boot->services->FreePages(taken.entries[taken.count].address,
					  taken.entries[taken.count].pages);
	}
	if (mark == 0 && taken.entries != NULL) {
		boot->services->FreePages((EFI_PHYSICAL_ADDRESS)taken.entries, TAKEN_TABLE_PAGES);
		taken.entries = NULL;
	}
}

uint64_t memmap_pages(struct boot *boot, uint64_t bytes, uint64_t limit)
{
	EFI_PHYSICAL_ADDRESS address = limit - 1;
	EFI_ALLOCATE_TYPE type = limit != 0 ? AllocateMaxAddress : AllocateAnyPages;
	UINTN pages = align_up(bytes, PAGE_SIZE) >> PAGE_SHIFT;

	return take(boot, type, pages, &address) == EFI_SUCCESS ? address : 0;
}

static void range_add(struct machine *machine, uint64_t base, uint64_t bytes)
{
	struct machine_range *ranges = machine->ranges;
	uint32_t at = machine->range_count;

	if (at >= MACHINE_RANGES_MAX) {
		return;
	}
	for (; at > 0 && ranges[at - 1].base.value > base; at--) {
		ranges[at] = ranges[at - 1];
	}
	ranges[at] = (struct machine_range){ hpa(base), bytes };
	machine->range_count++;
}

/* Neighbours of the same kind stand as one range, so that large guests find large pieces. */
static void ranges_join(struct machine *machine)
{
	struct machine_range *ranges = machine->ranges;
	uint32_t kept = 0;

	for (uint32_t i = 1; i < machine->range_count; i++) {
		if (ranges[kept].base.value + ranges[kept].bytes == ranges[i].base.value) {
			ranges[kept].bytes += ranges[i].bytes;
		} else {
			ranges[++kept] = ranges[i];
		}
	}
	machine->range_count = machine->range_count > 0 ? kept + 1 : 0;
}

enum status memmap_ranges(struct boot *boot)
{
	struct machine *machine = &boot->info->machine;
	struct map map;

	if (map_get(boot, &map) != EFI_SUCCESS || map.entry_bytes < sizeof(EFI_MEMORY_DESCRIPTOR)) {
		return E_HARDWARE;
	}
	machine->range_count = 0;
	for (UINTN at = 0; at + map.entry_bytes <= map.bytes; at += map.entry_bytes) {
		const EFI_MEMORY_DESCRIPTOR *entry =
			(const EFI_MEMORY_DESCRIPTOR *)(map_buffer + at);

		if (entry->Type == EfiConventionalMemory) {
			range_add(machine, entry->PhysicalStart,
				  entry->NumberOfPages << PAGE_SHIFT);
		}
	}
	ranges_join(machine);
	return OK;
}

enum status memmap_claim(struct boot *boot, hpa_t base, uint64_t bytes)
{
	EFI_PHYSICAL_ADDRESS address = base.value;
	EFI_STATUS status = take(boot, AllocateAddress, bytes >> PAGE_SHIFT, &address);

	return status == EFI_SUCCESS ? OK : E_NO_MEMORY;
}

EFI_STATUS memmap_leave(struct boot *boot)
{
	EFI_STATUS status = EFI_ABORTED;
	struct map map;

	/* The map may change between the two calls; then the key is stale and the firmware says so
	 * (UEFI, "EFI_BOOT_SERVICES.ExitBootServices()"). */
	for (int i = 0; i < LEAVE_TRIES && status != EFI_SUCCESS; i++) {
		status = map_get(boot, &map);
		if (status == EFI_SUCCESS) {
			status = boot->services->ExitBootServices(boot->image, map.key);
		}
	}
	return status;
}
