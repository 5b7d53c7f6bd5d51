/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_image.h: a guest's images held against the RAM that the plan gives it.
 *
 * Pure: same callers as plan.h. The start of a guest loads what plan_image_request() says, so what
 * is checked here is what happens there.
 */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/config.h"
#include "kernel/image.h"
#include "kernel/lib/report.h"
#include "kernel/plan.h"

/** struct plan_image - what a guest is loaded from. It points into itself: not to be copied. */
struct plan_image {
	struct image_ram runs[PLAN_RAM_MAX];
	struct image_request request; /* memory is NULL */
};

/** plan_ram_runs() - RAM as a guest sees it, pieces joined; @runs has room for PLAN_RAM_MAX. Return: how many. */
uint32_t plan_ram_runs(const struct plan_guest *plan, struct image_ram *runs);

/** plan_image_request() - fill in @out, for image_check() and image_load(). @cmdline is kept, not copied. */
void plan_image_request(const struct plan_guest *plan, const struct boot_guest *images,
			const char *cmdline, struct plan_image *out);

/** plan_image_is_firmware() - whether these start at the reset vector. */
bool plan_image_is_firmware(const struct boot_guest *images);

/**
 * plan_image_fits() - whether a guest can be started with these images.
 * @refusal: filled in, in words
 *
 * Return: as image_check().
 */
enum status plan_image_fits(const struct plan_guest *plan, const struct boot_guest *images,
			    const char *cmdline, struct image_refusal *refusal);

/**
 * plan_image_probe() - report a kernel file that cannot be booted in any guest.
 * @guest:  names it
 * @images: a kernel that is empty is passed over: it could not be read, which its reader reports
 * @report: gets the message
 */
void plan_image_probe(const struct config_guest *guest, const struct boot_guest *images,
		      struct report *report);

/**
 * plan_image_check() - report what image_load() would refuse when this guest starts.
 * @guest:  names everything
 * @plan:   from plan_make(), which may have failed for another guest; one without RAM is passed over
 * @images: a kernel that plan_image_probe() has to do with is passed over
 * @report: gets a message with the line of the setting to change
 */
void plan_image_check(const struct config_guest *guest, const struct plan_guest *plan,
		      const struct boot_guest *images, struct report *report);
