/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vlapic.h: what is virtual about a guest's local APIC: who is who.
 *
 * The registers are the real ones; only those that name processors are here. A virtual interrupt is a
 * real IPI to the processor that owns the vcpu; none ever reaches a processor of another partition.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vcpu.h"
#include "kernel/vdev/vdev.h"

/* Handlers of the MSR table; true, or false for #GP. */
bool vlapic_read_id(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_read_ldr(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_read_lvt(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_write_lvt(struct vcpu *vcpu, uint32_t msr, uint64_t value);
bool vlapic_read_icr(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vlapic_write_icr(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/** vlapic_message() - an interrupt message of a device of @partition (a vdev_message_fn). */
void vlapic_message(void *partition, const struct vdev_message *message);
