/* SPDX-License-Identifier: Apache-2.0 */
/* vlapic.c: virtual APIC IDs, and IPIs from one virtual processor to another. */
#include "kernel/vlapic.h"

#include "arch/cpu/lapic.h"
#include "kernel/partition.h"

#define ICR_RESERVED ((uint64_t)0xFFF33000)
#define TO_ALL       UINT32_MAX

enum { VECTOR_LOWEST_LEGAL = 16 };

struct ipi {
	enum icr_mode mode;
	uint8_t vector;
	bool logical;
	uint32_t destination;
};

/* SDM Vol. 3A, "Deriving Logical x2APIC ID from the Local x2APIC ID". */
static uint32_t logical_id(uint32_t id)
{
	return (id >> 4) << 16 | 1u << (id & 0xF);
}

bool vlapic_read_id(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = vcpu->id;
	return true;
}

bool vlapic_read_ldr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = logical_id(vcpu->id);
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

static bool is_destination(const struct vcpu *vcpu, const struct ipi *ipi)
{
	if (ipi->destination == TO_ALL) {
		return true;
	}
	if (!ipi->logical) {
		return vcpu->id == ipi->destination;
	}
	uint32_t id = logical_id(vcpu->id);

	return id >> 16 == ipi->destination >> 16 && (id & ipi->destination & 0xFFFF) != 0;
}

/* To everybody it names but @except. Lowest priority: the first one takes it. */
static void route(struct partition *partition, const struct ipi *ipi, const struct vcpu *except)
{
	uint32_t count = partition_vcpu_count(partition);

	for (uint32_t i = 0; i < count; i++) {
		struct vcpu *vcpu = partition_vcpu(partition, i);

		if (vcpu == except || !is_destination(vcpu, ipi)) {
			continue;
		}
		deliver(vcpu, ipi);
		if (ipi->mode == ICR_LOWEST) {
			return;
		}
	}
}

static bool is_legal(const struct ipi *ipi, uint64_t value)
{
	return (value & ICR_RESERVED) == 0 && ipi->mode != ICR_SMI && ipi->mode <= ICR_STARTUP &&
	       ipi->mode != ICR_RESERVED3;
}

static bool has_legal_vector(const struct ipi *ipi)
{
	return (ipi->mode != ICR_FIXED && ipi->mode != ICR_LOWEST) ||
	       ipi->vector >= VECTOR_LOWEST_LEGAL;
}

bool vlapic_write_icr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	enum icr_shorthand shorthand = (enum icr_shorthand)(value >> 18 & 3);
	struct ipi ipi = {
		.mode = (enum icr_mode)(value >> 8 & 7),
		.vector = (uint8_t)value,
		.logical = (value & ICR_LOGICAL) != 0,
		.destination = shorthand == ICR_TO_DESTINATION ? (uint32_t)(value >> 32) : TO_ALL,
	};
	(void)msr;

	if (!is_legal(&ipi, value)) {
		return false;
	}
	vcpu->msrs.icr = value;
	/* Counted apart: the one exit that steady state has. */
	vcpu->counts.exits[EXIT_REASON_WRMSR]--;
	vcpu->counts.ipis++;
	bool is_init_deassert =
		ipi.mode == ICR_INIT && (value & (ICR_LEVEL | ICR_ASSERT)) == ICR_LEVEL;
	if (is_init_deassert || !has_legal_vector(&ipi)) {
		return true;
	}
	if (shorthand == ICR_TO_SELF) {
		deliver(vcpu, &ipi);
		return true;
	}
	route(vcpu->partition, &ipi, shorthand == ICR_TO_OTHERS ? vcpu : NULL);
	return true;
}

void vlapic_message(void *partition, const struct vdev_message *message)
{
	struct ipi ipi = {
		.mode = (enum icr_mode)message->delivery_mode,
		.vector = message->vector,
		.logical = message->logical,
		.destination = message->destination,
	};

	/* An IOAPIC has 8 bits for a destination; all of them set means everybody. */
	if (message->destination == 0xFF) {
		ipi.destination = TO_ALL;
	} else if (message->logical) {
		/* In x2APIC mode the 8 bits are one cluster's members (SDM Vol. 3A, "Logical Destination Mode in x2APIC Mode"). */
		ipi.destination = message->destination & 0xFF;
	}
	route(partition, &ipi, NULL);
}
