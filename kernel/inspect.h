/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.h: what those need who look at the whole machine: the monitor's commands, selftest. */
#pragma once

#include "kernel/boot_info.h"
#include "kernel/lib/report.h"

/** struct inspect_room - where `check` makes config and plan anew. About 70 KiB, from the arena. */
struct inspect_room {
	struct config config;
	struct plan plan;
	struct report report;
};

/** inspect_init() - remember what the boot room said; before memory_seal(). */
void inspect_init(const struct boot_info *info);

/** inspect_boot() - what the boot room said. */
const struct boot_info *inspect_boot(void);

/** inspect_room() - room for one user at a time: a command on the monitor's processor. */
struct inspect_room *inspect_room(void);

/** config_hash() - CRC-32 (IEEE 802.3) of the bytes of muntin.conf. */
uint32_t config_hash(void);
