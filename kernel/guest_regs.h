/* SPDX-License-Identifier: Apache-2.0 */
/* guest_regs.h: a guest's general registers by the number that instructions encode. */
#pragma once

#include "kernel/vcpu.h"

/* Of those numbers, the ones that instructions use without naming them. */
enum { GUEST_RAX = 0, GUEST_RSP = 4 };

/** guest_reg_get() - register @number (0 to 15). */
uint64_t guest_reg_get(const struct vcpu *vcpu, uint8_t number);

/** guest_reg_set() - all 64 bits of register @number (0 to 15). */
void guest_reg_set(struct vcpu *vcpu, uint8_t number, uint64_t value);
