/* SPDX-License-Identifier: Apache-2.0 */
/* apic.h: the local APIC in x2APIC mode, and COM1's wire through the I/O APIC. */
#pragma once

#include "tests/guest/lib.h"

/* Source: SDM Vol. 3A, "Extended XAPIC (x2APIC)", "TSC-Deadline Mode", "Local Vector Table". */
enum {
	MSR_APIC_BASE = 0x1B,
	APIC_BASE_EXTD = 1 << 10,
	APIC_BASE_EN = 1 << 11,
	MSR_TSC_DEADLINE = 0x6E0,
	MSR_X2APIC_ID = 0x802,
	MSR_X2APIC_TPR = 0x808,
	MSR_X2APIC_EOI = 0x80B,
	MSR_X2APIC_SVR = 0x80F,
	MSR_X2APIC_ICR = 0x830,
	MSR_X2APIC_LVT_TIMER = 0x832,
	MSR_X2APIC_TIMER_INITIAL = 0x838,
	MSR_X2APIC_SELF_IPI = 0x83F,
	SVR_ENABLE = 1 << 8,
	LVT_ONE_SHOT = 0,
	LVT_TSC_DEADLINE = 1 << 18,
};

/** apic_start() - x2APIC mode and software-enabled, whatever mode it was in; nothing is held back. */
void apic_start(void);

/** apic_timer_mode() - its timer sends VECTOR_TIMER, in @mode: LVT_ONE_SHOT or LVT_TSC_DEADLINE. */
void apic_timer_mode(uint32_t mode);

/** ioapic_route_uart() - COM1 interrupts this processor with VECTOR_UART. */
void ioapic_route_uart(void);
