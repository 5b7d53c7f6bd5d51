/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition_launch.h: what a guest is started from: its own images, or others that the config lists.
 *
 * On the monitor's processor, but for partition_launch_current().
 */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/lib/types.h"
#include "kernel/partition_view.h"

enum { PARTITION_REFUSAL_BYTES = 256 };

/** struct partition_launch - what one start, and those after it, load. */
struct partition_launch {
	struct boot_guest images;
	const char *kernel;  /* path on the boot volume, */
	const char *initrd;  /* "" for none */
	const char *modules; /* as the config has them; "" for none */
	char cmdline[CONFIG_CMDLINE_BYTES];
};

/** struct partition_relaunch - what `guest relaunch` asks for. NULL: as the config says. */
struct partition_relaunch {
	const char *kernel; /* name of an [image] section */
	const char *initrd; /* the same, or "none" */
	const char *cmdline;
};

/** partition_launch_init() - from the config. */
void partition_launch_init(struct partition *partition);

/** partition_launch_begin() - its processors are parked and it starts: what was asked for last is used now. */
void partition_launch_begin(struct partition *partition);

/** partition_launch_current() - what the running, or the coming, start loads. */
const struct partition_launch *partition_launch_current(const struct partition *partition);

/** partition_image_name() - name of [image] section @index of the config, or NULL. */
const char *partition_image_name(uint32_t index);

/**
 * partition_relaunch() - end a guest at once, in whatever state it is, and start it with these.
 * @why: PARTITION_REFUSAL_BYTES: in words, when it is refused
 *
 * Later starts use them too, until the next relaunch. Refused before the guest is touched.
 *
 * Return: OK, E_NOT_FOUND (no such image), or as image_check().
 */
enum status partition_relaunch(struct partition *partition, const struct partition_relaunch *wish,
			       char *why);
