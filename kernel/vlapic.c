/* SPDX-License-Identifier: Apache-2.0 */
/* vlapic.c: a guest's local APIC as its processor reaches it, and IPIs from one virtual processor to another. */
#include "kernel/vlapic.h"

#include "arch/cpu/msr.h"
#include "kernel/extint.h"
#include "kernel/ipi.h"
#include "kernel/partition.h"

_Static_assert((int)PLAN_CPUS_MAX <= (int)IPI_CPUS_MAX,
	       "a guest's processors fit a set of receivers");

#define CPUID_1_EDX_APIC ((uint32_t)1 << 9)
#define DFR_MODEL_SHIFT  28
#define LDR_SHIFT        24

enum { REG_SHIFT = 4, REG_BYTES = 4, REG_SPACE = 16, LEAF_FEATURES = 1 };

/* Delivery modes of an LVT entry (SDM Vol. 3A, "Local Vector Table"). */
enum { LVT_NMI = 4 << 8, LVT_EXTINT = 7 << 8 };

static uint32_t reg_of(uint32_t msr)
{
	return msr - MSR_X2APIC_FIRST;
}

bool vlapic_read_base(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = vcpu->apic.base;
	return true;
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
	*value = ipi_logical_id(vcpu->id);
	return true;
}

bool vlapic_read_icr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = vcpu->apic.icr;
	return true;
}

/* For those who send. */
static void publish(struct vcpu *vcpu)
{
	const struct vlapic *apic = &vcpu->apic;

	vcpu->partition->apics[vcpu->id] = (struct ipi_apic){
		.mode = vlapic_mode_of(apic->base),
		.enabled = apic->enabled,
		.logical = (uint8_t)(apic->ldr >> LDR_SHIFT),
		.clusters = apic->dfr >> DFR_MODEL_SHIFT == 0,
	};
}

/* EOIs are looked at only while one of them may be a level-triggered interrupt's. */
static void choose_bitmap(const struct vcpu *vcpu)
{
	enum msr_view view = MSR_VIEW_NO_X2APIC;

	if (vlapic_mode_of(vcpu->apic.base) == VLAPIC_X2APIC) {
		view = vcpu->apic.has_levels ? MSR_VIEW_LEVEL : MSR_VIEW_X2APIC;
	}
	vmwrite(VMCS_MSR_BITMAP, (uint64_t)vcpu->partition->msr_bitmaps[view]);
}

static void forget_levels_due(struct vcpu *vcpu)
{
	for (uint32_t i = 0; i < VLAPIC_WORDS; i++) {
		__atomic_store_n(&vcpu->levels_due[i], 0, __ATOMIC_RELAXED);
	}
}

/* Switched off, it is not there (SDM Vol. 3A, "Enabling or Disabling the Local APIC"). */
static void take_mode(struct vcpu *vcpu)
{
	enum vlapic_mode mode = vlapic_mode_of(vcpu->apic.base);
	uint32_t *features = &vcpu->cpuid.basic[LEAF_FEATURES].edx;

	*features = mode == VLAPIC_DISABLED ? *features & ~CPUID_1_EDX_APIC
					    : *features | CPUID_1_EDX_APIC;
	choose_bitmap(vcpu);
	publish(vcpu);
}

void vlapic_init(struct vcpu *vcpu)
{
	vlapic_regs_reset(&vcpu->apic);
	forget_levels_due(vcpu);
	take_mode(vcpu);
}

void vlapic_wire(struct vcpu *vcpu)
{
	static const struct {
		uint32_t reg, value;
	} writes[] = {
		{ VLAPIC_SVR, (uint32_t)SVR_ENABLE | VECTOR_SPURIOUS },
		{ VLAPIC_LINT0, LVT_EXTINT },
		{ VLAPIC_LINT1, LVT_NMI },
	};

	for (unsigned i = 0; i < ARRAY_COUNT(writes); i++) {
		vlapic_regs_write(&vcpu->apic, writes[i].reg, writes[i].value);
	}
	publish(vcpu);
}

bool vlapic_write_base(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	(void)msr;
	if (!vlapic_regs_set_base(&vcpu->apic, value)) {
		return false;
	}
	if (vlapic_mode_of(value) == VLAPIC_DISABLED) {
		forget_levels_due(vcpu);
	}
	take_mode(vcpu);
	extint_rewired(vcpu);
	return true;
}

static void send_level(struct vcpu *to, uint8_t vector)
{
	__atomic_fetch_or(&to->levels_due[vector / VLAPIC_WORD_BITS],
			  (uint32_t)1 << vector % VLAPIC_WORD_BITS, __ATOMIC_SEQ_CST);
	vcpu_call(to, VCPU_REQUEST_LEVEL);
}

