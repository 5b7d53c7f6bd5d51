/* SPDX-License-Identifier: Apache-2.0 */
/* status.c: the words for each status. */
#include "kernel/lib/status.h"

#include "kernel/lib/types.h"

static const char *const status_texts[STATUS_COUNT] = {
	[OK] = "ok",
	[E_INVALID] = "invalid value",
	[E_RANGE] = "out of range",
	[E_UNALIGNED] = "not aligned",
	[E_OVERLAP] = "overlaps something else",
	[E_NO_MEMORY] = "out of claimed memory",
	[E_FULL] = "full",
	[E_NOT_FOUND] = "not found",
	[E_UNSUPPORTED] = "not supported",
	[E_TRUNCATED] = "truncated",
	[E_CHECKSUM] = "bad checksum",
	[E_TIMEOUT] = "timed out",
	[E_DENIED] = "denied",
	[E_HARDWARE] = "hardware did not respond as documented",
};

const char *status_text(enum status status)
{
	if ((unsigned)status >= STATUS_COUNT) {
		return "unknown status";
	}
	return status_texts[status];
}
