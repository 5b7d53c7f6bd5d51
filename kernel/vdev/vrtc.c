/* SPDX-License-Identifier: Apache-2.0 */
/* vrtc.c: a guest's real-time clock and CMOS RAM, an MC146818. */
#include "kernel/vdev/vrtc.h"

#include "kernel/lib/string.h"
#include "kernel/vdev/vrtc_date.h"
#include "kernel/vdev/vtick.h"

/* MC146818, "Address Map". */
enum {
	REG_SECONDS = 0x0,
	REG_SECONDS_ALARM = 0x1,
	REG_MINUTES = 0x2,
	REG_MINUTES_ALARM = 0x3,
	REG_HOURS = 0x4,
	REG_HOURS_ALARM = 0x5,
	REG_WEEKDAY = 0x6,
	REG_DAY = 0x7,
	REG_MONTH = 0x8,
	REG_YEAR = 0x9,
	REG_A = 0xA,
	REG_B = 0xB,
	REG_C = 0xC,
	REG_D = 0xD,
};

/* MC146818, "Register A" to "Register D". */
enum {
	A_UIP = 1 << 7,
	A_DIVIDER = 0x70,
	A_DIVIDER_RESET = 0x60, /* 110 and 111 */
	A_RATE = 0x0F,
	A_AT_START = 0x26, /* 32768 Hz crystal, 1024 Hz periodic: what PC firmware sets */

	B_SET = 1 << 7,
	B_PIE = 1 << 6,
	B_AIE = 1 << 5,
	B_UIE = 1 << 4,
	B_BINARY = 1 << 2,
	B_24_HOURS = 1 << 1,

	C_IRQF = 1 << 7,
	C_PF = 1 << 6,
	C_AF = 1 << 5,
	C_UF = 1 << 4,

	D_VRT = 1 << 7,

	HOURS_PM = 1 << 7,
	ALARM_ANY = 0xC0,  /* "Alarm Bytes": "don't care" from C0 to FF */
	INDEX_BITS = 0x7F, /* bit 7 of the port is the PC's NMI mask */
};

enum {
	CRYSTAL_HZ = 32768,
	SECONDS_PER_DAY = 86400,
	UIP_NS = 244000, /* "Update Cycle": t_BUC */
};

/** chain_ns() - the divider chain's clock: whole seconds of it are when updates happen. */
static uint64_t chain_ns(const struct vrtc *rtc, uint64_t now)
{
	return now + rtc->phase_ns;
}

static bool divider_is_reset(const struct vrtc *rtc)
{
	return (rtc->ram[REG_A] & A_DIVIDER_RESET) == A_DIVIDER_RESET;
}

/**
 * is_stopped() - no updates: time bytes are plain storage ("Register B", SET; "Divider Stages").
 */
static bool is_stopped(const struct vrtc *rtc)
{
	return (rtc->ram[REG_B] & B_SET) || divider_is_reset(rtc);
}

static int64_t seconds_at(const struct vrtc *rtc, uint64_t now)
{
	return rtc->base_s + (int64_t)(chain_ns(rtc, now) / VTICK_NS_PER_S);
}

static uint8_t encode(const struct vrtc *rtc, unsigned value)
{
	bool binary = rtc->ram[REG_B] & B_BINARY;

	return (uint8_t)(binary ? value : value / 10 << 4 | value % 10);
}

static unsigned decode(const struct vrtc *rtc, unsigned byte)
{
	bool binary = rtc->ram[REG_B] & B_BINARY;

	return binary ? byte : (byte >> 4) * 10 + (byte & 0xF);
}

/**
 * encode_hour() - "Time, Calendar, and Alarm Locations": 12 AM to 11 PM with a PM bit, or 0 to 23.
 */
