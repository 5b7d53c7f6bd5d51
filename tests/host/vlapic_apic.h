/* SPDX-License-Identifier: Apache-2.0 */
/* vlapic_apic.h: the local APIC of the tests of its registers, over the fake of the real one. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/vlapic_regs.h"
#include "tests/host/fake_lapic.h"

static struct vlapic apic;

static inline int start(void **unused)
{
	(void)unused;
	fake_lapic_start();
	apic = (struct vlapic){ .base = vlapic_mode_base(VLAPIC_XAPIC, true), .id = 5 };
	vlapic_regs_reset(&apic);
	return 0;
}

static inline uint32_t get(uint32_t reg)
{
	return vlapic_regs_read(&apic, reg);
}

static inline enum vlapic_effect put(uint32_t reg, uint32_t value)
{
	return vlapic_regs_write(&apic, reg, value);
}

static inline void enable(void)
{
	assert_int_equal(put(VLAPIC_SVR, 0x1FF), VLAPIC_WHOM);
}
