/* SPDX-License-Identifier: Apache-2.0 */
/* vlapic.c: virtual APIC IDs, and IPIs from one virtual processor to another. */
#include "kernel/vlapic.h"

#include "kernel/ipi.h"
#include "kernel/partition.h"

_Static_assert((int)PLAN_CPUS_MAX <= (int)IPI_CPUS_MAX,
	       "a guest's processors fit a set of receivers");

bool vlapic_read_id(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = vcpu->id;
	return true;
}

bool vlapic_read_ldr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = ipi_logical_id(vcpu->id);
	return true;
}

static uint64_t *lvt_slot(struct vcpu *vcpu, uint32_t msr)
{
	return msr == X2APIC_LVT_CMCI
		       ? &vcpu->msrs.lvt[VMSR_LVT_CMCI]
		       : &vcpu->msrs.lvt[VMSR_LVT_THERMAL + (msr - X2APIC_LVT_THERMAL)];
}

bool vlapic_read_lvt(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	*value = *lvt_slot(vcpu, msr);
	return true;
}

/* SMI and INIT from a local vector would leave the partition; both are refused. */
bool vlapic_write_lvt(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	uint64_t mode = value >> 8 & 7;

	if (mode == ICR_SMI || mode == ICR_INIT) {
		return false;
	}
	*lvt_slot(vcpu, msr) = value;
	return true;
}

bool vlapic_read_icr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = vcpu->msrs.icr;
	return true;
}

static void deliver(struct vcpu *to, const struct ipi *ipi)
{
	switch (ipi->mode) {
	case ICR_FIXED:
	case ICR_LOWEST:
		lapic_send(to->cpu->apic_id, ICR_FIXED, ipi->vector);
		break;
	case ICR_NMI:
		vcpu_call(to, VCPU_REQUEST_NMI);
		break;
	case ICR_INIT:
		vcpu_call(to, VCPU_REQUEST_INIT);
		break;
	case ICR_STARTUP:
		__atomic_store_n(&to->sipi_vector, ipi->vector, __ATOMIC_RELEASE);
		vcpu_call(to, VCPU_REQUEST_SIPI);
		break;
	case ICR_SMI:
	case ICR_RESERVED3:
		break;
	}
}

/* Returns whom it reached, bit n for virtual processor n. */
static uint64_t send(struct partition *partition, const struct ipi *ipi, uint32_t sender)
{
	uint64_t receivers = ipi_receivers(ipi, sender, partition_vcpu_count(partition));

	for (uint32_t i = 0; i < IPI_CPUS_MAX && receivers >> i != 0; i++) {
		if ((receivers >> i & 1) != 0) {
			deliver(partition_vcpu(partition, i), ipi);
		}
	}
	return receivers;
}

bool vlapic_write_icr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	struct ipi ipi;

	(void)msr;
	if (ipi_from_icr(value, &ipi) != OK) {
		return false;
	}
	vcpu->msrs.icr = value;
	uint64_t receivers = send(vcpu->partition, &ipi, vcpu->id);

	/* The one exit that steady state has is counted apart from the others. */
	if ((receivers & ~((uint64_t)1 << vcpu->id)) != 0) {
		vcpu->exit.slot = EXIT_SLOT_IPI;
	}
	return true;
}

void vlapic_message(void *partition, const struct vdev_message *message)
{
	struct ipi ipi = ipi_from_message(message);

	send(partition, &ipi, 0);
}
