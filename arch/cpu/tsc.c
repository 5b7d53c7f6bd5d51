/* SPDX-License-Identifier: Apache-2.0 */
/* tsc.c: measures the time-stamp counter against a timer that is seen to move. */
#include "arch/cpu/tsc.h"

#include "arch/cpu/insn.h"

enum {
	PM_TIMER_HZ = 3579545, /* ACPI, "Power Management Timer" */
	PM_TIMER_MASK = 0xFFFFFF,
	PM_TIMER_TICKS = PM_TIMER_HZ / 20,
	PIT_HZ = 1193182,
	PIT_CHANNEL2 = 0x42,
	PIT_COMMAND = 0x43,
	PIT_MODE0_CHANNEL2 = 0xB0, /* channel 2, low byte then high byte, mode 0, binary */
	PIT_LATCH_CHANNEL2 = 0x80,
	PIT_TICKS = PIT_HZ / 20,
	PORT_B = 0x61,
	PORT_B_GATE2 = 1 << 0,
	PORT_B_SPEAKER = 1 << 1,
	READS_MAX = 4000000,     /* reads of a timer; a port read takes about a microsecond */
	READS_STILL_MAX = 20000, /* of these without the timer moving: it does not run */
};

/* Registers of the HPET (IA-PC HPET specification, "Memory Map"). */
enum { HPET_CAPABILITIES = 0x00, HPET_CONFIGURATION = 0x10, HPET_COUNTER = 0xF0, HPET_ENABLE = 1 };

#define HPET_FEMTOSECONDS ((uint64_t)1000000000000000)
#define HPET_PERIOD_MAX   ((uint64_t)100000000)

static uint16_t pm_timer_port;
static uint64_t hpet;
static const char *source = "nothing";

void tsc_use_pm_timer(uint16_t port)
{
	pm_timer_port = port;
}

void tsc_use_hpet(uint64_t registers)
{
	hpet = registers;
}

static uint32_t hpet_read(void)
{
	return *(volatile uint32_t *)(hpet + HPET_COUNTER);
}

static uint32_t pm_timer_read(void)
{
	return in32(pm_timer_port) & PM_TIMER_MASK;
}

/* The 8254 counts down; turned round, so that both timers count up. */
static uint32_t pit_read(void)
{
	out8(PIT_COMMAND, PIT_LATCH_CHANNEL2);
	uint32_t low = in8(PIT_CHANNEL2);

	return (0u - (low | (uint32_t)in8(PIT_CHANNEL2) << 8)) & 0xFFFF;
}

static void pit_start(void)
{
	out8(PORT_B, (uint8_t)((in8(PORT_B) & ~PORT_B_SPEAKER) | PORT_B_GATE2));
	out8(PIT_COMMAND, PIT_MODE0_CHANNEL2);
	out8(PIT_CHANNEL2, 0xFF);
	out8(PIT_CHANNEL2, 0xFF);
}

struct timer {
	uint32_t (*read)(void);
	uint32_t mask;
	uint32_t hz;
	uint32_t ticks; /* how long to measure; less than mask */
};

/* Waits until @ticks passed since @from. 0 when the timer stands still or the limit is reached. */
static uint32_t wait_ticks(const struct timer *timer, uint32_t from, uint32_t ticks)
{
	uint32_t passed = 0;

	for (uint32_t reads = 0; reads < READS_MAX; reads++) {
		passed = (timer->read() - from) & timer->mask;
		if (passed >= ticks) {
			return passed;
		}
		if (passed == 0 && reads > READS_STILL_MAX) {
			return 0;
		}
	}
	return 0;
}

static uint64_t measure_against(const struct timer *timer)
{
	uint32_t edge = timer->read();

	/* Start at a tick of the timer, so that the measure is whole ticks long. */
	if (wait_ticks(timer, edge, 1) == 0) {
		return 0;
	}
	uint32_t from = timer->read();
	uint64_t tsc_from = rdtsc();
	uint32_t passed = wait_ticks(timer, from, timer->ticks);

	if (passed == 0) {
		return 0;
	}
	return (rdtsc() - tsc_from) * timer->hz / passed;
}

static uint64_t measure_against_hpet(void)
{
	uint64_t period = *(volatile uint64_t *)(hpet + HPET_CAPABILITIES) >> 32;
	volatile uint64_t *configuration = (volatile uint64_t *)(hpet + HPET_CONFIGURATION);

	if (period == 0 || period > HPET_PERIOD_MAX) {
		return 0;
	}
	uint32_t hz = (uint32_t)(HPET_FEMTOSECONDS / period);
	struct timer timer = { hpet_read, UINT32_MAX, hz, hz / 20 };
	uint64_t before = *configuration;

	*configuration = before | HPET_ENABLE;
	uint64_t tsc_hz = measure_against(&timer);
	*configuration = before;
	return tsc_hz;
}

static uint64_t claimed_by_cpuid(void)
{
	if (cpuid(0, 0).eax < 0x15) {
		return 0;
	}
	struct cpuid_regs r = cpuid(0x15, 0);

	return r.eax != 0 ? (uint64_t)r.ecx * r.ebx / r.eax : 0;
}

uint64_t tsc_measure(struct report *report)
{
	static const struct timer pm_timer = { pm_timer_read, PM_TIMER_MASK, PM_TIMER_HZ,
					       PM_TIMER_TICKS };
	static const struct timer pit = { pit_read, 0xFFFF, PIT_HZ, PIT_TICKS };
	uint64_t hz = pm_timer_port != 0 ? measure_against(&pm_timer) : 0;

	source = "ACPI PM timer";
	if (hz == 0 && hpet != 0) {
		source = "HPET";
		hz = measure_against_hpet();
	}
	if (hz == 0) {
		source = "8254";
		pit_start();
		hz = measure_against(&pit);
	}
	if (hz == 0) {
		source = "CPUID leaf 15H";
		hz = claimed_by_cpuid();
	}
	if (hz == 0) {
		report_add(report, 0,
			   "no timer moves (ACPI PM timer, HPET, 8254) and CPUID leaf 15H gives no "
			   "frequency: "
			   "the speed of the time-stamp counter cannot be known");
	}
	return hz;
}

const char *tsc_source(void)
{
	return source;
}
