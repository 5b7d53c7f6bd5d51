/* SPDX-License-Identifier: Apache-2.0 */
/* apic.h: the local APIC of this processor, by MMIO or by MSR, whichever mode it is in. */
#pragma once

#include "tests/guest/lib.h"

/* Offsets of the xAPIC page; an x2APIC's MSR is 0x800 + offset / 16 (SDM Vol. 3A, "Local APIC Register Address Map"). */
enum {
	APIC_ID = 0x20,
	APIC_VERSION = 0x30,
	APIC_TPR = 0x80,
	APIC_PPR = 0xA0,
	APIC_EOI = 0xB0,
	APIC_LDR = 0xD0,
	APIC_DFR = 0xE0, /* xAPIC only */
	APIC_SVR = 0xF0,
	APIC_ISR = 0x100,
	APIC_TMR = 0x180,
	APIC_IRR = 0x200,
	APIC_ESR = 0x280,
	APIC_LVT_CMCI = 0x2F0,
	APIC_ICR = 0x300,
	APIC_ICR_HIGH = 0x310, /* xAPIC only */
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_THERMAL = 0x330,
	APIC_LVT_PERFORMANCE = 0x340,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3E0,
	APIC_SELF_IPI = 0x3F0, /* x2APIC only */
};

enum {
	APIC_SVR_ENABLE = 1 << 8,
	APIC_LVT_ONE_SHOT = 0 << 17,
	APIC_LVT_MASKED = 1 << 16,
	APIC_LVT_PERIODIC = 1 << 17,
	APIC_LVT_DEADLINE = 1 << 18,
	APIC_DIVIDE_BY_1 = 0xB,
	MSR_APIC_BASE = 0x1B,
	APIC_BASE_BSP = 1 << 8,
	APIC_BASE_EXTD = 1 << 10,
	APIC_BASE_EN = 1 << 11,
	MSR_TSC_DEADLINE = 0x6E0,
};

/** APIC_MSR() - in x2APIC mode, the MSR of a register: for who may not look at the mode each time. */
#define APIC_MSR(offset) (0x800u + (offset) / 16)

/* Bits of the interrupt command's low half (SDM Vol. 3A, "Interrupt Command Register (ICR)"). */
enum {
	ICR_FIXED = 0 << 8,
	ICR_LOWEST = 1 << 8,
	ICR_NMI = 4 << 8,
	ICR_INIT = 5 << 8,
	ICR_STARTUP = 6 << 8,
	ICR_LOGICAL = 1 << 11,
	ICR_PENDING = 1 << 12,
	ICR_ASSERT = 1 << 14,
	ICR_LEVEL = 1 << 15,
	ICR_SELF = 1 << 18,
	ICR_ALL = 2 << 18,
	ICR_OTHERS = 3 << 18,
	ICR_EVERYBODY = 0xFF, /* apic_send(): a broadcast destination of either mode */
};

/** apic_is_x2() - whether this processor's APIC is in x2APIC mode. */
bool apic_is_x2(void);

/** apic_enter_x2() - into x2APIC mode, if it is not there and CPUID has it. Return: whether it is there now. */
bool apic_enter_x2(void);

/** apic_start() - x2APIC mode and software-enabled, whatever mode it was in, off as well; nothing is held back. */
void apic_start(void);

/** apic_timer_mode() - in x2APIC mode: the timer sends VECTOR_TIMER, in @mode: APIC_LVT_ONE_SHOT or APIC_LVT_DEADLINE. */
void apic_timer_mode(uint32_t mode);

/** apic_read(), apic_write() - a register by its offset in the xAPIC page. */
uint32_t apic_read(uint32_t offset);
void apic_write(uint32_t offset, uint32_t value);

/** apic_id() - this processor's APIC ID. */
uint32_t apic_id(void);

/** apic_send() - write the ICR: @destination is an APIC ID or a logical destination (ICR_EVERYBODY: all). */
void apic_send(uint32_t destination, uint32_t command);

/** apic_bit() - one of the 256 bits of @bitmap: APIC_ISR, APIC_TMR or APIC_IRR. */
bool apic_bit(uint32_t bitmap, unsigned vector);

/** apic_reset() - enabled by software, everything masked, nothing in service, nothing pending but what EOI cannot end. */
void apic_reset(void);