static void deliver(struct vcpu *to, const struct ipi *ipi)
{
	switch (ipi->mode) {
	case ICR_FIXED:
	case ICR_LOWEST:
		if (ipi->level) {
			send_level(to, ipi->vector);
			break;
		}
		lapic_send(to->cpu->apic_id, ICR_FIXED, ipi->vector);
		break;
	case ICR_NMI:
		vcpu_call(to, VCPU_REQUEST_NMI);
		break;
	case ICR_INIT:
		/* A SIPI that was sent before it is of no use any more. */
		__atomic_fetch_and(&to->requests, ~(uint32_t)VCPU_REQUEST_SIPI, __ATOMIC_SEQ_CST);
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
	uint64_t receivers =
		ipi_receivers(ipi, partition->apics, sender, partition_vcpu_count(partition));

	for (uint64_t rest = receivers; rest != 0; rest &= rest - 1) {
		deliver(partition_vcpu(partition, (uint32_t)__builtin_ctzll(rest)), ipi);
	}
	return receivers;
}

static void send_from(struct vcpu *vcpu, const struct ipi *ipi)
{
	uint64_t receivers = send(vcpu->partition, ipi, vcpu->id);

	/* The one exit that steady state has is counted apart from the others. */
	if ((receivers & ~((uint64_t)1 << vcpu->id)) != 0) {
		vcpu->exit.slot = EXIT_SLOT_IPI;
	}
	if (ipi_has_illegal_vector(ipi)) {
		vlapic_regs_error(&vcpu->apic, VLAPIC_ERROR_SEND_VECTOR);
	}
}

bool vlapic_send_single(struct vcpu *vcpu, uint64_t icr)
{
	const struct partition *partition = vcpu->partition;
	uint32_t to = ipi_single(icr, partition->vcpu_count);

	if (to == IPI_NOT_SINGLE || partition->apics[to].mode != VLAPIC_X2APIC ||
	    partition->apics[vcpu->id].mode != VLAPIC_X2APIC) {
		return false;
	}
	lapic_send(partition->vcpus[to]->cpu->apic_id, ICR_FIXED, (uint8_t)icr);
	vcpu->apic.icr = icr;
	if (to != vcpu->id) {
		vcpu->exit.slot = EXIT_SLOT_IPI;
	}
	return true;
}

bool vlapic_write_icr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	struct ipi ipi;

	(void)msr;
	if (ipi_from_icr(value, &ipi) != OK) {
		return false;
	}
	vcpu->apic.icr = value;
	send_from(vcpu, &ipi);
	return true;
}

/* The 8 bits of an xAPIC's ICR; what no guest may send goes nowhere. */
static void send_icr(struct vcpu *vcpu)
{
	struct ipi ipi;

	if (ipi_from_xapic(vcpu->apic.icr, &ipi) == OK) {
		send_from(vcpu, &ipi);
	}
}

void vlapic_take_levels(struct vcpu *vcpu)
{
	if (!vcpu->apic.enabled) {
		return;
	}
	for (uint32_t i = 0; i < VLAPIC_WORDS; i++) {
		uint32_t vectors = __atomic_exchange_n(&vcpu->levels_due[i], 0, __ATOMIC_SEQ_CST);

		for (; vectors != 0; vectors &= vectors - 1) {
			uint32_t bit = (uint32_t)__builtin_ctz(vectors);

			vlapic_regs_take_level(&vcpu->apic, (uint8_t)(i * VLAPIC_WORD_BITS + bit));
		}
	}
	choose_bitmap(vcpu);
}

/* The real APIC, to which everything is an edge, tells nobody. */
static __attribute__((noinline)) void end_among_levels(struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;
	int vector = vlapic_regs_end(&vcpu->apic);

	choose_bitmap(vcpu);
	if (vector >= 0) {
		spinlock_acquire(&partition->device_lock);
		vioapic_eoi(&partition->board.ioapic, (uint8_t)vector);
		spinlock_release(&partition->device_lock);
	}
}

static void end_interrupt(struct vcpu *vcpu)
{
	if (vcpu->apic.has_levels) {
		end_among_levels(vcpu);
	} else {
		lapic_eoi();
	}
}

static void write_reg(struct vcpu *vcpu, uint32_t reg, uint32_t value)
{
	switch (vlapic_regs_write(&vcpu->apic, reg, value)) {
	case VLAPIC_DONE:
		break;
	case VLAPIC_SEND:
		send_icr(vcpu);
		break;
	case VLAPIC_END:
		end_interrupt(vcpu);
		break;
	case VLAPIC_WHOM:
		publish(vcpu);
		extint_rewired(vcpu);
		vlapic_take_levels(vcpu);
		break;
	}
}

bool vlapic_read_reg(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	*value = vlapic_regs_exists(reg_of(msr)) ? vlapic_regs_read(&vcpu->apic, reg_of(msr)) : 0;
	return vlapic_regs_exists(reg_of(msr));
}

bool vlapic_write_reg(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	if (!vlapic_regs_legal(reg_of(msr), value)) {
		return false;
	}
	write_reg(vcpu, reg_of(msr), (uint32_t)value);
	return true;
}

bool vlapic_has(const struct vcpu *vcpu, uint64_t address)
{
	return align_down(address, PAGE_SIZE) == APIC_BASE_ADDRESS &&
	       vlapic_mode_of(vcpu->apic.base) == VLAPIC_XAPIC;
}

static uint32_t reg_at(uint64_t address)
{
	return (uint32_t)(address % PAGE_SIZE) >> REG_SHIFT;
}

uint64_t vlapic_mmio_read(struct vcpu *vcpu, uint64_t address, uint8_t bytes)
{
	unsigned from = (unsigned)address % REG_SPACE;
	uint64_t mask = UINT64_MAX >> (64 - 8 * bytes);

	if (from >= REG_BYTES) {
		return 0;
	}
	uint64_t value = vlapic_regs_read(&vcpu->apic, reg_at(address));

	return value >> 8 * from & mask;
}

void vlapic_mmio_write(struct vcpu *vcpu, uint64_t address, uint8_t bytes, uint64_t value)
{
	if (address % REG_SPACE != 0 || bytes < REG_BYTES) {
		return;
	}
	/* Once an interrupt, so past the table of registers. */
	if (reg_at(address) == VLAPIC_EOI) {
		end_interrupt(vcpu);
	} else {
		write_reg(vcpu, reg_at(address), (uint32_t)value);
	}
}

void vlapic_message(void *partition, const struct vdev_message *message)
{
	struct ipi ipi = ipi_from_message(message);

	send(partition, &ipi, 0);
}
