/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_decode.c: what a snapshot of a virtual processor says. */
#include "kernel/vcpu_snapshot.h"

#include "arch/cpu/regs.h"

uint64_t snapshot_field(const struct vcpu_snapshot *snapshot, uint32_t encoding)
{
	uint32_t index = vmcs_field_index(encoding);

	return index < VMCS_FIELDS_MAX ? snapshot->fields[index] : 0;
}

/* Bits that Muntin owns are read from the shadow (SDM Vol. 3C, "Guest/Host Masks and Read Shadows for CR0 and CR4"). */
static uint64_t seen(uint64_t value, uint64_t mask, uint64_t shadow)
{
	return (value & ~mask) | (shadow & mask);
}

uint64_t snapshot_cr0(const struct vcpu_snapshot *snapshot)
{
	return seen(snapshot_field(snapshot, VMCS_GUEST_CR0),
		    snapshot_field(snapshot, VMCS_CR0_MASK),
		    snapshot_field(snapshot, VMCS_CR0_SHADOW));
}

uint64_t snapshot_cr4(const struct vcpu_snapshot *snapshot)
{
	return seen(snapshot_field(snapshot, VMCS_GUEST_CR4),
		    snapshot_field(snapshot, VMCS_CR4_MASK),
		    snapshot_field(snapshot, VMCS_CR4_SHADOW));
}

struct guest_paging snapshot_paging(const struct vcpu_snapshot *snapshot)
{
	struct guest_paging paging = {
		.cr0 = snapshot_field(snapshot, VMCS_GUEST_CR0),
		.cr3 = snapshot_field(snapshot, VMCS_GUEST_CR3),
		.cr4 = snapshot_field(snapshot, VMCS_GUEST_CR4),
		.efer = snapshot_field(snapshot, VMCS_GUEST_EFER),
	};

	for (uint32_t i = 0; i < GUEST_PDPTES; i++) {
		paging.pdptes[i] = snapshot_field(snapshot, VMCS_GUEST_PDPTE0 + 2 * i);
	}
	return paging;
}

bool snapshot_is_64bit(const struct vcpu_snapshot *snapshot)
{
	return (snapshot_field(snapshot, VMCS_GUEST_EFER) & EFER_LMA) != 0 &&
	       (snapshot_field(snapshot, VMCS_GUEST_CS_ACCESS) & ACCESS_L) != 0;
}

/* 64-bit code has no base; any other wraps at 4 GiB (SDM Vol. 3A, "Segmentation in IA-32e Mode"). */
uint64_t snapshot_code_linear(const struct vcpu_snapshot *snapshot)
{
	uint64_t rip = snapshot_field(snapshot, VMCS_GUEST_RIP);

	return snapshot_is_64bit(snapshot)
		       ? rip
		       : (uint32_t)(rip + snapshot_field(snapshot, VMCS_GUEST_CS_BASE));
}
