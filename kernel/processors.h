/* SPDX-License-Identifier: Apache-2.0 */
/* processors.h: the machine's processors: their structures, and bringing them up into VMX operation. */
#pragma once

#include "arch/cpu/cpu.h"
#include "arch/vmx/vmx.h"
#include "kernel/boot_info.h"
#include "kernel/processor_facts.h"
#include "kernel/vpmu.h"

/** processors_create() - a structure for each processor of the machine; index 0 is the one this runs on. */
void processors_create(const struct boot_info *info);

/** processor() - processor @index, below processor_count(). */
struct cpu *processor(uint32_t index);

/** processor_facts() - what processor @index is, as it found when it was started; all 0 before. */
const struct processor_facts *processor_facts(uint32_t index);

/** processor_count() - how many the machine has. */
uint32_t processor_count(void);

/** processors_enter_vmx() - VMX operation on this, the boot processor; its capabilities become the measure. */
void processors_enter_vmx(void);

/** processors_start() - start all others; each compares its VMX with the measure and enters VMX operation. */
void processors_start(const struct boot_info *info);

/** processor_retire() - leave VMX operation, give @vmcs up, and sleep until processor_bring_back(); on that processor. */
_Noreturn void processor_retire(void *vmcs);

/**
 * processor_bring_back() - reset a processor that retired; it runs its vcpu afterwards.
 *
 * On the monitor's processor; takes some 10 ms. One that has not retired is left as it is.
 *
 * Return: OK, E_TIMEOUT. Source: SDM Vol. 3C, "VMX and INIT" under "VMXOFF".
 */
enum status processor_bring_back(struct cpu *cpu);

/** struct processor_answer - what a processor said of one of its MSRs. */
struct processor_answer {
	uint32_t cpu;
	uint32_t msr;
	bool good; /* it has such an MSR */
	uint64_t value;
};

/**
 * processor_ask() - ask a processor that is not this one for an MSR; on the monitor's processor, one question at a time.
 *
 * Return: whether it is nobody's, or its guest has ended: then it will answer.
 */
bool processor_ask(uint32_t index, uint32_t msr);

/** processor_answered() - whether processor @answer->cpu has answered, and then what. */
bool processor_answered(struct processor_answer *answer);

/** processors_vmx() - the VMX capabilities all processors share. */
const struct vmx_capabilities *processors_vmx(void);

/** processors_controls() - the control words all vcpus start from. */
const struct controls *processors_controls(void);

/** processors_lapic_hz() - undivided clock of the APIC timers. */
uint64_t processors_lapic_hz(void);

/** processors_pmu() - the performance counters guests have. */
const struct vpmu *processors_pmu(void);
