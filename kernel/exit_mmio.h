/* SPDX-License-Identifier: Apache-2.0 */
/* exit_mmio.h: instructions that use a device's memory otherwise than by a MOV. */
#pragma once

#include "arch/vmx/decode.h"
#include "kernel/exit_verdict.h"
#include "kernel/vcpu.h"
#include "kernel/vdev/vplatform_access.h"

/** exit_mmio_access() - one read or write of a device; where none is, reads give all ones and it is counted. */
void exit_mmio_access(struct vcpu *vcpu, bool is_store, struct vplatform_mmio *mmio);

/**
 * exit_mmio_operate() - execute @access, whose operand in memory is at @at; any but a MOV.
 *
 * Return: EXIT_SKIP; EXIT_RESUME (part of a string instruction is done); EXIT_INJECT; EXIT_STOP.
 */
enum exit_verdict exit_mmio_operate(struct vcpu *vcpu, const struct decode_access *access,
				    gpa_t at);
