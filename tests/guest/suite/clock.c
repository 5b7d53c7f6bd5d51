/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: time by the TSC. */
#include "tests/guest/suite/clock.h"

/* Source: Intel 8254 data sheet, "Mode 0: Interrupt on Terminal Count"; port 0x61 of the PC. */
enum {
	PIT_CHANNEL_2 = 0x42,
	PIT_CONTROL = 0x43,
	CHANNEL_2_MODE_0 = 0xB0,
	PORT_B = 0x61,
	PORT_B_GATE_2 = 1 << 0,
	PORT_B_SPEAKER = 1 << 1,
	PORT_B_OUT_2 = 1 << 5,
	TICKS_OF_50_MS = 59659,
	ROUNDS = 100000000,
	KHZ_WHEN_UNKNOWN = 1000000,
};

static uint32_t khz = KHZ_WHEN_UNKNOWN;

void clock_start(void)
{
	uint64_t begin;

	out8(PORT_B, (uint8_t)((in8(PORT_B) & ~PORT_B_SPEAKER) | PORT_B_GATE_2));
	out8(PIT_CONTROL, CHANNEL_2_MODE_0);
	out8(PIT_CHANNEL_2, TICKS_OF_50_MS & 0xFF);
	out8(PIT_CHANNEL_2, TICKS_OF_50_MS >> 8);
	begin = rdtsc();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		if ((in8(PORT_B) & PORT_B_OUT_2) != 0) {
			khz = (uint32_t)divide(rdtsc() - begin, 50);
			return;
		}
	}
}

uint32_t clock_khz(void)
{
	return khz;
}

uint64_t clock_after(uint32_t us)
{
	return rdtsc() + divide((uint64_t)us * khz, 1000);
}

void clock_wait(uint32_t us)
{
	uint64_t end = clock_after(us);

	while (rdtsc() < end) {
		__builtin_ia32_pause();
	}
}

bool clock_wait_for(const volatile uint32_t *word, uint32_t wanted, uint32_t us)
{
	uint64_t end = clock_after(us);

	while (*word != wanted && rdtsc() < end) {
		__builtin_ia32_pause();
	}
	return *word == wanted;
}
