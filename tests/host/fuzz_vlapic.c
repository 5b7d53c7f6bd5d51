/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_vlapic.c: a guest that does anything to its local APIC, in any mode.
 *
 * The real one under it is fake_lapic.h, which aborts at what would be #GP in root mode. Eight bytes an operation: kind,
 * register, value (4), and two that choose the processor below.
 */
#include <stdint.h>

#include "kernel/ipi.h"
#include "kernel/lib/cursor.h"
#include "kernel/vlapic_regs.h"
#include "tests/host/fake_lapic.h"

enum { CPUS = 8, ID = 3 };

static struct vlapic apic;

static void require(bool truth)
{
	if (!truth) {
		abort();
	}
}

static void start(uint8_t kind)
{
	fake_lapic_start();
	if ((kind & 1) != 0) { /* an older processor */
		*fake_lapic_reg(X2APIC_VERSION) = 0x00050014;
		fake_lapic.writable[VLAPIC_SVR] = 0x1FF;
	}
	if ((kind & 2) != 0) {
		fake_lapic.deadline = false;
		fake_lapic.writable[VLAPIC_TIMER] = 0x300FF;
	}
	apic = (struct vlapic){ .base = vlapic_mode_base(kind % 3, true), .id = ID };
	vlapic_regs_reset(&apic);
}

/* Whoever is reached is a processor of this guest, and takes it. */
static void check_ipi(const struct ipi *ipi, uint32_t count)
{
	struct ipi_apic apics[CPUS];

	for (uint32_t i = 0; i < CPUS; i++) {
		apics[i] = (struct ipi_apic){ .mode = (enum vlapic_mode)((apic.icr >> i) % 3),
					      .enabled = (apic.icr >> (i + 3) & 1) != 0,
					      .logical = (uint8_t)(apic.ldr >> (24 - i)),
					      .clusters = (apic.dfr >> (28 + i % 4) & 1) == 0 };
	}
	uint64_t set = ipi_receivers(ipi, apics, ID % count, count);

	require(set >> count == 0);
	require(ipi->mode != ICR_LOWEST || (set & (set - 1)) == 0);
	for (uint32_t i = 0; i < count; i++) {
		require((set >> i & 1) == 0 || apics[i].mode != VLAPIC_DISABLED);
		require((set >> i & 1) == 0 || apics[i].enabled || ipi->mode >= ICR_NMI);
	}
	require(set == 0 || !ipi_has_illegal_vector(ipi));
}

static bool bit_of(const uint32_t *words, int vector)
{
	return vector >= 0 && (words[vector / 32] >> vector % 32 & 1) != 0;
}

/* An I/O APIC hears of the vector that was served, if it is a level that came. */
static void end(void)
{
	struct vlapic before = apic;
	int served = fake_lapic_highest(X2APIC_ISR0);
	unsigned ended = fake_lapic.ended;
	int told = vlapic_regs_end(&apic);

	require(fake_lapic.ended == ended + 1);
	require(told == -1 || (told == served && bit_of(before.levels, told)));
}

/* What is noted fits together, and every level shows in the TMR. */
static void check_levels(void)
{
	bool any = false;

	for (uint32_t i = 0; i < VLAPIC_WORDS; i++) {
		require((apic.levels[i] & ~apic.tmr[i]) == 0);
		any |= apic.levels[i] != 0;
	}
	require(apic.has_levels == any);
}

static void written(enum vlapic_effect effect, uint32_t count)
{
	struct ipi ipi;

	if (effect == VLAPIC_SEND && ipi_from_xapic(apic.icr, &ipi) == OK) {
		check_ipi(&ipi, count);
	}
	if (effect == VLAPIC_END) {
		end();
	}
}

/* As the MSR table lets it in. */
static void use_msr(uint32_t reg, uint64_t value, uint32_t count)
{
	struct ipi ipi;

	if (reg == VLAPIC_ICR) {
		if (ipi_from_icr(value, &ipi) == OK) {
			apic.icr = value;
			check_ipi(&ipi, count);
		}
	} else if (vlapic_regs_legal(reg, value)) {
		written(vlapic_regs_write(&apic, reg, (uint32_t)value), count);
	}
}

static void change_mode(uint64_t base)
{
	enum vlapic_mode from = vlapic_mode_of(apic.base);
	unsigned resets = fake_lapic.resets;
	uint64_t before = apic.base;
	bool done = vlapic_regs_set_base(&apic, base);

	require(apic.base == (done ? base : before));
	require(!done || vlapic_mode_of(base) != VLAPIC_X2APIC || from != VLAPIC_DISABLED);
	require(!done || vlapic_mode_of(base) != VLAPIC_XAPIC || from != VLAPIC_X2APIC);
	require(fake_lapic.resets - resets ==
		(done && from != VLAPIC_DISABLED && vlapic_mode_of(base) == VLAPIC_DISABLED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);

	start(cursor_u8(&c));
	while (cursor_left(&c) >= 8) {
		uint8_t kind = cursor_u8(&c);
		uint32_t reg = cursor_u8(&c);
		uint32_t value = (uint32_t)cursor_le(&c, 4);
		uint32_t count = 1 + cursor_u8(&c) % CPUS;
		uint8_t service = cursor_u8(&c);

		*fake_lapic_reg(X2APIC_ISR0 + service % 8) ^= 1u << service % 32;
		switch (kind % 5) {
		case 0:
			written(vlapic_regs_write(&apic, reg, value), count);
			break;
		case 1:
			vlapic_regs_read(&apic, reg);
			break;
		case 2:
			use_msr(reg, value | (uint64_t)(kind >> 4) << 32, count);
			break;
		case 3:
			vlapic_regs_take_level(&apic, (uint8_t)(reg < 16 ? 16 : reg));
			break;
		default:
			change_mode((value & 0xFFF) | APIC_BASE_ADDRESS |
				    (uint64_t)(kind >> 6) << 40);
			break;
		}
		check_levels();
	}
	return 0;
}
