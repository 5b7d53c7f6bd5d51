/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_insn.h: RDMSR, WRMSR and CPUID of a processor made up by a test. To be included before anything that includes
 * arch/cpu/insn.h. RDMSR of what the machine does not have would be #GP in the hypervisor: it fails the test.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define rdmsr rdmsr_of_the_processor
#define wrmsr wrmsr_of_the_processor
#define cpuid cpuid_of_the_processor
#include "arch/cpu/insn.h"
#undef rdmsr
#undef wrmsr
#undef cpuid

enum { FAKE_MSRS = 128 };

/** struct fake_msr - one the machine has. */
struct fake_msr {
	uint32_t msr;
	uint64_t value;
};

static struct fake_msr fake_msrs[FAKE_MSRS];
static unsigned fake_msr_count;
static struct cpuid_regs (*fake_cpuid)(uint32_t leaf, uint32_t subleaf);

static inline struct fake_msr *fake_msr(uint32_t msr)
{
	for (unsigned i = 0; i < fake_msr_count; i++) {
		if (fake_msrs[i].msr == msr) {
			return &fake_msrs[i];
		}
	}
	fail_msg("the machine has no MSR 0x%x: #GP", msr);
	__builtin_unreachable();
}

/** fake_msr_add() - the machine has @msr. */
static inline void fake_msr_add(uint32_t msr, uint64_t value)
{
	assert_true(fake_msr_count < FAKE_MSRS);
	fake_msrs[fake_msr_count++] = (struct fake_msr){ msr, value };
}

static inline uint64_t rdmsr(uint32_t msr)
{
	return fake_msr(msr)->value;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	fake_msr(msr)->value = value;
}

static inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
	return fake_cpuid(leaf, subleaf);
}
