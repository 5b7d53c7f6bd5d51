/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_bzplan.c: where everything goes that a Linux kernel starts with.
 *
 * Source: Linux "The Linux/x86 Boot Protocol", "Details of Header Fields".
 */
#include "kernel/image_bzplan.h"

#include "kernel/lib/string.h"

/*
 * A relocatable kernel loaded below pref_address moves itself up there, so only higher places help.
 */
static enum status place_kernel(const struct image_request *request, struct bz_plan *plan,
				char *why)
{
	const struct bz_header *h = &plan->header;
	const uint64_t from = max_u64(h->preferred, IMAGE_GAP_END);
	struct image_place want = {
		.bytes = h->init_bytes,
		.align = h->relocatable ? h->alignment : 1,
		.floor = from,
		.limit = 4 * GIB,
	};
	bool found =
		want.floor < want.limit && image_room_lowest(&plan->room, &want, &plan->kernel);

	if (!found && h->high) {
		want.floor = max_u64(want.floor, 4 * GIB);
		want.limit = IMAGE_ADDRESS_LIMIT;
		found = image_room_lowest(&plan->room, &want, &plan->kernel);
	}
	if (!h->relocatable) {
		plan->kernel = h->preferred;
		found = image_room_holds(&plan->room, h->preferred, h->init_bytes);
	}
	if (!found) {
		return image_refuse(
			why, E_NO_MEMORY,
			"the kernel needs %u KiB from 0x%llx on: give the guest %llu MiB of memory "
			"or more; it has %llu MiB",
			h->init_bytes / 1024, (unsigned long long)from,
			(unsigned long long)image_memory_mib(align_up(from, want.align) +
							     want.bytes),
			(unsigned long long)image_ram_mib(request));
	}
	return OK;
}

/* Above 4 GiB, when there is no place below; initrd_addr_max has 32 bits and is not meant for it. */
static bool highest_above(struct bz_plan *plan, struct image_place want)
{
	want.floor = 4 * GIB;
	want.limit = IMAGE_ADDRESS_LIMIT;
	return image_room_highest(&plan->room, &want, &plan->initrd);
}

/* As high as allowed, so that it is out of the way of the kernel that unpacks itself. */
static enum status place_initrd(const struct image_request *request, struct bz_plan *plan,
				char *why)
{
	const struct bz_header *h = &plan->header;
	struct image_place want = {
		.bytes = request->initrd.length,
		.align = PAGE_SIZE,
		.floor = IMAGE_GAP_END,
		.limit = (uint64_t)h->initrd_max + 1,
		.taken = plan->kernel,
		.taken_end = plan->kernel + h->init_bytes,
	};

	plan->initrd = 0;
	if (want.bytes == 0 || image_room_highest(&plan->room, &want, &plan->initrd) ||
	    (h->high && highest_above(plan, want))) {
		return OK;
	}
	if (want.limit < want.taken_end || want.bytes > want.limit - want.taken_end) {
		return image_refuse(
			why, E_INVALID,
			"an initrd of %zu KiB is too large: this kernel ends at 0x%llx and takes "
			"none above 0x%x (initrd_addr_max): use a smaller one",
			request->initrd.length / 1024, (unsigned long long)want.taken_end,
			h->initrd_max);
	}
	return image_refuse(why, E_NO_MEMORY,
			    "the kernel ends at 0x%llx, and the initrd needs %zu KiB below 4 GiB: "
			    "give the guest %llu MiB of memory or more; it has %llu MiB",
			    (unsigned long long)want.taken_end, request->initrd.length / 1024,
			    (unsigned long long)image_memory_mib(
				    align_up(want.taken_end, PAGE_SIZE) + want.bytes),
			    (unsigned long long)image_ram_mib(request));
}

static enum status check_cmdline(const struct image_request *request, const struct bz_header *h,
				 char *why)
{
	size_t length = strlen(request->cmdline);
	uint64_t most = min_u64(h->cmdline_max, IMAGE_CMDLINE_BYTES - 1);

	if (length > most) {
		return image_refuse(
			why, E_INVALID,
			"the command line has %zu characters; this kernel takes %llu at most: "
			"shorten it",
			length, (unsigned long long)most);
	}
	return OK;
}

enum status bz_plan_make(const struct image_request *request, struct bz_plan *plan,
			 struct image_refusal *refusal)
{
	char *why = refusal->why;
	enum status status = image_about(refusal, IMAGE_FIELD_KERNEL,
					 bz_header_read(request->kernel, &plan->header, why));

	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_CMDLINE,
				     check_cmdline(request, &plan->header, why));
	}
	if (status == OK && request->module_count > 0) {
		status = image_refuse(why, E_INVALID,
				      "a Linux kernel takes no modules, only an initrd: leave "
				      "`modules =` out");
		image_about(refusal, IMAGE_FIELD_MODULES, status);
	}
	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_MEMORY,
				     image_room_make(request, &plan->room, why));
	}
	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_KERNEL, place_kernel(request, plan, why));
	}
	if (status == OK) {
		status = image_about(refusal, IMAGE_FIELD_INITRD, place_initrd(request, plan, why));
	}
	return status;
}
