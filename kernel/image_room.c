/* SPDX-License-Identifier: Apache-2.0 */
/* image_room.c: the guest's RAM as a memory map, places in it. */
#include "kernel/image_room.h"

_Static_assert(IMAGE_AT_GDT >= PAGE_SIZE, "page 0 stays free");
_Static_assert(IMAGE_AT_TABLES % PAGE_SIZE == 0, "CR3 names a page");
_Static_assert(IMAGE_AT_INFO % PAGE_SIZE == 0, "boot_params is a page");
_Static_assert(IMAGE_AT_END <= 0x9F000, "the last page below the gap is where PCs keep their EBDA");
_Static_assert(sizeof(struct image_room) <= 1024, "loaders keep it on their stack");

/* Add a range behind the last one; joined to it when nothing but the address parts them. */
static bool map_add(struct image_room *room, uint64_t base, uint64_t end, uint32_t type)
{
	struct image_map_entry *last = room->count > 0 ? &room->map[room->count - 1] : NULL;

	if (base >= end) {
		return true;
	}
	if (last != NULL && last->type == type && last->base + last->bytes == base) {
		last->bytes += end - base;
		return true;
	}
	if (room->count == IMAGE_MAP_MAX) {
		return false;
	}
	room->map[room->count++] = (struct image_map_entry){ base, end - base, type };
	return true;
}

/* Add the RAM that lies in [@from, @to). */
static bool map_add_ram(const struct image_request *request, struct image_room *room, uint64_t from,
			uint64_t to)
{
	bool fits = true;

	for (uint32_t i = 0; i < request->ram_count; i++) {
		uint64_t base = request->ram[i].base.value;
		uint64_t end = base + request->ram[i].bytes;

		fits = fits && map_add(room, max_u64(base, from), min_u64(end, to), IMAGE_MAP_RAM);
	}
	return fits;
}

static bool ram_is_sorted(const struct image_request *request)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < request->ram_count; i++) {
		uint64_t base = request->ram[i].base.value;

		if (base < end || request->ram[i].bytes > UINT64_MAX - base) {
			return false;
		}
		end = base + request->ram[i].bytes;
	}
	return true;
}

static bool acpi_is_in_gap(const struct image_request *request)
{
	return request->acpi_bytes == 0 ||
	       (request->acpi_base >= IMAGE_GAP_START && request->acpi_base <= IMAGE_GAP_END &&
		request->acpi_bytes <= IMAGE_GAP_END - request->acpi_base);
}

enum status image_room_make(const struct image_request *request, struct image_room *room, char *why)
{
	uint64_t acpi_end = request->acpi_base + request->acpi_bytes;

	room->count = 0;
	if (!ram_is_sorted(request)) {
		return image_refuse(why, E_INVALID, "the guest's RAM is not in ascending order");
	}
	if (!acpi_is_in_gap(request)) {
		return image_refuse(
			why, E_INVALID,
			"the ACPI tables (0x%llx bytes at 0x%llx) must lie in 0xA0000 to 0x100000",
			(unsigned long long)request->acpi_bytes,
			(unsigned long long)request->acpi_base);
	}
	if (!map_add_ram(request, room, 0, IMAGE_GAP_START) ||
	    !map_add(room, request->acpi_base, acpi_end, IMAGE_MAP_RESERVED) ||
	    !map_add_ram(request, room, IMAGE_GAP_END, UINT64_MAX)) {
		return image_refuse(why, E_INVALID, "the guest's RAM is in more than %d pieces",
				    IMAGE_MAP_MAX);
	}
	if (!image_room_holds(room, 0, IMAGE_GAP_START) || !image_room_holds(room, MIB, MIB)) {
		return image_refuse(
			why, E_NO_MEMORY,
			"the guest has %llu MiB of memory; any kernel needs 2 MiB from address 0",
			(unsigned long long)image_ram_mib(request));
	}
	return OK;
}

bool image_room_holds(const struct image_room *room, uint64_t base, uint64_t bytes)
{
	for (uint32_t i = 0; i < room->count; i++) {
		const struct image_map_entry *e = &room->map[i];

		if (e->type == IMAGE_MAP_RAM && base >= e->base && base - e->base <= e->bytes &&
		    bytes <= e->bytes - (base - e->base)) {
			return true;
		}
	}
	return false;
}

bool image_room_lowest(const struct image_room *room, const struct image_place *want, uint64_t *at)
{
	for (uint32_t i = 0; i < room->count; i++) {
		const struct image_map_entry *e = &room->map[i];

		if (e->type != IMAGE_MAP_RAM || e->base >= want->limit) {
			continue;
		}
		uint64_t top = min_u64(e->base + e->bytes, want->limit);
		uint64_t start = align_up(max_u64(e->base, want->floor), want->align);

		if (start < top && want->bytes <= top - start) {
			*at = start;
			return true;
		}
	}
	return false;
}

/* The highest aligned place in [@low, @top). */
static bool highest_between(uint64_t low, uint64_t top, const struct image_place *want,
			    uint64_t *at)
{
	if (low > top || want->bytes > top - low) {
		return false;
	}
	*at = align_down(top - want->bytes, want->align);
	return *at >= low;
}

bool image_room_highest(const struct image_room *room, const struct image_place *want, uint64_t *at)
{
	for (uint32_t i = room->count; i > 0; i--) {
		const struct image_map_entry *e = &room->map[i - 1];
		uint64_t low = max_u64(e->base, want->floor);
		uint64_t top = min_u64(e->base + e->bytes, want->limit);

		if (e->type != IMAGE_MAP_RAM) {
			continue;
		}
		if (highest_between(max_u64(low, want->taken_end), top, want, at) ||
		    highest_between(low, min_u64(top, want->taken), want, at)) {
			return true;
		}
	}
	return false;
}

uint64_t image_room_upper_kib(const struct image_room *room)
{
	for (uint32_t i = 0; i < room->count; i++) {
		if (room->map[i].base == IMAGE_GAP_END) {
			return min_u64(room->map[i].bytes / KIB, UINT32_MAX);
		}
	}
	return 0;
}

uint64_t image_ram_mib(const struct image_request *request)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < request->ram_count; i++) {
		bytes += request->ram[i].bytes;
	}
	return bytes / MIB;
}

uint64_t image_memory_mib(uint64_t end)
{
	return align_up(end, 2 * MIB) / MIB;
}

enum status image_about(struct image_refusal *refusal, enum image_field field, enum status status)
{
	if (status != OK) {
		refusal->field = status == E_NO_MEMORY ? IMAGE_FIELD_MEMORY : field;
	}
	return status;
}
