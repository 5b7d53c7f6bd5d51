/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_msr_policy.c: a guest reads and writes MSRs without end. What the table answers stays legal, touches no MSR that
 * the machine lacks, and leaves a VMCS that can be entered.
 */
#include <stdint.h>
#include <string.h>

#define rdmsr rdmsr_of_the_processor
#define wrmsr wrmsr_of_the_processor
#define cpuid cpuid_of_the_processor
#include "arch/cpu/insn.h"
#undef rdmsr
#undef wrmsr
#undef cpuid
#include "tests/host/fake_vmcs.h"

static void require(bool good)
{
	if (!good) {
		__builtin_trap();
	}
}

static uint32_t features;

static struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	return leaf == 0 ? (struct cpuid_regs){ 0x20, 0, 0, 0 }
			 : (struct cpuid_regs){ features, features, features, features };
}

/* RDMSR and WRMSR in the hypervisor are for these alone; the counters' controls take what is not reserved. */
static uint64_t rdmsr(uint32_t msr)
{
	require(msr == 0x3B || msr == 0x8B || msr == 0x10A);
	return 0;
}

static void wrmsr(uint32_t msr, uint64_t value)
{
	require((msr >= 0x186 && msr <= 0x189) || msr == 0x38D);
	require(value >> 32 == 0 && (msr != 0x38D || (value & ~(uint64_t)0xBBB) == 0));
}

#include "kernel/msr_policy.c"

static struct vpmu pmu;

const struct vpmu *processors_pmu(void)
{
	return &pmu;
}

#define APIC_READ(name)                                                                            \
	bool name(struct vcpu *of, uint32_t msr, uint64_t *value)                                  \
	{                                                                                          \
		(void)of;                                                                          \
		(void)msr;                                                                         \
		*value = 0;                                                                        \
		return true;                                                                       \
	}
#define APIC_WRITE(name)                                                                           \
	bool name(struct vcpu *of, uint32_t msr, uint64_t value)                                   \
	{                                                                                          \
		(void)of;                                                                          \
		(void)msr;                                                                         \
		(void)value;                                                                       \
		return true;                                                                       \
	}
APIC_READ(vlapic_read_base)
APIC_READ(vlapic_read_id)
APIC_READ(vlapic_read_ldr)
APIC_READ(vlapic_read_reg)
APIC_READ(vlapic_read_icr)
APIC_WRITE(vlapic_write_base)
APIC_WRITE(vlapic_write_reg)
APIC_WRITE(vlapic_write_icr)

struct step {
	uint16_t msr;
	uint8_t high;
	uint8_t write;
	uint64_t value;
};

static bool type_is_legal(uint64_t type)
{
	return type <= 1 || (type >= 4 && type <= 6);
}

static void check(const struct vcpu *vcpu)
{
	const struct vmsr *msrs = &vcpu->msrs;

	for (unsigned i = 0; i < 2 * VMSR_MTRR_VARIABLE; i += 2) {
		require(type_is_legal(msrs->mtrr_variable[i] & 0xFFF));
		require((msrs->mtrr_variable[i + 1] & 0x7FF) == 0);
		require((msrs->mtrr_variable[i] | msrs->mtrr_variable[i + 1]) >> 46 == 0);
	}
	for (unsigned i = 0; i < 8 * VMSR_MTRR_FIXED; i++) {
		require(type_is_legal(msrs->mtrr_fixed[i / 8] >> i % 8 * 8 & 0xFF));
	}
	require(type_is_legal(msrs->mtrr_def_type & 0x3FF) && msrs->mtrr_def_type >> 12 == 0);
	require((fake_vmcs[VMCS_GUEST_DEBUGCTL] & ~(uint64_t)3) == 0);
	require((fake_vmcs[VMCS_GUEST_PERF_GLOBAL_CTRL] & ~(uint64_t)0x70000000F) == 0);
}

/* One of a row, mostly; any other now and then. */
static uint32_t number_of(const struct step *step)
{
	const struct rule *rule = &rules[step->msr % ARRAY_COUNT(rules)];

	if ((step->high & 7) == 0) {
		return (step->high & 8) != 0 ? 0xC0000000 + step->msr : step->msr;
	}
	return rule->first + step->high / 8 % (rule->last - rule->first + 1);
}

/* Few bits, mostly: a word of 64 random ones is refused by every rule. */
static uint64_t value_of(const struct step *step)
{
	uint64_t few = (uint64_t)1 << (step->value & 63) | (uint64_t)1 << (step->value >> 6 & 63);

	return (step->write & 2) != 0 ? step->value : few;
}

static void take(struct vcpu *vcpu, const struct step *step)
{
	uint32_t msr = number_of(step);
	uint64_t value;

	if ((step->write & 1) == 0) {
		(void)msr_policy_read(vcpu, msr, &value);
	} else if (!msr_policy_passes(msr, true, MSR_VIEW_X2APIC)) {
		(void)msr_policy_write(vcpu, msr, value_of(step));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vcpu vcpu;
	struct step step;

	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	vcpu.msrs = (struct vmsr){ 0 };
	vcpu.cpuid.extended[8].eax = 0x302E;
	features = size % 2 == 0 ? UINT32_MAX : 0;
	pmu = (struct vpmu){ 0 };
	if (features != 0) {
		pmu = (struct vpmu){ .gp_count = 4, .fixed_count = 3 };
	}
	vcpu.cpuid.xsaves = features != 0;
	for (; size >= sizeof(step); data += sizeof(step), size -= sizeof(step)) {
		memcpy(&step, data, sizeof(step));
		take(&vcpu, &step);
		check(&vcpu);
	}
	return 0;
}
