/* SPDX-License-Identifier: Apache-2.0 */
/* vcmos.c: what PC firmware finds in CMOS RAM about the machine. */
#include "kernel/vdev/vcmos.h"

enum {
	BASE_KIB = 0x15,
	EXTENDED_KIB = 0x17,
	EXTENDED_KIB_TOO = 0x30,
	ABOVE_16M = 0x34,
	ABOVE_4G = 0x5B,
	CPUS_LESS_ONE = 0x5F,

	CONVENTIONAL_KIB = 640,
};

/* A size that does not fit its bytes is shown as the most that does. */
static void put(struct vrtc *rtc, unsigned at, unsigned bytes, uint64_t value)
{
	uint64_t most = ((uint64_t)1 << 8 * bytes) - 1;

	value = min_u64(value, most);
	for (unsigned i = 0; i < bytes; i++) {
		rtc->ram[at + i] = (uint8_t)(value >> 8 * i);
	}
}

static uint64_t above(uint64_t bytes, uint64_t from)
{
	return bytes > from ? bytes - from : 0;
}

void vcmos_write(const struct vcmos *machine, struct vrtc *rtc)
{
	uint64_t extended_kib = above(machine->low_bytes, MIB) / KIB;

	put(rtc, BASE_KIB, 2, CONVENTIONAL_KIB);
	put(rtc, EXTENDED_KIB, 2, extended_kib);
	put(rtc, EXTENDED_KIB_TOO, 2, extended_kib);
	put(rtc, ABOVE_16M, 2, above(machine->low_bytes, 16 * MIB) / (64 * KIB));
	put(rtc, ABOVE_4G, 3, machine->high_bytes / (64 * KIB));
	put(rtc, CPUS_LESS_ONE, 1, machine->cpu_count - 1);
}
