/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_pvh.c: what a PVH, plain ELF or flat kernel finds: struct hvm_start_info, version 1.
 *
 * Source: Xen, "x86/HVM direct boot ABI"; its public header arch-x86/hvm/start_info.h.
 */
#include "kernel/image_write.h"
#include "kernel/lib/string.h"

enum {
	START_MAGIC = 0x336EC578,
	START_VERSION = 1,
	MODULE_BYTES = 32,
	MAP_ENTRY_BYTES = 24,
};

/* Inside of the page IMAGE_AT_INFO. */
enum {
	AT_MODULES = IMAGE_AT_INFO + 64,
	AT_MAP = AT_MODULES + IMAGE_MODULES_MAX * MODULE_BYTES,
	AT_END = AT_MAP + IMAGE_MAP_MAX * MAP_ENTRY_BYTES,
};

_Static_assert((int)AT_END <= (int)IMAGE_AT_CMDLINE, "every memory map fits the page");

static void write_modules(struct image_writer *w, const struct image_request *request,
			  const struct seg_plan *plan)
{
	for (uint32_t i = 0; i < plan->module_count; i++) {
		uint64_t at = AT_MODULES + i * MODULE_BYTES;

		image_write_le(w, at, plan->modules[i].at, 8);
		image_write_le(w, at + 8, image_module_at(request, i).file.length, 8);
		image_write_le(w, at + 16, plan->modules[i].string, 8);
	}
}

void image_pvh_info(struct image_writer *w, const struct image_request *request,
		    const struct seg_plan *plan, struct image_start *start)
{
	const struct image_room *room = &plan->room;
	const uint64_t modules = plan->module_count;
	/* clang-format off */
	const struct { uint32_t at; uint64_t value; } fields[] = {
		{ IMAGE_AT_INFO,      START_MAGIC | (uint64_t)START_VERSION << 32 },
		{ IMAGE_AT_INFO + 8,  modules << 32 }, /* flags, modules */
		{ IMAGE_AT_INFO + 16, modules > 0 ? AT_MODULES : 0 },
		{ IMAGE_AT_INFO + 24, IMAGE_AT_CMDLINE },
		{ IMAGE_AT_INFO + 32, request->acpi_rsdp.value },
		{ IMAGE_AT_INFO + 40, AT_MAP },
		{ IMAGE_AT_INFO + 48, room->count },
	};
	/* clang-format on */

	image_write_zero(w, IMAGE_AT_INFO, AT_END - IMAGE_AT_INFO);
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		image_write_le(w, fields[i].at, fields[i].value, 8);
	}
	write_modules(w, request, plan);
	for (uint32_t i = 0; i < room->count; i++) {
		uint64_t at = AT_MAP + i * MAP_ENTRY_BYTES;

		image_write_le(w, at, room->map[i].base, 8);
		image_write_le(w, at + 8, room->map[i].bytes, 8);
		image_write_le(w, at + 16, room->map[i].type, 8);
	}
	start->rbx = IMAGE_AT_INFO;
}