static uint8_t encode_hour(const struct vrtc *rtc, unsigned hour)
{
	unsigned pm = hour >= 12 ? HOURS_PM : 0;

	if (rtc->ram[REG_B] & B_24_HOURS) {
		return encode(rtc, hour);
	}
	return (uint8_t)(encode(rtc, hour % 12 ? hour % 12 : 12) | pm);
}

static unsigned decode_hour(const struct vrtc *rtc, uint8_t byte)
{
	if (rtc->ram[REG_B] & B_24_HOURS) {
		return decode(rtc, byte);
	}
	return decode(rtc, byte & ~(unsigned)HOURS_PM) % 12 + (byte & HOURS_PM ? 12 : 0);
}

/** show_time() - bring the time bytes up to date, if the clock runs. */
static void show_time(struct vrtc *rtc, uint64_t now)
{
	struct vrtc_date date;

	if (is_stopped(rtc)) {
		return;
	}
	date = vrtc_date_from_seconds(seconds_at(rtc, now));
	rtc->ram[REG_SECONDS] = encode(rtc, date.second);
	rtc->ram[REG_MINUTES] = encode(rtc, date.minute);
	rtc->ram[REG_HOURS] = encode_hour(rtc, date.hour);
	rtc->ram[REG_WEEKDAY] = encode(rtc, date.weekday);
	rtc->ram[REG_DAY] = encode(rtc, date.day);
	rtc->ram[REG_MONTH] = encode(rtc, date.month);
	rtc->ram[REG_YEAR] = encode(rtc, date.year % 100);
	rtc->ram[VRTC_CENTURY] = encode(rtc, date.year / 100);
}

/** take_time() - make the time bytes the time of @now; only the base moves. */
static void take_time(struct vrtc *rtc, uint64_t now)
{
	struct vrtc_date date = {
		.second = decode(rtc, rtc->ram[REG_SECONDS]),
		.minute = decode(rtc, rtc->ram[REG_MINUTES]),
		.hour = decode_hour(rtc, rtc->ram[REG_HOURS]),
		.day = decode(rtc, rtc->ram[REG_DAY]),
		.month = decode(rtc, rtc->ram[REG_MONTH]),
		.year = decode(rtc, rtc->ram[VRTC_CENTURY]) * 100 + decode(rtc, rtc->ram[REG_YEAR]),
	};
	int64_t chain_s = (int64_t)(chain_ns(rtc, now) / VTICK_NS_PER_S);

	rtc->base_s = vrtc_date_to_seconds(&date) - chain_s;
}

static bool alarm_matches(const struct vrtc *rtc, unsigned reg, uint8_t byte)
{
	return (rtc->ram[reg] & ALARM_ANY) == ALARM_ANY || rtc->ram[reg] == byte;
}

static bool hour_alarm_matches(const struct vrtc *rtc, unsigned hour)
{
	return alarm_matches(rtc, REG_HOURS_ALARM, encode_hour(rtc, hour));
}

/** alarm_is_possible() - whether each alarm byte is one that the clock ever shows. */
static bool alarm_is_possible(const struct vrtc *rtc)
{
	bool second = false;
	bool minute = false;
	bool hour = false;

	for (unsigned value = 0; value < 60; value++) {
		second |= alarm_matches(rtc, REG_SECONDS_ALARM, encode(rtc, value));
		minute |= alarm_matches(rtc, REG_MINUTES_ALARM, encode(rtc, value));
		hour |= value < 24 && hour_alarm_matches(rtc, value);
	}
	return second && minute && hour;
}

