/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_event.h: events that wait until a virtual processor can take them: its own NMIs, and the 8259s' interrupts. */
#pragma once

#include "kernel/vcpu.h"

/** enum vcpu_due - what waits; bits of vcpu.due. */
enum vcpu_due {
	VCPU_DUE_NMI = 1 << 0,
	VCPU_DUE_EXTERNAL = 1 << 1, /* an interrupt whose vector the 8259s give when it is taken */
};

/**
 * vcpu_event_due() - let @due be taken, at once or as soon as it can be; on the owner.
 *
 * The VM entry injects it, or a window exit comes when the guest is ready; then call vcpu_event_deliver().
 * Source: SDM Vol. 3C, "VM-Entry Controls for Event Injection" and "Checks on Guest Non-Register State".
 */
void vcpu_event_due(struct vcpu *vcpu, enum vcpu_due due);

/** vcpu_event_deliver() - what waits and can be taken now is injected; for the rest a window stays open. */
void vcpu_event_deliver(struct vcpu *vcpu);
