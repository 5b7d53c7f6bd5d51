/* SPDX-License-Identifier: Apache-2.0 */
/* xapic.h: xAPIC mode, wherever the processor is started. */
#pragma once

#include "tests/guest/lib.h"

/**
 * xapic_enter() - this processor into xAPIC mode, enabled by software, nothing pending; else the behaviour is skipped.
 *
 * From x2APIC mode the way leads over a disabled APIC, which Bochs does not come back from: only a
 * hypervisor's guest goes there.
 */
bool xapic_enter(void);

/** xapic_may_be_off() - whether this processor's APIC can be switched off and on; else the behaviour is skipped. */
bool xapic_may_be_off(void);

/** xapic_set_mode() - write IA32_APIC_BASE with the mode bits @mode. */
void xapic_set_mode(uint32_t mode);
