/* SPDX-License-Identifier: Apache-2.0 */
/* processors.h: the machine's processors: their structures, and bringing them up into VMX operation. */
#pragma once

#include "arch/cpu/cpu.h"
#include "arch/vmx/vmx.h"
#include "kernel/boot_info.h"

/** processors_create() - a structure for each processor of the machine; index 0 is the one this runs on. */
void processors_create(const struct boot_info *info);

/** processor() - processor @index, below processor_count(). */
struct cpu *processor(uint32_t index);

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

/** processors_vmx() - the VMX capabilities all processors share. */
const struct vmx_capabilities *processors_vmx(void);

/** processors_controls() - the control words all vcpus start from. */
const struct controls *processors_controls(void);

/** processors_lapic_hz() - undivided clock of the APIC timers. */
uint64_t processors_lapic_hz(void);
