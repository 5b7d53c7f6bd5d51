/* SPDX-License-Identifier: Apache-2.0 */
/* extint.c: from a guest's 8259s to its first processor. */
#include "kernel/extint.h"

#include "kernel/ipi.h"
#include "kernel/partition.h"

#define MODE_SHIFT 8
#define MODE_BITS  7u

/* Of an LVT entry (SDM Vol. 3A, "Local Vector Table"). */
enum { MODE_EXTINT = 7 };

static uint32_t lint0_mode(const struct vcpu *vcpu)
{
	return vcpu->apic.lvt[VLAPIC_LVT_LINT0] >> MODE_SHIFT & MODE_BITS;
}

static bool lint0_hears(const struct vcpu *vcpu)
{
	return vlapic_mode_of(vcpu->apic.base) != VLAPIC_DISABLED &&
	       (vcpu->apic.lvt[VLAPIC_LVT_LINT0] & LVT_MASKED) == 0;
}

/* Pin 0 of the I/O APIC names processors; the 8259s know one. */
static bool hears_by_ioapic(const struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;
	struct vdev_message message;

	if (!vioapic_extint(&partition->board.ioapic, &message)) {
		return false;
	}
	struct ipi ipi = ipi_from_message(&message);

	return (ipi_receivers(&ipi, partition->apics, 0, partition_vcpu_count(partition)) >>
			vcpu->id &
		1) != 0;
}

static bool takes_extint(const struct vcpu *vcpu)
{
	return vcpu->id == 0 &&
	       (vlapic_mode_of(vcpu->apic.base) == VLAPIC_DISABLED ||
		(lint0_hears(vcpu) && lint0_mode(vcpu) == MODE_EXTINT) || hears_by_ioapic(vcpu));
}

/* An interrupt of LINT0's own, with no acknowledge at the 8259s. */
static void pass_edge(struct vcpu *vcpu)
{
	struct ipi ipi = { .mode = (enum icr_mode)lint0_mode(vcpu),
			   .vector = (uint8_t)vcpu->apic.lvt[VLAPIC_LVT_LINT0] };

	if (ipi.mode == ICR_NMI) {
		vcpu_call(vcpu, VCPU_REQUEST_NMI);
	} else if (ipi.mode == ICR_FIXED && !ipi_has_illegal_vector(&ipi)) {
		lapic_send(vcpu->cpu->apic_id, ICR_FIXED, ipi.vector);
	}
}

/* The lock is held by whoever moves the wire, and by who rewires: one of them sees what the other did. */
void extint_moved(void *context, bool edge)
{
	struct partition *partition = context;
	struct vcpu *vcpu = partition->vcpus[0];

	if (takes_extint(vcpu)) {
		vcpu_call(vcpu, VCPU_REQUEST_EXTINT);
	} else if (edge && lint0_hears(vcpu)) {
		pass_edge(vcpu);
	}
}

bool extint_waits(struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;

	spinlock_acquire(&partition->device_lock);
	bool waits = vplatform_pic_output(&partition->board) && takes_extint(vcpu);
	spinlock_release(&partition->device_lock);
	return waits;
}

void extint_rewired(struct vcpu *vcpu)
{
	if (vcpu->id == 0 && extint_waits(vcpu)) {
		vcpu_call(vcpu, VCPU_REQUEST_EXTINT);
	}
}

int extint_acknowledge(struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;
	int vector = -1;

	spinlock_acquire(&partition->device_lock);
	if (vplatform_pic_output(&partition->board) && takes_extint(vcpu)) {
		vector = vplatform_pic_acknowledge(&partition->board);
	}
	spinlock_release(&partition->device_lock);
	return vector;
}
