/* SPDX-License-Identifier: Apache-2.0 */
/* fake_lapic.h: a real local APIC in x2APIC mode, as far as vlapic_regs.c touches it; strict, as RDMSR and WRMSR are. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "arch/cpu/lapic.h"
#include "arch/cpu/msr.h"

enum { FAKE_LAPIC_REGS = 0x40 };

/** fake_lapic - its registers; a test sets and looks at them. */
static struct {
	uint32_t regs[FAKE_LAPIC_REGS];
	uint32_t writable[FAKE_LAPIC_REGS]; /* a bit outside is #GP, which would be a panic */
	uint32_t sent_to_self;              /* the last vector */
	unsigned ended;
	unsigned sent, resets;
	bool deadline;
} fake_lapic;

static inline uint32_t *fake_lapic_reg(uint32_t msr)
{
	return &fake_lapic.regs[msr - MSR_X2APIC_FIRST];
}

/** fake_lapic_start() - like a processor of this age: 7 LVT entries, TSC-deadline mode, EOI suppression. */
static inline void fake_lapic_start(void)
{
	static const struct {
		uint32_t msr, writable;
	} rows[] = {
		{ X2APIC_TPR, 0xFF },          { X2APIC_SVR, 0x11FF },
		{ X2APIC_LVT_TIMER, 0x700FF }, { X2APIC_LVT_PMC, 0x107FF },
		{ X2APIC_LVT_ERROR, 0x100FF }, { X2APIC_TIMER_INITIAL, UINT32_MAX },
		{ X2APIC_TIMER_DIVIDE, 0xB },  { X2APIC_SELF_IPI, 0xFF },
	};

	memset(&fake_lapic, 0, sizeof(fake_lapic));
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		fake_lapic.writable[rows[i].msr - MSR_X2APIC_FIRST] = rows[i].writable;
	}
	*fake_lapic_reg(X2APIC_VERSION) = 0x01060015;
	*fake_lapic_reg(X2APIC_LVT_ERROR) = 0x10000;
	*fake_lapic_reg(X2APIC_LVT_PMC) = 0x10000;
	fake_lapic.deadline = true;
}

/* Those that exist and can be read. */
static inline bool fake_lapic_reads(uint32_t msr)
{
	return msr == X2APIC_VERSION || msr == X2APIC_TPR || msr == 0x80A || msr == X2APIC_SVR ||
	       (msr >= X2APIC_ISR0 && msr <= X2APIC_ESR) || msr == X2APIC_LVT_TIMER ||
	       msr == X2APIC_LVT_PMC || msr == X2APIC_LVT_ERROR || msr == X2APIC_TIMER_INITIAL ||
	       msr == X2APIC_TIMER_CURRENT || msr == X2APIC_TIMER_DIVIDE;
}

/* The highest bit of the eight registers at @msr: -1 where there is none. */
static inline int fake_lapic_highest(uint32_t msr)
{
	for (int vector = 255; vector >= 0; vector--) {
		if ((*fake_lapic_reg(msr + (uint32_t)vector / 32) >> vector % 32 & 1) != 0) {
			return vector;
		}
	}
	return -1;
}

static inline void fake_lapic_flip(uint32_t msr, int vector)
{
	*fake_lapic_reg(msr + (uint32_t)vector / 32) ^= 1u << vector % 32;
}

/** fake_lapic_request() - an interrupt @vector comes, for all that the APIC knows an edge. */
static inline void fake_lapic_request(uint32_t vector)
{
	*fake_lapic_reg(X2APIC_IRR0 + vector / 32) |= 1u << vector % 32;
}

/** fake_lapic_accept() - the processor takes the highest that is requested. */
static inline void fake_lapic_accept(void)
{
	int vector = fake_lapic_highest(X2APIC_IRR0);

	if (vector >= 0) {
		fake_lapic_flip(X2APIC_IRR0, vector);
		*fake_lapic_reg(X2APIC_ISR0 + (uint32_t)vector / 32) |= 1u << vector % 32;
	}
}

static inline void fake_lapic_end(void)
{
	int vector = fake_lapic_highest(X2APIC_ISR0);

	fake_lapic.ended++;
	if (vector >= 0) {
		fake_lapic_flip(X2APIC_ISR0, vector);
	}
}

uint64_t lapic_read(uint32_t msr)
{
	if (!fake_lapic_reads(msr)) {
		abort();
	}
	return *fake_lapic_reg(msr);
}

void lapic_write(uint32_t msr, uint64_t value)
{
	uint32_t reg = msr - MSR_X2APIC_FIRST;

	if (reg >= FAKE_LAPIC_REGS || (value & ~(uint64_t)fake_lapic.writable[reg]) != 0 ||
	    (fake_lapic.writable[reg] == 0 && msr != X2APIC_ESR && msr != X2APIC_EOI) ||
	    (msr == X2APIC_LVT_TIMER && (value >> 17 & 3) == 3)) {
		abort();
	}
	if (msr == X2APIC_SELF_IPI) {
		fake_lapic.sent_to_self = (uint32_t)value;
		fake_lapic.sent++;
		fake_lapic_request((uint32_t)value);
	} else if (msr == X2APIC_EOI) {
		fake_lapic_end();
	} else if (msr != X2APIC_ESR) {
		*fake_lapic_reg(msr) = (uint32_t)value;
	}
}

bool lapic_has_deadline(void)
{
	return fake_lapic.deadline;
}

void lapic_clear(void)
{
	fake_lapic.resets++;
}
