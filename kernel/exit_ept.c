/* SPDX-License-Identifier: Apache-2.0 */
/* exit_ept.c: accesses to guest-physical addresses that are no RAM: devices, or nothing. */
#include "kernel/exit.h"

#include "arch/vmx/decode.h"
#include "arch/vmx/vmcs.h"
#include "arch/vmx/vmexit.h"
#include "arch/cpu/regs.h"
#include "kernel/clock.h"
#include "kernel/exit_debug.h"
#include "kernel/exit_mmio.h"
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

static const struct decode_access *decode_here(struct vcpu *vcpu)
{
	uint64_t code[DECODE_MEMO_WORDS] = { 0 };
	size_t count = guest_walk_code(vcpu, (uint8_t *)code, DECODE_BYTES_MAX);

	return decode_memoized(&vcpu->decoded, code, (unsigned)count, code_mode());
}

static void apic_access(struct vcpu *vcpu, bool is_store, struct vplatform_mmio *mmio)
{
	if (is_store) {
		vlapic_mmio_write(vcpu, mmio->gpa, mmio->bytes, mmio->value);
	} else {
		mmio->value = vlapic_mmio_read(vcpu, mmio->gpa, mmio->bytes);
	}
}

/* The processor's own APIC first: nothing of it reaches the bus. */
static inline bool device_access(struct vcpu *vcpu, bool is_store, struct vplatform_mmio *mmio)
{
	struct partition *partition = vcpu->partition;

	if (vlapic_has(vcpu, mmio->gpa)) {
		apic_access(vcpu, is_store, mmio);
		return true;
	}
	mmio->now = clock_ns();
	spinlock_acquire(&partition->device_lock);
	bool granted = is_store ? vplatform_mmio_write(&partition->board, mmio)
				: vplatform_mmio_read(&partition->board, mmio);
	spinlock_release(&partition->device_lock);
	return granted;
}

/* Where no device is, reads give all ones and writes go nowhere, as on a bus; they are counted. */
void exit_mmio_access(struct vcpu *vcpu, bool is_store, struct vplatform_mmio *mmio)
{
	if (!device_access(vcpu, is_store, mmio)) {
		vcpu->counts.denied_addresses++;
		enum denied_kind kind = is_store ? DENIED_ADDRESS_WRITE : DENIED_ADDRESS_READ;

		exit_refuse(vcpu, denied_key(kind, mmio->gpa), mmio->gpa);
	}
	if (mmio->retimed) {
		housekeeper_wake();
	}
}

/* A MOV: what drivers use, and fast. */
static enum exit_verdict move(struct vcpu *vcpu, const struct decode_access *access, gpa_t at)
{
	uint64_t reg = guest_reg_get(vcpu, access->reg);
	struct vplatform_mmio mmio = { .gpa = at.value,
				       .bytes = access->bytes,
				       .value = UINT64_MAX };

	if (access->is_store) {
		mmio.value = decode_stored(access, reg);
	}
	exit_mmio_access(vcpu, access->is_store, &mmio);
	if (!access->is_store) {
		guest_reg_set(vcpu, access->reg, decode_loaded(access, reg, mmio.value));
	}
	return EXIT_SKIP;
}

static bool crosses_page(gpa_t at, unsigned bytes)
{
	return at.value % PAGE_SIZE + bytes > PAGE_SIZE;
}

enum exit_verdict exit_ept_violation(struct vcpu *vcpu)
{
	struct vmexit_ept ept =
		vmexit_ept(vmread(VMCS_EXIT_QUALIFICATION), vmread(VMCS_GUEST_PHYSICAL_ADDRESS));
	const struct decode_access *access;
	bool delivering = (vmread(VMCS_IDT_VECTORING) & EVENT_VALID) != 0;

	if (ept.fetch || ept.walk || delivering) {
		return exit_unhandled(vcpu, ept.fetch  ? "code outside of RAM"
					    : ept.walk ? "page table outside of RAM"
						       : "event delivery touches what is no RAM");
	}
	access = decode_here(vcpu);
	if (access == NULL) {
		return exit_unhandled(vcpu, "instruction that cannot be used on a device");
	}
	if (crosses_page(ept.gpa, access->bytes)) {
		return exit_unhandled(vcpu, "an operand lies partly in a device");
	}
	vcpu->skip_bytes = access->length;
	if (exit_debug_armed() && !decode_is_string(access)) {
		exit_debug_watch(ept.write ? DEBUG_WRITE : DEBUG_READ,
				 vmread(VMCS_GUEST_LINEAR_ADDRESS), access->bytes);
	}
	return access->operation == DECODE_MOV ? move(vcpu, access, ept.gpa)
					       : exit_mmio_operate(vcpu, access, ept.gpa);
}
