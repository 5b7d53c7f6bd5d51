/* SPDX-License-Identifier: Apache-2.0 */
/* addr.h: guest-physical and host-physical addresses, as types that cannot be mixed up. */
#pragma once

#include "kernel/lib/types.h"

/** gpa_t - an address a guest calls physical. Never dereferenced. */
typedef struct {
	uint64_t value;
} gpa_t;

/** hpa_t - an address the machine calls physical. */
typedef struct {
	uint64_t value;
} hpa_t;

/** gpa() - make a guest-physical address. */
static inline gpa_t gpa(uint64_t value)
{
	return (gpa_t){ value };
}

/** hpa() - make a host-physical address. */
static inline hpa_t hpa(uint64_t value)
{
	return (hpa_t){ value };
}
