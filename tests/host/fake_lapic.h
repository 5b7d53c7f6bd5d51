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
	    (fake_lapic.writable[reg] == 0 && msr != X2APIC_ESR) ||
	    (msr == X2APIC_LVT_TIMER && (value >> 17 & 3) == 3)) {
		abort();
	}
	if (msr == X2APIC_SELF_IPI) {
		fake_lapic.sent_to_self = (uint32_t)value;
		fake_lapic.sent++;
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
