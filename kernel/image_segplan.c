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
	const uint64_t from = align_up(plan->free_from, PAGE_SIZE);
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
	uint64_t end = plan->free_from;

	for (uint32_t i = 0; i < plan->module_count; i++) {
		struct image_place want = { .bytes = image_module_at(request, i).file.length,
					    .align = PAGE_SIZE,
					    .floor = end,
					    .limit = plan->free_to };
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

/* Behind the modules: GRUB's kernels expect nothing else, and low memory is too small for it. */
static enum status place_extra(const struct image_request *request, struct seg_plan *plan,
			       char *why)
{
	struct image_place want = { .bytes = plan->extra_bytes,
				    .align = PAGE_SIZE,
				    .floor = plan->free_from,
				    .limit = plan->free_to };
	uint64_t at = 0;

	if (plan->module_count > 0) {
		const uint32_t last = plan->module_count - 1;

		want.floor = plan->modules[last].at + image_module_at(request, last).file.length;
	}
	if (want.bytes > 0 &&
	    (want.floor >= want.limit || !image_room_lowest(&plan->room, &want, &at))) {
		return image_refuse(
			why, E_NO_MEMORY,
			"kernel and modules end at 0x%llx, and the boot information needs %llu KiB "
			"below 4 GiB: give the guest %llu MiB of memory or more; it has %llu MiB",
			(unsigned long long)want.floor,
			(unsigned long long)align_up(want.bytes, KIB) / KIB,
			(unsigned long long)image_memory_mib(align_up(want.floor, PAGE_SIZE) +
							     want.bytes),
			(unsigned long long)image_ram_mib(request));
	}
	plan->extra = (uint32_t)at;
	return OK;
}

static uint64_t lowest_address(const struct image_parts *parts)
{
	uint64_t lowest = 4 * GIB;

	for (uint32_t i = 0; i < parts->segment_count; i++) {
		lowest = min_u64(lowest, parts->segments[i].address);
	}
	return lowest;
}

/* Where a kernel of @bytes that was linked to @linked goes. */
static bool find_base(const struct seg_plan *plan, uint64_t linked, uint64_t bytes, uint64_t *base)
{
	const struct image_moves *moves = &plan->parts.moves;
	struct image_place want = { .bytes = bytes,
				    .align = moves->align,
				    .floor = max_u64(moves->lowest, IMAGE_GAP_END),
				    .limit = (uint64_t)moves->highest + 1 };

	if (moves->preference == IMAGE_PREFER_NONE && linked >= want.floor &&
	    is_aligned(linked, want.align) && linked + bytes <= want.limit &&
	    image_room_holds(&plan->room, linked, bytes)) {
		*base = linked;
		return true;
	}
	return want.floor < want.limit && bytes <= want.limit &&
	       (moves->preference == IMAGE_PREFER_HIGHEST
			? image_room_highest(&plan->room, &want, base)
			: image_room_lowest(&plan->room, &want, base));
}

/* Moves a kernel that allows it to where it likes to be. */
static enum status move_kernel(const struct image_request *request, struct seg_plan *plan,
			       char *why)
{
	struct image_parts *parts = &plan->parts;
	const uint64_t linked = lowest_address(parts);
	uint64_t end = 0;
	uint64_t base;

	for (uint32_t i = 0; i < parts->segment_count; i++) {
		const struct image_segment *s = &parts->segments[i];

		end = max_u64(end, (uint64_t)s->address + s->memory_bytes);
	}
	if (!parts->moves.allowed) {
		return OK;
	}
	if (!find_base(plan, linked, end - linked, &base)) {
		return image_refuse(
			why, E_NO_MEMORY,
			"no place for the kernel of %llu KiB in 0x%x to 0x%x, where it may be "
			"(relocatable header tag), aligned to 0x%x: give the guest more memory; it "
			"has %llu MiB",
			(unsigned long long)(end - linked) / KIB, parts->moves.lowest,
			parts->moves.highest, parts->moves.align,
			(unsigned long long)image_ram_mib(request));
	}
	for (uint32_t i = 0; i < parts->segment_count; i++) {
		parts->segments[i].address += (uint32_t)(base - linked);
	}
	parts->entry += (uint32_t)(base - linked);
	return OK;
}

/* Behind the kernel; below one that moved as high as it could. */
static void find_free(struct seg_plan *plan)
{
	const struct image_moves *moves = &plan->parts.moves;
	const bool high = moves->allowed && moves->preference == IMAGE_PREFER_HIGHEST;

	plan->free_from = high ? IMAGE_GAP_END : max_u64(plan->kernel_end, IMAGE_GAP_END);
	plan->free_to = high ? lowest_address(&plan->parts) : 4 * GIB;
}

uint32_t seg_plan_base(const struct seg_plan *plan)
{
	return (uint32_t)lowest_address(&plan->parts);
}

enum status seg_plan_make(const struct image_request *request,
			  const struct image_protocol *protocol, struct seg_plan *plan,
			  struct image_refusal *refusal)
{
	char *why = refusal->why;
	enum status status =
		image_about(refusal, IMAGE_FIELD_KERNEL,
			    protocol->read(request->kernel, &request->form, &plan->parts, why));

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
		status = image_about(refusal, IMAGE_FIELD_KERNEL, move_kernel(request, plan, why));
	}
	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_KERNEL,
				     check_segments(request, plan, why));
	}
	if (status == OK) {
		find_free(plan);
		status =
			image_about(refusal, IMAGE_FIELD_INITRD, place_modules(request, plan, why));
	}
	plan->extra_bytes = 0;
	if (status == OK && protocol->extra != NULL) {
		plan->extra_bytes = protocol->extra(request, plan);
		status = image_about(refusal, IMAGE_FIELD_KERNEL, place_extra(request, plan, why));
	}
	return status;
}
