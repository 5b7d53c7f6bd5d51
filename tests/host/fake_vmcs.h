/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_vmcs.h: a VMCS as an array, for tests that include a handler of exits. To be included before anything that
 * includes arch/vmx/vmx.h.
 */
#pragma once

#define vmread  vmread_of_the_processor
#define vmwrite vmwrite_of_the_processor
#include "arch/vmx/vmx.h"
#undef vmread
#undef vmwrite

#include <string.h>

enum { FAKE_VMCS_FIELDS = 0x8000 };

static uint64_t fake_vmcs[FAKE_VMCS_FIELDS];

static inline uint64_t vmread(enum vmcs_field field)
{
	return fake_vmcs[field];
}

static inline void vmwrite(enum vmcs_field field, uint64_t value)
{
	fake_vmcs[field] = value;
}

/** fake_segment() - one of the guest's segment registers. */
static inline void fake_segment(enum vmcs_segment segment, uint64_t base, uint32_t limit,
				uint32_t access)
{
	unsigned step = (unsigned)segment * VMCS_SEGMENT_STEP;

	fake_vmcs[VMCS_GUEST_ES_BASE + step] = base;
	fake_vmcs[VMCS_GUEST_ES_LIMIT + step] = limit;
	fake_vmcs[VMCS_GUEST_ES_ACCESS + step] = access;
}