/** next_alarm() - when the first alarm after @after (ns) is; VDEV_NEVER if there can be none. */
static uint64_t next_alarm(const struct vrtc *rtc, uint64_t after)
{
	struct vrtc_date date = vrtc_date_from_seconds(seconds_at(rtc, after));
	unsigned start = date.hour * 3600 + date.minute * 60 + date.second;
	uint64_t chain_s = chain_ns(rtc, after) / VTICK_NS_PER_S;
	unsigned ahead = 1;

	if (!alarm_is_possible(rtc)) {
		return VDEV_NEVER; /* which also bounds the search: no field is tried twice */
	}
	while (ahead <= SECONDS_PER_DAY) {
		unsigned at = (start + ahead) % SECONDS_PER_DAY;

		if (!hour_alarm_matches(rtc, at / 3600)) {
			ahead += 3600 - at % 3600;
		} else if (!alarm_matches(rtc, REG_MINUTES_ALARM, encode(rtc, at / 60 % 60))) {
			ahead += 60 - at % 60;
		} else if (!alarm_matches(rtc, REG_SECONDS_ALARM, encode(rtc, at % 60))) {
			ahead++;
		} else {
			break;
		}
	}
	return (chain_s + ahead) * VTICK_NS_PER_S - rtc->phase_ns;
}

/**
 * period_ticks() - of the crystal; 0 for none ("Register A", rate selection; table for 32.768 kHz).
 */
static uint64_t period_ticks(const struct vrtc *rtc)
{
	unsigned rate = rtc->ram[REG_A] & A_RATE;

	if (rate == 0 || divider_is_reset(rtc)) {
		return 0;
	}
	/* The first two rates are those of 8 and 9 again. */
	return UINT64_C(1) << (rate <= 2 ? rate + 6 : rate - 1);
}

/** periods_at() - periods of @ticks that are over. */
static uint64_t periods_at(const struct vrtc *rtc, uint64_t now, uint64_t ticks)
{
	return vtick_at(chain_ns(rtc, now), CRYSTAL_HZ) / ticks;
}

/** drive() - IRQ is active while a flag and its enable are both 1 ("Register C", IRQF). */
static void drive(struct vrtc *rtc)
{
	bool level = rtc->ram[REG_C] & rtc->ram[REG_B] & (C_PF | C_AF | C_UF);

	if (level != rtc->line_level) {
		rtc->line_level = level;
		irq_line_set(&rtc->line, level);
	}
}

/** catch_up() - set the flags for what happened since the last time; flags need no enable. */
static void catch_up(struct vrtc *rtc, uint64_t now)
{
	uint64_t ticks = period_ticks(rtc);
	uint64_t seen = rtc->seen_ns;

	if (now <= seen) {
		return;
	}
	if (ticks && periods_at(rtc, now, ticks) != periods_at(rtc, seen, ticks)) {
		rtc->ram[REG_C] |= C_PF;
	}
	if (!is_stopped(rtc) && seconds_at(rtc, now) != seconds_at(rtc, seen)) {
		rtc->ram[REG_C] |= C_UF;
		if (!(rtc->ram[REG_C] & C_AF) && next_alarm(rtc, seen) <= now) {
			rtc->ram[REG_C] |= C_AF;
		}
	}
	rtc->seen_ns = now;
	drive(rtc);
}

/** read_a() - UIP warns of an update that is about to come ("Update Cycle"). */
static uint8_t read_a(const struct vrtc *rtc, uint64_t now)
{
	uint64_t into_second = chain_ns(rtc, now) % VTICK_NS_PER_S;
	bool uip = !is_stopped(rtc) && into_second >= VTICK_NS_PER_S - UIP_NS;

	return rtc->ram[REG_A] | (uip ? A_UIP : 0);
}

/** read_c() - a read clears all flags ("Register C"). */
static uint8_t read_c(struct vrtc *rtc)
{
	uint8_t value = rtc->ram[REG_C] | (rtc->line_level ? C_IRQF : 0);

	rtc->ram[REG_C] = 0;
	drive(rtc);
	return value;
}

/**
 * write_control() - registers A and B, with what starting and stopping the clock means.
 *
 * The first update comes half a second after the divider leaves reset ("Divider Stages"). SET going
 * high clears UIE ("Register B").
 */
