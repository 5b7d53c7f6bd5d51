/* SPDX-License-Identifier: Apache-2.0 */
/* exit_ept.c: accesses to guest-physical addresses that are no RAM: devices, or nothing. */
#include "kernel/exit.h"

#include "arch/vmx/decode.h"
#include "arch/vmx/vmcs.h"
#include "arch/vmx/vmexit.h"
#include "arch/cpu/regs.h"
#include "kernel/clock.h"
#include "kernel/guest_regs.h"
#include "kernel/guest_walk.h"
#include "kernel/housekeeper.h"
#include "kernel/partition.h"
#include "kernel/vlapic.h"

static enum decode_mode code_mode(void)
{
	uint64_t access = vmread(VMCS_GUEST_CS_ACCESS);
	bool long_mode = (vmread(VMCS_GUEST_EFER) & EFER_LMA) != 0;

	if (long_mode && (access & ACCESS_L) != 0) {
		return DECODE_64;
	}
	return (access & ACCESS_D) != 0 ? DECODE_32 : DECODE_16;
}

static enum status decode_here(struct vcpu *vcpu, struct decode_access *access)
{
	uint8_t code[DECODE_BYTES_MAX];
	struct decode_input input = {
		.bytes = code,
		.count = (unsigned)guest_walk_code(vcpu, code, sizeof(code)),
		.mode = code_mode(),
	};

	return decode_access(&input, access);
}

static void apic_access(struct vcpu *vcpu, const struct decode_access *access,
			struct vplatform_mmio *mmio)
{
	if (access->is_store) {
		vlapic_mmio_write(vcpu, mmio->gpa, mmio->bytes, mmio->value);
	} else {
		mmio->value = vlapic_mmio_read(vcpu, mmio->gpa, mmio->bytes);
	}
}

/* The processor's own APIC first: nothing of it reaches the bus. */
static bool device_access(struct vcpu *vcpu, const struct decode_access *access,
			  struct vplatform_mmio *mmio)
{
	struct partition *partition = vcpu->partition;

	if (vlapic_has(vcpu, mmio->gpa)) {
		apic_access(vcpu, access, mmio);
		return true;
	}
	spinlock_acquire(&partition->device_lock);
	bool granted = access->is_store ? vplatform_mmio_write(&partition->board, mmio)
					: vplatform_mmio_read(&partition->board, mmio);
	spinlock_release(&partition->device_lock);
	return granted;
}

/* Where no device is, reads give all ones and writes go nowhere, as on a bus; they are counted. */
static void perform(struct vcpu *vcpu, const struct decode_access *access, gpa_t at)
{
	uint64_t reg = guest_reg_get(vcpu, access->reg);
	struct vplatform_mmio mmio = { at.value, access->bytes, UINT64_MAX, clock_ns(), false };

	if (access->is_store) {
		mmio.value = decode_stored(access, reg);
	}
	if (!device_access(vcpu, access, &mmio)) {
		vcpu->counts.denied_addresses++;
		enum denied_kind kind =
			access->is_store ? DENIED_ADDRESS_WRITE : DENIED_ADDRESS_READ;

		exit_refuse(vcpu, denied_key(kind, at.value), at.value);
	}
	if (mmio.retimed) {
		housekeeper_wake();
	}
	if (!access->is_store) {
		guest_reg_set(vcpu, access->reg, decode_loaded(access, reg, mmio.value));
	}
}

enum exit_verdict exit_ept_violation(struct vcpu *vcpu)
{
	struct vmexit_ept ept =
		vmexit_ept(vmread(VMCS_EXIT_QUALIFICATION), vmread(VMCS_GUEST_PHYSICAL_ADDRESS));
	struct decode_access access;
	bool delivering = (vmread(VMCS_IDT_VECTORING) & EVENT_VALID) != 0;

	if (ept.fetch || ept.walk || delivering) {
		return exit_unhandled(vcpu, ept.fetch  ? "code outside of RAM"
					    : ept.walk ? "page table outside of RAM"
						       : "event delivery touches what is no RAM");
	}
	if (decode_here(vcpu, &access) != OK) {
		return exit_unhandled(vcpu, "instruction that cannot be used on a device");
	}
	perform(vcpu, &access, ept.gpa);
	vcpu->skip_bytes = access.length;
	return EXIT_SKIP;
}
