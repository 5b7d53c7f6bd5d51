/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partition_rom.h: the firmware image that a guest finds below 4 GiB: the pristine file itself, read-only.
 *
 * On the monitor's processor, while none of the guest's is in VMX operation but that one itself.
 */
#pragma once

struct partition;

/** partition_rom_reserve() - before the arena is sealed: tables for the largest firmware it can be started with. */
void partition_rom_reserve(struct partition *partition);

/** partition_rom_map() - map the firmware of the coming start, or nothing, in place of that of the last. */
void partition_rom_map(struct partition *partition);
