/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vlapic.h: a guest's local APIC as its processor reaches it: by MSR, by the page, by IPIs of others.
 *
 * The registers are the real ones; what is not, vlapic_regs.h has. A virtual interrupt is a
 * real IPI to the processor that owns the vcpu; none ever reaches a processor of another partition.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vcpu.h"
#include "kernel/vdev/vdev.h"

/* Handlers of the MSR table; true, or false for #GP. */
bool vlapic_read_base(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_write_base(struct vcpu *vcpu, uint32_t msr, uint64_t value);
bool vlapic_read_id(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_read_ldr(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_read_reg(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_write_reg(struct vcpu *vcpu, uint32_t msr, uint64_t value);
bool vlapic_read_icr(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_write_icr(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/**
 * vlapic_send_single() - a write of the x2APIC ICR, if it is the common one: ipi_single().
 *
 * Return: false when it is not, and nothing has been done.
 */
bool vlapic_send_single(struct vcpu *vcpu, uint64_t icr);

/** vlapic_init() - what INIT leaves: the mode stays; on the owner, which has reset the real registers. */
void vlapic_init(struct vcpu *vcpu);

/**
 * vlapic_wire() - as a PC's firmware leaves its boot processor: enabled, and the 8259s and the NMI wire behind LINT0 and LINT1;
 * on the owner.
 * Source: MultiProcessor Specification 1.4, "Virtual Wire Mode".
 */
void vlapic_wire(struct vcpu *vcpu);

/** vlapic_has() - whether @address is in the page of its registers: it is in xAPIC mode. */
bool vlapic_has(const struct vcpu *vcpu, uint64_t address);

/**
 * vlapic_mmio_read() - @bytes (1 to 8) at @address of the page; on the owner.
 *
 * A register is the first 4 of 16 bytes; the other 12 read as 0.
 * Source: SDM Vol. 3A, "The Local APIC Block Diagram".
 */
uint64_t vlapic_mmio_read(struct vcpu *vcpu, uint64_t address, uint8_t bytes);

/** vlapic_mmio_write() - likewise; only a whole register can be written. */
void vlapic_mmio_write(struct vcpu *vcpu, uint64_t address, uint8_t bytes, uint64_t value);

/**
 * vlapic_take_levels() - level-triggered interrupts that were sent to @vcpu reach its APIC; on the owner.
 *
 * Software-disabled, it takes none: they are as those that it has accepted and holds (SDM Vol. 3A, "Local APIC State After It
 * Has Been Software Disabled").
 */
void vlapic_take_levels(struct vcpu *vcpu);

/** vlapic_message() - an interrupt message of a device of @partition (a vdev_message_fn). */
void vlapic_message(void *partition, const struct vdev_message *message);
