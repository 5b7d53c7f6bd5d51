/* SPDX-License-Identifier: Apache-2.0 */
/* vmcs_setup.h: fills the current VMCS: controls, host state, and the guest's state after reset. */
#pragma once

#include "arch/cpu/cpu.h"
#include "arch/vmx/controls.h"
#include "arch/vmx/vmx.h"
#include "kernel/lib/types.h"

/** struct vmcs_setup - what differs from vcpu to vcpu. */
struct vmcs_setup {
	const struct controls *controls;
	const struct cpu *cpu;
	uint64_t host_cr3;
	uint64_t ept_pointer;
	uint16_t vpid;
	const void *msr_bitmap;
	const void *io_bitmaps; /* two pages */
	uint64_t cr4_guest;     /* CR4 bits the guest owns */
};

/* CR4 bits that stand in the real register whatever the guest thinks: #MC must not shut the machine down. */
#define VMCS_CR4_FORCED (CR4_VMXE | CR4_MCE)
/* CR0 bits Muntin owns: NE is fixed in VMX operation, caching is not a guest's to switch off. */
#define VMCS_CR0_OWNED (CR0_NE | CR0_NW | CR0_CD)

/** vmcs_setup() - controls and host state of the current VMCS. */
void vmcs_setup(const struct vmcs_setup *setup);

/** vmcs_clear_msrs() - MSRs of the guest state as after power-up; an INIT keeps them. */
void vmcs_clear_msrs(void);

/** vmcs_reset_guest() - guest state as after INIT (SDM Vol. 3A, "Processor State After Reset"). */
void vmcs_reset_guest(void);

/** vmcs_set_sipi() - real mode at @vector * 4 KiB (SDM Vol. 3A, "Wait for Startup-IPI"). */
void vmcs_set_sipi(uint8_t vector);

/** struct vmcs_flat - a start in a flat address space. */
struct vmcs_flat {
	uint64_t rip, rsp;
	uint64_t cr3; /* long mode only */
	uint64_t gdt_base;
	uint16_t gdt_limit;
	bool long_mode; /* else 32-bit protected mode without paging */
};

/** vmcs_set_flat() - start in a flat address space: selectors 0x10 (code) and 0x18 (data). */
void vmcs_set_flat(const struct vmcs_flat *flat);

/** vmcs_set_real() - real mode with @rip below 1 MiB; in segment 0 when it is below 64 KiB. */
void vmcs_set_real(uint64_t rip, uint64_t rsp);

/** vmcs_set_cr0() - the guest's CR0 is @value from now on; real register and shadow. */
void vmcs_set_cr0(uint64_t value);

/** vmcs_set_cr4() - the guest's CR4 is @value from now on; real register and shadow. */
void vmcs_set_cr4(uint64_t value);
