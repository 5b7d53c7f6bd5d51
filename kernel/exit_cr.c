/* SPDX-License-Identifier: Apache-2.0 */
/* exit_cr.c: writes to bits of CR0 and CR4 that Muntin owns, and XSETBV. What is legal: guest_cr.c. */
#include "kernel/exit.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs_setup.h"
#include "arch/vmx/vmexit.h"
#include "kernel/guest_cr.h"
#include "kernel/guest_regs.h"
#include "kernel/guest_walk.h"
#include "kernel/partition.h"

/* A bit of a system segment's type: the TSS is a 32-bit one (SDM Vol. 3A, "System Descriptor Types"). */
#define ACCESS_TSS_32 0x8u

static uint64_t seen_by_guest(uint64_t real, uint64_t mask, uint64_t shadow)
{
	return (real & ~mask) | (shadow & mask);
}

/* MCE does nothing and no CPUID bit shows it, but firmware (OVMF) sets it without looking. */
static struct guest_cr registers(void)
{
	uint64_t cr4_mask = vmread(VMCS_CR4_MASK);

	return (struct guest_cr){
		.cr0 = seen_by_guest(vmread(VMCS_GUEST_CR0), VMCS_CR0_OWNED,
				     vmread(VMCS_CR0_SHADOW)),
		.cr3 = vmread(VMCS_GUEST_CR3),
		.cr4 = seen_by_guest(vmread(VMCS_GUEST_CR4), cr4_mask, vmread(VMCS_CR4_SHADOW)),
		.efer = vmread(VMCS_GUEST_EFER),
		.cr4_allowed = ~cr4_mask | CR4_MCE,
		.code64 = (vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_L) != 0,
		.tss16 = (vmread(VMCS_GUEST_TR_ACCESS) & ACCESS_TSS_32) == 0,
	};
}

/* What lies outside of RAM reads as all ones, and is not valid. */
static bool read_pdptes(struct vcpu *vcpu, uint64_t cr3, uint64_t entries[GUEST_PDPTES])
{
	uint32_t physical_bits = vcpu->cpuid.extended[8].eax & 0xFF;
	gpa_t table = gpa(cr3 & 0xFFFFFFE0);

	return guest_memory_read(&vcpu->partition->memory, table, entries,
				 GUEST_PDPTES * sizeof(entries[0])) == OK &&
	       guest_pdptes_valid(entries, physical_bits);
}

/* PAE paging keeps its four entries in the processor. */
bool exit_load_pdptes(struct vcpu *vcpu, uint64_t cr3)
{
	uint64_t entries[GUEST_PDPTES];

	if (!read_pdptes(vcpu, cr3, entries)) {
		return false;
	}
	for (uint32_t i = 0; i < GUEST_PDPTES; i++) {
		vmwrite((enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * i), entries[i]);
	}
	return true;
}

static void set_efer(uint64_t efer)
{
	uint64_t entry = vmread(VMCS_ENTRY_CONTROLS) & ~(uint64_t)ENTRY_IA32E_GUEST;

	vmwrite(VMCS_GUEST_EFER, efer);
	vmwrite(VMCS_ENTRY_CONTROLS, entry | ((efer & EFER_LMA) != 0 ? ENTRY_IA32E_GUEST : 0));
}

static enum exit_verdict write_cr0_of(struct vcpu *vcpu, uint64_t value)
{
	struct guest_cr now = registers();
	struct guest_cr_after after;

	if (!guest_cr0_write(&now, value, &after) ||
	    (after.load_pdptes && !exit_load_pdptes(vcpu, now.cr3))) {
		return exit_protected(vcpu);
	}
	set_efer(after.efer);
	vmcs_set_cr0(after.value);
	/* As MOV CR0 would have done, had it not exited (SDM Vol. 3A, "Invalidation of TLBs and Paging-Structure Caches"). */
	vmx_invalidate_linear();
	return EXIT_ADVANCE;
}

static enum exit_verdict write_cr4_of(struct vcpu *vcpu, uint64_t value)
{
	struct guest_cr now = registers();
	struct guest_cr_after after;

	if (!guest_cr4_write(&now, value, &after) ||
	    (after.load_pdptes && !exit_load_pdptes(vcpu, now.cr3))) {
		return exit_protected(vcpu);
	}
	vmcs_set_cr4(after.value);
	vmx_invalidate_linear();
	return EXIT_ADVANCE;
}

/* The mask of CR0 has no bit that CLTS or LMSW could reach, CR3 and CR8 have no control: none of these exits. */
enum exit_verdict exit_cr(struct vcpu *vcpu)
{
	struct vmexit_cr cr = vmexit_cr(vmread(VMCS_EXIT_QUALIFICATION));
	uint64_t value = guest_reg_get(vcpu, cr.reg);

	if (cr.access != CR_MOV_TO || (cr.number != 0 && cr.number != 4)) {
		return exit_unhandled(vcpu, "control-register access nobody handles");
	}
	/* The upper half of a register is no part of the operand in other than 64-bit code. */
	value = guest_walk_is_64bit() ? value : (uint32_t)value;
	return cr.number == 0 ? write_cr0_of(vcpu, value) : write_cr4_of(vcpu, value);
}

/*
 * XCR0 of this processor is the guest's: Muntin has no use for it. The privilege level is that of SS; processors
 * look at it before they exit, Bochs after.
 */
enum exit_verdict exit_xsetbv(struct vcpu *vcpu)
{
	uint64_t value = (uint32_t)vcpu->guest.rax | vcpu->guest.rdx << 32;
	bool privileged = (vmread(VMCS_GUEST_SS_ACCESS) >> ACCESS_DPL_SHIFT & 3) == 0;

	if (!privileged || (uint32_t)vcpu->guest.rcx != 0 ||
	    !guest_xcr0_is_legal(value, cpuid_policy_xcr0(&vcpu->cpuid))) {
		return exit_protected(vcpu);
	}
	xsetbv(0, value);
	return EXIT_ADVANCE;
}
