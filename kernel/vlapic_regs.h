/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vlapic_regs.h: the registers of a virtual processor's local APIC.
 *
 * Most are the real ones of the processor it lives on, through lapic_read() and lapic_write(). Those that name other
 * processors, or wires that a guest's machine has not, are kept here.
 *
 * So is the trigger mode register: an interrupt of a guest's I/O APIC is an IPI, an edge to the real APIC. A
 * level-triggered one is announced to its receiver, which notes it here and sends it to itself; until it is ended, that
 * processor's EOIs exit, so that the I/O APIC hears of the right one. Edges are none of our business: they come, and are ended, unseen.
 *
 * Pure: the host tests bring their own lapic_read(), lapic_write() and lapic_clear().
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vlapic_mode.h"

/** enum vlapic_lvt - local vector table entries that are memory only. */
enum vlapic_lvt {
	VLAPIC_LVT_CMCI,
	VLAPIC_LVT_THERMAL,
	VLAPIC_LVT_PMC,
	VLAPIC_LVT_LINT0, /* of the first processor: the 8259s' wire */
	VLAPIC_LVT_LINT1,
	VLAPIC_LVT_COUNT
};

/** VLAPIC_WORDS - of a register with a bit for each vector. */
enum { VLAPIC_WORDS = 8, VLAPIC_WORD_BITS = 32 };

/** struct vlapic - what is virtual of it. */
struct vlapic {
	uint64_t base; /* IA32_APIC_BASE */
	uint64_t icr;
	uint32_t id;
	uint32_t lvt[VLAPIC_LVT_COUNT];
	uint32_t ldr, dfr; /* of xAPIC mode */
	uint32_t esr;      /* as it reads */
	uint32_t errors;   /* since it was written last */
	uint32_t tmr[VLAPIC_WORDS];
	uint32_t levels[VLAPIC_WORDS]; /* level-triggered, in the real IRR or ISR, and not ended */
	bool has_levels;               /* there is a bit in @levels */
	bool enabled;                  /* by software, in the SVR */
	bool pmc_wired; /* the counters are the guest's: their LVT entry is in the real APIC too */
};

/**
 * enum vlapic_reg - a register's number: bits 11:4 of its offset in the page, and its MSR less 800H.
 * Source: SDM Vol. 3A, "Local APIC Register Address Map" and "x2APIC Register Address Space".
 */
enum vlapic_reg {
	VLAPIC_ID = 0x02,
	VLAPIC_VERSION = 0x03,
	VLAPIC_TPR = 0x08,
	VLAPIC_APR = 0x09,
	VLAPIC_PPR = 0x0A,
	VLAPIC_EOI = 0x0B,
	VLAPIC_RRD = 0x0C,
	VLAPIC_LDR = 0x0D,
	VLAPIC_DFR = 0x0E,
	VLAPIC_SVR = 0x0F,
	VLAPIC_ISR0 = 0x10,
	VLAPIC_TMR0 = 0x18,
	VLAPIC_IRR0 = 0x20,
	VLAPIC_ESR = 0x28,
	VLAPIC_CMCI = 0x2F,
	VLAPIC_ICR = 0x30,
	VLAPIC_ICR_HIGH = 0x31,
	VLAPIC_TIMER = 0x32,
	VLAPIC_THERMAL = 0x33,
	VLAPIC_PMC = 0x34,
	VLAPIC_LINT0 = 0x35,
	VLAPIC_LINT1 = 0x36,
	VLAPIC_ERROR = 0x37,
	VLAPIC_INITIAL = 0x38,
	VLAPIC_CURRENT = 0x39,
	VLAPIC_DIVIDE = 0x3E,
	VLAPIC_REGS = 0x100,
};

/* Error status register (SDM Vol. 3A, "Error Status Register (ESR)"). */
#define VLAPIC_ERROR_SEND_VECTOR    ((uint32_t)1 << 5)
#define VLAPIC_ERROR_RECEIVE_VECTOR ((uint32_t)1 << 6)
#define VLAPIC_ERROR_REGISTER       ((uint32_t)1 << 7)

/** enum vlapic_effect - what a write leaves to its caller. */
enum vlapic_effect {
	VLAPIC_DONE,
	VLAPIC_SEND, /* the ICR says what to whom */
	VLAPIC_END,  /* end of interrupt; the real APIC has not been told yet */
	VLAPIC_WHOM, /* which interrupts are for it may have changed: LDR, DFR, SVR, LINT0 */
};

/** vlapic_regs_reset() - as after power-up or INIT, but for base and ID. The real APIC is not touched. */
void vlapic_regs_reset(struct vlapic *apic);

/**
 * vlapic_regs_set_base() - write IA32_APIC_BASE; switching it off resets the real APIC's registers too.
 *
 * Return: false for #GP, and nothing changed.
 * Source: SDM Vol. 3A, "x2APIC State Transitions" and "Enabling or Disabling the Local APIC".
 */
bool vlapic_regs_set_base(struct vlapic *apic, uint64_t base);

/** vlapic_regs_read() - in xAPIC mode: register @reg, below VLAPIC_REGS; one that is none is an error, and 0. */
uint32_t vlapic_regs_read(struct vlapic *apic, uint32_t reg);

/** vlapic_regs_write() - in xAPIC mode: reserved bits of @value are ignored, a register that is none is an error. */
enum vlapic_effect vlapic_regs_write(struct vlapic *apic, uint32_t reg, uint32_t value);

/**
 * vlapic_regs_legal() - in x2APIC mode: whether WRMSR may write @value to register @reg, one that is kept here or whose
 * writes are looked at. Then vlapic_regs_write() does it.
 */
bool vlapic_regs_legal(uint32_t reg, uint64_t value);

/** vlapic_regs_exists() - in x2APIC mode: whether this processor has register @reg. */
bool vlapic_regs_exists(uint32_t reg);

/** vlapic_regs_error() - note an error: it shows in the ESR, and the LVT's error entry is served. */
void vlapic_regs_error(struct vlapic *apic, uint32_t error);

/**
 * vlapic_regs_pmc_fired() - whether an NMI that came may be that of the guest's counters; says so once for each.
 *
 * The APIC masks the entry when it delivers the interrupt, and nothing else does (SDM Vol. 3A, "Local Vector Table").
 */
bool vlapic_regs_pmc_fired(struct vlapic *apic);

/**
 * vlapic_regs_take_level() - a level-triggered interrupt arrives.
 *
 * Source: SDM Vol. 3A, "Interrupt Acceptance for Fixed Interrupts".
 */
void vlapic_regs_take_level(struct vlapic *apic, uint8_t vector);

/**
 * vlapic_regs_end() - end of interrupt, also at the real APIC.
 *
 * A level-triggered vector that is also requested, as an edge or as another level, is taken for level-triggered again.
 *
 * Return: the vector that I/O APICs are to hear of, or -1: it was an edge, or the guest keeps the ends to itself.
 * Source: SDM Vol. 3A, "Signaling Interrupt Servicing Completion".
 */
int vlapic_regs_end(struct vlapic *apic);