static void write_control(struct vrtc *rtc, uint8_t value, uint64_t now)
{
	bool was_stopped = is_stopped(rtc);
	bool was_reset = divider_is_reset(rtc);

	show_time(rtc, now);
	if (rtc->index == REG_A) {
		rtc->ram[REG_A] = value & (A_DIVIDER | A_RATE);
	} else {
		bool sets = (value & B_SET) && !(rtc->ram[REG_B] & B_SET);

		rtc->ram[REG_B] = sets ? value & (uint8_t)~B_UIE : value;
	}
	if (was_reset && !divider_is_reset(rtc)) {
		uint64_t into_second = now % VTICK_NS_PER_S;

		rtc->phase_ns = (VTICK_NS_PER_S * 3 / 2 - into_second) % VTICK_NS_PER_S;
	}
	if (was_stopped && !is_stopped(rtc)) {
		take_time(rtc, now);
	}
	drive(rtc);
}

static bool is_time(unsigned reg)
{
	return reg == VRTC_CENTURY || (reg <= REG_YEAR && reg != REG_SECONDS_ALARM &&
				       reg != REG_MINUTES_ALARM && reg != REG_HOURS_ALARM);
}

/** write_storage() - a plain byte; or one of the time, which a running clock goes on from. */
static void write_storage(struct vrtc *rtc, uint8_t value, uint64_t now)
{
	bool sets_running_clock = is_time(rtc->index) && !is_stopped(rtc);

	if (sets_running_clock) {
		show_time(rtc, now);
	}
	rtc->ram[rtc->index] = value;
	if (sets_running_clock) {
		take_time(rtc, now);
	}
}

void vrtc_init(struct vrtc *rtc, int64_t epoch_s, struct irq_line line)
{
	memset(rtc, 0, sizeof(*rtc));
	rtc->base_s = epoch_s;
	rtc->line = line;
	rtc->ram[REG_A] = A_AT_START;
	rtc->ram[REG_B] = B_24_HOURS;
}

uint8_t vrtc_read(struct vrtc *rtc, uint16_t port, uint64_t now)
{
	if (port != VRTC_PORT_DATA) {
		return 0xFF;
	}
	catch_up(rtc, now);
	switch (rtc->index) {
	case REG_A:
		return read_a(rtc, now);
	case REG_C:
		return read_c(rtc);
	case REG_D:
		return D_VRT;
	}
	if (is_time(rtc->index)) {
		show_time(rtc, now);
	}
	return rtc->ram[rtc->index];
}

void vrtc_write(struct vrtc *rtc, uint16_t port, uint8_t value, uint64_t now)
{
	if (port == VRTC_PORT_INDEX) {
		rtc->index = value & INDEX_BITS;
	}
	if (port != VRTC_PORT_DATA) {
		return;
	}
	catch_up(rtc, now);
	if (rtc->index == REG_A || rtc->index == REG_B) {
		write_control(rtc, value, now);
	} else if (rtc->index != REG_C && rtc->index != REG_D) { /* those two are read only */
		write_storage(rtc, value, now);
	}
}

uint64_t vrtc_poll(struct vrtc *rtc, uint64_t now)
{
	uint64_t ticks = period_ticks(rtc);
	uint64_t next = VDEV_NEVER;
	uint8_t enabled = rtc->ram[REG_B];

	catch_up(rtc, now);
	if (rtc->line_level) {
		return VDEV_NEVER;
	}
	if ((enabled & B_PIE) && ticks) {
		uint64_t tick = (periods_at(rtc, now, ticks) + 1) * ticks;

		next = vtick_ns(tick, CRYSTAL_HZ) - rtc->phase_ns;
	}
	if (is_stopped(rtc)) {
		return next;
	}
	if (enabled & B_UIE) {
		uint64_t second = chain_ns(rtc, now) / VTICK_NS_PER_S + 1;

		next = min_u64(next, second * VTICK_NS_PER_S - rtc->phase_ns);
	}
	return enabled & B_AIE ? min_u64(next, next_alarm(rtc, now)) : next;
}
