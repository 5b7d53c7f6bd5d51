/* SPDX-License-Identifier: Apache-2.0 */
/* image_segplan.c: where everything goes that a kernel of segments starts with. */
#include "kernel/image_segplan.h"

#include "kernel/lib/string.h"

/* All of a segment must be RAM that is not ours. */
static enum status check_segment(const struct image_request *request, const struct seg_plan *plan,
				 const struct image_segment *s, char *why)
{
	uint64_t end = (uint64_t)s->address + s->memory_bytes;

	const uint32_t low = plan->parts.mode == IMAGE_MODE_LONG64 ? IMAGE_AT_END : IMAGE_AT_TABLES;

	if (s->address < low && end > IMAGE_AT_GDT) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"segment 0x%x to 0x%llx overlaps 0x%x to 0x%x, where the boot information "
			"lies: link the kernel elsewhere",
			s->address, (unsigned long long)end, IMAGE_AT_GDT, low);
	}
	if (s->address < IMAGE_GAP_END && end > IMAGE_GAP_START) {
		return image_refuse(
			why, E_UNSUPPORTED,
			"segment 0x%x to 0x%llx reaches into 0xA0000 to 0x100000, where a PC has "
			"no RAM: link the kernel elsewhere",
			s->address, (unsigned long long)end);
	}
	if (!image_room_holds(&plan->room, s->address, s->memory_bytes)) {
		return image_refuse(why, E_NO_MEMORY,
				    "segment 0x%x to 0x%llx is not all RAM: give the guest %llu "
				    "MiB of memory or "
				    "more; it has %llu MiB",
				    s->address, (unsigned long long)end,
				    (unsigned long long)image_memory_mib(end),
				    (unsigned long long)image_ram_mib(request));
	}
	return OK;
}

static enum status check_segments(const struct image_request *request, struct seg_plan *plan,
				  char *why)
{
	enum status status = OK;

	plan->kernel_end = 0;
	for (uint32_t i = 0; status == OK && i < plan->parts.segment_count; i++) {
		const struct image_segment *s = &plan->parts.segments[i];

		plan->kernel_end =
			max_u64(plan->kernel_end, (uint64_t)s->address + s->memory_bytes);
		status = check_segment(request, plan, s, why);
	}
	return status;
}

struct image_module image_module_at(const struct image_request *request, uint32_t index)
{
	const uint32_t initrds = request->initrd.length > 0 ? 1 : 0;

	return index < initrds ? (struct image_module){ .file = request->initrd }
			       : request->modules[index - initrds];
}

static enum status refuse_modules(const struct image_request *request, const struct seg_plan *plan,
				  char *why)
{
	const uint64_t from = align_up(max_u64(plan->kernel_end, IMAGE_GAP_END), PAGE_SIZE);
	const bool initrd = plan->module_count == 1 && request->initrd.length > 0;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < plan->module_count; i++) {
		bytes = align_up(bytes, PAGE_SIZE) + image_module_at(request, i).file.length;
	}
	return image_refuse(why, E_NO_MEMORY,
			    "the kernel ends at 0x%llx and the %s %llu KiB below 4 GiB: give the "
			    "guest %llu MiB of memory or more; it has %llu MiB",
			    (unsigned long long)plan->kernel_end,
			    initrd ? "initrd needs" : "modules need",
			    (unsigned long long)bytes / 1024,
			    (unsigned long long)image_memory_mib(from + bytes),
			    (unsigned long long)image_ram_mib(request));
}

/*
 * Page aligned whether the kernel asks for it or not; one behind the other and all directly behind the
 * kernel, because small kernels map little and take what lies behind their modules for free.
 */
static enum status place_modules(const struct image_request *request, struct seg_plan *plan,
				 char *why)
{
	uint64_t end = max_u64(plan->kernel_end, IMAGE_GAP_END);

	for (uint32_t i = 0; i < plan->module_count; i++) {
		struct image_place want = { .bytes = image_module_at(request, i).file.length,
					    .align = PAGE_SIZE,
					    .floor = end,
					    .limit = 4 * GIB };
		uint64_t at;

		if (end >= want.limit || !image_room_lowest(&plan->room, &want, &at)) {
			return refuse_modules(request, plan, why);
		}
		plan->modules[i].at = (uint32_t)at;
		end = at + want.bytes;
	}
	return OK;
}

/* How many modules there are, and where their strings go. */
static enum status place_strings(const struct image_request *request, struct seg_plan *plan,
				 char *why)
{
	uint64_t used = 0;

	plan->module_count = request->module_count + (request->initrd.length > 0 ? 1 : 0);
	if (plan->module_count > IMAGE_MODULES_MAX) {
		return image_refuse(why, E_INVALID, "more than %d modules", IMAGE_MODULES_MAX);
	}
	for (uint32_t i = 0; i < plan->module_count; i++) {
		size_t bytes = image_module_at(request, i).string_bytes;

		plan->modules[i].string = bytes > 0 ? (uint32_t)(IMAGE_AT_STRINGS + used) : 0;
		used += bytes > 0 ? bytes + 1 : 0;
		if (used > IMAGE_STRINGS_BYTES) {
			return image_refuse(why, E_INVALID,
					    "the texts of the modules are longer than %d "
					    "characters together: shorten them",
					    IMAGE_STRINGS_BYTES);
		}
	}
	return OK;
}

static enum status check_cmdline(const struct image_request *request, char *why)
{
	size_t length = strlen(request->cmdline);

	if (length >= IMAGE_CMDLINE_BYTES) {
		return image_refuse(
			why, E_INVALID,
			"the command line has %zu characters; %d is the most: shorten it", length,
			IMAGE_CMDLINE_BYTES - 1);
	}
	return OK;
}

enum status seg_plan_make(const struct image_request *request, image_parts_reader *read,
			  struct seg_plan *plan, struct image_refusal *refusal)
{
	char *why = refusal->why;
	enum status status = image_about(refusal, IMAGE_FIELD_KERNEL,
					 read(request->kernel, &request->form, &plan->parts, why));

	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_CMDLINE, check_cmdline(request, why));
	}
	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_MODULES,
				     place_strings(request, plan, why));
	}
	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_MEMORY,
				     image_room_make(request, &plan->room, why));
	}
	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_KERNEL,
				     check_segments(request, plan, why));
	}
	if (status == OK) {
		status =
			image_about(refusal, IMAGE_FIELD_INITRD, place_modules(request, plan, why));
	}
	return status;
}
