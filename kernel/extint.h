/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extint.h: the interrupt wire of a guest's 8259s, and its first processor, where it ends.
 *
 * Three ways lead there, as in a PC: LINT0 as ExtINT (virtual wire mode), pin 0 of the I/O APIC as ExtINT, or no local APIC
 * between them because the guest has switched it off. The vector is the 8259s', so such an interrupt
 * cannot be an IPI; it is injected.
 * LINT0 may also have a vector of its own, or be an NMI: then each interrupt of the 8259s is one of those.
 *
 * Source: SDM Vol. 3A, "Local Vector Table"; MultiProcessor Specification 1.4, "Interrupt Modes".
 */
#pragma once

#include "kernel/vcpu.h"

/** extint_moved() - the board's 8259s ask for an interrupt (a vplatform_intr_fn); its lock is held. */
void extint_moved(void *partition, bool edge);

/** extint_rewired() - on its owner: LINT0 or the mode of the APIC of @vcpu has changed. */
void extint_rewired(struct vcpu *vcpu);

/** extint_waits() - whether the 8259s ask @vcpu for an interrupt, and it listens to them. */
bool extint_waits(struct vcpu *vcpu);

/** extint_acknowledge() - @vcpu takes it. Return: its vector; -1 when there is none any more. */
int extint_acknowledge(struct vcpu *vcpu);
