/* SPDX-License-Identifier: Apache-2.0 */
/* processor_facts.c: what a processor is. */
#include "kernel/processor_facts.h"

#include "arch/cpu/exception.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"

enum fact_from { FROM_EAX, FROM_EBX, FROM_ECX, FROM_EDX, FROM_MSR };

/* One word: where it comes from, and bits that software switches or that differ always. */
struct fact {
	uint32_t number; /* leaf or MSR */
	uint8_t from;    /* enum fact_from */
	uint8_t shift;
	uint32_t without;
	char name[20];
};

#define LEAF_1_ECX_OSXSAVE ((uint32_t)1 << 27)
#define LEAF_7_ECX_OSPKE   ((uint32_t)1 << 4)

#define LEAF_EXTENDED 0x80000000u

/* clang-format off */
static const struct fact rows[] = {
	[FACT_SIGNATURE] = { 1, FROM_EAX, 0, 0, "cpuid.1.eax" },
	[FACT_MICROCODE] = { MSR_IA32_BIOS_SIGN_ID, FROM_MSR, 32, 0, "microcode" },
	[FACT_CORE_TYPE] = { 0x1A, FROM_EAX, 24, 0, "core-type" },
	{ 1, FROM_ECX, 0, LEAF_1_ECX_OSXSAVE, "cpuid.1.ecx" },
	{ 1, FROM_EDX, 0, 0, "cpuid.1.edx" },
	{ 7, FROM_EBX, 0, 0, "cpuid.7.ebx" },
	{ 7, FROM_ECX, 0, LEAF_7_ECX_OSPKE, "cpuid.7.ecx" },
	{ 7, FROM_EDX, 0, 0, "cpuid.7.edx" },
	{ 0x80000001, FROM_ECX, 0, 0, "cpuid.80000001.ecx" },
	{ 0x80000001, FROM_EDX, 0, 0, "cpuid.80000001.edx" },
	{ MSR_IA32_ARCH_CAPABILITIES, FROM_MSR, 0, 0, "msr.arch_capabil." },
	{ MSR_IA32_FEATURE_CONTROL, FROM_MSR, 0, 0, "msr.feature_control" },
	{ MSR_IA32_VMX_BASIC, FROM_MSR, 0, 0, "vmx.basic" },
	{ MSR_IA32_VMX_PINBASED_CTLS, FROM_MSR, 0, 0, "vmx.pin" },
	{ MSR_IA32_VMX_PROCBASED_CTLS, FROM_MSR, 0, 0, "vmx.proc" },
	{ MSR_IA32_VMX_PROCBASED_CTLS2, FROM_MSR, 0, 0, "vmx.proc2" },
	{ MSR_IA32_VMX_EXIT_CTLS, FROM_MSR, 0, 0, "vmx.exit" },
	{ MSR_IA32_VMX_ENTRY_CTLS, FROM_MSR, 0, 0, "vmx.entry" },
	{ MSR_IA32_VMX_MISC, FROM_MSR, 0, 0, "vmx.misc" },
	{ MSR_IA32_VMX_CR0_FIXED1, FROM_MSR, 0, 0, "vmx.cr0" },
	{ MSR_IA32_VMX_CR4_FIXED1, FROM_MSR, 0, 0, "vmx.cr4" },
	{ MSR_IA32_VMX_EPT_VPID_CAP, FROM_MSR, 0, 0, "vmx.ept_vpid" },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(rows) == PROCESSOR_FACTS, "counted");

static uint64_t from_cpuid(const struct fact *row)
{
	if (cpuid(row->number & LEAF_EXTENDED, 0).eax < row->number) {
		return 0;
	}
	struct cpuid_regs r = cpuid(row->number, 0);
	const uint32_t words[] = { r.eax, r.ebx, r.ecx, r.edx };
	return words[row->from];
}

static uint64_t from_msr(const struct fact *row)
{
	uint64_t value = 0;

	return msr_probe(row->number, &value) ? value : 0;
}

void processor_facts_read(struct processor_facts *facts)
{
	for (uint32_t i = 0; i < PROCESSOR_FACTS; i++) {
		const struct fact *row = &rows[i];
		uint64_t word = row->from == FROM_MSR ? from_msr(row) : from_cpuid(row);

		facts->words[i] = word >> row->shift & ~(uint64_t)row->without;
	}
}

const char *processor_fact_name(uint32_t index)
{
	return index < PROCESSOR_FACTS ? rows[index].name : "";
}

struct processor_model processor_model(uint32_t signature)
{
	uint32_t family = signature >> 8 & 0xF;
	uint32_t model = signature >> 4 & 0xF;
	bool extended = family == 6 || family == 15;

	return (struct processor_model){
		.family = family == 15 ? family + (signature >> 20 & 0xFF) : family,
		.model = extended ? model | (signature >> 16 & 0xF) << 4 : model,
		.stepping = signature & 0xF,
	};
}
