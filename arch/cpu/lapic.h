/* SPDX-License-Identifier: Apache-2.0 */
/* lapic.h: the local APIC of the processor this code runs on, in x2APIC mode. */
#pragma once

#include "kernel/lib/types.h"

/* x2APIC registers as MSRs (SDM Vol. 3A, "x2APIC Register Address Space"). */
enum x2apic_msr {
	X2APIC_ID = 0x802,
	X2APIC_VERSION = 0x803,
	X2APIC_TPR = 0x808,
	X2APIC_EOI = 0x80B,
	X2APIC_LDR = 0x80D,
	X2APIC_SVR = 0x80F,
	X2APIC_ISR0 = 0x810,
	X2APIC_TMR0 = 0x818,
	X2APIC_IRR0 = 0x820,
	X2APIC_ESR = 0x828,
	X2APIC_LVT_CMCI = 0x82F,
	X2APIC_ICR = 0x830,
	X2APIC_LVT_TIMER = 0x832,
	X2APIC_LVT_THERMAL = 0x833,
	X2APIC_LVT_PMC = 0x834,
	X2APIC_LVT_LINT0 = 0x835,
	X2APIC_LVT_LINT1 = 0x836,
	X2APIC_LVT_ERROR = 0x837,
	X2APIC_TIMER_INITIAL = 0x838,
	X2APIC_TIMER_CURRENT = 0x839,
	X2APIC_TIMER_DIVIDE = 0x83E,
	X2APIC_SELF_IPI = 0x83F,
};

/* Interrupt command register (SDM Vol. 3A, "Interrupt Command Register (ICR)"). */
enum icr_mode { ICR_FIXED, ICR_LOWEST, ICR_SMI, ICR_RESERVED3, ICR_NMI, ICR_INIT, ICR_STARTUP };
enum icr_shorthand { ICR_TO_DESTINATION, ICR_TO_SELF, ICR_TO_ALL, ICR_TO_OTHERS };

#define ICR_LOGICAL        ((uint64_t)1 << 11)
#define ICR_ASSERT         ((uint64_t)1 << 14)
#define ICR_LEVEL          ((uint64_t)1 << 15)
#define LVT_MASKED         ((uint64_t)1 << 16)
#define LVT_TIMER_PERIODIC ((uint64_t)1 << 17)
#define SVR_ENABLE         ((uint64_t)1 << 8)
#define SVR_NO_BROADCAST   ((uint64_t)1 << 12) /* an EOI is told to no I/O APIC */

/** lapic_supported() - whether this processor has x2APIC mode. */
bool lapic_supported(void);

/** lapic_has_deadline() - whether its timer has TSC-deadline mode. */
bool lapic_has_deadline(void);

/** lapic_read() - a register of it; @msr is one that this APIC has, else #GP. */
uint64_t lapic_read(uint32_t msr);

/** lapic_write() - likewise; reserved bits of @value are 0, else #GP. */
void lapic_write(uint32_t msr, uint64_t value);

/** lapic_enable() - x2APIC mode on; everything in the LVT masked, software-disabled, nothing pending. */
void lapic_enable(void);

/**
 * lapic_clear() - likewise, and no interrupt is left requested but those below vector 32; IF is clear before and after.
 *
 * There is no other way to be rid of a request than to take it, but switching the APIC off, which Bochs does not survive.
 */
void lapic_clear(void);

/** lapic_id() - APIC ID of this processor; x2APIC mode is on. */
uint32_t lapic_id(void);

/** lapic_send() - an IPI to APIC ID @to (physical). @vector is ignored for NMI and INIT. */
void lapic_send(uint32_t to, enum icr_mode mode, uint8_t vector);

/** lapic_eoi() - end of interrupt. */
void lapic_eoi(void);

/** lapic_accept() - software-enable, with @spurious as the spurious vector. */
void lapic_accept(uint8_t spurious);

/** lapic_timer_once() - one interrupt @vector after @count sixteenths of the timer's clock. */
void lapic_timer_once(uint8_t vector, uint32_t count);

/**
 * lapic_timer_measure() - how fast the timer counts.
 * @tsc_hz: speed of the time-stamp counter
 *
 * Return: Hz of the undivided timer clock; 0 when it does not move.
 */
uint64_t lapic_timer_measure(uint64_t tsc_hz);
