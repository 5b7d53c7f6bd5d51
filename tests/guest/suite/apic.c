/* SPDX-License-Identifier: Apache-2.0 */
/* apic.c: the local APIC of this processor, in either mode. */
#include "tests/guest/suite/apic.h"

enum {
	XAPIC_PAGE = (int)0xFEE00000,
	LEAF1_ECX_X2APIC = 1 << 21,
	VECTORS_A_WORD = 32,
	REGISTER_BYTES = 0x10,
	VECTORS = 256,
	XAPIC_ID_SHIFT = 24,
	XAPIC_WAITS = 100000,
};

/* Source: SDM Vol. 3A, "Detecting and Enabling x2APIC Mode". */
bool apic_is_x2(void)
{
	return (rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD) != 0;
}

bool apic_enter_x2(void)
{
	if (!apic_is_x2() && (cpuid(1).ecx & LEAF1_ECX_X2APIC) != 0) {
		wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_EXTD);
	}
	return apic_is_x2();
}

/* From off to x2APIC mode leads only through xAPIC mode (SDM Vol. 3A, "x2APIC State Transitions"). */
void apic_start(void)
{
	if ((rdmsr(MSR_APIC_BASE) & APIC_BASE_EN) == 0) {
		wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_EN);
	}
	apic_enter_x2();
	apic_write(APIC_TPR, 0);
	apic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
}

void apic_timer_mode(uint32_t mode)
{
	wrmsr(APIC_MSR(APIC_LVT_TIMER), mode | VECTOR_TIMER);
	/* The deadline must not overtake the mode (SDM Vol. 3A, "TSC-Deadline Mode"). */
	__asm__ volatile("mfence" : : : "memory");
}

static volatile uint32_t *page_register(uint32_t offset)
{
	return (volatile uint32_t *)((uint32_t)XAPIC_PAGE + offset);
}

uint32_t apic_read(uint32_t offset)
{
	return apic_is_x2() ? (uint32_t)rdmsr(APIC_MSR(offset)) : *page_register(offset);
}

void apic_write(uint32_t offset, uint32_t value)
{
	if (apic_is_x2()) {
		wrmsr(APIC_MSR(offset), value);
	} else {
		*page_register(offset) = value;
	}
}

uint32_t apic_id(void)
{
	uint32_t id = apic_read(APIC_ID);

	return apic_is_x2() ? id : id >> XAPIC_ID_SHIFT;
}

void apic_send(uint32_t destination, uint32_t command)
{
	if (apic_is_x2()) {
		uint64_t high = destination == ICR_EVERYBODY ? UINT32_MAX : destination;

		wrmsr(APIC_MSR(APIC_ICR), high << 32 | command);
		return;
	}
	*page_register(APIC_ICR_HIGH) = destination << XAPIC_ID_SHIFT;
	*page_register(APIC_ICR) = command;
	for (unsigned i = 0; i < XAPIC_WAITS && (*page_register(APIC_ICR) & ICR_PENDING) != 0;
	     i++) {
		__builtin_ia32_pause();
	}
}

bool apic_bit(uint32_t bitmap, unsigned vector)
{
	uint32_t word = apic_read(bitmap + vector / VECTORS_A_WORD * REGISTER_BYTES);

	return (word >> vector % VECTORS_A_WORD & 1) != 0;
}

static bool anything(uint32_t bitmap)
{
	for (uint32_t i = 0; i < VECTORS / VECTORS_A_WORD; i++) {
		if (apic_read(bitmap + i * REGISTER_BYTES) != 0) {
			return true;
		}
	}
	return false;
}

/* What is still pending would come at the next STI. */
void apic_reset(void)
{
	static const uint32_t lvts[] = { APIC_LVT_TIMER, APIC_LVT_THERMAL, APIC_LVT_PERFORMANCE,
					 APIC_LVT_LINT0, APIC_LVT_LINT1,   APIC_LVT_ERROR };

	apic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
	for (unsigned i = 0; i < sizeof(lvts) / sizeof(lvts[0]); i++) {
		apic_write(lvts[i], APIC_LVT_MASKED);
	}
	apic_write(APIC_TIMER_INITIAL, 0);
	apic_write(APIC_TPR, 0);
	for (unsigned i = 0; i < VECTORS && anything(APIC_ISR); i++) {
		apic_write(APIC_EOI, 0);
	}
	apic_write(APIC_ESR, 0);
}
