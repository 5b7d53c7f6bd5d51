/* SPDX-License-Identifier: Apache-2.0 */
/* memory_type.h: how memory may be cached, as MTRRs and EPT entries encode it. */
#pragma once

#include "kernel/lib/types.h"

/** enum memory_type - SDM Vol. 3A, "Memory Types That Can Be Encoded in MTRRs". */
enum memory_type {
	MEMORY_TYPE_UC = 0, /* uncacheable */
	MEMORY_TYPE_WC = 1, /* write combining */
	MEMORY_TYPE_WT = 4, /* write-through */
	MEMORY_TYPE_WP = 5, /* write protected */
	MEMORY_TYPE_WB = 6, /* write-back */
};

/** memory_type_is_valid() - whether @type is an encoding that is not reserved. */
static inline bool memory_type_is_valid(uint64_t type)
{
	return type == MEMORY_TYPE_UC || type == MEMORY_TYPE_WC ||
	       (type >= MEMORY_TYPE_WT && type <= MEMORY_TYPE_WB);
}
