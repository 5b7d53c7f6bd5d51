/* SPDX-License-Identifier: Apache-2.0 */
/* guest_walk.h: what a guest's own page tables say, for the few exits whose instruction must be read. */
#pragma once

#include "arch/vmx/vmcs.h"
#include "kernel/guest_access.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/status.h"
#include "kernel/vcpu.h"

/**
 * guest_walk() - translate a linear address of a vcpu that has just exited.
 *
 * Return: as guest_paging_translate().
 */
enum status guest_walk(struct vcpu *vcpu, uint64_t linear, gpa_t *out);

/** guest_walk_is_64bit() - whether that vcpu executes 64-bit code. */
bool guest_walk_is_64bit(void);

/** guest_walk_code() - the bytes at CS:RIP, as many of @size as can be read. Return: how many. */
size_t guest_walk_code(struct vcpu *vcpu, uint8_t *code, size_t size);

/** guest_walk_segment() - segment register @segment, ES to GS, of that vcpu; in 64-bit code only FS and GS have a base. */
struct guest_segment guest_walk_segment(enum vmcs_segment segment);

/** guest_walk_context() - what decides about a data access that its instruction makes. */
struct guest_context guest_walk_context(struct vcpu *vcpu, bool write);
