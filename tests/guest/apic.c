/* SPDX-License-Identifier: Apache-2.0 */
/* apic.c: the local APIC in x2APIC mode, and COM1's wire through the I/O APIC. */
#include "tests/guest/apic.h"

/* Source: Intel 82093AA I/O APIC data sheet, "Register Description". */
enum { IOREGSEL = 0xFEC00000, IOWIN = 0xFEC00010, IOREDTBL_UART = 0x10 + 2 * 4 };

/*
 * From off to x2APIC mode leads only through xAPIC mode (SDM Vol. 3A, "x2APIC State Transitions").
 */
void apic_start(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if ((base & APIC_BASE_EN) == 0) {
		base |= APIC_BASE_EN;
		wrmsr(MSR_APIC_BASE, base);
	}
	if ((base & APIC_BASE_EXTD) == 0) {
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_EXTD);
	}
	wrmsr(MSR_X2APIC_TPR, 0);
	wrmsr(MSR_X2APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
}

void apic_timer_mode(uint32_t mode)
{
	wrmsr(MSR_X2APIC_LVT_TIMER, mode | VECTOR_TIMER);
	/* The deadline must not overtake the mode (SDM Vol. 3A, "TSC-Deadline Mode"). */
	__asm__ volatile("mfence" : : : "memory");
}

static void ioapic_write(uint32_t index, uint32_t value)
{
	__asm__ volatile("movl %0, (%1)" : : "r"(index), "r"(IOREGSEL) : "memory");
	__asm__ volatile("movl %0, (%1)" : : "r"(value), "r"(IOWIN) : "memory");
}

/* Edge, active high, fixed, physical destination; the half with the mask bit last. */
void ioapic_route_uart(void)
{
	ioapic_write(IOREDTBL_UART + 1, (uint32_t)rdmsr(MSR_X2APIC_ID) << 24);
	ioapic_write(IOREDTBL_UART, VECTOR_UART);
}
