/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vcmos.h: what PC firmware finds in CMOS RAM about the machine: its memory and its processors.
 *
 * Source: no standard; the bytes that OVMF and SeaBIOS read, as their sources name them: base memory (15H),
 * above 1 MiB (17H, 30H) in KiB, above 16 MiB (34H) and above 4 GiB (5BH) in 64 KiB, processors less one (5FH).
 */
#pragma once

#include "kernel/vdev/vrtc.h"

/** struct vcmos - the machine that firmware is to find. */
struct vcmos {
	uint64_t low_bytes;  /* RAM from 0 up to the hole below 4 GiB */
	uint64_t high_bytes; /* RAM from 4 GiB on */
	uint32_t cpu_count;
};

/** vcmos_write() - write it into the RAM of a clock that vrtc_init() has just made. */
void vcmos_write(const struct vcmos *machine, struct vrtc *rtc);
