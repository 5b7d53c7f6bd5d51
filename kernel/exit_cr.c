/* SPDX-License-Identifier: Apache-2.0 */
/* exit_cr.c: writes to bits of CR0 and CR4 that Muntin owns, and XSETBV. */
#include "kernel/exit.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs_setup.h"
#include "arch/vmx/vmexit.h"
#include "kernel/guest_regs.h"
#include "kernel/partition.h"

#define CR0_DEFINED                                                                                \
	(CR0_PE | CR0_MP | (uint64_t)1 << 2 | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM |         \
	 CR0_NW | CR0_CD | CR0_PG)

#define XCR0_X87 ((uint64_t)1 << 0)
#define XCR0_SSE ((uint64_t)1 << 1)
#define XCR0_AVX ((uint64_t)1 << 2)
#define XCR0_ZMM ((uint64_t)7 << 5)

/* PAE paging keeps four entries in the processor; MOV CR0 loads them (SDM Vol. 3A, "PDPTE Registers"). */
static bool load_pdptes(struct vcpu *vcpu)
{
	uint64_t entries[4];
	gpa_t table = gpa(vmread(VMCS_GUEST_CR3) & 0xFFFFFFE0);

	if (guest_memory_read(&vcpu->partition->memory, table, entries, sizeof(entries)) != OK) {
		return false;
	}
	for (uint32_t i = 0; i < 4; i++) {
		vmwrite((enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * i), entries[i]);
	}
	return true;
}

/* What changing CR0.PG does beside the bit (SDM Vol. 3A, "Initializing IA-32e Mode"). */
static bool switch_paging(struct vcpu *vcpu, bool on)
{
	uint64_t efer = vmread(VMCS_GUEST_EFER);
	uint64_t entry = vmread(VMCS_ENTRY_CONTROLS);
	bool pae = (vmread(VMCS_GUEST_CR4) & CR4_PAE) != 0;
	bool long_code = (vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_L) != 0;
	bool pcid = (vmread(VMCS_GUEST_CR4) & CR4_PCIDE) != 0;

	if (!on && (pcid || ((efer & EFER_LMA) != 0 && long_code))) {
		return false;
	}
	if ((efer & EFER_LME) != 0) {
		if (on && (!pae || long_code)) {
			return false;
		}
		vmwrite(VMCS_GUEST_EFER, on ? efer | EFER_LMA : efer & ~EFER_LMA);
		vmwrite(VMCS_ENTRY_CONTROLS,
			on ? entry | ENTRY_IA32E_GUEST : entry & ~(uint64_t)ENTRY_IA32E_GUEST);
		return true;
	}
	return !on || !pae || load_pdptes(vcpu);
}

static bool cr0_is_legal(uint64_t value)
{
	/* Reserved bits of the lower half are ignored, those of the upper half fault. */
	return value >> 32 == 0 && ((value & CR0_PG) == 0 || (value & CR0_PE) != 0) &&
	       ((value & CR0_NW) == 0 || (value & CR0_CD) != 0);
}

static enum exit_verdict write_cr0_of(struct vcpu *vcpu, uint64_t value)
{
	bool was_on = (vmread(VMCS_GUEST_CR0) & CR0_PG) != 0;
	bool on = (value & CR0_PG) != 0;

	if (!cr0_is_legal(value) || (on != was_on && !switch_paging(vcpu, on))) {
		return exit_protected(vcpu);
	}
	vmcs_set_cr0((value & CR0_DEFINED) | CR0_ET);
	/* As MOV CR0 would have done, had it not exited (SDM Vol. 3A, "Invalidation of TLBs and Paging-Structure Caches"). */
	vmx_invalidate_linear();
	return EXIT_ADVANCE;
}

/* Bits that a guest owns do not exit by themselves; of the others only MCE may change, and it does nothing. */
static enum exit_verdict write_cr4_of(struct vcpu *vcpu, uint64_t value)
{
	uint64_t owned_by_guest = ~vmread(VMCS_CR4_MASK);
	bool pae_off_in_long_mode =
		(value & CR4_PAE) == 0 && (vmread(VMCS_GUEST_EFER) & EFER_LMA) != 0;

	if ((value & ~(owned_by_guest | CR4_MCE)) != 0 || pae_off_in_long_mode) {
		return exit_protected(vcpu);
	}
	vmcs_set_cr4(value);
	vmx_invalidate_linear();
	bool pae_paging = (vmread(VMCS_GUEST_CR0) & CR0_PG) != 0 && (value & CR4_PAE) != 0 &&
			  (vmread(VMCS_GUEST_EFER) & EFER_LMA) == 0;
	if (pae_paging && !load_pdptes(vcpu)) {
		return exit_protected(vcpu);
	}
	return EXIT_ADVANCE;
}

/* LMSW sets PE, MP, EM and TS, and cannot clear PE (SDM Vol. 2A, "LMSW-Load Machine Status Word"). */
static enum exit_verdict lmsw(struct vcpu *vcpu, uint16_t source)
{
	uint64_t old = vmread(VMCS_CR0_SHADOW);
	uint64_t now = vmread(VMCS_GUEST_CR0);
	uint64_t value =
		(now & ~VMCS_CR0_OWNED & ~(uint64_t)0xE) | (old & VMCS_CR0_OWNED) | (source & 0xF);

	return write_cr0_of(vcpu, value);
}

enum exit_verdict exit_cr(struct vcpu *vcpu)
{
	struct vmexit_cr cr = vmexit_cr(vmread(VMCS_EXIT_QUALIFICATION));

	if (cr.access == CR_LMSW) {
		return lmsw(vcpu, cr.source);
	}
	if (cr.access == CR_MOV_TO && cr.number == 0) {
		return write_cr0_of(vcpu, guest_reg_get(vcpu, cr.reg));
	}
	if (cr.access == CR_MOV_TO && cr.number == 4) {
		return write_cr4_of(vcpu, guest_reg_get(vcpu, cr.reg));
	}
	return exit_unhandled(vcpu, "control-register access nobody handles");
}

/* SDM Vol. 1, "Enabling the XSAVE Feature Set and XSAVE-Enabled Features". */
static bool xcr0_is_legal(const struct vcpu *vcpu, uint64_t value)
{
	bool avx_alone = (value & XCR0_AVX) != 0 && (value & XCR0_SSE) == 0;
	bool zmm_partly = (value & XCR0_ZMM) != 0 &&
			  ((value & XCR0_ZMM) != XCR0_ZMM || (value & XCR0_AVX) == 0);

	return (value & XCR0_X87) != 0 && (value & ~cpuid_policy_xcr0(&vcpu->cpuid)) == 0 &&
	       !avx_alone && !zmm_partly;
}

/* XCR0 of this processor is the guest's: Muntin has no use for it. */
enum exit_verdict exit_xsetbv(struct vcpu *vcpu)
{
	uint64_t value = (uint32_t)vcpu->guest.rax | vcpu->guest.rdx << 32;
	bool in_user_mode = (vmread(VMCS_GUEST_CS_SELECTOR) & 3) != 0;

	if (in_user_mode || (uint32_t)vcpu->guest.rcx != 0 || !xcr0_is_legal(vcpu, value)) {
		return exit_protected(vcpu);
	}
	xsetbv(0, value);
	return EXIT_ADVANCE;
}
